//! Chats that a filter leaves out, at the server or at the exporter.

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::world::RoomCloser;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::{INTERVAL, agents, arrived, close, closes, pass, serve, settle, starts, total};
use crate::process::contract::texts;
use crate::watching::{Watched, quiet};

const MORE_THAN_A_WEEK: Duration = Duration::from_secs(8 * 24 * 3_600);

/// The starts and closes that are counted under a filter by departments, of a chat in Sales and of a chat in no
/// department.
async fn counted_under(version: &str, filter: &[&str]) -> (f64, f64) {
    let settings =
        SimulatorSettings { version: version.parse().unwrap(), departments: 2, ..quiet() };
    let adjust = |workspace: &mut Workspace| workspace.filter.departments = texts(filter);
    let mut watched = Watched::in_process(&settings, adjust);
    pass(&mut watched, INTERVAL).await;
    let sales = watched.simulator.world(|world| {
        let mut departments = world.departments.values();
        departments.find(|department| department.name == "Sales").unwrap().id.clone()
    });
    let [ada, _] = agents(&watched);
    let chats = [Some(sales.as_str()), None].map(|department| arrived(&watched, department));
    for chat in &chats {
        serve(&watched, chat, &ada);
    }
    pass(&mut watched, INTERVAL).await;
    for chat in &chats {
        close(&watched, chat);
    }
    let page = settle(&mut watched).await;
    (starts(&page), closes(&page))
}

#[tokio::test(start_paused = true)]
async fn a_chat_without_a_department_is_not_counted_under_a_filter_of_departments() {
    // Before 7.7 the server cannot sort out several departments, and the exporter does it alone.
    for version in ["7.0.0", "8.1.0"] {
        for (filter, chats) in
            [(vec![], 2.0), (vec!["Sales"], 1.0), (vec!["Sales", "Support"], 1.0)]
        {
            let counted = counted_under(version, &filter).await;
            assert_eq!(counted, (chats, chats), "{version} {filter:?}");
        }
    }
}

/// A workspace after its first poll, its first agent, and its other agent. If `is_filtered`, the filter names the first
/// agent.
async fn of_agents(settings: &SimulatorSettings, is_filtered: bool) -> (Watched, String, String) {
    let wanted = settings.user_id.clone();
    let filter = is_filtered.then(|| wanted.clone());
    let adjust = |workspace: &mut Workspace| workspace.filter.agents = filter.into_iter().collect();
    let mut watched = Watched::in_process(settings, adjust);
    pass(&mut watched, INTERVAL).await;
    let other = agents(&watched).into_iter().find(|agent| *agent != wanted).unwrap();
    (watched, wanted, other)
}

