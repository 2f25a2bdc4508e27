//! The table of accepted parameters, row by row and generation by generation.

use super::{get, small};
use rocketchat_omnichannel_exporter::simulator::Simulator;

const UNKNOWN: &str = "must NOT have additional properties";
const ARRAY: &str = "must be array";
const STRING: &str = "must be string";
const NUMBER: &str = "must be number";
const ENUM: &str = "must be equal to one of the allowed values";

/// The query, the versions that accept it, the versions that refuse it, and the words of the refusal.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

const ALL: &[&str] = &["6.3.0", "6.13.1", "7.0.0", "7.10.0", "8.0.0", "8.6.1", "9.0.0"];
const BEFORE_9: &[&str] = &["6.3.0", "6.13.1", "7.0.0", "7.10.0", "8.0.0", "8.6.1", "8.8.0"];

/// The validator of 7.0.0 refuses these; the first release that accepts them is not known, at latest 7.7.1.
const LISTS: &[&str] = &["7.7.1", "7.10.0", "8.0.0", "8.6.1", "9.0.0"];

const ROOMS: &[Row] = &[
    ("count=100&offset=0&sort=%7B%22ts%22%3A1%2C%22_id%22%3A1%7D", ALL, &[], ""),
    ("open=true", ALL, &[], ""),
    ("open=", ALL, &[], ""),
    ("count=", ALL, &[], ""),
    ("count=0", ALL, &[], ""),
    ("onhold=true", ALL, &[], ""),
    ("queued=true", &["6.11.0", "7.0.0", "8.8.1", "9.0.0"], &["5.0.0", "6.3.0", "6.10.9"], UNKNOWN),
    ("agents[]=a&agents[]=b", ALL, &[], ""),
    ("agents[0]=a", ALL, &[], ""),
    ("agents=a", &["4.8.0", "8.6.1", "9.0.0"], &["5.0.0", "6.3.0", "7.7.1", "8.0.0"], ARRAY),
    ("agents=&tags=", ALL, &[], ""),
    ("tags=a", &["8.6.1", "9.0.0"], &["6.3.0", "8.0.0"], ARRAY),
    ("departmentId=d1", ALL, &[], ""),
    ("departmentId[]=d1&departmentId[]=d2", LISTS, &["6.3.0", "6.13.0", "7.0.0"], STRING),
    ("units[]=u1", LISTS, &["6.3.0", "6.13.0", "7.0.0"], UNKNOWN),
    ("roomName=x&customFields=%7B%7D", ALL, &[], ""),
    ("createdAt=%7B%22start%22%3A%222026-01-01T00%3A00%3A00.000Z%22%7D", ALL, &[], ""),
    ("createdAt[start]=x", &["4.8.0"], ALL, STRING),
    ("fields=%7B%7D", BEFORE_9, &["9.0.0"], UNKNOWN),
    ("query=%7B%7D", &["6.10.2", "6.13.1", "7.0.0", "8.8.0"], &["6.3.0", "9.0.0"], UNKNOWN),
    ("q=x", &["4.8.0"], ALL, UNKNOWN),
    ("_=123", &["2.4.0"], ALL, UNKNOWN),
    ("departamentId=d", &["3.18.0"], ALL, UNKNOWN),
    ("count=abc", &[], ALL, NUMBER),
];

const QUEUE: &[Row] = &[
    ("includeOfflineAgents=true&agentId=a&departmentId=d&count=0", ALL, &[], ""),
    ("fields=%7B%7D", &["4.8.0"], ALL, UNKNOWN),
    ("query=%7B%7D", &["4.8.0"], ALL, UNKNOWN),
];

const VOIP: &[&str] = &["6.3.0", "7.13.9"];
const VOIP_ROOMS: &[Row] = &[
    ("open=true&direction=inbound&queue=q&agents[]=a&query=%7B%7D", VOIP, &[], ""),
    ("open=1", &["4.5.0"], VOIP, ENUM),
    ("direction=any", &["4.5.0"], VOIP, ENUM),
    ("fields=%7B%7D", &["4.5.0"], VOIP, UNKNOWN),
    ("Open=true", &["4.5.0"], VOIP, UNKNOWN),
    ("departmentId=d", &["4.5.0"], VOIP, UNKNOWN),
];

