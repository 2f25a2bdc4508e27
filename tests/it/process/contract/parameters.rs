//! Every documented parameter: its setting on a typed query, and the text that is sent.

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::rocketchat::capabilities::OnHoldForm;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::{self, LoadFilter};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomSelection,
};
use rocketchat_omnichannel_exporter::rocketchat::paging::PageRequest;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::rocketchat::voip_room::CallOfVisitor;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::{self, CallDirection, CallFilter};
use rocketchat_omnichannel_exporter::rocketchat::{agents, departments};

use super::{FIRST_PAGE, texts};

/// A parameter, the query that sets it, its pairs as a server decodes them, and the text that is sent.
struct Case {
    parameter: &'static str,
    query: Query,
    pairs: &'static [(&'static str, &'static str)],
    text: &'static str,
}

fn case(
    parameter: &'static str,
    query: Query,
    pairs: &'static [(&'static str, &'static str)],
    text: &'static str,
) -> Case {
    Case { parameter, query, pairs, text }
}

/// The part of the query string with this parameter, lists included.
fn sent(query: &Query, parameter: &str) -> String {
    let encoded = query.encoded().unwrap_or_default();
    let is_it = |part: &&str| {
        let name = part.split(['=', '%']).next();
        name == Some(parameter)
    };
    encoded.split('&').filter(is_it).collect::<Vec<_>>().join("&")
}

