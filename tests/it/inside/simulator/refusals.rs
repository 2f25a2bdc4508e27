//! The refusals of a server, their order and their delay, per generation.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{
    Permission, Reply, Route, Simulator, SimulatorSettings, Timing,
};
use serde_json::Value;

use super::small;

const ROOMS: &str = "livechat/rooms";
const QUEUE: &str = "livechat/queue";
const AGENTS: &str = "livechat/users/agent";
const VERSIONS: [&str; 7] = ["4.8.0", "6.10.2", "6.13.0", "7.7.1", "8.1.0", "8.6.1", "9.0.0"];

/// A workspace that grants its user no permission for the lists.
fn refusing(version: &str) -> SimulatorSettings {
    let refused = [
        Permission::ViewLivechatRooms,
        Permission::ViewLRoom,
        Permission::ViewLivechatDepartments,
        Permission::TransferLivechatGuest,
        Permission::EditOmnichannelContact,
    ];
    SimulatorSettings { refused: refused.into(), ..small(version) }
}

/// The answer to a request with this token.
fn asked(settings: &SimulatorSettings, path: &str, token: &str) -> Reply {
    answered(&Simulator::detached(settings.clone()), path, token)
}

fn answered(simulator: &Simulator, path: &str, token: &str) -> Reply {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let headers = [
        ("x-auth-token".to_owned(), token.to_owned()),
        ("x-user-id".to_owned(), SimulatorSettings::default().user_id),
    ];
    simulator.answer("GET", &format!("/api/v1/{path}"), query, &headers)
}

