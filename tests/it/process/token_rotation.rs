//! A kubelet replaces the token in the mounted Secret of the base manifests, and the old token is revoked: the exporter
//! stays up.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::inside::deploy::repository;
use crate::process::binary::{Exporter, PATIENCE, until};
use crate::watching::{numbers, sum};

const CONFIGURATION: &str = "deploy/kubernetes/base/config.yaml";
const MOUNT: &str = "/run/secrets/rocketchat";

/// Writes each version into a directory of its own, then swaps the link through which readers go.
fn mount(folder: &Path, version: &str, token: &str) {
    let (data, swapped) = (folder.join(version), folder.join("..data_tmp"));
    fs::create_dir(&data).unwrap();
    fs::write(data.join("token"), token).unwrap();
    symlink(version, &swapped).unwrap();
    fs::rename(&swapped, folder.join("..data")).unwrap();
    if !folder.join("token").exists() {
        symlink("..data/token", folder.join("token")).unwrap();
    }
}

#[tokio::test]
async fn a_new_token_in_the_mounted_secret_keeps_the_workspace_up() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("secret")).unwrap();
    mount(Path::new(&path("secret")), "..one", &settings.token);
    let configuration = fs::read_to_string(repository(CONFIGURATION)).unwrap();
    let configuration = configuration
        .replace("https://chat.example.com", &simulator.url())
        .replace("/var/lib/rocketchat-omnichannel-exporter", &path("state"))
        .replace(MOUNT, &path("secret"));
    fs::write(path("config.yaml"), configuration + "poll: { interval: 1s }\n").unwrap();
    let exporter = Exporter::serve(&["--config.file", &path("config.yaml")], &[]);
    exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;

    simulator.set_token("the-next-token");
    mount(Path::new(&path("secret")), "..two", "the-next-token");
    let mut answered = None;
    until("it goes on with the new one", PATIENCE, async || {
        let page = numbers(&exporter.get("/metrics").await.text);
        // A busy machine may leave a list for the next poll.
        let counts = |key: &str| {
            key.starts_with("exporter_poll_failures_total[") && !key.contains("overdue")
        };
        let failures: Vec<_> =
            page.iter().filter(|(key, count)| counts(key) && **count > 0.0).collect();
        assert!(failures.is_empty(), "{failures:?} {}", exporter.stderr());
        let requests = |code: &str| sum(&page, "exporter_api_requests_total", code);
        if requests("401") == 0.0 {
            return Err("the old one was not refused yet".to_owned());
        }
        let good = requests("200");
        let since = *answered.get_or_insert(good);
        if good >= since + 10.0 { Ok(()) } else { Err(format!("{good} answers after {since}")) }
    })
    .await;
}
