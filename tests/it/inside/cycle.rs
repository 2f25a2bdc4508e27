//! Behaviour of a cycle towards servers that differ, refuse, fail or send wrong data.

use std::time::Duration;

use rocketchat_omnichannel_exporter::config::{Scope, Workspace};
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::publisher::Publisher;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Fault, Permission, Route, SimulatorSettings};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::watching::{Watched, numbers, of_family, series, sum};

pub fn small(version: &str) -> SimulatorSettings {
    SimulatorSettings {
        version: version.parse().unwrap(),
        departments: 3,
        agents: 5,
        arrivals_per_hour: 200.0,
        warm_up: Duration::from_secs(900),
        ..SimulatorSettings::default()
    }
}

fn open_rooms(world: &World) -> f64 {
    world.rooms.values().filter(|room| room.open).count() as f64
}

#[tokio::test]
async fn a_server_that_hides_its_version_is_tried_once_and_then_known() {
    for version in ["2.4.0", "3.18.0", "4.8.0", "6.10.0", "6.13.0", "7.13.0", "8.1.0", "9.0.0"] {
        let hidden = SimulatorSettings { version_hidden: true, ..small(version) };
        let mut watched = Watched::start(hidden, |_| ()).await;
        for _ in 0..4 {
            watched.simulator.world(World::random_step);
            let page = watched.poll().await;
            let open = watched.simulator.world(|world| open_rooms(world));
            if page.get("up[]") == Some(&1.0) {
                assert!((sum(&page, "open_chats", "") - open).abs() < 0.5, "{version}");
            }
        }
        let rejected = |request: &&_| {
            matches!(
                request,
                rocketchat_omnichannel_exporter::simulator::Request { status: 400, .. }
            )
        };
        let rejections = watched.simulator.requests().iter().filter(rejected).count();
        assert!(rejections <= 1, "{version}: {rejections} requests were rejected");
        let page = watched.poll().await;
        assert_eq!(page.get("up[]"), Some(&1.0), "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_slow_at_the_start_lets_no_list_miss_the_next_tick() {
    let interval = Duration::from_secs(30);
    let mut watched =
        Watched::in_process(&small("8.1.0"), |workspace| workspace.poll.interval = interval);
    watched.simulator.set_fault(Route::Info, Some(Fault::Slow(Duration::from_secs(5))));
    let began = Instant::now();
    let first = watched.poll().await;
    assert!(began.elapsed() >= Duration::from_secs(5));
    watched.simulator.set_fault(Route::Info, None);
    // The first tick of a process comes up to a tenth of the interval early.
    tokio::time::advance((interval * 9 / 10).saturating_sub(began.elapsed())).await;
    watched.simulator.world(|world| world.advance(interval));
    let second = watched.poll().await;
    for list in ["queue", "queued", "open", "onhold", "closed", "agents"] {
        let read_at = series("exporter_last_success_timestamp_seconds", &[("collector", list)]);
        assert!(second[&read_at] > first[&read_at], "{list} was not read at the tick");
    }
}

#[tokio::test]
async fn a_cycle_learns_which_of_its_snapshots_was_scraped() {
    let mut watched = Watched::start(small("8.1.0"), |_| ()).await;
    let (latest, shown) = watch::channel(watched.cycle.snapshot());
    let source = move |builder: &mut PageBuilder| {
        families::fill(builder, &[shown.borrow().clone()], Instant::now());
    };
    let publisher = Publisher::new(Box::new(source));
    let scraped = watched.cycle.snapshot().scrape_mark.clone();
    watched.poll().await;
    latest.send_replace(watched.cycle.snapshot());
    let page = publisher.render(Format::Text).unwrap();
    watched.poll().await;
    latest.send_replace(watched.cycle.snapshot());
    let next = publisher.render(Format::Text).unwrap();
    assert_eq!(scraped.latest(), None, "rendered, and not read by anyone");
    page.scraped();
    assert_eq!(scraped.latest(), Some(1));
    next.scraped();
    assert_eq!(scraped.latest(), Some(2));
}

#[tokio::test]
async fn a_known_server_is_never_sent_what_it_rejects() {
    for version in ["5.0.0", "6.3.0", "6.10.0", "6.11.0", "7.0.0", "7.13.0", "8.0.0", "8.8.0"] {
        let mut watched = Watched::start(small(version), |workspace| {
            workspace.filter.departments = vec!["Sales".to_owned(), "Support".to_owned()];
            workspace.filter.tags = vec!["vip".to_owned()];
        })
        .await;
        for _ in 0..3 {
            watched.poll().await;
        }
        let refused: Vec<_> = watched
            .simulator
            .requests()
            .into_iter()
            .filter(|request| request.status >= 400)
            .collect();
        assert!(refused.is_empty(), "{version}: {refused:?}");
    }
}

#[tokio::test]
async fn a_build_that_takes_open_for_closed_is_found_out_and_its_history_is_not_walked() {
    let inverted = SimulatorSettings { open_inverted: true, page_limit: 5, ..small("8.6.0") };
    let mut watched = Watched::start(inverted, |_| ()).await;
    watched.simulator.world(|world| world.arrive(None, Channel::Widget));
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&0.0));
    assert_eq!(sum(&page, "exporter_poll_failures_total", "filter_ignored"), 1.0);
    let asked = watched.simulator.requests();
    let asked = asked.iter().filter(|request| request.query.iter().any(|(name, _)| name == "open"));
    assert_eq!(asked.count(), 1);
    assert!(sum(&page, "open_chats", "queued") > 0.0, "the waiting chats are still known");
}