#[tokio::test(start_paused = true)]
async fn a_chat_of_an_agent_who_is_not_in_the_filter_is_not_counted() {
    // The last server ignores the request for waiting chats, and answers with the chats of all agents.
    for (version, version_hidden) in [("8.1.0", false), ("6.10.0", false), ("4.8.0", true)] {
        let settings =
            SimulatorSettings { version: version.parse().unwrap(), version_hidden, ..quiet() };
        for (is_filtered, chats) in [(false, 2.0), (true, 1.0)] {
            let (mut watched, wanted, other) = of_agents(&settings, is_filtered).await;
            let served = [&wanted, &other].map(|agent| {
                let chat = arrived(&watched, None);
                serve(&watched, &chat, agent);
                chat
            });
            pass(&mut watched, INTERVAL).await;
            for chat in &served {
                close(&watched, chat);
            }
            let page = settle(&mut watched).await;
            let counted = (starts(&page), closes(&page));
            assert_eq!(counted, (chats, chats), "{version}, filtered: {is_filtered}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_waiting_chat_that_an_agent_outside_the_filter_takes_only_the_start_is_counted() {
    for (is_filtered, chats) in [(false, 2.0), (true, 1.0)] {
        let (mut watched, wanted, other) = of_agents(&quiet(), is_filtered).await;
        let waiting = [(); 2].map(|()| arrived(&watched, None));
        pass(&mut watched, INTERVAL).await;
        for (chat, agent) in waiting.iter().zip([&wanted, &other]) {
            serve(&watched, chat, agent);
        }
        pass(&mut watched, INTERVAL).await;
        for chat in &waiting {
            close(&watched, chat);
        }
        let page = settle(&mut watched).await;
        assert_eq!(starts(&page), 2.0);
        for later in [
            "queue_wait_seconds_count",
            "first_response_seconds_count",
            "service_level_chats_total",
            "chats_closed_total",
        ] {
            assert_eq!(total(&page, later, &[]), chats, "{later}, filtered: {is_filtered}");
        }
        let page = pass(&mut watched, MORE_THAN_A_WEEK).await;
        assert_eq!(total(&page, "exporter_given_up_chats_total", &[]), 2.0 - chats);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_closed_while_it_waited_is_not_counted_under_a_filter_of_agents() {
    for (is_filtered, abandoned) in [(false, 1.0), (true, 0.0)] {
        let (mut watched, wanted, _) = of_agents(&quiet(), is_filtered).await;
        let [left, served] = [(); 2].map(|()| arrived(&watched, None));
        pass(&mut watched, INTERVAL).await;
        watched.simulator.world(|world| assert!(world.close(&left, RoomCloser::Visitor)));
        serve(&watched, &served, &wanted);
        close(&watched, &served);
        let page = settle(&mut watched).await;
        let closes = |outcome| total(&page, "chats_closed_total", &[("outcome", outcome)]);
        assert_eq!(starts(&page), 2.0);
        assert_eq!((closes("answered"), closes("abandoned")), (1.0, abandoned));
        let waits = total(&page, "queue_wait_seconds_count", &[("outcome", "abandoned")]);
        assert_eq!(waits, abandoned);
        let page = pass(&mut watched, MORE_THAN_A_WEEK).await;
        assert_eq!(total(&page, "exporter_given_up_chats_total", &[]), 1.0 - abandoned);
    }
}

/// The closes that are counted of two chats, and the presence of an audit, under a filter by this many departments. The
/// close of one of the chats shows 40 minutes late.
async fn with_a_late_close(version: &str, departments: usize) -> (f64, bool) {
    const STEP: Duration = Duration::from_secs(300);
    let settings = SimulatorSettings { version: version.parse().unwrap(), departments, ..quiet() };
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let names: Vec<String> =
        simulator.world(|world| world.departments.values().map(|it| it.name.clone()).collect());
    let filter = |workspace: &mut Workspace| workspace.filter.departments = names;
    let mut watched = Watched::beside(simulator, &settings, filter, None);
    pass(&mut watched, INTERVAL).await;
    let home = watched.simulator.world(|world| world.departments.keys().next().cloned().unwrap());
    let [ada, _] = agents(&watched);
    let [late, prompt] = [(); 2].map(|()| {
        let chat = arrived(&watched, Some(&home));
        serve(&watched, &chat, &ada);
        chat
    });
    // The hour in which counting began has no audit.
    for _ in 0..12 {
        pass(&mut watched, STEP).await;
    }
    close(&watched, &prompt);
    watched.simulator.world(|world| {
        assert!(world.delay_close(&late, RoomCloser::User, Duration::from_secs(40 * 60)));
    });
    for _ in 0..40 {
        pass(&mut watched, STEP).await;
    }
    let page = settle(&mut watched).await;
    let is_audited = page.keys().any(|series| series.name == "exporter_audit_missing_chats");
    (closes(&page), is_audited)
}

#[tokio::test(start_paused = true)]
async fn a_late_close_is_not_counted_under_departments_that_the_server_cannot_sort_out() {
    for (version, departments, counted) in [
        ("7.0.0", 2, (1.0, false)),
        ("7.7.1", 2, (2.0, true)),
        ("8.1.0", 21, (1.0, false)),
        ("8.1.0", 20, (2.0, true)),
    ] {
        let found = with_a_late_close(version, departments).await;
        assert_eq!(found, counted, "{version}, {departments} departments");
    }
}
