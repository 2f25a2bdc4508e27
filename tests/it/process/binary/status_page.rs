//! The page for people of the real binary.

use rocketchat_omnichannel_exporter::simulator::{Fault, Simulator, SimulatorSettings};
use serde_json::Value;

use super::kept::{CHATS, Kept, is_up, page_when};
use super::{Exporter, PATIENCE, every_second, until, vacant, watching};
use crate::inside::status::first_line;

/// The judged chats of the last 30 minutes and of today, and those that met the service level, over all departments.
async fn judged(exporter: &Exporter) -> [f64; 4] {
    let text = until("the facts", PATIENCE, async || {
        let text = exporter.get("/status.json").await.text;
        let facts: Value = serde_json::from_str(&text).unwrap();
        let is_read = facts["condition"] == "well";
        if is_read { Ok(text) } else { Err(text) }
    })
    .await;
    let facts: Value = serde_json::from_str(&text).unwrap();
    let departments = facts["workspaces"][0]["departments"].as_array().unwrap();
    let of = |span: &str, figure: &str| {
        let figures = departments.iter().map(|it| it["service_level"][span][figure].as_f64());
        figures.map(|it| it.unwrap_or_else(|| panic!("no {figure}: {text}"))).sum()
    };
    [
        of("last_30_minutes", "judged_chats"),
        of("last_30_minutes", "met_chats"),
        of("today", "judged_chats"),
        of("today", "met_chats"),
    ]
}

#[tokio::test]
async fn the_service_level_of_today_outlives_a_killed_process() {
    let kept = Kept::new().await;
    let exporter = kept.exporter(&[]);
    page_when(&exporter, "it goes on", is_up).await;
    let before = judged(&exporter).await;
    assert_eq!(before[..2], [CHATS; 2], "{before:?}");
    exporter.kill_nine();
    let exporter = kept.exporter(&[]);
    page_when(&exporter, "it goes on again", is_up).await;
    assert_eq!(judged(&exporter).await, before);
}

#[tokio::test]
async fn a_page_that_the_configuration_switches_off_is_not_served() {
    let (kept, off) = (Kept::new().await, ("ROCKETCHAT_EXPORTER__WEB__PAGE", "false"));
    for (variables, facts, script) in [(&[][..], 200, true), (&[off][..], 404, false)] {
        let exporter = kept.exporter(variables);
        page_when(&exporter, "it is up", is_up).await;
        assert_eq!(exporter.get("/status.json").await.status, facts, "{variables:?}");
        let page = exporter.get("/").await.text;
        assert_eq!(page.contains("<script"), script, "{variables:?}: {page}");
        assert!(page.contains("href=\"metrics\""), "{variables:?}: {page}");
        drop(exporter);
    }
}

const UNREADABLE: &str = "Workspace 127.0.0.1 cannot be read: ";

/// Waits for a first line of the page that begins and ends like this.
async fn first_line_when(exporter: &Exporter, begin: &str, end: &str) {
    until(begin, PATIENCE, async || {
        let page = exporter.get("/").await.text;
        let line = first_line(&page);
        let is_so = line.starts_with(begin) && line.ends_with(end);
        if is_so { Ok(()) } else { Err(line.to_owned()) }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_no_longer_answers_is_told_in_the_first_line_until_it_does() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    let well = "All is well: the workspace is read.";
    first_line_when(&exporter, well, "").await;
    simulator.set_fault_everywhere(Some(Fault::Status(502, String::new())));
    let remedy = "check that Rocket.Chat runs behind it, and read its log.";
    first_line_when(&exporter, UNREADABLE, remedy).await;
    simulator.set_fault_everywhere(None);
    first_line_when(&exporter, well, "").await;
}

#[tokio::test]
async fn a_server_that_refuses_connections_is_told_in_the_first_line_with_its_remedy() {
    let (_socket, address) = vacant();
    let settings = SimulatorSettings::default();
    let exporter = Exporter::serve(&[], &watching(&format!("http://{address}"), &settings));
    let remedy = "check that the workspace runs and that its url and port are right.";
    first_line_when(&exporter, UNREADABLE, remedy).await;
}
