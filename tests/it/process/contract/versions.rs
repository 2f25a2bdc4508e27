//! Each server version accepts everything that the client sends to it, and refuses what the client leaves out.

use rocketchat_omnichannel_exporter::rocketchat::agents::{self, AgentRow};
use rocketchat_omnichannel_exporter::rocketchat::business_hours::{self, HourRow};
use rocketchat_omnichannel_exporter::rocketchat::capabilities::{
    Capabilities, OnHoldForm, Support,
};
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::departments::{self, DepartmentRow, MemberRow};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::info::Info;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::{self, LoadFilter, LoadRow};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomRow, RoomSelection,
};
use rocketchat_omnichannel_exporter::rocketchat::me::Me;
use rocketchat_omnichannel_exporter::rocketchat::paging::PageRequest;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::rocketchat::server_version::ServerVersion;
use rocketchat_omnichannel_exporter::rocketchat::voip_room::CallOfVisitor;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::{
    self, CallDirection, CallFilter, CallRow,
};
use rocketchat_omnichannel_exporter::rocketchat::widget;
use rocketchat_omnichannel_exporter::simulator::{Request, Simulator, SimulatorSettings};

use super::{FIRST_PAGE, client_of, page, permit, small, texts};
use crate::plain_http;

const VERSIONS: [&str; 14] = [
    "2.4.0", "3.18.0", "4.8.0", "6.3.0", "6.10.0", "6.11.0", "6.13.0", "7.0.0", "7.10.0", "7.13.0",
    "8.0.0", "8.6.0", "8.8.0", "9.0.0",
];

async fn started(version: &str) -> (Simulator, Client) {
    let simulator = Simulator::start(small(version)).await.unwrap();
    let client = client_of(&simulator);
    (simulator, client)
}

/// Capabilities of a server, from its answer to `info`.
async fn capabilities(client: &Client) -> Capabilities {
    let permit = permit(client, Endpoint::Info).await;
    let info: Info = client.object(permit).await.unwrap();
    Capabilities::of(info.version())
}

fn closed() -> RoomSelection {
    RoomSelection::ClosedBetween {
        start: "2026-03-02T09:00:00Z".parse().unwrap(),
        end: "2026-03-02T10:00:00Z".parse().unwrap(),
    }
}

/// The selections for a server of these capabilities.
fn selections(capabilities: Capabilities) -> Vec<RoomSelection> {
    let queued = match capabilities.queued_filter() {
        Support::Yes => Some(RoomSelection::Queued { probe: false }),
        Support::Untried => Some(RoomSelection::Queued { probe: true }),
        Support::No => None,
    };
    let form = capabilities.onhold();
    let on_hold = (form != OnHoldForm::Unknown).then_some(RoomSelection::OnHold(form));
    [Some(RoomSelection::Open), queued, on_hold, Some(closed())].into_iter().flatten().collect()
}

/// Each filter alone, and all filters together.
fn room_filters(capabilities: Capabilities) -> Vec<RoomFilter> {
    let departments =
        if capabilities.department_list() { texts(&["d1", "d2"]) } else { texts(&["d1"]) };
    let all = RoomFilter {
        agents: (0..20).map(|number| format!("agent{number}")).collect(),
        departments,
        tags: texts(&["a tag", "b&c"]),
        room_name: Some("what? (a name)".to_owned()),
        custom_fields: [("docId".to_owned(), "42".to_owned())].into(),
    };
    let none = RoomFilter::default;
    vec![
        none(),
        RoomFilter { agents: all.agents.clone(), ..none() },
        RoomFilter { departments: texts(&["d1"]), ..none() },
        RoomFilter { departments: all.departments.clone(), ..none() },
        RoomFilter { tags: all.tags.clone(), ..none() },
        RoomFilter { room_name: all.room_name.clone(), ..none() },
        RoomFilter { custom_fields: all.custom_fields.clone(), ..none() },
        all,
    ]
}

/// The first page of a walk, a page from a time on, and a page among rows of a single instant.
fn pages() -> [PageRequest; 3] {
    let at = "2026-03-02T09:30:00.123Z".parse().ok();
    let later = PageRequest { start: at, ..FIRST_PAGE };
    [FIRST_PAGE, later, PageRequest { end: at, offset: 7, ..later }]
}

/// Asks for chats with each selection, filter and page.
async fn ask_for_chats(client: &Client, known: Capabilities) {
    for selection in selections(known) {
        for filter in room_filters(known) {
            for request in pages() {
                let query = livechat_rooms::query(selection, &filter, request);
                let outcome = page::<RoomRow>(client, Endpoint::LivechatRooms, &query).await;
                assert!(outcome.is_ok(), "{:?}: {outcome:?}", query.encoded());
            }
        }
    }
}

