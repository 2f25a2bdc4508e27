//! Refusals of a server in their documented words: the reason and the remedy that the client derives.

use axum::response::Response;
use rocketchat_omnichannel_exporter::rocketchat::departments::MemberRow;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomRow, RoomSelection,
};
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::simulator::{
    Fault, Permission, Route, Simulator, SimulatorSettings,
};

use super::loopback::{Loopback, reply};
use super::{FIRST_PAGE, client_at, client_of, documented, failure, page, permit, small, texts};

async fn refused(endpoint: Endpoint, status: u16, body: &str) -> Failure {
    refused_by(endpoint, status, documented(body)).await
}

async fn refused_by(endpoint: Endpoint, status: u16, body: Vec<u8>) -> Failure {
    let answer = move |_: &_| -> Response {
        reply(status, &[("content-type", "application/json")], body.clone())
    };
    let server = Loopback::start(answer).await;
    let query = livechat_rooms::query(RoomSelection::Open, &RoomFilter::default(), FIRST_PAGE);
    let outcome = page::<RoomRow>(&client_at(&server.url()), endpoint, &query).await;
    outcome.expect_err("an error of the server")
}

#[tokio::test]
async fn a_401_in_any_wording_asks_for_a_new_token() {
    for (endpoint, body) in [
        (Endpoint::VoipRooms, "voip-rooms-unauthorized"),
        (Endpoint::LivechatQueue, "livechat-queue-unauthorized"),
        (Endpoint::LivechatRooms, "livechat-rooms-unauthorized-since-7-6"),
    ] {
        let failure = refused(endpoint, 401, body).await;
        assert_eq!(failure.reason, Reason::Unauthorized, "{body}");
        let told = format!(
            "{}: HTTP 401; create a new personal access token and check user_id",
            endpoint.route()
        );
        assert_eq!(failure.to_string(), told);
    }
}

/// Server 9.0 answers 401 for a missing session, but some checks of a session still answer 400 with
/// `error-invalid-user` (server PR 41590).
#[tokio::test]
async fn a_400_that_means_401_asks_for_a_new_token() {
    let body = r#"{"success":false,"error":"Invalid user [error-invalid-user]","errorType":"error-invalid-user"}"#;
    for endpoint in [Endpoint::Me, Endpoint::LivechatRooms, Endpoint::LivechatQueue] {
        let failure = refused_by(endpoint, 400, body.into()).await;
        assert_eq!(failure.reason, Reason::Unauthorized);
        let told = format!(
            "{}: HTTP 400 (error-invalid-user); create a new personal access token and check user_id",
            endpoint.route()
        );
        assert_eq!(failure.to_string(), told);
    }
}

/// Since 8.5 with 400 (server PR 38017), and with 401 by server PR 33764.
#[tokio::test]
async fn a_server_that_asks_for_the_second_factor_needs_a_token_that_ignores_it() {
    let body =
        r#"{"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required"}"#;
    for status in [400, 401] {
        let failure = refused_by(Endpoint::LivechatRooms, status, body.into()).await;
        assert_eq!(failure.reason, Reason::Unauthorized);
        let told = format!(
            "livechat/rooms: HTTP {status} (totp-required); create a new personal access token with \
             \"Ignore two factor authentication\""
        );
        assert_eq!(failure.to_string(), told);
    }
}

