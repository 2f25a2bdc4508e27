//! The bodies of the lists, per generation.

use rocketchat_omnichannel_exporter::simulator::{
    Permission, Simulator, SimulatorSettings,
    world::{Channel, Direction, Room, RoomCloser, VISITOR_MARKER, WORKSPACE_CHAT_LIMIT, World},
};
use serde_json::{Value, json};

use super::{get, rooms, small};

/// Creates a chat in each state: queued, served, on hold (where the server has this state), closed.
pub fn one_of_each(world: &mut World) -> [String; 4] {
    let agent = world.agents.keys().next().unwrap().clone();
    let department = world.departments.keys().next().unwrap().clone();
    let ids = [(); 4].map(|()| world.arrive(Some(&department), Channel::Widget));
    for id in &ids[1..] {
        assert!(world.assign(id, &agent) && world.reply(id));
    }
    assert_eq!(world.hold(&ids[2]), world.version.to_string() != "2.4.0");
    assert!(world.close(&ids[3], RoomCloser::User));
    ids
}

#[tokio::test]
async fn a_room_is_a_heavy_document_with_dates_in_milliseconds() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.world(one_of_each);
    let reply = rooms(&simulator, "open=false").await;
    let room = reply.json()["rooms"][0].clone();
    assert!((1500..4000).contains(&room.to_string().len()), "{}", room.to_string().len());
    assert!(room.to_string().matches(VISITOR_MARKER).count() > 8);
    assert_eq!(room["closedAt"].as_str().unwrap().len(), "2026-03-02T10:00:00.000Z".len());
    assert!(room["metrics"]["response"]["fd"].is_string());
    assert_eq!(room["department"]["_id"], room["departmentId"]);
    assert_eq!((room.get("open"), room.get("onHold")), (None, None));
}

#[tokio::test]
async fn a_deleted_department_is_taken_from_its_rooms() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.world(|world| {
        let ids = one_of_each(world);
        let department = world.rooms[&ids[1]].department_id.clone().unwrap();
        world.delete_department(&department);
    });
    let room = rooms(&simulator, "open=true").await.json()["rooms"][0].clone();
    assert!(room.get("departmentId").is_none() && room.get("department").is_none());
    let queue = get(&simulator, "/api/v1/livechat/queue").await.json();
    assert_eq!(queue["queue"][0]["department"], serde_json::json!({}));
}

#[tokio::test]
async fn old_servers_know_neither_source_nor_queued_at() {
    for (version, known) in [("3.18.0", false), ("8.1.0", true)] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        simulator.world(one_of_each);
        let room = rooms(&simulator, "").await.json()["rooms"][0].clone();
        assert_eq!(room.get("source").is_some(), known, "{version}");
        assert_eq!(room.get("queuedAt").is_some(), known, "{version}");
    }
}

async fn queue_rows(version: &str, prepare: fn(&mut World), query: &str) -> Value {
    let simulator = Simulator::start(small(version)).await.unwrap();
    simulator.world(prepare);
    get(&simulator, &format!("/api/v1/livechat/queue?{query}")).await.json()["queue"].clone()
}

#[tokio::test]
async fn the_queue_counts_served_chats_on_hold_included() {
    let rows = queue_rows("8.1.0", |world| drop(one_of_each(world)), "").await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["chats"], 2);
    let away = |world: &mut World| {
        let ids = one_of_each(world);
        let agent = world.rooms[&ids[1]].served_by.clone().unwrap().agent.id;
        world.set_status(
            &agent,
            rocketchat_omnichannel_exporter::simulator::world::Status::Online,
            false,
        );
    };
    assert_eq!(queue_rows("8.1.0", away, "").await, json!([]));
    assert_eq!(queue_rows("8.1.0", away, "includeOfflineAgents=true").await[0]["chats"], 2);
}

/// Creates a chat for each of the first agents, in this department.
fn held_by(world: &mut World, agents: usize, department: Option<&str>) -> Vec<String> {
    let agents: Vec<String> = world.agents.keys().take(agents).cloned().collect();
    for agent in &agents {
        let room = world.arrive(None, Channel::Widget);
        assert!(world.assign(&room, agent));
        world.rooms.get_mut(&room).unwrap().department_id = department.map(str::to_owned);
    }
    agents
}

/// Server PR 33159, released in 6.12.
#[tokio::test]
async fn the_queue_says_null_until_6_12_and_nothing_since() {
    let orphan = |world: &mut World| drop(held_by(world, 1, None));
    let stray = |world: &mut World| drop(held_by(world, 1, Some("deleted")));
    let department =
        async |version, prepare| queue_rows(version, prepare, "").await[0]["department"].clone();
    for version in ["4.8.0", "6.11.0"] {
        let nulls = json!({ "_id": null, "name": null });
        assert_eq!(department(version, orphan).await, nulls, "{version}");
        let nameless = json!({ "_id": "deleted", "name": null });
        assert_eq!(department(version, stray).await, nameless, "{version}");
    }
    for version in ["6.12.0", "7.7.1", "9.0.0"] {
        assert_eq!(department(version, orphan).await, json!({}), "{version}");
        assert_eq!(department(version, stray).await, json!({ "_id": "deleted" }), "{version}");
    }
}