/// Asks for calls with each selection and filter.
async fn ask_for_calls(client: &Client) {
    let directions = [None, Some(CallDirection::Inbound), Some(CallDirection::Outbound)];
    let filters = directions.map(|direction| CallFilter {
        agents: texts(&["a"]),
        queue: Some("First Level".to_owned()),
        direction,
        visitor_id: Some("v".to_owned()),
        tags: texts(&["t"]),
        room_name: Some("n".to_owned()),
    });
    for (filter, request) in
        filters.iter().chain([&CallFilter::default()]).zip(pages().iter().cycle())
    {
        for selection in [voip_rooms::CallSelection::Open, voip_rooms::CallSelection::Closed] {
            let query = voip_rooms::query(selection, filter, *request);
            let outcome = page::<CallRow>(client, Endpoint::VoipRooms, &query).await;
            assert!(outcome.is_ok(), "{:?}: {outcome:?}", query.encoded());
        }
    }
}

/// Asks for the loads, the agents and the departments.
async fn ask_for_short_lists(client: &Client, known: Capabilities) {
    let [first, _, _] = pages();
    let later = PageRequest { offset: 3, ..first };
    let filter = LoadFilter { agent_id: Some("a".into()), department_id: Some("d".into()) };
    for (offline, filter, request) in [
        (true, &LoadFilter::default(), first),
        (false, &LoadFilter::default(), later),
        (true, &filter, first),
    ] {
        let query = livechat_queue::query(offline, filter, request);
        page::<LoadRow>(client, Endpoint::LivechatQueue, &query).await.unwrap();
    }
    let query = agents::query(later);
    page::<AgentRow>(client, Endpoint::Agents, &query).await.unwrap();
    for archived in [false, known.archived_departments()] {
        let query = departments::query(later, archived);
        page::<DepartmentRow>(client, Endpoint::Departments, &query).await.unwrap();
    }
}

/// Asks for the business hours and the widget. A server may lack them.
async fn ask_for_hours_and_widget(client: &Client) {
    for (endpoint, query) in [
        (Endpoint::BusinessHour, business_hours::default_query()),
        (Endpoint::BusinessHours, business_hours::query(FIRST_PAGE)),
        (Endpoint::Widget, widget::query(None)),
        (Endpoint::Widget, widget::query(Some("d"))),
    ] {
        drop(page::<HourRow>(client, endpoint, &query).await);
    }
}

/// Asks for one department and, where the server has calls, for one call. The server has neither.
async fn ask_for_single_records(client: &Client, known: Capabilities) {
    let permit = permit(client, Endpoint::Department).await;
    drop(client.page::<MemberRow>(permit, Some("d"), &Query::default()).await);
    if known.voip() == Support::Yes {
        let query = CallOfVisitor::new("room", "token").unwrap().query();
        drop(page::<CallRow>(client, Endpoint::VoipRoom, &query).await);
    }
}

/// The requests that the client can build for this version, as the simulated server received them.
pub async fn requests_for_version(version: &str) -> Vec<Request> {
    let (simulator, client) = started(version).await;
    let known = capabilities(&client).await;
    ask_for_chats(&client, known).await;
    if known.voip() == Support::Yes {
        ask_for_calls(&client).await;
    }
    if known.queued_filter() == Support::Yes {
        // As to a server of this release that hides its version.
        ask_for_chats(&client, Capabilities::of(None)).await;
    }
    ask_for_short_lists(&client, known).await;
    ask_for_hours_and_widget(&client).await;
    ask_for_single_records(&client, known).await;
    simulator.requests()
}

#[tokio::test]
async fn each_version_takes_every_query_for_chats_it_is_offered() {
    for version in VERSIONS {
        let (simulator, client) = started(version).await;
        let known = capabilities(&client).await;
        assert!(version.starts_with(&known.version().unwrap().to_string()), "{version}");
        ask_for_chats(&client, known).await;
        assert!(simulator.requests().iter().all(|request| request.status == 200), "{version}");
    }
}

#[tokio::test]
async fn each_version_takes_every_query_for_calls_it_is_offered() {
    let mut asked = Vec::new();
    for version in VERSIONS {
        let (simulator, client) = started(version).await;
        if capabilities(&client).await.voip() == Support::Yes {
            asked.push(version);
            ask_for_calls(&client).await;
        }
        assert!(simulator.requests().iter().all(|request| request.status == 200), "{version}");
    }
    assert_eq!(asked, VERSIONS[2..10]);
}