/// 9.0 has one body for all refusals, also for those that were 400 before (server PRs 41590 and 43214).
#[tokio::test]
async fn a_403_of_9_names_the_permission_to_grant() {
    let missing = [Permission::ViewLivechatRooms, Permission::ViewLRoom];
    let settings = SimulatorSettings { refused: missing.into(), ..small("9.0.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let failure = failure(&client_of(&simulator)).await;
    assert_eq!(failure.reason, Reason::Forbidden);
    let remedy = "grant the exporter's user the permission view-livechat-rooms";
    assert!(failure.to_string().ends_with(remedy), "{failure}");
}

#[tokio::test]
async fn a_403_in_either_wording_names_the_permission_to_grant() {
    for (endpoint, body, permission) in [
        (Endpoint::VoipRooms, "voip-rooms-forbidden-by-permission", "view-livechat-rooms"),
        (Endpoint::VoipRooms, "voip-rooms-forbidden-by-handler", "view-livechat-rooms"),
        (Endpoint::LivechatQueue, "livechat-queue-forbidden-by-permission", "view-l-room"),
        (Endpoint::LivechatQueue, "livechat-queue-forbidden-by-handler", "view-l-room"),
        (Endpoint::LivechatRooms, "voip-rooms-forbidden-by-handler", "view-livechat-rooms"),
        (
            Endpoint::Agents,
            "livechat-queue-forbidden-by-permission",
            "transfer-livechat-guest or edit-omnichannel-contact",
        ),
    ] {
        let failure = refused(endpoint, 403, body).await;
        assert_eq!(failure.reason, Reason::Forbidden, "{body}");
        let remedy = format!("grant the exporter's user the permission {permission}");
        assert!(failure.to_string().ends_with(&remedy), "{failure}");
    }
}

#[tokio::test]
async fn members_that_are_left_out_of_an_answer_are_refused_for_want_of_a_permission() {
    let refused = SimulatorSettings {
        refused: [Permission::ViewLivechatDepartments].into(),
        ..small("8.6.1")
    };
    let simulator = Simulator::start(refused).await.unwrap();
    let id = simulator.world(|world| world.departments.keys().next().unwrap().clone());
    let client = client_of(&simulator);
    let ask = async || {
        let permit = permit(&client, Endpoint::Department).await;
        client.page::<MemberRow>(permit, Some(&id), &Query::default()).await
    };
    let failure = ask().await.unwrap_err();
    assert_eq!(failure.reason, Reason::Forbidden);
    assert_eq!(
        failure.to_string(),
        "livechat/department/:id: the answer does not contain agents; grant the exporter's user the permission \
         view-livechat-departments"
    );
    simulator.grant(Permission::ViewLivechatDepartments);
    assert!(!ask().await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_400_tells_an_unknown_parameter_from_a_bad_value() {
    for (body, unknown_parameter) in [
        ("livechat-rooms-unknown-parameter", true),
        ("livechat-rooms-unknown-parameter-typed-route", true),
        ("livechat-rooms-unsortable", false),
    ] {
        let failure = refused(Endpoint::LivechatRooms, 400, body).await;
        assert_eq!(failure.reason, Reason::Rejected, "{body}");
        assert_eq!(failure.unknown_parameter, unknown_parameter, "{body}");
        assert!(failure.to_string().contains("report the server version"), "{failure}");
    }
}

#[tokio::test]
async fn every_other_answer_has_its_reason() {
    let html = || "<html><body>502</body></html>".to_owned();
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    for (fault, reason) in [
        (Fault::Status(404, "404 Not Found".into()), Reason::NotFound),
        (Fault::Status(405, String::new()), Reason::Blocked),
        (Fault::Status(413, html()), Reason::Blocked),
        (Fault::Status(403, html()), Reason::Blocked),
        (Fault::Status(500, String::new()), Reason::Server),
        (Fault::Status(502, html()), Reason::Server),
        (Fault::Status(304, String::new()), Reason::Redirected),
        (Fault::Html, Reason::Decode),
        (Fault::Garbage, Reason::Decode),
        (Fault::Truncated, Reason::Decode),
        (Fault::Unsuccessful, Reason::Unsuccessful),
    ] {
        simulator.set_fault(Route::Rooms, Some(fault.clone()));
        let failure = failure(&client_of(&simulator)).await;
        assert_eq!(failure.reason, reason, "{fault:?}");
    }
}

#[tokio::test]
async fn a_redirection_is_told_with_the_host_that_it_leads_to() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    for (location, told) in [
        ("https://login.example.com/auth?state=private", "HTTP 302 to https://login.example.com; "),
        ("//chat.example.com:8443/", "HTTP 302 to http://chat.example.com:8443; "),
        ("/login?private", "HTTP 302 to another path of the same host; "),
        ("mailto:private@example.com", "HTTP 302; "),
    ] {
        simulator.set_fault(Route::Rooms, Some(Fault::Redirect(location.into())));
        let failure = failure(&client_of(&simulator)).await;
        assert_eq!(failure.reason, Reason::Redirected);
        assert!(failure.to_string().contains(told), "{failure}");
        assert!(!failure.to_string().contains("private"), "{failure}");
    }
}

#[tokio::test]
async fn no_failure_repeats_the_token_the_filter_or_the_body() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let client = client_of(&simulator);
    let filter = RoomFilter {
        agents: texts(&["private-agent"]),
        room_name: Some("private-name".to_owned()),
        ..RoomFilter::default()
    };
    let query = livechat_rooms::query(RoomSelection::Open, &filter, FIRST_PAGE);
    let token = SimulatorSettings::default().token;
    for fault in [
        Fault::Status(400, r#"{"error":"private-body"}"#.into()),
        Fault::Status(503, "private-body".into()),
        Fault::Html,
        Fault::Truncated,
        Fault::Redirect("http://other.invalid/private?private".into()),
    ] {
        simulator.set_fault_everywhere(Some(fault.clone()));
        let outcome = page::<RoomRow>(&client, Endpoint::LivechatRooms, &query).await;
        let told = format!("{0} {0:?}", outcome.unwrap_err());
        for secret in ["private", "rooms?", "react-root", &token] {
            assert!(!told.contains(secret), "{fault:?}: {told}");
        }
    }
    assert!(!format!("{client:?}").contains(&token));
}