#[tokio::test]
async fn a_filter_by_department_name_shows_that_department_alone() {
    for version in ["4.8.0", "7.0.0", "8.1.0"] {
        for wanted in [vec!["Sales"], vec!["Sales", "Support"]] {
            let mut watched = Watched::start(small(version), |workspace| {
                workspace.filter.departments = wanted.iter().map(ToString::to_string).collect();
            })
            .await;
            let page = watched.poll().await;
            let (open, names) = watched.simulator.world(|world| {
                let is_wanted = |id: &String| wanted.contains(&world.departments[id].name.as_str());
                let open = world.rooms.values().filter(|room| room.open);
                let open =
                    open.filter(|room| room.department_id.as_ref().is_some_and(is_wanted)).count();
                let names: Vec<String> =
                    world.departments.values().map(|d| d.name.clone()).collect();
                (open as f64, names)
            });
            assert!((sum(&page, "open_chats", "") - open).abs() < 0.5, "{version} {wanted:?}");
            for name in names.iter().filter(|name| !wanted.contains(&name.as_str())) {
                let shown = page.keys().any(|key| key.contains(&format!("{name:?}")));
                assert!(!shown, "{version}: {name} is not wanted");
            }
        }
    }
}

#[tokio::test]
async fn an_agents_token_sees_the_agents_own_chats() {
    let refused = [Permission::ViewLivechatRooms].into();
    let own = SimulatorSettings { refused, ..small("8.1.0") };
    let user = own.user_id.clone();
    let mut watched = Watched::start(own, |workspace| workspace.scope = Scope::Own).await;
    let room = watched.simulator.world(|world| {
        let room = world.arrive(None, Channel::Widget);
        assert!(world.assign(&room, &user));
        room
    });
    let page = watched.poll().await;
    let mine = watched.simulator.world(|world| {
        assert!(world.rooms[&room].open);
        let open = world.rooms.values().filter(|room| room.open);
        open.filter(|room| room.served_by.as_ref().is_some_and(|by| by.agent.id == user)).count()
    });
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert!((sum(&page, "open_chats", "") - mine as f64).abs() < 0.5);
}

#[tokio::test]
async fn a_list_that_fails_takes_no_other_with_it_and_goes_stale_alone() {
    let mut watched = Watched::start(small("8.1.0"), |_| ()).await;
    watched.poll().await;
    let fault = Fault::Status(500, "{}".to_owned());
    watched.simulator.set_fault(Route::Queue, Some(fault));
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&0.0));
    assert_eq!(sum(&page, "exporter_collector_success", "\"queue\""), 0.0);
    assert_eq!(sum(&page, "exporter_collector_success", "\"queued\""), 1.0);
    assert_eq!(sum(&page, "exporter_poll_failures_total", "server_error"), 1.0);
    let later = numbers(&watched.page(Instant::now() + Duration::from_secs(60)));
    assert!(of_family(&later, "agent_chats").is_empty(), "withdrawn");
    assert!(
        of_family(&later, "open_chats").is_empty(),
        "withdrawn as well after a minute without a poll"
    );
    assert!(!of_family(&later, "exporter_poll_failures_total").is_empty(), "counters stay");
}

#[tokio::test]
async fn what_is_optional_may_be_refused_without_a_failure() {
    let refused = [Permission::TransferLivechatGuest, Permission::EditOmnichannelContact].into();
    let mut watched =
        Watched::start(SimulatorSettings { refused, ..small("7.13.0") }, |_| ()).await;
    watched.simulator.set_fault(Route::VoipRooms, Some(Fault::Html));
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert_eq!(sum(&page, "voip_supported", ""), 0.0);
    assert!(of_family(&page, "workspace_agents").is_empty());
    assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0);
    assert_eq!(sum(&page, "exporter_capability", "\"agents\""), 0.0);
}

#[tokio::test]
async fn what_is_optional_may_not_be_there_without_a_failure_while_other_routes_answer() {
    let not_there = || Some(Fault::Status(404, "404 Not Found".to_owned()));
    let mut watched = Watched::start(small("8.1.0"), |_| ()).await;
    watched.simulator.set_fault(Route::Agents, not_there());
    watched.simulator.set_fault(Route::Departments, not_there());
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 0.0);
    for name in ["\"agents\"", "\"departments\""] {
        assert_eq!(sum(&page, "exporter_capability", name), 0.0, "{name}");
    }
    let by_name = |workspace: &mut Workspace| workspace.filter.departments = vec!["Sales".into()];
    let mut watched = Watched::start(small("8.1.0"), by_name).await;
    watched.simulator.set_fault(Route::Departments, not_there());
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&0.0));
    assert!(sum(&page, "exporter_poll_failures_total", "\"not_found\"") > 0.0);
}