const DEPARTMENTS: &[Row] = &[
    ("showArchived=true&enabled=true&text=s&count=10", ALL, &[], ""),
    ("onlyMyDepartments=true", ALL, &[], ""),
    ("onlyMyDepartments=1", &["4.8.0"], ALL, ENUM),
    ("query=%7B%7D", BEFORE_9, &["9.0.0"], UNKNOWN),
    ("showArchived=true", &["4.8.0", "6.0.0"], &["5.4.0"], UNKNOWN),
    ("fields=%7B%7D", &["4.8.0"], ALL, UNKNOWN),
];

const NARROWED: &[&str] = &["6.4.3", "6.5.0", "6.10.2", "7.0.0", "8.6.1", "9.0.0"];
const BEFORE_6_4_3: &[&str] = &["5.0.0", "6.3.0", "6.4.2"];

const AGENTS: &[Row] = &[
    ("text=a&count=10&offset=0", ALL, &[], ""),
    ("onlyAvailable=true&showIdleAgents=false&excludeId=a", NARROWED, BEFORE_6_4_3, UNKNOWN),
    ("onlyAvailable=&showIdleAgents=", NARROWED, BEFORE_6_4_3, UNKNOWN),
    ("onlyAvailable=yes", &["4.8.0"], &["6.10.2", "7.7.1", "9.0.0"], "must be boolean"),
    ("fields=%7B%7D&query=%7B%7D", BEFORE_9, &["9.0.0"], UNKNOWN),
];

async fn status(version: &str, path: &str, query: &str) -> (u16, String) {
    let simulator = Simulator::start(small(version)).await.unwrap();
    let reply = get(&simulator, &format!("/api/v1/{path}?{query}")).await;
    (reply.status, reply.text)
}

async fn check(path: &str, table: &[Row]) {
    for (query, accepted, refused, words) in table {
        for version in *accepted {
            let (status, text) = status(version, path, query).await;
            assert_eq!(status, 200, "{version} {path}?{query}: {text}");
        }
        for version in *refused {
            let (status, text) = status(version, path, query).await;
            assert_eq!(status, 400, "{version} {path}?{query}: {text}");
            assert!(text.contains(words), "{version} {path}?{query}: {text}");
        }
    }
}

#[tokio::test]
async fn rooms_accepts_and_refuses_what_each_version_does() {
    check("livechat/rooms", ROOMS).await;
}

#[tokio::test]
async fn the_other_lists_accept_and_refuse_what_each_version_does() {
    check("livechat/queue", QUEUE).await;
    check("voip/rooms", VOIP_ROOMS).await;
    check("livechat/department", DEPARTMENTS).await;
    check("livechat/users/agent", AGENTS).await;
}

#[tokio::test]
async fn more_than_twenty_agents_are_no_list() {
    for version in ALL {
        let twenty = "agents[]=a&".repeat(20);
        assert_eq!(status(version, "livechat/rooms", &twenty).await.0, 200);
        let (code, text) = status(version, "livechat/rooms", &format!("{twenty}agents[]=a")).await;
        assert_eq!(code, 400, "{version}");
        assert!(text.contains(ARRAY), "{version}: {text}");
    }
}

#[tokio::test]
async fn a_sort_knows_two_directions() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    for sort in ["%7B%22ts%22%3A2%7D", "ts"] {
        let reply = get(&simulator, &format!("/api/v1/livechat/rooms?sort={sort}")).await;
        assert_eq!((reply.status, &reply.json()["errorType"]), (400, &"error-invalid-sort".into()));
    }
}

#[tokio::test]
async fn voip_room_knows_two_forms_and_the_one_without_rid_creates() {
    let simulator = Simulator::start(small("7.10.0")).await.unwrap();
    let path = "/api/v1/voip/room?";
    for query in ["rid=r", "token=t", "rid=r&token=t&agentId=a", ""] {
        let reply = get(&simulator, &format!("{path}{query}")).await;
        assert!(reply.error().contains("exactly one schema"), "{query}");
    }
    assert_eq!(get(&simulator, &format!("{path}rid=r&token=t")).await.error(), "invalid-room");
    assert_eq!(simulator.world(|world| world.rooms_created_by_get), 0);
    let agent = simulator.world(|world| world.agents.keys().next().unwrap().clone());
    let created = get(&simulator, &format!("{path}token=t&agentId={agent}")).await.json();
    assert_eq!((&created["newRoom"], &created["room"]["t"]), (&true.into(), &"v".into()));
    assert_eq!(simulator.world(|world| world.rooms_created_by_get), 1);
    let rid = created["room"]["_id"].as_str().unwrap();
    let found = get(&simulator, &format!("{path}rid={rid}&token=t")).await.json();
    assert_eq!(found["newRoom"], false);
}