fn check(cases: &[Case]) {
    for Case { parameter, query, pairs, text } in cases {
        let sent = sent(query, parameter);
        assert_eq!(sent, *text, "{parameter}");
        let decoded = url::form_urlencoded::parse(sent.as_bytes()).into_owned();
        let expected = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert!(decoded.eq(expected), "{parameter}: {sent}");
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn chats(filter: &RoomFilter) -> Query {
    livechat_rooms::query(RoomSelection::Open, filter, FIRST_PAGE)
}

fn of_select(select: RoomSelection) -> Query {
    livechat_rooms::query(select, &RoomFilter::default(), FIRST_PAGE)
}

fn calls(filter: &CallFilter) -> Query {
    voip_rooms::query(voip_rooms::CallSelection::Open, filter, FIRST_PAGE)
}

fn loads(include_offline_agents: bool, agent: Option<&str>, department: Option<&str>) -> Query {
    let filter = LoadFilter {
        agent_id: agent.map(str::to_owned),
        department_id: department.map(str::to_owned),
    };
    livechat_queue::query(include_offline_agents, &filter, FIRST_PAGE)
}

fn closed() -> RoomSelection {
    RoomSelection::ClosedBetween {
        start: at("2026-03-02T10:00:00Z"),
        end: at("2026-03-02T10:05:00.25Z"),
    }
}

#[test]
fn the_filters_of_the_chats_are_sent_as_documented() {
    let fields = [("docId".to_owned(), "04 2+0".to_owned())].into();
    check(&[
        case(
            "agents",
            chats(&RoomFilter { agents: texts(&["b32h3b2hhwb25d", "x"]), ..RoomFilter::default() }),
            &[("agents[]", "b32h3b2hhwb25d"), ("agents[]", "x")],
            "agents%5B%5D=b32h3b2hhwb25d&agents%5B%5D=x",
        ),
        case(
            "tags",
            chats(&RoomFilter { tags: texts(&["rocket", "äß&"]), ..RoomFilter::default() }),
            &[("tags[]", "rocket"), ("tags[]", "äß&")],
            "tags%5B%5D=rocket&tags%5B%5D=%C3%A4%C3%9F%26",
        ),
        case(
            "departmentId",
            chats(&RoomFilter {
                departments: texts(&["AkzpHAvZpdnuchw2a"]),
                ..RoomFilter::default()
            }),
            &[("departmentId", "AkzpHAvZpdnuchw2a")],
            "departmentId=AkzpHAvZpdnuchw2a",
        ),
        case(
            "departmentId",
            chats(&RoomFilter { departments: texts(&["d1", "d2"]), ..RoomFilter::default() }),
            &[("departmentId[]", "d1"), ("departmentId[]", "d2")],
            "departmentId%5B%5D=d1&departmentId%5B%5D=d2",
        ),
        case(
            "roomName",
            chats(&RoomFilter {
                room_name: Some("room name?".to_owned()),
                ..RoomFilter::default()
            }),
            &[("roomName", "room name?")],
            "roomName=room%20name%3F",
        ),
        case(
            "customFields",
            chats(&RoomFilter { custom_fields: fields, ..RoomFilter::default() }),
            &[("customFields", r#"{"docId":"04 2+0"}"#)],
            "customFields=%7B%22docId%22%3A%2204%202%2B0%22%7D",
        ),
    ]);
}

#[test]
fn the_states_of_the_chats_are_sent_as_documented() {
    const OPEN: &[(&str, &str)] = &[("open", "true")];
    let hidden = of_select(RoomSelection::Queued { probe: true });
    let on_hold = |form| of_select(RoomSelection::OnHold(form));
    check(&[
        case("open", of_select(RoomSelection::Open), OPEN, "open=true"),
        case(
            "queued",
            of_select(RoomSelection::Queued { probe: false }),
            &[("queued", "true")],
            "queued=true",
        ),
        case("open", of_select(RoomSelection::Queued { probe: false }), &[], ""),
        case("open", hidden, OPEN, "open=true"),
        case("onhold", on_hold(OnHoldForm::Alone), &[("onhold", "true")], "onhold=true"),
        case("open", on_hold(OnHoldForm::Alone), &[], ""),
        case("open", on_hold(OnHoldForm::WithOpen), OPEN, "open=true"),
        case("open", of_select(closed()), &[], ""),
    ]);
}

#[test]
fn times_order_and_pages_are_sent_as_documented() {
    const RANGE: &str = r#"{"end":"2026-03-02T10:05:00.250Z","start":"2026-03-02T10:00:00.000Z"}"#;
    let later = PageRequest {
        start: Some(at("2026-03-02T09:00:00.5Z")),
        offset: 50,
        count: 25,
        ..FIRST_PAGE
    };
    let walked = livechat_rooms::query(RoomSelection::Open, &RoomFilter::default(), later);
    check(&[
        case(
            "closedAt",
            of_select(closed()),
            &[("closedAt", RANGE)],
            "closedAt=%7B%22end%22%3A%222026-03-02T10%3A05%3A00.250Z%22%2C%22start%22%3A%222026-03-02T10%3A00%3A00.000Z%22%7D",
        ),
        case(
            "createdAt",
            walked.clone(),
            &[("createdAt", r#"{"start":"2026-03-02T09:00:00.500Z"}"#)],
            "createdAt=%7B%22start%22%3A%222026-03-02T09%3A00%3A00.500Z%22%7D",
        ),
        case("offset", walked.clone(), &[("offset", "50")], "offset=50"),
        case("offset", of_select(RoomSelection::Open), &[], ""),
        case("count", walked.clone(), &[("count", "25")], "count=25"),
        case(
            "sort",
            walked,
            &[("sort", r#"{"ts":1,"_id":1}"#)],
            "sort=%7B%22ts%22%3A1%2C%22_id%22%3A1%7D",
        ),
        case(
            "sort",
            of_select(closed()),
            &[("sort", r#"{"closedAt":1,"_id":1}"#)],
            "sort=%7B%22closedAt%22%3A1%2C%22_id%22%3A1%7D",
        ),
    ]);
}

#[test]
fn a_call_is_chosen_by_queue_visitor_and_direction_as_documented() {
    let direction = |direction| calls(&CallFilter { direction, ..CallFilter::default() });
    check(&[
        case(
            "queue",
            calls(&CallFilter { queue: Some("First Level".to_owned()), ..CallFilter::default() }),
            &[("queue", "First Level")],
            "queue=First%20Level",
        ),
        case(
            "visitorId",
            calls(&CallFilter { visitor_id: Some("47Dajwh9".to_owned()), ..CallFilter::default() }),
            &[("visitorId", "47Dajwh9")],
            "visitorId=47Dajwh9",
        ),
        case(
            "direction",
            direction(Some(CallDirection::Inbound)),
            &[("direction", "inbound")],
            "direction=inbound",
        ),
        case(
            "direction",
            direction(Some(CallDirection::Outbound)),
            &[("direction", "outbound")],
            "direction=outbound",
        ),
        case("direction", direction(None), &[], ""),
    ]);
}

#[test]
fn the_calls_are_filtered_like_chats_and_always_say_open() {
    let closed =
        || voip_rooms::query(voip_rooms::CallSelection::Closed, &CallFilter::default(), FIRST_PAGE);
    check(&[
        case("open", calls(&CallFilter::default()), &[("open", "true")], "open=true"),
        case("open", closed(), &[("open", "false")], "open=false"),
        case(
            "sort",
            calls(&CallFilter::default()),
            &[("sort", r#"{"ts":1,"_id":1}"#)],
            "sort=%7B%22ts%22%3A1%2C%22_id%22%3A1%7D",
        ),
        case(
            "sort",
            closed(),
            &[("sort", r#"{"closedAt":-1,"_id":-1}"#)],
            "sort=%7B%22closedAt%22%3A-1%2C%22_id%22%3A-1%7D",
        ),
        case(
            "agents",
            calls(&CallFilter { agents: texts(&["a"]), ..CallFilter::default() }),
            &[("agents[]", "a")],
            "agents%5B%5D=a",
        ),
        case(
            "tags",
            calls(&CallFilter { tags: texts(&["t"]), ..CallFilter::default() }),
            &[("tags[]", "t")],
            "tags%5B%5D=t",
        ),
        case(
            "roomName",
            calls(&CallFilter { room_name: Some("n".to_owned()), ..CallFilter::default() }),
            &[("roomName", "n")],
            "roomName=n",
        ),
    ]);
}

#[test]
fn the_parameters_of_the_other_endpoints_are_sent_as_documented() {
    const BY_AGENT: &str = r#"{"user._id":1,"department._id":1}"#;
    let call = || CallOfVisitor::new("c9YW3rejo7He", "867ad6a0").unwrap().query();
    check(&[
        case("agentId", loads(true, Some("a1"), None), &[("agentId", "a1")], "agentId=a1"),
        case(
            "departmentId",
            loads(true, None, Some("d1")),
            &[("departmentId", "d1")],
            "departmentId=d1",
        ),
        case(
            "includeOfflineAgents",
            loads(true, None, None),
            &[("includeOfflineAgents", "true")],
            "includeOfflineAgents=true",
        ),
        case("includeOfflineAgents", loads(false, None, None), &[], ""),
        case(
            "sort",
            loads(true, None, None),
            &[("sort", BY_AGENT)],
            "sort=%7B%22user._id%22%3A1%2C%22department._id%22%3A1%7D",
        ),
        case("rid", call(), &[("rid", "c9YW3rejo7He")], "rid=c9YW3rejo7He"),
        case("token", call(), &[("token", "867ad6a0")], "token=867ad6a0"),
        case("agentId", call(), &[], ""),
        case(
            "sort",
            agents::query(FIRST_PAGE),
            &[("sort", r#"{"_id":1}"#)],
            "sort=%7B%22_id%22%3A1%7D",
        ),
        case("count", departments::query(FIRST_PAGE, false), &[("count", "100")], "count=100"),
    ]);
}
