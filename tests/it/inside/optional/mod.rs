//! The optional lists: absent where a server refuses them or does not have them, and never in the way of the others.

mod hours;

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::{Channel, Licence};
use rocketchat_omnichannel_exporter::simulator::{Fault, Permission, Route, SimulatorSettings};

use crate::inside::cycle;
use crate::watching::{Numbers, Watched, of_family, series, sum};

const INTERVAL: Duration = Duration::from_secs(30);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const VERSIONS: [&str; 4] = ["6.13.0", "7.13.0", "8.8.0", "9.0.0"];
/// The optional lists that are always asked for, each with its path.
const LISTS: [(&str, &str); 3] =
    [("priorities", "livechat/priorities"), ("slas", "livechat/sla"), ("licence", "licenses.info")];

fn small(version: &str) -> SimulatorSettings {
    SimulatorSettings { calls: false, ..cycle::small(version) }
}

/// Lets time pass, then polls.
async fn poll_after(watched: &mut Watched, time: Duration) -> Numbers {
    tokio::time::advance(time).await;
    watched.simulator.world(|world| world.advance(time));
    watched.poll().await
}

fn asked(watched: &Watched, path: &str) -> usize {
    let requests = watched.simulator.requests();
    requests.iter().filter(|request| request.path.ends_with(path)).count()
}

fn capability(page: &Numbers, name: &str) -> f64 {
    page[&series("exporter_capability", &[("name", name)])]
}

/// Puts a chat with this priority into the queue.
fn wait_with_priority(watched: &Watched, priority: &str) {
    watched.simulator.world(|world| {
        let room = world.arrive(None, Channel::Widget);
        assert!(world.prioritise(&room, Some(priority)));
    });
}

fn queued(page: &Numbers, priority: &str) -> f64 {
    sum(page, "queued_chats_by_priority", &format!("(\"priority\", {priority:?})"))
}