fn body(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

fn token() -> String {
    SimulatorSettings::default().token
}

/// Restivus delays them by half a second to a second; server PR 34999 removed the delay after 7.3.
#[test]
fn a_401_and_a_403_come_late_as_long_as_restivus_gives_them() {
    for (version, is_late) in
        [("3.18.0", true), ("6.10.2", true), ("6.13.0", true), ("7.7.1", false)]
    {
        let settings = refusing(version);
        let refused = [
            (401, asked(&settings, QUEUE, "another")),
            (403, asked(&settings, QUEUE, &token())),
            (403, asked(&settings, ROOMS, &token())),
        ];
        for (status, reply) in refused {
            assert_eq!(reply.status, status, "{version}");
            match reply.timing {
                Timing::After(time) => {
                    let half = Duration::from_millis(500);
                    assert!(is_late && (half..2 * half).contains(&time), "{version} {time:?}");
                }
                timing => assert_eq!((timing, is_late), (Timing::AtOnce, false), "{version}"),
            }
        }
        let fine = asked(&small(version), QUEUE, &token());
        assert_eq!((fine.status, fine.timing), (200, Timing::AtOnce), "{version}");
    }
}

#[test]
fn the_delays_of_refusals_differ_and_are_the_same_each_time() {
    let delays = || {
        let simulator = Simulator::detached(refusing("6.13.0"));
        [(); 3].map(|()| answered(&simulator, QUEUE, &token()).timing)
    };
    let [first, second, third] = delays();
    assert!(first != second && second != third && first != third);
    assert_eq!(delays(), [first, second, third]);
}

/// Only a route that declares its permissions checks them before the query, and only since 8.0.
#[test]
fn what_is_wrong_and_forbidden_is_wrong_first_wherever_the_handler_asks_for_permissions() {
    for version in VERSIONS.into_iter().filter(|version| *version != "4.8.0") {
        let settings = refusing(version);
        let status = |path: &str| asked(&settings, path, &token()).status;
        let of_queue = if version < "8" { 400 } else { 403 };
        assert_eq!(status("livechat/queue?q=1"), of_queue, "{version}");
        assert_eq!(status("livechat/department?q=1"), of_queue, "{version}");
        for path in [ROOMS, AGENTS] {
            assert_eq!(status(&format!("{path}?q=1")), 400, "{version} {path}");
            assert_eq!(status(path), 403, "{version} {path}");
        }
        for wrong in ["sort=x", "closedAt=x", "createdAt=x"] {
            assert_eq!(status(&format!("{ROOMS}?{wrong}")), 400, "{version} {wrong}");
        }
        assert_eq!(status(&format!("{ROOMS}?customFields=x")), 403, "{version}");
        assert_eq!(status(&format!("{ROOMS}?offset=-1")), 403, "{version}");
    }
}

/// `livechat/rooms` and `livechat/queue` of 8.6.1 are not typed routes.
#[test]
fn what_is_wrong_and_too_much_is_too_much_first_until_routes_are_typed() {
    for (version, status, error, kind) in [
        ("6.13.0", 429, " [invalid-params]", "invalid-params"),
        ("8.6.1", 429, " [invalid-params]", "invalid-params"),
        ("8.8.0", 429, " [invalid-params]", "invalid-params"),
        ("9.0.0", 400, "", "error-invalid-params"),
    ] {
        let settings = SimulatorSettings { rate_limit: Some(1), ..small(version) };
        let simulator = Simulator::detached(settings);
        for path in [QUEUE, ROOMS] {
            let wrong = answered(&simulator, &format!("{path}?q=1"), &token());
            let told = format!("must NOT have additional properties{error}");
            assert_eq!((wrong.status, &body(&wrong)["error"]), (400, &told.into()), "{version}");
            assert_eq!(body(&wrong)["errorType"], kind, "{version}");
            drop(answered(&simulator, path, &token()));
            let again = answered(&simulator, &format!("{path}?q=1"), &token());
            assert_eq!(again.status, status, "{version} {path}");
        }
    }
}

/// The rule `/v1/livechat/roomsget` is looked up as `/livechat/roomsget` (fixed by server PR 36313).
#[test]
fn no_route_is_limited_from_7_6_to_the_end_of_7() {
    for (version, is_limited) in [
        ("6.10.2", true),
        ("7.5.0", true),
        ("7.6.0", false),
        ("7.7.1", false),
        ("7.13.0", false),
        ("8.0.0", true),
        ("8.6.1", true),
    ] {
        let simulator =
            Simulator::detached(SimulatorSettings { rate_limit: Some(1), ..small(version) });
        let replies = [(); 2].map(|()| answered(&simulator, QUEUE, &token()));
        let last = if is_limited { 429 } else { 200 };
        assert_eq!(replies.each_ref().map(|reply| reply.status), [200, last], "{version}");
        for Reply { headers, .. } in replies {
            let announced = headers.iter().any(|(name, _)| name.starts_with("x-ratelimit"));
            assert_eq!(announced, is_limited, "{version}");
        }
        assert_eq!(simulator.route_use(Route::Queue).busiest_window, 2, "{version}");
    }
}

/// The handler's context of 7.x has no logger, but the handler logs an unreadable `sort`.
#[test]
fn an_unreadable_sort_is_told_in_two_ways() {
    for (version, error) in [
        ("6.13.0", "Invalid sort parameter provided: \"x\" [error-invalid-sort]"),
        ("7.7.1", "Cannot read properties of undefined (reading 'warn')"),
        ("8.6.1", "Invalid sort parameter provided: \"x\" [error-invalid-sort]"),
    ] {
        let reply = asked(&small(version), &format!("{ROOMS}?sort=x"), &token());
        assert_eq!((reply.status, &body(&reply)["error"]), (400, &error.into()), "{version}");
        assert_eq!(body(&reply).get("errorType").is_some(), version != "7.7.1", "{version}");
    }
}

/// Server PR 43214, released in 9.0.
#[test]
fn a_missing_permission_is_one_body_since_9() {
    for (version, kind) in [("8.6.1", None), ("8.8.0", None), ("9.0.0", Some("error-forbidden"))] {
        let settings = refusing(version);
        for path in [ROOMS, QUEUE, "livechat/department", "livechat/department/d", AGENTS] {
            let reply = asked(&settings, path, &token());
            let body = body(&reply);
            assert_eq!((reply.status, &body["success"]), (403, &false.into()), "{version} {path}");
            assert!(body["error"].is_string(), "{version} {path}");
            assert_eq!(body["errorType"].as_str(), kind, "{version} {path}");
        }
    }
}

/// Server PR 41590, released in 9.0: 401 means that nobody is logged in, also on routes with declared permissions.
#[test]
fn nobody_is_told_401_whatever_the_permissions() {
    for version in VERSIONS {
        for path in [ROOMS, QUEUE, "livechat/department", AGENTS, "me"] {
            let reply = asked(&refusing(version), path, "another");
            assert_eq!(reply.status, 401, "{version} {path}");
        }
    }
}

/// Server PR 41948, released in 9.0.
#[test]
fn query_and_fields_are_unknown_since_9() {
    for (version, path, status) in [
        ("8.8.0", ROOMS, 200),
        ("9.0.0", ROOMS, 400),
        ("8.8.0", AGENTS, 200),
        ("9.0.0", AGENTS, 400),
        ("9.0.0", "livechat/department/d", 200),
    ] {
        for name in ["query", "fields"] {
            let reply = asked(&small(version), &format!("{path}?{name}=%7B%7D"), &token());
            assert_eq!(reply.status, status, "{version} {path} {name}");
        }
    }
}
