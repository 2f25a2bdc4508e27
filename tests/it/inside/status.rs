//! The page for people: its numbers, its words and its escaping.

use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Fault, Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::status::facts::{
    Condition, DepartmentStatus, ListReading, ReloadStatus, StatusFacts, TargetComparison,
};
use rocketchat_omnichannel_exporter::status::health;
use rocketchat_omnichannel_exporter::status::page::StatusPage;
use tokio::time::Instant;

use crate::watching::{Watched, numbers, quiet, series, small};

const RELOADED: ReloadStatus =
    ReloadStatus { is_successful: true, succeeded_at: Timestamp::UNIX_EPOCH };

pub fn facts(watched: &Watched, now: Instant) -> StatusFacts {
    health::status(&[watched.cycle.snapshot()], RELOADED, now, Timestamp::UNIX_EPOCH)
}

/// A workspace with chats in progress and in the queue.
pub fn busy() -> SimulatorSettings {
    let warm_up = Duration::from_secs(7_200);
    SimulatorSettings { arrivals_per_hour: 200.0, warm_up, ..small("8.0.0") }
}

/// The page with these facts, and its JSON.
pub fn rendered(facts: StatusFacts) -> (String, String) {
    let page = StatusPage::new("/omni/metrics", Box::new(move || facts.clone()));
    let bytes = page.current();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&bytes.html.plain), text(&bytes.json().plain))
}

/// The content of the page, without its style sheet and its script.
fn content(html: &str) -> &str {
    html.split_once("<main>").unwrap().1.split_once("</main>").unwrap().0
}

/// The first line of the page.
pub fn first_line(html: &str) -> &str {
    content(html).split_once("aria-live=\"polite\">").unwrap().1.split_once("</p>").unwrap().0
}

