//! The requests and the fields of the exporter against the validators and the types of Rocket.Chat's releases, which npm
//! has.
//!
//! `DRIFT_RELEASES=latest` checks the newest release, and not those of the support matrix.

mod decoded;
mod fields;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rocketchat_omnichannel_exporter::simulator::Request;
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::process::contract::versions::requests_for_version;
use crate::watching::{Watched, small};

/// One release of each generation that npm has. 9.0 and the releases before 6.3 are not there.
const RELEASES: &str = "6.3.7 6.13.1 7.0.0 7.9.8 7.13.9 8.0.0 8.6.1 8.8.1";

/// Routes whose parameters every release validates.
const CHECKED: [&str; 8] = [
    "livechat/business-hour",
    "livechat/config",
    "livechat/department",
    "livechat/department/:id",
    "livechat/priorities",
    "livechat/queue",
    "livechat/rooms",
    "livechat/sla",
];

/// Polls until each optional list was asked for.
const POLLS: usize = 3;

/// The requests that an exporter sends to a server of this release.
async fn requests(release: &str) -> Vec<Request> {
    let mut requests = requests_for_version(release).await;
    let mut watched = Watched::start(small(release), |_| ()).await;
    for _ in 0..POLLS {
        watched.poll().await;
    }
    requests.extend(watched.simulator.requests());
    requests
}

/// The requests of each release in a file, each request once.
async fn written(folder: &Path, releases: &str) -> PathBuf {
    let mut by_release = BTreeMap::new();
    for release in releases.split_whitespace() {
        let encoded = |request: &Request| {
            let query = Serializer::new(String::new()).extend_pairs(&request.query).finish();
            json!([request.path, query])
        };
        let mut requests: Vec<_> = requests(release).await.iter().map(encoded).collect();
        requests.sort_by_key(ToString::to_string);
        requests.dedup();
        by_release.insert(release, requests);
    }
    let file = folder.join("requests.json");
    std::fs::write(&file, json!(by_release).to_string()).unwrap();
    file
}

fn check(requests: &Path, packages: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drift/check.mjs");
    Command::new("node").arg(script).arg(requests).arg(packages).output().expect("node")
}

/// The packages from npm, which stay from run to run.
fn packages() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/drift");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The releases of `DRIFT_RELEASES`, where `latest` is the newest one, or the usual ones.
fn named_releases(usual: &str, newest: impl FnOnce() -> String) -> String {
    match std::env::var_os("DRIFT_RELEASES") {
        Some(named) => named.into_string().unwrap().replace("latest", &newest()),
        None => usual.to_owned(),
    }
}

/// The newest release of a package.
fn newest(package: &str) -> String {
    let mut npm = Command::new("npm");
    let answer = npm.args(["view", package, "version"]).output().expect("npm");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
#[ignore = "needs node and npm: tests/run runs it"]
async fn the_validators_of_each_release_accept_every_request() {
    let releases = named_releases(RELEASES, || newest("@rocket.chat/rest-typings"));
    assert!(!releases.trim().is_empty());
    let folder = tempfile::tempdir().unwrap();
    let output = check(&written(folder.path(), &releases).await, &packages());
    let (told, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{told}\n{errors}");
    assert_eq!(told.lines().count(), releases.split_whitespace().count(), "{told}");
    // Only a release that somebody names may be one that npm does not have.
    let is_missing = |line: &&str| releases != RELEASES && line.ends_with(": not validated");
    let validated: Vec<_> = told.lines().filter(|line| !is_missing(line)).collect();
    for route in CHECKED {
        assert!(
            validated.iter().all(|line| line.contains(&format!(" {route} "))),
            "{route}: {told}"
        );
    }
    let mut with_calls = validated.iter().filter(|line| line.starts_with(['6', '7']));
    assert!(with_calls.all(|line| line.contains(" voip/room ")), "{told}");
}

#[tokio::test]
#[ignore = "needs node and npm: tests/run runs it"]
async fn a_parameter_that_a_release_no_longer_has_is_noticed() {
    const RELEASE: &str = "8.8.1";
    let folder = tempfile::tempdir().unwrap();
    let requests = written(folder.path(), RELEASE).await;
    assert!(check(&requests, &packages()).status.success());
    let original = packages().join(RELEASE).join("package/dist/v1");
    let copy = folder.path().join(RELEASE).join("package/dist/v1");
    std::fs::create_dir_all(&copy).unwrap();
    for file in std::fs::read_dir(original).unwrap().map(Result::unwrap) {
        if file.path().extension().is_some_and(|it| it == "js") {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let text = text.replace("closedAt: {", "endedAt: {");
            std::fs::write(copy.join(file.file_name()), text).unwrap();
        }
    }
    let output = check(&requests, folder.path());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("8.8.1 refuses /api/v1/livechat/rooms?"), "{told}");
    assert!(told.contains(r#"{"additionalProperty":"closedAt"}"#), "{told}");
}
