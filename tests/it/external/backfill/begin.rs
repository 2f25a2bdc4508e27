//! The queries of the documentation tell if Prometheus has a sample from the start of live counting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::Simulator;

use super::{STARTED, go_on, settings};
use crate::prometheus_server::Prometheus;

const DOCUMENT: &str = include_str!("../../../../docs/backfill.md");

/// The query of the documentation that begins like this.
fn documented(begin: &str) -> &'static str {
    let mut code = DOCUMENT.split('`').skip(1).step_by(2);
    code.find(|code| code.starts_with(begin)).expect(begin)
}

/// The samples of a file after a time, as another file.
fn after(file: &Path, time: Timestamp) -> PathBuf {
    let text = std::fs::read_to_string(file).unwrap();
    let is_later = |line: &&str| {
        let at = line.rsplit(' ').next().unwrap().parse::<f64>();
        line.starts_with('#') || at.unwrap() > time.as_second() as f64
    };
    let later: Vec<_> = text.lines().filter(is_later).collect();
    let path = file.with_extension("later.txt");
    std::fs::write(&path, later.join("\n") + "\n").unwrap();
    path
}

/// The time of the first query, in seconds since 1970, and the value of the second one at this time.
async fn answers(file: &Path, present: Timestamp) -> (f64, f64) {
    let prometheus = Prometheus::holding(file, Some(present.as_second()));
    prometheus.ready().await;
    let first = prometheus.value(documented("min_over_time(timestamp(")).await.unwrap();
    let query = documented("max(min_over_time(").replace("@ T", &format!("@ {first}"));
    (first, prometheus.value(&query).await.unwrap())
}

#[tokio::test]
#[ignore = "needs prometheus: tests/run runs it"]
async fn the_documented_queries_tell_if_the_first_samples_are_from_the_begin_of_counting() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Arc::new(Simulator::detached(settings(18)));
    let began = simulator.world(|world| world.now());
    let records =
        |line: &str| line.starts_with(STARTED) || line.starts_with("rocketchat_omnichannel_up");
    let (file, _) = go_on((&simulator, &settings(18)), 120, folder.path(), records).await;
    let now = simulator.world(|world| world.now());
    let hour = began + std::time::Duration::from_secs(3600);
    for (file, begin, is_zero) in [(file.clone(), began, true), (after(&file, hour), hour, false)] {
        let (first, counted) = answers(&file, now).await;
        let late = first - begin.as_second() as f64;
        // The first sample is a minute after the start.
        assert!((0.0..=400.0).contains(&late), "{late} s after the start");
        assert_eq!(counted == 0.0, is_zero, "{counted}");
    }
}