/// Server PR 33159, released in 6.12.
#[tokio::test]
async fn the_queue_shows_deleted_agents_as_one_without_a_name_until_6_12() {
    let gone = |world: &mut World| {
        for agent in held_by(world, 2, None) {
            world.delete_agent(&agent);
        }
    };
    let all = "includeOfflineAgents=true";
    let rows = queue_rows("6.11.0", gone, all).await;
    assert_eq!((&rows[0]["user"], &rows[0]["chats"]), (&json!({}), &2.into()));
    assert_eq!(rows.as_array().unwrap().len(), 1);
    for (version, query) in [("6.11.0", ""), ("6.12.0", all), ("9.0.0", all)] {
        assert_eq!(queue_rows(version, gone, query).await, json!([]), "{version} {query}");
    }
}

#[tokio::test]
async fn the_queue_takes_the_word_undefined_for_no_department() {
    let served = |world: &mut World| drop(one_of_each(world));
    for (query, rows) in [("departmentId=undefined", 1), ("departmentId=elsewhere", 0)] {
        let found = queue_rows("8.6.1", served, query).await;
        assert_eq!(found.as_array().unwrap().len(), rows, "{query}");
    }
}

#[tokio::test]
async fn calls_without_open_are_closed_calls() {
    let simulator = Simulator::start(small("7.13.9")).await.unwrap();
    let (live, ended) = simulator.world(|world| {
        let agent = world.agents.keys().next().unwrap().clone();
        let mut call = || world.start_call("sales", Direction::Inbound, &agent).unwrap();
        let (live, ended) = (call(), call());
        world.end_call(&ended, RoomCloser::User);
        (live, ended)
    });
    let list = "/api/v1/voip/rooms?";
    assert_eq!(get(&simulator, &format!("{list}open=true")).await.ids(), [live]);
    let closed = get(&simulator, list).await;
    assert_eq!(closed.ids(), [ended]);
    let call = closed.json()["rooms"][0].clone();
    assert_eq!((&call["t"], &call["responseBy"]), (&"v".into(), &"".into()));
    assert!(call["callDuration"].is_u64() && call.get("callWaitingTime").is_some());
}

/// `voip/rooms` of 4.5.0, 4.8.0, 5.4.0, 6.10.2, 6.13.0 and 7.7.1 read both times as text.
#[tokio::test]
async fn calls_asked_for_by_a_time_are_none_in_every_release_that_has_calls() {
    for version in ["4.5.0", "4.8.0", "5.4.0", "6.10.2", "6.13.0", "7.7.1", "7.13.9"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        simulator.world(|world| {
            let agent = world.agents.keys().next().unwrap().clone();
            world.start_call("sales", Direction::Inbound, &agent).unwrap();
            let ended = world.start_call("sales", Direction::Inbound, &agent).unwrap();
            world.end_call(&ended, RoomCloser::User);
        });
        let always = r#"={"start":"2000-01-01T00:00:00.000Z","end":"2100-01-01T00:00:00.000Z"}"#;
        for time in [&format!("createdAt{always}"), &format!("closedAt{always}"), "closedAt=x"] {
            for open in ["true", "false"] {
                let path = format!("/api/v1/voip/rooms?open={open}&{time}");
                let answer = get(&simulator, &path).await;
                assert_eq!(answer.status, 200, "{version} {time}");
                let list = answer.json();
                assert_eq!((&list["rooms"], &list["total"]), (&json!([]), &0.into()), "{version}");
            }
        }
        let empty = get(&simulator, "/api/v1/voip/rooms?open=true&createdAt=&closedAt=").await;
        assert_eq!(empty.ids().len(), 1, "{version}");
    }
}

#[tokio::test]
async fn the_directory_names_departments_members_and_agents() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.grant(Permission::ViewLivechatDepartments);
    let id = simulator.world(|world| world.departments.keys().next().unwrap().clone());
    let path = "/api/v1/livechat/department";
    let one = get(&simulator, &format!("{path}/{id}?anything=goes")).await.json();
    assert_eq!(one["department"]["_id"], id.as_str());
    assert_eq!(one["agents"][0]["departmentId"], id.as_str());
    let none = get(&simulator, &format!("{path}/unknown")).await.json();
    assert_eq!((&none["department"], &none["agents"]), (&Value::Null, &json!([])));
    simulator.world(|world| world.archive_department(&id));
    assert_eq!(get(&simulator, path).await.json()["total"], 1);
    assert_eq!(get(&simulator, &format!("{path}?showArchived=true")).await.json()["total"], 2);
    let agents = get(&simulator, "/api/v1/livechat/users/agent").await.json();
    assert_eq!(
        (&agents["total"], &agents["users"][0]["statusLivechat"]),
        (&4.into(), &"available".into())
    );
}