#[tokio::test]
async fn a_page_cap_is_told_and_never_silent() {
    let many = SimulatorSettings { page_limit: 2, ..small("8.1.0") };
    let mut watched = Watched::start(many, |workspace| workspace.poll.max_pages = 2).await;
    let page = watched.poll().await;
    assert_eq!(sum(&page, "exporter_truncated", "\"open\""), 1.0);
    assert_eq!(page.get("up[]"), Some(&1.0));
}

#[tokio::test]
async fn a_row_that_is_no_room_costs_itself_and_is_counted() {
    let mut watched = Watched::start(small("8.1.0"), |_| ()).await;
    let odd = serde_json::json!({ "servedBy": 7 });
    watched.simulator.set_fault(Route::Rooms, Some(Fault::ExtraRow(odd)));
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert!(sum(&page, "exporter_records_total", "\"invalid\"") > 0.0);
    let open = watched.simulator.world(|world| open_rooms(world));
    assert!((sum(&page, "open_chats", "") - open).abs() < 0.5);
}

#[tokio::test]
async fn a_filter_by_name_asks_for_no_chat_before_the_names_are_known() {
    let mut watched = Watched::start(small("8.1.0"), |workspace| {
        workspace.filter.departments = vec!["Sales".to_owned()];
    })
    .await;
    watched.simulator.world(|world| {
        let sales = world.departments.values().find(|department| department.name == "Sales");
        let sales = sales.unwrap().id.clone();
        world.arrive(Some(&sales), Channel::Widget);
    });
    let fault = Fault::Status(502, "bad gateway".to_owned());
    watched.simulator.set_fault(Route::Departments, Some(fault));
    let page = watched.poll().await;
    assert_eq!(
        page.get("up[]"),
        Some(&0.0),
        "no zero is shown for a department that was not found"
    );
    assert!(of_family(&page, "queue_oldest_wait_seconds").is_empty());
    watched.simulator.set_fault(Route::Departments, None);
    let deadline = Instant::now() + Duration::from_secs(65);
    while watched.poll().await.get("up[]") != Some(&1.0) {
        assert!(
            Instant::now() < deadline,
            "tried again within the backoff's cap, not in ten minutes"
        );
        tokio::task::yield_now().await;
    }
    assert!(sum(&watched.poll().await, "open_chats", "queued") > 0.0);
}

#[tokio::test]
async fn a_filter_by_agents_leaves_the_waiting_chats_visible_or_says_nothing_of_them() {
    for (version, is_visible) in [("8.1.0", true), ("6.10.0", false)] {
        let settings = small(version);
        let agent = settings.user_id.clone();
        let mut watched =
            Watched::start(settings, |workspace| workspace.filter.agents = vec![agent]).await;
        watched.simulator.world(|world| world.arrive(None, Channel::Widget));
        let page = watched.poll().await;
        let queued = of_family(&page, "queue_oldest_wait_seconds");
        assert_eq!(!queued.is_empty(), is_visible, "{version}");
        assert_eq!(sum(&page, "open_chats", "queued") > 0.0, is_visible, "{version}");
    }
}

#[tokio::test]
async fn a_hidden_old_server_with_nobody_served_at_first_is_not_mistaken_for_a_new_one() {
    let empty =
        SimulatorSettings { version_hidden: true, warm_up: Duration::ZERO, ..small("4.8.0") };
    let agent = empty.user_id.clone();
    let mut watched = Watched::start(empty, |_| ()).await;
    assert_eq!(watched.poll().await.get("up[]"), Some(&1.0));
    watched.simulator.world(|world| {
        let room = world.arrive(None, Channel::Widget);
        assert!(world.assign(&room, &agent));
        let closed = world.arrive(None, Channel::Widget);
        assert!(world.close(&closed, RoomCloser::User));
    });
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&1.0));
    assert_eq!(sum(&page, "open_chats", "in_progress"), 1.0);
}

#[tokio::test]
async fn a_version_that_is_told_no_more_takes_nothing_down() {
    let mut watched = Watched::start(small("8.1.0"), |_| ()).await;
    watched.poll().await;
    watched.simulator.set_fault(Route::Info, Some(Fault::Status(401, "{}".to_owned())));
    watched.simulator.set_fault(Route::Queue, Some(Fault::Status(500, "{}".to_owned())));
    watched.poll().await;
    watched.simulator.set_fault(Route::Queue, None);
    let deadline = Instant::now() + Duration::from_secs(65);
    while watched.poll().await.get("up[]") != Some(&1.0) {
        assert!(Instant::now() < deadline, "the lists work without /api/info");
        tokio::task::yield_now().await;
    }
}
