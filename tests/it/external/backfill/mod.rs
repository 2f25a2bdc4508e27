//! Prometheus imports the files of a backfill, and its counts go on over the seam to the live exporter.

mod begin;
mod full_disk;
mod labels;
mod victoria_metrics;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::exposition::openmetrics::Recording;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::inside::backfill::{Run, adjust, settings, wanted};
use crate::inside::deploy::{generations, program, repository};
use crate::prometheus_server::Prometheus;
use crate::watching::Watched;

const STEP: Duration = Duration::from_secs(60);
const STARTED: &str = "rocketchat_omnichannel_chats_started_total";
const LABEL: (&str, &str) = ("job", "chats");

fn labels() -> Vec<(String, String)> {
    vec![(LABEL.0.to_owned(), LABEL.1.to_owned())]
}

/// A day and a half of history in `output`, and the workspace at its end.
pub async fn history(output: &Path) -> (Arc<Simulator>, SimulatorSettings, Timestamp) {
    history_of(output, 36, "--step 60s").await
}

/// The same with as many hours and further arguments.
pub async fn history_of(
    output: &Path,
    hours: u64,
    more: &str,
) -> (Arc<Simulator>, SimulatorSettings, Timestamp) {
    let settings = settings(17);
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(Duration::from_secs(hours * 3600)));
    let end = simulator.world(|world| world.now());
    let more = format!("--requests-per-minute 100000 --label {}={} {more}", LABEL.0, LABEL.1);
    Run::of(&simulator, &settings).write(&wanted(from, output, &more), end).await;
    (simulator, settings, from)
}

/// Lets the workspace live on, beside an exporter that begins now. Returns the series of its pages that `records` accepts, a
/// sample each minute, as a file in `folder`, and the time of the last page.
pub async fn go_on(
    (simulator, settings): (&Arc<Simulator>, &SimulatorSettings),
    minutes: usize,
    folder: &Path,
    records: impl Fn(&str) -> bool,
) -> (PathBuf, Timestamp) {
    let mut watched = Watched::beside(Arc::clone(simulator), settings, adjust, None);
    let mut live = Recording::thinned(&labels(), SignedDuration::ZERO);
    let mut last_page = Timestamp::MIN;
    for _ in 0..minutes {
        last_page = simulator.world(|world| world.now());
        let page = watched.scraped().await;
        simulator.world(|world| world.live(STEP));
        live.add(simulator.world(|world| world.now()), &page, &records);
    }
    let file = folder.join("live.txt");
    live.write(&mut std::fs::File::create(&file).unwrap()).unwrap();
    (file, last_page)
}

/// Runs a step of the script with promtool of a generation.
pub fn script(generation: Option<&Path>, step: &str, files: &Path, data: &Path, more: &[&str]) {
    let done = Command::new(repository("deploy/prometheus/backfill"))
        .env("PROMTOOL", program(generation, "promtool"))
        .env("PAUSE", "75")
        .arg(step)
        .args([files, data])
        .args(more)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{generation:?}: {told}");
}

/// The files of a backfill in the order of their days.
pub fn openmetrics(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "om")).collect();
    files.sort();
    files
}

/// First and last time of each block, milliseconds since 1970.
fn blocks(data: &Path) -> Vec<(i64, i64)> {
    let entries = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let metas = entries.map(|path| path.join("meta.json")).filter(|path| path.exists());
    let mut blocks: Vec<_> = metas
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let meta: serde_json::Value = serde_json::from_str(&text).unwrap();
            (meta["minTime"].as_i64().unwrap(), meta["maxTime"].as_i64().unwrap())
        })
        .collect();
    blocks.sort_unstable();
    blocks
}

#[test]
fn the_script_refuses_a_directory_without_files() {
    let (files, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for step in ["blocks", "victoriametrics"] {
        let mut script = Command::new(repository("deploy/prometheus/backfill"));
        let done = script.arg(step).args([files.path(), data.path()]).output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && told.contains("name the --output of backfill"), "{told}");
    }
}

#[tokio::test]
#[ignore = "needs promtool: tests/run runs it"]
async fn each_generation_makes_blocks_that_do_not_overlap() {
    let files = tempfile::tempdir().unwrap();
    history(files.path()).await;
    for generation in generations() {
        let data = tempfile::tempdir().unwrap();
        script(generation.as_deref(), "blocks", files.path(), data.path(), &[]);
        let blocks = blocks(data.path());
        assert!(blocks.len() >= 3, "{generation:?}: {blocks:?}");
        assert!(blocks.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{blocks:?}");
    }
}

#[tokio::test]
#[ignore = "needs prometheus: tests/run runs it"]
async fn each_chat_is_counted_once_over_the_seam_to_the_live_exporter() {
    let files = tempfile::tempdir().unwrap();
    let (simulator, settings, from) = history(files.path()).await;
    let only_started = |series: &str| series.starts_with(STARTED);
    let (file, last_page) =
        go_on((&simulator, &settings), 12 * 60, files.path(), only_started).await;
    let mut histories = openmetrics(files.path());
    histories.push(file);
    let now = simulator.world(|world| world.now());
    let begun = |room: &&rocketchat_omnichannel_exporter::simulator::world::Room| {
        room.ts > from && room.ts <= last_page
    };
    let expected = simulator.world(|world| world.rooms.values().filter(begun).count()) as f64;
    let prometheus = Prometheus::holding_all(&histories, now.as_second(), 301);
    prometheus.ready().await;
    let span = now.duration_since(from).as_secs();
    let query = format!("sum(increase({STARTED}[{span}s]))");
    let shown = prometheus.value(&query).await.unwrap();
    // increase() extrapolates to the ends of the range.
    assert!((shown / expected - 1.0).abs() < 0.01, "{shown} of {expected}");
    let samples = prometheus.samples(&format!("{STARTED}[{span}s]")).await.unwrap();
    let added = |values: &Vec<f64>| -> f64 {
        let steps = values.windows(2);
        steps.map(|pair| if pair[1] >= pair[0] { pair[1] - pair[0] } else { pair[1] }).sum()
    };
    assert_eq!(samples.values().map(added).sum::<f64>(), expected);
}