/// The departments after `waits` chats each waited this many seconds for a department with a target time of 60 s.
async fn board(waits: &[u64]) -> DepartmentStatus {
    let nobody_answers = SimulatorSettings { agents: 0, ..quiet() };
    let mut watched = Watched::in_process(&nobody_answers, |_| {});
    watched.simulator.world(|world| {
        let longest = waits.iter().max().copied().unwrap_or_default();
        let mut passed = 0;
        let mut waits = waits.to_vec();
        waits.sort_unstable_by(|a, b| b.cmp(a));
        for wait in waits {
            world.advance(Duration::from_secs(longest - wait - passed));
            passed = longest - wait;
            let department = world.departments.keys().next().cloned();
            world.arrive(department.as_deref(), Channel::Widget);
        }
        world.advance(Duration::from_secs(longest - passed));
    });
    let began = Instant::now();
    watched.polled().await;
    facts(&watched, began).workspaces.remove(0).departments.pop().unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_number_of_the_board_is_the_number_of_the_metrics_page() {
    let mut watched = Watched::in_process(&busy(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let (page, status) = (numbers(&watched.page(began)), facts(&watched, began));
    let departments = &status.workspaces[0].departments;
    assert!(departments.iter().any(|it| it.chats_in_progress > Some(0)), "{departments:?}");
    for department in departments {
        let name = department.name.as_str();
        let gauge = |family: &str, labels: &[(&str, &str)]| {
            let labels: Vec<_> = [("department", name)].iter().chain(labels).copied().collect();
            page.get(&series(family, &labels)).copied()
        };
        let chats = |phase| gauge("open_chats", &[("state", phase)]);
        let count = |value: Option<u64>| value.map(|value| value as f64);
        assert_eq!(count(department.waiting_chats), chats("queued"), "{name}");
        assert_eq!(count(department.chats_in_progress), chats("in_progress"), "{name}");
        assert_eq!(count(department.chats_on_hold), chats("on_hold"), "{name}");
        assert_eq!(department.oldest_wait_seconds, gauge("queue_oldest_wait_seconds", &[]));
        assert_eq!(count(department.free_slots), gauge("chat_slots_free", &[]), "{name}");
        let overdue = gauge("service_level_overdue_chats", &[]);
        assert_eq!(count(department.overdue_chats), overdue, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_level_is_the_one_of_the_counters() {
    let mut watched = Watched::in_process(&busy(), |_| {});
    let mut page = watched.poll().await;
    for _ in 0..20 {
        tokio::time::advance(Duration::from_secs(60)).await;
        watched.simulator.world(|world| world.advance(Duration::from_secs(60)));
        page = watched.poll().await;
        watched.mark_scraped();
    }
    let departments = facts(&watched, Instant::now()).workspaces.remove(0).departments;
    let mut chats = 0;
    for department in departments {
        let of = |result| {
            let labels = [("department", &*department.name), ("result", result)];
            page.get(&series("service_level_chats_total", &labels)).copied().unwrap_or_default()
        };
        let span = department.service_level.last_30_minutes.unwrap();
        assert_eq!(span.met_chats as f64, of("met"), "{}", department.name);
        assert_eq!(span.judged_chats as f64, of("met") + of("missed"), "{}", department.name);
        assert!(span.is_partial, "counting began 20 minutes ago");
        chats += span.judged_chats;
    }
    assert!(chats > 0, "no chat was judged");
}

#[tokio::test(start_paused = true)]
async fn nobody_accepting_while_chats_wait_is_told_in_words_unless_the_department_is_closed() {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let status = facts(&watched, began);
    let shown = |adjust: fn(&mut DepartmentStatus)| {
        let mut status = status.clone();
        let department = &mut status.workspaces[0].departments[0];
        (department.accepting_agents, department.free_slots) = (Some(0), Some(0));
        department.waiting_chats = Some(1);
        adjust(department);
        let html = rendered(status).0;
        [html.contains("0, nobody"), html.contains("0, no slot")]
    };
    assert_eq!(shown(|_| ()), [true, true]);
    assert_eq!(shown(|it| it.is_open = Some(true)), [true, true]);
    assert_eq!(shown(|it| it.accepting_agents = Some(1)), [false, true]);
    assert_eq!(shown(|it| it.waiting_chats = Some(0)), [false, false]);
    assert_eq!(shown(|it| it.is_open = Some(false)), [false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_told_in_the_first_line_with_its_remedy() {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let began = Instant::now();
    let before = facts(&watched, began);
    assert_eq!(before.condition, Condition::Starting);
    watched.polled().await;
    let (html, _) = rendered(facts(&watched, began));
    assert_eq!(first_line(&html), "All is well: the workspace is read.");
    watched.simulator.set_fault_everywhere(Some(Fault::Status(500, String::new())));
    tokio::time::advance(Duration::from_secs(60)).await;
    watched.polled().await;
    let status = facts(&watched, Instant::now());
    assert_eq!(status.condition, Condition::Unreadable);
    let (html, _) = rendered(status);
    let told = first_line(&html);
    assert!(told.starts_with("Workspace acme cannot be read: "), "{told}");
    assert!(told.ends_with("HTTP 500; read the log of Rocket.Chat."), "{told}");
}

/// The failures of the lists that are not read, after an hour with a fault.
async fn failures_after_an_hour(disturb: impl FnOnce(&Simulator)) -> Vec<String> {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    watched.polled().await;
    disturb(&watched.simulator);
    for _ in 0..60 {
        tokio::time::advance(Duration::from_secs(60)).await;
        watched.polled().await;
    }
    let lists = facts(&watched, Instant::now()).workspaces.remove(0).lists;
    let failing = lists.into_iter().filter(|list| list.reading == ListReading::Fails);
    failing.map(|list| list.last_failure.unwrap()).collect()
}

/// Most lists are not asked for in an outage, because they wait for a list that fails, or for the session.
#[tokio::test(start_paused = true)]
async fn a_list_that_waits_in_an_outage_tells_the_remedy_of_the_outage() {
    let fault = Fault::Status(500, String::new());
    let dead = failures_after_an_hour(|it| it.set_fault_everywhere(Some(fault))).await;
    assert!(dead.len() >= 8, "{dead:#?}");
    assert!(dead.iter().all(|it| it.ends_with("read the log of Rocket.Chat")), "{dead:#?}");
    let refused = failures_after_an_hour(|it| it.set_token("another one")).await;
    let remedy = "create a new personal access token and check user_id";
    assert!(refused.len() >= 8, "{refused:#?}");
    assert!(refused.iter().all(|it| it.ends_with(remedy)), "{refused:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_of_a_department_is_never_markup_and_never_turns_the_line() {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let hostile = "<script>alert(1)</script>\"' onload=x \u{202e}evil";
    watched.simulator.world(|world| world.add_department(hostile));
    let began = Instant::now();
    watched.polled().await;
    let (html, json) = rendered(facts(&watched, began));
    let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;' onload=x \u{fffd}evil";
    assert!(content(&html).contains(shown), "{}", content(&html));
    assert!(!content(&html).contains("<script"));
    assert!(!html.contains('\u{202e}') && !json.contains('\u{202e}'));
}

#[tokio::test(start_paused = true)]
async fn a_failed_reload_is_told_in_the_first_line() {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let reload = ReloadStatus { is_successful: false, ..RELOADED };
    let snapshot = watched.cycle.snapshot();
    let status = health::status(&[snapshot], reload, began, Timestamp::UNIX_EPOCH);
    assert_eq!(status.condition, Condition::Incomplete);
    assert!(status.summary.starts_with("The last reload of the configuration failed"));
}

#[tokio::test(start_paused = true)]
async fn a_department_is_over_its_target_and_far_over_it_by_one_long_wait_or_three_chats() {
    for (waits, expected) in [
        (&[][..], TargetComparison::Within),
        (&[50], TargetComparison::Within),
        (&[70], TargetComparison::Over),
        (&[70, 80], TargetComparison::Over),
        (&[70, 80, 90], TargetComparison::FarOver),
        (&[170], TargetComparison::Over),
        (&[190], TargetComparison::FarOver),
    ] {
        assert_eq!(board(waits).await.target_time, expected, "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_agent_is_on_the_page() {
    let mut watched = Watched::in_process(&busy(), |_| {});
    let began = Instant::now();
    let metrics = watched.polled().await;
    let (html, json) = rendered(facts(&watched, began));
    let agents: Vec<_> =
        metrics.split("agent=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!agents.is_empty());
    for agent in agents {
        assert!(!content(&html).contains(agent) && !json.contains(agent), "{agent}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_link_to_the_exporter_is_relative() {
    let (html, _) = rendered(crate::served::facts());
    let links: Vec<_> =
        content(&html).split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.contains(&"omni/metrics") && links.contains(&"status.json"), "{links:?}");
    assert!(links.iter().all(|link| !link.starts_with('/')), "{links:?}");
}

#[test]
fn the_page_without_a_workspace_says_so() {
    let (html, _) = rendered(crate::served::facts());
    insta::assert_snapshot!(content(&html).replace("><", ">\n<"));
}

#[tokio::test(start_paused = true)]
async fn the_page_of_a_workspace_is_known_word_for_word() {
    let mut watched = Watched::in_process(&quiet(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let mut status = facts(&watched, began);
    let workspace = &mut status.workspaces[0];
    workspace.url = "https://chat.example.com/sub/".to_owned();
    workspace.counting.watermark = Some(Timestamp::UNIX_EPOCH);
    workspace.routes.truncate(1);
    let sales = &mut workspace.departments[0];
    sales.target_time = TargetComparison::FarOver;
    sales.oldest_wait_seconds = Some(200.0);
    let (html, _) = rendered(status);
    insta::assert_snapshot!(content(&html).replace("><", ">\n<"));
}
