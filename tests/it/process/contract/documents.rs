//! The example bodies of the five documents, decoded by the client's own decoder.
//!
//! Three of them show a single object under `room` where servers send a list under `rooms`; the client accepts both.

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::omnichannel::answers::AnswersFrom;
use rocketchat_omnichannel_exporter::omnichannel::call::Call;
use rocketchat_omnichannel_exporter::omnichannel::chat::{Chat, Phase, Source};
use rocketchat_omnichannel_exporter::omnichannel::labels::names::SeenNames;
use rocketchat_omnichannel_exporter::omnichannel::observation::ChatObservation;
use rocketchat_omnichannel_exporter::omnichannel::observation_rules::ObservationRules;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::LoadRow;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::page::{self, Page, Row};
use rocketchat_omnichannel_exporter::rocketchat::unix_millis::UnixMillis;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallRow;

use super::documented;

const ROOMS_IN_SINGULAR: [&str; 3] =
    ["voip-rooms-one-room", "voip-rooms-earlier-edition", "voip-room-found"];

fn decoded<R: Row>(name: &str) -> Page<R> {
    page::decode(&documented(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn chat(room: &RoomRow) -> Chat {
    let (rules, from) = (ObservationRules::default(), AnswersFrom::Metrics);
    let seen_names = &mut SeenNames::default();
    ChatObservation::of(room, Timestamp::UNIX_EPOCH, &rules, from, seen_names).chat(1)
}

/// The only row of a page.
fn only<R>(page: Page<R>) -> R {
    assert_eq!((page.rows.len(), page.invalid), (1, 0));
    page.rows.into_iter().next().unwrap()
}

#[test]
fn the_page_of_chats_brings_what_a_waiting_visitor_is_counted_by() {
    let page = decoded::<RoomRow>("livechat-rooms-page");
    assert_eq!(page.total, Some(7));
    let room = only(page);
    assert_eq!(&*room.id, "6mPCfoMrienRiWN5V");
    assert_eq!(room.ts, at("2019-08-09T20:18:02.108Z"));
    assert_eq!(room.department_id.as_deref(), Some("rdlTAcgtmeui5TlPD"));
    assert!(room.open == Some(true) && room.waiting_response && !room.on_hold);
    let agent = room.served_by.as_ref().unwrap();
    assert_eq!(agent.id.as_deref(), Some("7umBg1GofdkT0dase"));
    let metrics = room.metrics.as_ref().unwrap();
    assert_eq!(metrics.v.as_ref().unwrap().lq, at("2019-08-09T20:18:02.350Z"));
    assert!(metrics.response.is_none(), "nobody has answered");
    assert_eq!((&room.source, room.queued_at, room.closed_at), (&None, None, None));
}

#[test]
fn the_page_of_chats_brings_what_a_chat_is_counted_by() {
    let room = only(decoded::<RoomRow>("livechat-rooms-page"));
    assert_eq!(room.served_by.unwrap().ts, at("2019-08-09T20:18:02.109Z"));
    assert_eq!(room.msgs, Some(1));
    assert_eq!(room.tags, ["rocket".into(), "chat".into()]);
    assert_eq!((room.closer, room.closed_by, room.auto_transferred_at), (None, None, None));
}

#[test]
fn the_chat_of_an_old_server_is_in_progress_and_its_visitor_waits_since_the_question() {
    let room = only(decoded::<RoomRow>("livechat-rooms-page"));
    let chat = chat(&room);
    assert_eq!((chat.phase, &chat.source), (Phase::InProgress, &Source::OTHER));
    assert_eq!(chat.department.as_deref(), Some("rdlTAcgtmeui5TlPD"));
    assert_eq!(chat.agent.as_deref(), Some("7umBg1GofdkT0dase"));
    assert!(chat.awaits_reply && !chat.answered);
    assert_eq!(chat.awaits_reply_since.map(UnixMillis::timestamp), at("2019-08-09T20:18:02.350Z"));
}

#[test]
fn a_single_room_is_a_page_of_one_with_its_response_times() {
    for name in ROOMS_IN_SINGULAR {
        let page = decoded::<RoomRow>(name);
        assert_eq!(page.total, None, "{name}");
        let room = only(page);
        assert_eq!(&*room.id, "kEMUb1rdLsBqGBCNn", "{name}");
        assert_eq!(room.ts, at("2021-07-09T20:12:19.795Z"), "{name}");
        assert_eq!(room.department_id.as_deref(), Some("CSBtgPVRnYkOSOl4h"));
        assert!(room.open == Some(true) && room.waiting_response, "{name}");
        let agent = room.served_by.as_ref().unwrap();
        assert_eq!(agent.id.as_deref(), Some("MvlaO5FtdPBgYjexh"), "{name}");
        let metrics = room.metrics.as_ref().unwrap();
        assert_eq!(metrics.v.as_ref().unwrap().lq, at("2021-07-09T20:20:58.755Z"));
        let response = metrics.response.as_ref().unwrap();
        assert_eq!(response.fd, at("2021-07-09T20:19:53.243Z"), "{name}");
        assert_eq!((response.tt, response.total), (Some(452.873), Some(2.0)), "{name}");
        assert_eq!(agent.ts, at("2021-07-09T20:19:29.422Z"), "{name}");
        assert_eq!(metrics.reaction.as_ref().unwrap().ft, Some(23.821), "{name}");
        assert_eq!(metrics.served_by.as_ref().unwrap().lr, at("2021-07-09T20:19:53.077Z"));
    }
}

#[test]
fn the_documented_average_is_the_sum_over_the_count() {
    let room = only(decoded::<RoomRow>("voip-room-found"));
    let chat = chat(&room);
    assert!(chat.answered);
    assert!((chat.response_seconds / chat.responses - 226.4365).abs() < 1e-9);
}

#[test]
fn a_single_room_is_also_a_call_that_goes_on() {
    for name in ROOMS_IN_SINGULAR {
        let row = only(decoded::<CallRow>(name));
        assert_eq!((&row.queue, &row.direction), (&None, &None), "{name}");
        let call = Call::of(&row);
        assert_eq!((&*row.id, call.active), ("kEMUb1rdLsBqGBCNn", true), "{name}");
        assert_eq!(call.began, at("2021-07-09T20:12:19.795Z"), "{name}");
        assert_eq!(&*call.queue, "default", "{name}");
    }
}

#[test]
fn the_agent_named_by_a_document_is_known_by_the_name_it_gives() {
    let usernames = ROOMS_IN_SINGULAR.map(|name| {
        let row = only(decoded::<RoomRow>(name));
        row.served_by.unwrap().name.unwrap().to_string()
    });
    assert_eq!(usernames, ["lea.moreau", "noor.haddad", "lea.moreau"]);
}

#[test]
fn the_queue_brings_chats_by_agent_and_department() {
    let page = decoded::<LoadRow>("livechat-queue-page");
    assert_eq!((page.total, page.invalid), (Some(2), 0));
    let loads: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            let (user, department) = (row.user.as_ref().unwrap(), row.department.as_ref().unwrap());
            assert_eq!(user.id.as_deref(), Some("AgqlEWRaYQ414qlFl"));
            assert_eq!(user.username.as_deref(), Some("bruno.example"));
            assert_eq!(user.status.as_deref(), Some("online"));
            (row.chats, department.id.as_deref(), department.name.as_deref())
        })
        .collect();
    let expected = [
        (Some(1), Some("388yqKuhTZzygzHmx"), Some("Sales")),
        (Some(2), Some("3gq7lXaAziPIG95Oz"), Some("Support")),
    ];
    assert_eq!(loads, expected);
}

#[test]
fn the_visitors_name_and_token_have_nowhere_to_land() {
    for name in ROOMS_IN_SINGULAR.iter().chain(&["livechat-rooms-page"]) {
        let body = String::from_utf8(documented(name)).unwrap();
        let kept = format!("{:?}", decoded::<RoomRow>(name));
        for secret in ["3b8e4ner1sjr21s9ug5drw", "rl9skewqtuv07y86m6md", "guest-", "Ada", "Bruno"] {
            assert!(!kept.contains(secret), "{name}: {secret}");
        }
        assert!(body.contains("\"token\""), "{name} shows no token at all");
    }
}