#[tokio::test]
async fn each_version_takes_the_short_lists_and_tells_whose_token_it_is() {
    for version in VERSIONS {
        let (simulator, client) = started(version).await;
        ask_for_short_lists(&client, capabilities(&client).await).await;
        let me: Me = client.object(permit(&client, Endpoint::Me).await).await.unwrap();
        assert_eq!(*me.id, *SimulatorSettings::default().user_id);
        assert!(simulator.requests().iter().all(|request| request.status == 200), "{version}");
    }
}

#[tokio::test]
async fn a_server_that_hides_its_version_refuses_the_probe_or_takes_it() {
    for version in VERSIONS {
        let settings = SimulatorSettings { version_hidden: true, ..small(version) };
        let simulator = Simulator::start(settings).await.unwrap();
        let client = client_of(&simulator);
        let hidden = capabilities(&client).await;
        let release: ServerVersion = version.parse().unwrap();
        let is_strict_and_old =
            (5, 0) <= (release.major, release.minor) && (release.major, release.minor) < (6, 11);
        for selection in selections(hidden) {
            let query = livechat_rooms::query(selection, &RoomFilter::default(), FIRST_PAGE);
            let outcome = page::<RoomRow>(&client, Endpoint::LivechatRooms, &query).await;
            let is_refused =
                is_strict_and_old && selection == (RoomSelection::Queued { probe: true });
            match outcome {
                Ok(_) => assert!(!is_refused, "{version}: {selection:?}"),
                Err(failure) => {
                    assert!(is_refused && failure.unknown_parameter, "{version}: {failure}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_a_version_is_not_offered_it_would_refuse() {
    let two = RoomFilter { departments: texts(&["d1", "d2"]), ..RoomFilter::default() };
    for version in VERSIONS {
        let (_simulator, client) = started(version).await;
        let known = capabilities(&client).await;
        let is_strict = known.version().unwrap().major >= 5;
        let asked =
            |selection, filter: &RoomFilter| livechat_rooms::query(selection, filter, FIRST_PAGE);
        let queued = asked(RoomSelection::Queued { probe: false }, &RoomFilter::default());
        let outcome = page::<RoomRow>(&client, Endpoint::LivechatRooms, &queued).await;
        let is_refused = outcome.is_err_and(|failure| failure.unknown_parameter);
        assert_eq!(is_refused, is_strict && known.queued_filter() == Support::No, "{version}");
        let outcome =
            page::<RoomRow>(&client, Endpoint::LivechatRooms, &asked(RoomSelection::Open, &two))
                .await;
        let is_refused = outcome
            .is_err_and(|failure| failure.reason == Reason::Rejected && !failure.unknown_parameter);
        assert_eq!(is_refused, is_strict && !known.department_list(), "{version}");
        let query =
            voip_rooms::query(voip_rooms::CallSelection::Open, &CallFilter::default(), FIRST_PAGE);
        let outcome = page::<CallRow>(&client, Endpoint::VoipRooms, &query).await;
        let reason = outcome.err().map(|failure| failure.reason);
        let expected = match (known.voip(), known.version().unwrap().major) {
            (Support::Yes, _) => None,
            (_, 8..) => Some(Reason::NotFound),
            _ => Some(Reason::Decode),
        };
        assert_eq!(reason, expected, "{version}");
    }
}

#[tokio::test]
async fn what_belongs_to_another_endpoint_or_is_no_json_is_refused_by_every_strict_version() {
    const REFUSED: [&str; 9] = [
        "livechat/rooms?agentId=a",
        "livechat/rooms?includeOfflineAgents=true",
        "livechat/rooms?createdAt=2026-03-02",
        "livechat/rooms?closedAt=%7B%22start%22%3A%22yesterday%22%7D",
        "livechat/rooms?open%5B%5D=true",
        "livechat/queue?open=true",
        "livechat/queue?agents%5B%5D=a",
        "livechat/queue?departmentId%5B%5D=d",
        "livechat/users/agent?departmentId=d",
    ];
    let settings = SimulatorSettings::default();
    for version in VERSIONS.into_iter().skip(3) {
        let (simulator, _) = started(version).await;
        for path in REFUSED {
            let request = plain_http::client().build().unwrap();
            let request = request
                .get(format!("{}/api/v1/{path}", simulator.url()))
                .header("X-Auth-Token", &settings.token)
                .header("X-User-Id", &settings.user_id);
            assert_eq!(request.send().await.unwrap().status(), 400, "{version}: {path}");
        }
    }
}
