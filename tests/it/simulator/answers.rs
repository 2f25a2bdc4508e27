//! What the lists hold: filters, order, pages and bodies, per generation.

use rocketchat_omnichannel_exporter::simulator::{
    Settings, Simulator,
    world::{Channel, Closer, Direction, Room, VISITOR_MARKER, World},
};
use serde_json::{Value, json};

use super::{get, quiet, rooms};

/// A chat in each state: queued, served, on hold (where the server knows that), closed.
fn one_of_each(world: &mut World) -> [String; 4] {
    let agent = world.agents.keys().next().unwrap().clone();
    let department = world.departments.keys().next().unwrap().clone();
    let ids = [(); 4].map(|()| world.arrive(Some(&department), Channel::Widget));
    for id in &ids[1..] {
        assert!(world.assign(id, &agent) && world.reply(id));
    }
    assert_eq!(world.hold(&ids[2]), world.version.to_string() != "2.4.0");
    assert!(world.close(&ids[3], Closer::User));
    ids
}

async fn selected(simulator: &Simulator, query: &str, ids: &[String; 4]) -> String {
    let found = rooms(simulator, query).await.ids();
    let letters = ids.iter().zip(["Q", "S", "H", "C"]);
    letters.filter(|(id, _)| found.contains(id)).map(|(_, letter)| letter).collect()
}