/// Source: `canViewLivechatDepartments`, in every release from 3.18 to 8.6.
#[tokio::test]
async fn a_department_tells_its_members_to_who_may_view_departments() {
    for version in ["2.4.0", "3.18.2", "4.8.0", "5.4.0", "6.3.0", "6.13.0", "7.7.1", "8.6.1"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let id = simulator.world(|world| world.departments.keys().next().unwrap().clone());
        let path = format!("/api/v1/livechat/department/{id}");
        let hidden = get(&simulator, &path).await.json();
        assert_eq!(hidden["department"]["_id"], id.as_str(), "{version}");
        assert!(hidden.get("agents").is_none(), "{version}");
        simulator.grant(Permission::ViewLivechatDepartments);
        assert!(get(&simulator, &path).await.json()["agents"].is_array(), "{version}");
        let without = get(&simulator, &format!("{path}?includeAgents=false")).await.json();
        assert!(without.get("agents").is_none(), "{version}");
    }
}

/// Source: `findAgentsWithDepartments`, since 6.4.
#[tokio::test]
async fn agents_tell_their_departments_and_limits() {
    for (version, tells) in [("6.3.0", false), ("6.4.0", true), ("8.6.1", true)] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let (agent, departments) = simulator.world(|world| {
            let archived = world.departments.keys().next().unwrap().clone();
            assert!(world.archive_department(&archived));
            let mut agents = world.agents.values_mut();
            let agent = agents.next().unwrap();
            agent.chat_limit = 7;
            agents.next().unwrap().chat_limit = WORKSPACE_CHAT_LIMIT;
            let id = agent.id.clone();
            let of = world.departments.values().filter(|it| it.members.contains(&id));
            let of: Vec<String> = of.map(|it| it.id.clone()).collect();
            (id, of)
        });
        let path = "/api/v1/livechat/users/agent";
        let rows = get(&simulator, path).await.json()["users"].clone();
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|row| row["_id"] == agent.as_str()).unwrap();
        assert_eq!(row.get("departments"), tells.then(|| json!(departments)).as_ref(), "{version}");
        assert_eq!(row["livechat"]["maxNumberSimultaneousChat"], 7);
        let limit = |row: &Value| row["livechat"]["maxNumberSimultaneousChat"] == "";
        assert!(rows.iter().any(limit), "an agent without a limit of its own");
        let all = get(&simulator, &format!("{path}?count=0")).await.status;
        assert_eq!(all, if tells { 400 } else { 200 }, "{version}");
    }
}

/// Source: `isAgentWithinChatLimits`, which reads numbers and text.
#[tokio::test]
async fn a_department_tells_its_limit_as_it_was_stored() {
    for (version, stored) in [("7.5.0", json!("3")), ("7.6.0", json!(3))] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        simulator.world(|world| {
            world.departments.values_mut().next().unwrap().chat_limit = Some(3);
        });
        let page = get(&simulator, "/api/v1/livechat/department").await.json();
        let rows = page["departments"].as_array().unwrap();
        let limits = rows.iter().filter_map(|row| row.get("maxNumberSimultaneousChat"));
        assert_eq!(limits.collect::<Vec<_>>(), [&stored], "{version}");
    }
}

#[tokio::test]
async fn agents_look_offline_where_their_presence_is_hidden() {
    for (version, is_hidden) in [("8.7.0", false), ("8.8.0", true)] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        simulator.world(|world| {
            let agent = world.agents.keys().next().unwrap().clone();
            let room = world.arrive(None, Channel::Widget);
            assert!(world.assign(&room, &agent));
        });
        simulator.hide_presence(true);
        let agents = get(&simulator, "/api/v1/livechat/users/agent").await.json();
        let mut statuses = agents["users"].as_array().unwrap().iter().map(|row| &row["status"]);
        assert_eq!(statuses.all(|status| status == "offline"), is_hidden, "{version}");
        let total = async |query| get(&simulator, query).await.json()["total"].clone();
        let path = "/api/v1/livechat/queue";
        assert_eq!(total(path).await, i32::from(!is_hidden), "{version}");
        assert_eq!(total(&format!("{path}?includeOfflineAgents=true")).await, 1, "{version}");
    }
}

#[tokio::test]
async fn the_served_lists_agree_with_the_world_they_show() {
    let simulator = Simulator::start(SimulatorSettings::default()).await.unwrap();
    for (query, state) in [
        ("open=true", |room: &Room| room.open && room.served_by.is_some() && !room.on_hold),
        ("queued=true", |room: &Room| room.open && room.served_by.is_none()),
        ("onhold=true", |room: &Room| room.on_hold),
    ] as [(&str, fn(&Room) -> bool); 3]
    {
        let truth = simulator.world(|world| world.rooms.values().filter(|it| state(it)).count());
        assert_eq!(rooms(&simulator, query).await.json()["total"], truth, "{query}");
    }
}
