//! The dashboards of `grafana/`: generated here so that they agree with each other, and checked against rules, the
//! catalogue and a real Prometheus.
//!
//! `UPDATE_DASHBOARDS=1 cargo test grafana` writes the files; without it, the committed files must be the same.

mod agents;
mod annotations;
mod colours;
mod coverage;
mod dashboard;
mod department;
mod exporter;
mod figures;
mod links;
mod linter;
mod overview;
mod panel;
mod planning;
mod queries;
mod report;
mod shape;
mod tables;
mod voice;
mod wall;
pub mod wallboard;

use std::path::{Path, PathBuf};

use serde_json::Value;

use dashboard::Dashboard;

pub fn all() -> [Dashboard; 9] {
    [
        overview::dashboard(),
        wallboard::dashboard(),
        wall::dashboard(),
        department::dashboard(),
        agents::dashboard(),
        voice::dashboard(),
        planning::dashboard(),
        report::dashboard(),
        exporter::dashboard(),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana")
}

pub fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
}

/// The queries of a panel, as they are in the file.
pub fn expressions(panel: &Value) -> impl Iterator<Item = &str> {
    let targets = panel["targets"].as_array().into_iter().flatten();
    targets.map(|target| target["expr"].as_str().unwrap())
}

#[test]
fn the_committed_dashboards_are_the_generated_ones() {
    let mut stale = Vec::new();
    for dashboard in all() {
        for (form, json) in
            [("dashboards", dashboard.provisioned()), ("import", dashboard.imported())]
        {
            let path = folder().join(form).join(dashboard.name).with_extension("json");
            let text = serde_json::to_string_pretty(&json).unwrap() + "\n";
            if std::env::var_os("UPDATE_DASHBOARDS").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != text {
                stale.push(path);
            }
        }
    }
    assert_eq!(stale, [] as [PathBuf; 0], "UPDATE_DASHBOARDS=1 cargo test grafana writes them");
}

#[test]
fn every_dashboard_has_a_picture_and_a_line_on_how_to_read_it() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for dashboard in all() {
        let picture = format!("pictures/{}.png", dashboard.name);
        assert!(readme.contains(&picture), "{picture}");
        let bytes = folder().join(&picture).metadata().unwrap().len();
        assert!(bytes <= 200_000, "{picture}: {bytes} bytes");
    }
}