#[tokio::test(start_paused = true)]
async fn a_community_build_lacks_the_lists_and_nothing_fails() {
    for version in ["5.4.0", "6.13.0", "7.13.0", "8.8.0", "9.0.0"] {
        let settings = SimulatorSettings { enterprise: false, ..small(version) };
        let mut watched = Watched::in_process(&settings, |_| {});
        for _ in 0..4 {
            let page = poll_after(&mut watched, INTERVAL).await;
            assert_eq!(page.get("up[]"), Some(&1.0), "{version}");
            assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0, "{version}");
            for (list, path) in LISTS {
                assert_eq!(capability(&page, list), 0.0, "{version} {list}");
                assert_eq!(asked(&watched, path), 1, "{version} {list} is asked for once");
            }
            for family in ["queued_chats_by_sla", "sla_due_seconds", "contacts_limit_reached"] {
                assert!(of_family(&page, family).is_empty(), "{version} {family}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_of_the_least_permissions_sees_names_and_policies_and_nothing_fails() {
    use Permission as P;
    let granted = [P::ViewLivechatRooms, P::ViewLRoom];
    let refused = P::ALL.iter().copied().filter(|it| !granted.contains(it)).collect();
    for version in VERSIONS {
        let settings = SimulatorSettings {
            refused: std::collections::BTreeSet::clone(&refused),
            ..small(version)
        };
        let mut watched = Watched::in_process(&settings, |_| {});
        wait_with_priority(&watched, "priority-high");
        let page = poll_after(&mut watched, INTERVAL).await;
        let page = if queued(&page, "high") > 0.0 { page } else { watched.poll().await };
        assert_eq!(page.get("up[]"), Some(&1.0), "{version}");
        assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0, "{version}");
        assert!(queued(&page, "high") >= 1.0, "{version}");
        assert_eq!(queued(&page, "priority-high"), 0.0, "{version}");
        assert_eq!(of_family(&page, "sla_due_seconds").len(), 2, "{version}");
        assert_eq!(page.get("contacts_limit_reached[]"), Some(&0.0), "{version}");
        assert!(of_family(&page, "contacts_limit").is_empty(), "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_list_is_asked_for_again_after_ten_minutes_and_then_names_priorities() {
    use Permission as P;
    for version in VERSIONS {
        let refused = [P::ManageLivechatPriorities, P::ManageLivechatSla];
        let settings = SimulatorSettings { refused: refused.into(), ..small(version) };
        let mut watched = Watched::in_process(&settings, |_| {});
        let forbidden = Fault::Status(403, r#"{"success":false,"error":"unauthorized"}"#.into());
        watched.simulator.set_fault(Route::Priorities, Some(forbidden));
        wait_with_priority(&watched, "priority-low");
        for _ in 0..3 {
            let page = poll_after(&mut watched, INTERVAL).await;
            assert!(queued(&page, "priority-low") >= 1.0, "{version}: the id, without the names");
            assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0, "{version}");
        }
        assert_eq!(asked(&watched, "livechat/priorities"), 1, "{version}");
        watched.simulator.set_fault(Route::Priorities, None);
        poll_after(&mut watched, TEN_MINUTES).await;
        let page = poll_after(&mut watched, INTERVAL).await;
        assert_eq!(queued(&page, "priority-low"), 0.0, "{version}");
        assert!(queued(&page, "low") >= 1.0, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_renamed_priority_has_its_name_and_two_of_one_name_are_told_apart() {
    let mut watched = Watched::in_process(&small("8.8.0"), |_| {});
    watched.simulator.world(|world| {
        let priorities = &mut world.administration.priorities;
        for (priority, name) in priorities.iter_mut().zip(["low", "Fire\u{202e}\n"]) {
            priority.name = Some(name.to_owned());
        }
    });
    for level in ["highest", "high", "low"] {
        wait_with_priority(&watched, &format!("priority-{level}"));
    }
    let page = poll_after(&mut watched, INTERVAL).await;
    for label in ["low (prio)", "low (priority-low)", "Fire\u{fffd} "] {
        assert!(
            queued(&page, label) >= 1.0,
            "{label}: {:?}",
            of_family(&page, "queued_chats_by_priority")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hangs_delays_no_other_and_is_a_failure_of_its_own() {
    let mut watched = Watched::in_process(&small("8.8.0"), |workspace| {
        workspace.poll.timeout = Duration::from_secs(10);
    });
    for (route, hangs) in [(Route::Priorities, true), (Route::Licence, true), (Route::Slas, false)]
    {
        watched.simulator.set_fault(route, hangs.then_some(Fault::Hang));
    }
    let began = tokio::time::Instant::now();
    watched.poll().await;
    assert!(began.elapsed() <= Duration::from_secs(5), "the first answers: {:?}", began.elapsed());
    for _ in 0..6 {
        tokio::time::advance(INTERVAL).await;
        let began = tokio::time::Instant::now();
        let page = watched.poll().await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!(page.get("up[]"), Some(&1.0));
    }
    let page = watched.poll().await;
    for list in ["priorities", "licence"] {
        let timeout =
            series("exporter_poll_failures_total", &[("collector", list), ("reason", "timeout")]);
        assert!(page[&timeout] >= 1.0, "{list}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_contacts_is_shown_as_soon_as_it_is_read() {
    let settings = SimulatorSettings { refused: [].into(), ..small("8.8.0") };
    let mut watched = Watched::in_process(&settings, |_| {});
    let page = poll_after(&mut watched, INTERVAL).await;
    assert_eq!(page.get("contacts_limit_reached[]"), Some(&0.0));
    watched.simulator.world(|world| {
        world.administration.licence = Licence { contacts_limit: Some(500), contacts_used: 500 };
    });
    poll_after(&mut watched, TEN_MINUTES).await;
    let page = poll_after(&mut watched, INTERVAL).await;
    let shown =
        ["contacts_limit_reached[]", "contacts_limit[]", "contacts_used[]"].map(|it| page[it]);
    assert_eq!(shown, [1.0, 500.0, 500.0]);
    watched.simulator.world(|world| world.administration.licence.contacts_limit = None);
    poll_after(&mut watched, TEN_MINUTES).await;
    let page = poll_after(&mut watched, INTERVAL).await;
    assert_eq!(page.get("contacts_limit_reached[]"), Some(&0.0));
    assert_eq!(page.get("contacts_limit[]"), None, "no limit");
}

#[tokio::test(start_paused = true)]
async fn figures_of_a_list_that_is_no_longer_read_are_withdrawn() {
    let mut watched = Watched::in_process(&small("8.8.0"), |_| {});
    let page = poll_after(&mut watched, INTERVAL).await;
    assert_eq!(of_family(&page, "sla_due_seconds").len(), 2);
    for route in [Route::Slas, Route::Licence] {
        watched.simulator.set_fault(route, Some(Fault::Status(500, String::new())));
    }
    poll_after(&mut watched, TEN_MINUTES * 3).await;
    let page = poll_after(&mut watched, INTERVAL).await;
    for family in [
        "sla_due_seconds",
        "queued_chats_by_sla",
        "queued_chats_over_sla",
        "contacts_limit_reached",
    ] {
        assert!(of_family(&page, family).is_empty(), "{family}");
    }
    assert_eq!(page.get("up[]"), Some(&1.0));
}

/// `api/server/middlewares/license.ts` of the server.
#[tokio::test(start_paused = true)]
async fn an_enterprise_server_without_a_licence_refuses_its_lists_which_is_no_failure() {
    let body = r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]",
        "errorType":"error-action-not-allowed"}"#;
    let mut watched = Watched::in_process(&small("8.8.0"), |_| {});
    for route in [Route::Priorities, Route::Slas] {
        watched.simulator.set_fault(route, Some(Fault::Status(400, body.to_owned())));
    }
    for _ in 0..3 {
        let page = poll_after(&mut watched, INTERVAL).await;
        assert_eq!(page.get("up[]"), Some(&1.0));
        assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0);
        assert_eq!(capability(&page, "priorities"), 0.0);
    }
    assert_eq!((asked(&watched, "livechat/priorities"), asked(&watched, "livechat/sla")), (1, 1));
}
