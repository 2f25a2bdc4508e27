//! The files deployed beside the exporter: rules that agree with each other, and alerts that fire when they should.

mod chart;
mod manifests;
pub mod rules;
mod runbooks;

use std::path::{Path, PathBuf};

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of a folder's files with this ending, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

/// The folders of the programs for tests: `None` for those in the path, and Prometheus 3.
pub fn generations() -> [Option<PathBuf>; 2] {
    let newer = repository("target/tools/prometheus-3/usr/bin");
    assert!(newer.exists(), "Prometheus 3 is missing: tests/newer-prometheus brings it");
    [None, Some(newer)]
}

/// A program of a generation.
pub fn program(generation: Option<&Path>, name: &str) -> PathBuf {
    generation.map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}
