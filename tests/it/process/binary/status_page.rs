//! The page for people of the real binary.

use serde_json::Value;

use super::kept::{CHATS, Kept, is_up, page_when};
use super::{Exporter, PATIENCE, until};

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
