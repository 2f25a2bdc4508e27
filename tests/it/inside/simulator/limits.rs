//! Permissions, rate limits, paths, and faults on request.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{
    ClockSettings, Fault, Permission, Route, Simulator, SimulatorSettings, world::Channel,
};
use serde_json::json;

use super::{client, get, rooms, send, small};

const QUEUE: &str = "/api/v1/livechat/queue";

async fn refusing(permissions: &[Permission], version: &str) -> Simulator {
    let refused = permissions.iter().copied().collect();
    Simulator::start(SimulatorSettings { refused, ..small(version) }).await.unwrap()
}

#[tokio::test]
async fn both_headers_are_needed_and_the_401_is_of_its_generation() {
    for (version, success) in [("7.5.0", None), ("7.6.0", Some(false))] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let token = SimulatorSettings::default().token;
        let half =
            client().get(format!("{}{QUEUE}", simulator.url())).header("X-Auth-Token", token);
        let reply = send(half).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json()["message"], "You must be logged in to do this.");
        assert_eq!(reply.json()["success"].as_bool(), success, "{version}");
        assert_eq!(get(&simulator, "/api/v1/me").await.status, 200);
        simulator.set_token("another");
        assert_eq!(get(&simulator, "/api/v1/me").await.status, 401);
    }
}

#[tokio::test]
async fn a_missing_permission_is_said_in_one_of_two_ways() {
    let simulator =
        refusing(&[Permission::ViewLivechatRooms, Permission::ViewLRoom], "8.1.0").await;
    let reply = rooms(&simulator, "").await;
    assert_eq!((reply.status, reply.error().as_str()), (403, "unauthorized"));
    let reply = get(&simulator, QUEUE).await;
    assert_eq!(reply.status, 403);
    assert!(reply.error().ends_with("[error-unauthorized]"));
    assert_eq!(get(&simulator, "/api/v1/livechat/department").await.status, 200);
}

/// Server PR 19951 came with 3.10; the other cases are from `findAgents` of each release.
#[tokio::test]
async fn releases_ask_for_different_permissions() {
    use Permission as P;
    let (rooms, agents) = ("/api/v1/livechat/rooms", "/api/v1/livechat/users/agent");
    for (version, path, refused, status) in [
        ("3.9.4", rooms, &[P::ViewLivechatManager][..], 403),
        ("3.9.4", rooms, &[P::ViewLivechatRooms, P::ViewLRoom], 200),
        ("3.10.0", rooms, &[P::ViewLivechatManager], 200),
        ("3.10.0", rooms, &[P::ViewLivechatRooms], 403),
        ("5.4.0", agents, &[P::ViewLRoom], 403),
        ("5.4.0", agents, &[P::TransferLivechatGuest], 403),
        ("5.4.0", agents, &[P::EditOmnichannelContact], 200),
        ("6.10.2", agents, &[P::ViewLRoom, P::TransferLivechatGuest], 200),
        ("6.10.2", agents, &[P::TransferLivechatGuest, P::EditOmnichannelContact], 403),
    ] {
        let simulator = refusing(refused, version).await;
        assert_eq!(get(&simulator, path).await.status, status, "{version} {path} {refused:?}");
    }
}

/// The handlers of `livechat/rooms` and `livechat/users/…` check the permission after the query.
#[tokio::test]
async fn handlers_refuse_what_is_no_question_before_they_refuse_who_asks() {
    let all = [
        Permission::ViewLivechatRooms,
        Permission::TransferLivechatGuest,
        Permission::EditOmnichannelContact,
    ];
    for version in ["6.13.0", "8.6.1"] {
        let simulator = refusing(&all, version).await;
        for path in ["rooms", "users/agent"] {
            let path = format!("/api/v1/livechat/{path}");
            assert_eq!(get(&simulator, &format!("{path}?x=1")).await.status, 400, "{version}");
            let reply = get(&simulator, &path).await;
            assert_eq!((reply.status, reply.error().as_str()), (403, "unauthorized"), "{version}");
        }
    }
}

#[tokio::test]
async fn an_agent_sees_the_own_chats_and_only_when_asking_for_them() {
    let simulator = refusing(&[Permission::ViewLivechatRooms], "8.1.0").await;
    let own = SimulatorSettings::default().user_id;
    simulator.world(|world| {
        let room = world.arrive(None, Channel::Widget);
        world.assign(&room, &own);
        world.arrive(None, Channel::Widget);
    });
    assert_eq!(rooms(&simulator, "").await.status, 403);
    assert_eq!(rooms(&simulator, &format!("agents[]={own}&agents[]=x")).await.status, 403);
    assert_eq!(rooms(&simulator, &format!("agents[]={own}")).await.ids().len(), 1);
}

#[tokio::test]
async fn a_refused_permission_is_counted_by_the_limiter_before_8_only() {
    for (version, counted) in [("7.10.0", 1), ("8.1.0", 0), ("9.0.0", 0)] {
        let simulator = refusing(&[Permission::ViewLRoom], version).await;
        assert_eq!(get(&simulator, QUEUE).await.status, 403, "{version}");
        assert_eq!(simulator.route_use(Route::Queue).busiest_window, counted, "{version}");
    }
}

