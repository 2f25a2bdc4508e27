//! A recorded timeline: its configuration, and the true values of its points.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub struct Timeline {
    pub name: String,
    pub version: String,
    pub exporter: Settings,
    pub truth: Truth,
}

#[derive(Debug, Deserialize)]
pub struct Settings {
    pub interval: String,
    /// Lines of the configuration below a workspace; the last lines may begin a section of their own.
    pub config: String,
}

#[derive(Debug, Deserialize)]
pub struct Truth {
    pub base_at: u64,
    pub base: Point,
    pub points: Vec<Point>,
    #[serde(default)]
    pub facts: Facts,
}

/// Facts of a long timeline beside its points.
#[derive(Debug, Default, Deserialize)]
pub struct Facts {
    /// Waits that began with a reopening, by department; only a poll can date their begin.
    #[serde(default)]
    pub waits_after_reopening: Vec<(Vec<String>, f64)>,
}

/// A moment and its true values.
#[derive(Debug, Deserialize)]
pub struct Point {
    #[serde(default)]
    pub at: u64,
    #[serde(default)]
    pub what: String,
    #[serde(default)]
    pub counters: BTreeMap<String, Rows>,
    #[serde(default)]
    pub gauges: BTreeMap<String, Rows>,
    /// Start of the oldest items by department, milliseconds after the start of the timeline.
    #[serde(default)]
    pub oldest: BTreeMap<String, Vec<(Vec<String>, f64)>>,
    #[serde(default)]
    pub messages: BTreeMap<String, Messages>,
}

/// Values by label values.
#[derive(Debug, Deserialize)]
pub struct Rows {
    pub labels: Vec<String>,
    pub rows: Vec<(Vec<String>, f64)>,
}

/// Messages of closed chats: of the two recorded readings, `msgs_once` is the exporter's.
#[derive(Debug, Deserialize)]
pub struct Messages {
    pub msgs_once: Vec<(Vec<String>, f64)>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines")
}

/// The files of all timelines.
pub fn all() -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|it| it == "gz")).collect();
    files.sort();
    files
}

pub fn read(file: &Path) -> Timeline {
    serde_json::from_reader(open(file)).unwrap()
}

/// The documents of rooms in a timeline, one for each write, in the order of the writes.
pub fn rooms(file: &Path) -> Vec<Value> {
    let timeline: Value = serde_json::from_reader(open(file)).unwrap();
    let steps = timeline["steps"].as_array().unwrap().iter();
    steps.filter_map(|step| step["set"]["rooms"].as_array()).flatten().cloned().collect()
}

fn open(file: &Path) -> GzDecoder<File> {
    GzDecoder::new(File::open(file).unwrap())
}
