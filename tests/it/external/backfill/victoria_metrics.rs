//! VictoriaMetrics imports the files as they are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{history, openmetrics};
use crate::inside::deploy::repository;
use crate::process::binary::{PATIENCE, get, until};
use crate::programs::{Program, listening};

/// A series as VictoriaMetrics exports it.
#[derive(Debug, Deserialize)]
struct Exported {
    metric: BTreeMap<String, String>,
    values: Vec<f64>,
    timestamps: Vec<i64>,
}

/// The samples of one metric: their number, the sum of their values, and the times of the first and the last, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Samples {
    number: u64,
    sum: f64,
    first: i64,
    last: i64,
}

type ByName = BTreeMap<String, Samples>;

fn add(all: &mut ByName, name: &str, value: f64, at: i64) {
    let none = Samples { number: 0, sum: 0.0, first: i64::MAX, last: i64::MIN };
    let samples = all.entry(name.to_owned()).or_insert(none);
    samples.number += 1;
    samples.sum += value;
    samples.first = samples.first.min(at);
    samples.last = samples.last.max(at);
}

fn of_files(folder: &Path) -> ByName {
    let mut all = ByName::new();
    for file in openmetrics(folder) {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let [time, value, series] = line.rsplitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
            let milliseconds = format!("{seconds}{fraction:0<3}").parse().unwrap();
            let name = series.split('{').next().unwrap();
            add(&mut all, name, value.parse().unwrap(), milliseconds);
        }
    }
    all
}

fn of_export(text: &str) -> ByName {
    let mut all = ByName::new();
    for line in text.lines() {
        let series: Exported = serde_json::from_str(line).unwrap();
        assert_eq!(series.metric["job"], "chats");
        for (value, at) in series.values.iter().zip(&series.timestamps) {
            add(&mut all, &series.metric["__name__"], *value, *at);
        }
    }
    all
}

/// A server that keeps samples of any age.
fn server(data: &Path) -> (Program, SocketAddr) {
    listening("victoria-metrics", |port| {
        let mut command = Command::new("victoria-metrics");
        command.arg(format!("-httpListenAddr=127.0.0.1:{port}"));
        command.arg(format!("-storageDataPath={}", data.display()));
        command.arg("-retentionPeriod=100y").stdout(Stdio::null()).stderr(Stdio::null());
        command
    })
}

#[tokio::test]
#[ignore = "needs victoria-metrics and curl: tests/run runs it"]
async fn victoria_metrics_has_every_sample_of_the_files() {
    let (files, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    history(files.path()).await;
    let (_server, address) = server(data.path());
    let done = Command::new(repository("deploy/prometheus/backfill"))
        .arg("victoriametrics")
        .arg(files.path())
        .arg(format!("http://{address}/"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let expected = of_files(files.path());
    assert!(expected.len() > 20, "{expected:?}");
    until("every sample is there", PATIENCE, async || {
        let export = get(address, "/api/v1/export?match[]={__name__!=%22%22}").await?;
        let imported = of_export(&export.text);
        let is_equal = |(one, other): (&Samples, &Samples)| {
            (one.sum - other.sum).abs() <= 1e-9 * one.sum.abs()
                && Samples { sum: other.sum, ..*one } == *other
        };
        let is_all = imported.keys().eq(expected.keys())
            && expected.values().zip(imported.values()).all(is_equal);
        if is_all { Ok(()) } else { Err(format!("{imported:#?}\n{expected:#?}")) }
    })
    .await;
    let rejected = get(address, "/metrics").await.unwrap().text;
    let invalid = rejected.lines().filter(|line| line.starts_with("vm_rows_invalid_total"));
    assert!(invalid.clone().count() > 0 && invalid.clone().all(|line| line.ends_with(" 0")));
}