#[tokio::test]
async fn the_limiter_counts_a_route_and_says_when_to_come_back() {
    let settings = SimulatorSettings { rate_limit: Some(2), ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let now = simulator.world(|world| world.now()).as_millisecond();
    for remaining in ["1", "0"] {
        let reply = get(&simulator, QUEUE).await;
        assert_eq!(reply.header("x-ratelimit-limit"), Some("2"));
        assert_eq!(reply.header("x-ratelimit-remaining"), Some(remaining));
        let reset: i64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
        assert!((now + 30_000..=now + 60_000).contains(&reset), "{}", reset - now);
    }
    let reply = get(&simulator, QUEUE).await;
    assert_eq!(reply.status, 429);
    assert!(reply.error().contains("seconds before trying this endpoint again"));
    assert_eq!(rooms(&simulator, "").await.status, 200, "another route, another bucket");
    let used = simulator.route_use(Route::Queue);
    assert_eq!((used.refused, used.busiest_window), (1, 3));
    for _ in 0..5 {
        assert_eq!(get(&simulator, "/api/info").await.header("x-ratelimit-limit"), None);
    }
}

#[tokio::test]
async fn a_window_that_is_over_admits_again() {
    let window = Duration::from_millis(50);
    let settings = SimulatorSettings { rate_limit: Some(1), rate_window: window, ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    let mut admitted = 0;
    while admitted < 2 {
        assert!(tokio::time::Instant::now() < deadline, "never admitted again");
        admitted += u32::from(get(&simulator, QUEUE).await.status == 200);
    }
}

#[tokio::test]
async fn what_no_generation_serves_is_a_page_or_a_plain_404() {
    for (version, path, status, kind) in [
        ("7.5.0", "/api/v1/nothing", 200, "text/html"),
        ("7.6.0", "/api/v1/nothing", 404, "text/plain"),
        ("8.0.0", "/api/v1/voip/rooms", 404, "text/plain"),
        ("4.4.0", "/api/v1/voip/rooms", 200, "text/html"),
        ("7.13.9", "/api/v1/voip/rooms", 200, "application/json"),
    ] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let reply = get(&simulator, path).await;
        assert_eq!(reply.status, status, "{version} {path}");
        assert!(reply.header("content-type").unwrap().starts_with(kind), "{version} {path}");
    }
}

#[tokio::test]
async fn the_version_is_exact_short_or_hidden() {
    let simulator = Simulator::start(small("7.10.3")).await.unwrap();
    assert_eq!(get(&simulator, "/api/info").await.json()["version"], "7.10");
    let trusted = refusing(&[], "7.10.3").await;
    assert_eq!(get(&trusted, "/api/info").await.json()["version"], "7.10.3");
    let hidden = SimulatorSettings { version_hidden: true, ..small("7.10.3") };
    let simulator = Simulator::start(hidden).await.unwrap();
    assert_eq!(get(&simulator, "/api/info").await.json(), json!({ "success": true }));
}

#[tokio::test]
async fn the_date_is_the_clock_of_the_workspace() {
    let settings = SimulatorSettings { path_prefix: "/chat".to_owned(), ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    assert!(simulator.url().ends_with("/chat"));
    let reply = get(&simulator, "/api/info").await;
    assert_eq!(reply.header("date"), Some("Mon, 02 Mar 2026 10:00:00 GMT"));
}

#[tokio::test]
async fn a_living_workspace_moves_between_requests() {
    let start = "2026-03-02T10:00:00Z".parse().unwrap();
    let clock = ClockSettings::Living { start, speed: 100_000.0 };
    let settings = SimulatorSettings { clock, ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while rooms(&simulator, "").await.json()["total"] == 0 {
        assert!(std::time::Instant::now() < deadline, "nobody came");
    }
    assert!(simulator.world(|world| world.now()) > start);
}

#[tokio::test]
async fn the_hook_runs_before_each_answer_and_requests_are_remembered() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.on_request(|world| drop(world.arrive(None, Channel::Sms)));
    assert_eq!(rooms(&simulator, "queued=true").await.json()["total"], 1);
    assert_eq!(rooms(&simulator, "count=%31").await.json()["total"], 2);
    let log = simulator.requests();
    assert_eq!(log.len(), 2);
    assert_eq!(log[1].query, [("count".to_owned(), "1".to_owned())]);
    assert!(log[1].carried_token && log[1].status == 200 && log[0].at <= log[1].at);
}

#[tokio::test]
async fn faults_spoil_the_answer_and_go_away_again() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let row = json!("no object");
    for (fault, status, shows) in [
        (Fault::Status(503, "<html>".into()), 503, "<html>"),
        (Fault::Html, 200, "react-root"),
        (Fault::Garbage, 200, "tru"),
        (Fault::Total(99), 200, "\"total\":99"),
        (Fault::ExtraRow(row), 200, "[\"no object\"]"),
        (Fault::Redirect("http://localhost/login".into()), 302, ""),
        (Fault::Unsuccessful, 200, "\"success\":false"),
    ] {
        simulator.set_fault(Route::Rooms, Some(fault.clone()));
        let reply = rooms(&simulator, "").await;
        assert_eq!(reply.status, status, "{fault:?}");
        assert!(reply.text.contains(shows), "{fault:?}: {}", reply.text);
        assert_eq!(get(&simulator, QUEUE).await.json()["success"], true, "{fault:?}");
    }
    simulator.set_fault(Route::Rooms, Some(Fault::Truncated));
    assert!(serde_json::from_str::<serde_json::Value>(&rooms(&simulator, "").await.text).is_err());
    simulator.set_fault(Route::Rooms, None);
    assert_eq!(rooms(&simulator, "").await.json()["success"], true);
}

#[tokio::test]
async fn a_hanging_request_ends_with_the_simulator() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.set_fault_everywhere(Some(Fault::Hang));
    let url = format!("{}/api/info", simulator.url());
    let hanging = tokio::spawn(client().get(url).send());
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while simulator.requests().is_empty() {
        assert!(std::time::Instant::now() < deadline, "the request never came");
        tokio::task::yield_now().await;
    }
    drop(simulator);
    let ended = tokio::time::timeout(Duration::from_secs(60), hanging).await;
    assert!(ended.is_ok(), "still hanging");
}