#[tokio::test]
async fn each_flag_means_what_its_generation_says() {
    for (version, open, queued, hold) in [
        ("2.4.0", "QSH", "QSHC", "QSHC"),
        ("3.0.0", "QS", "QSHC", "H"),
        ("6.10.0", "QS", "", "H"),
        ("6.11.0", "S", "Q", "H"),
        ("8.8.1", "S", "Q", "H"),
    ] {
        let simulator = Simulator::start(quiet(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        assert_eq!(selected(&simulator, "open=true", &ids).await, open, "{version}");
        assert_eq!(selected(&simulator, "open=false", &ids).await, "C", "{version}");
        assert_eq!(selected(&simulator, "open=1", &ids).await, "QSHC", "{version}");
        assert_eq!(selected(&simulator, "onhold=t", &ids).await, hold, "{version}");
        if !queued.is_empty() {
            assert_eq!(selected(&simulator, "queued=true", &ids).await, queued, "{version}");
        }
        assert_eq!(selected(&simulator, "", &ids).await, "QSHC", "{version}");
    }
}

#[tokio::test]
async fn an_inverted_build_answers_the_opposite() {
    let settings = Settings { open_inverted: true, ..quiet("8.2.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let ids = simulator.world(one_of_each);
    assert_eq!(selected(&simulator, "open=true", &ids).await, "C");
    assert_eq!(selected(&simulator, "open=false", &ids).await, "S");
}

#[tokio::test]
async fn agents_are_found_by_name_before_7_only() {
    for (version, found) in [("6.13.1", "SHC"), ("7.0.0", "")] {
        let simulator = Simulator::start(quiet(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        let agent = simulator.world(|world| world.agents.values().next().unwrap().clone());
        let by = |value: &str| format!("agents[]={value}");
        assert_eq!(selected(&simulator, &by(&agent.id), &ids).await, "SHC");
        assert_eq!(selected(&simulator, &by(&agent.username), &ids).await, found, "{version}");
    }
}

#[tokio::test]
async fn an_interval_includes_both_its_ends() {
    let simulator = Simulator::start(quiet("8.1.0")).await.unwrap();
    let ids = simulator.world(one_of_each);
    let closed = simulator.world(|world| world.rooms[&ids[3]].closed_at.unwrap());
    let window = |start, end| {
        let text = json!({ "start": start, "end": end }).to_string();
        url::form_urlencoded::Serializer::new(String::new()).append_pair("closedAt", &text).finish()
    };
    let at = closed.to_string();
    assert_eq!(selected(&simulator, &window(&at, &at), &ids).await, "C");
    let later = (closed + std::time::Duration::from_millis(1)).to_string();
    assert_eq!(selected(&simulator, &window(&later, &later), &ids).await, "");
    for wrong in ["closedAt=yesterday", "createdAt=%7B%22start%22%3A%22soon%22%7D"] {
        assert_eq!(rooms(&simulator, wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn pages_are_clamped_and_their_order_is_the_one_written() {
    let settings = Settings { page_limit: 25, ..quiet("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let mut ids = simulator.world(|world| world.arrive_together(60));
    ids.sort();
    let page = rooms(&simulator, "count=1000&sort=%7B%22ts%22%3A1%2C%22_id%22%3A1%7D").await;
    assert_eq!(page.ids(), ids[..25]);
    let body = page.json();
    assert_eq!((&body["count"], &body["total"]), (&25.into(), &60.into()));
    assert_eq!(rooms(&simulator, "").await.ids().len(), 25, "the default is clamped too");
    assert_eq!(rooms(&simulator, "count=0").await.ids().len(), 60);
    assert_eq!(rooms(&simulator, "offset=50&count=25").await.ids().len(), 10);
    let descending = rooms(&simulator, "count=3&sort=%7B%22_id%22%3A-1%7D").await.ids();
    assert_eq!(descending[0], ids[59]);
}

#[tokio::test]
async fn a_room_is_a_heavy_document_with_dates_in_milliseconds() {
    let simulator = Simulator::start(quiet("8.1.0")).await.unwrap();
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
async fn a_deleted_department_leaves_its_id_behind() {
    let simulator = Simulator::start(quiet("8.1.0")).await.unwrap();
    simulator.world(|world| {
        let ids = one_of_each(world);
        let department = world.rooms[&ids[1]].department_id.clone().unwrap();
        world.delete_department(&department);
    });
    let room = rooms(&simulator, "open=true").await.json()["rooms"][0].clone();
    assert!(room["departmentId"].is_string() && room.get("department").is_none());
    let queue = get(&simulator, "/api/v1/livechat/queue").await.json();
    let department = queue["queue"][0]["department"].as_object().unwrap().clone();
    assert_eq!(department.keys().collect::<Vec<_>>(), ["_id"]);
}

#[tokio::test]
async fn old_servers_know_neither_source_nor_queued_at() {
    for (version, known) in [("3.18.0", false), ("8.1.0", true)] {
        let simulator = Simulator::start(quiet(version)).await.unwrap();
        simulator.world(one_of_each);
        let room = rooms(&simulator, "").await.json()["rooms"][0].clone();
        assert_eq!(room.get("source").is_some(), known, "{version}");
        assert_eq!(room.get("queuedAt").is_some(), known, "{version}");
    }
}

async fn queue_rows(version: &str, prepare: fn(&mut World), query: &str) -> Value {
    let simulator = Simulator::start(quiet(version)).await.unwrap();
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

#[tokio::test]
async fn the_queue_has_two_ways_to_say_nothing() {
    let orphan = |world: &mut World| {
        let agent = world.agents.keys().next().unwrap().clone();
        let room = world.arrive(None, Channel::Widget);
        world.assign(&room, &agent);
    };
    let gone = |world: &mut World| {
        let agent = world.agents.keys().next().unwrap().clone();
        let room = world.arrive(None, Channel::Widget);
        world.assign(&room, &agent);
        world.delete_agent(&agent);
    };
    let nulls = json!({ "_id": null, "name": null });
    assert_eq!(queue_rows("6.13.1", orphan, "").await[0]["department"], nulls);
    assert_eq!(queue_rows("7.0.0", orphan, "").await[0]["department"], json!({}));
    let all = "includeOfflineAgents=true";
    assert_eq!(queue_rows("6.13.1", gone, all).await[0]["user"], json!({}));
    assert_eq!(queue_rows("7.0.0", gone, all).await, json!([]));
}

#[tokio::test]
async fn calls_without_open_are_closed_calls() {
    let simulator = Simulator::start(quiet("7.13.9")).await.unwrap();
    let (live, ended) = simulator.world(|world| {
        let agent = world.agents.keys().next().unwrap().clone();
        let mut call = || world.start_call("sales", Direction::Inbound, &agent).unwrap();
        let (live, ended) = (call(), call());
        world.end_call(&ended, Closer::User);
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

#[tokio::test]
async fn the_directory_names_departments_members_and_agents() {
    let simulator = Simulator::start(quiet("8.1.0")).await.unwrap();
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

#[tokio::test]
async fn the_served_lists_agree_with_the_world_they_show() {
    let simulator = Simulator::start(Settings::default()).await.unwrap();
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
