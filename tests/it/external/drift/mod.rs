//! The requests and the fields of the exporter against the validators and the types of Rocket.Chat's releases, which npm
//! has.
//!
//! `DRIFT_RELEASES=latest` checks the newest release, and not those of the support matrix.

mod decoded;
mod fields;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::server_version::ServerVersion;
use rocketchat_omnichannel_exporter::simulator::Request;
use serde_json::json;
use strum::VariantArray;
use tempfile::TempDir;
use url::form_urlencoded::Serializer;

use crate::process::contract::versions::requests_for_version;
use crate::watching::{Watched, small};

/// One release of each generation that npm has. 9.0 and the releases before 6.3 are not there.
const RELEASES: &str = "6.3.7 6.13.1 7.0.0 7.9.8 7.13.9 8.0.0 8.6.1 8.8.1";

/// The endpoints whose parameters a release validates, or does not validate, as docs/support.md names them.
#[derive(Debug, PartialEq, Eq)]
struct Endpoints<'a> {
    validated: BTreeSet<&'a str>,
    without_validator: BTreeSet<&'a str>,
}

impl<'a> Endpoints<'a> {
    /// All endpoints that a server of this release has.
    fn of_release(release: &str) -> Self {
        let release: ServerVersion = release.parse().unwrap();
        let is_there = |endpoint: &&Endpoint| match endpoint {
            Endpoint::VoipRooms | Endpoint::VoipRoom => release.major < 8,
            _ => true,
        };
        let is_validated = |endpoint: &Endpoint| match endpoint {
            Endpoint::Info | Endpoint::Me | Endpoint::BusinessHours => false,
            Endpoint::Licence => release >= ServerVersion::new(6, 5),
            _ => true,
        };
        let (validated, without): (Vec<_>, Vec<_>) =
            Endpoint::VARIANTS.iter().filter(is_there).partition(|it| is_validated(it));
        let routes = |endpoints: Vec<&Endpoint>| endpoints.iter().map(|it| it.route()).collect();
        Self { validated: routes(validated), without_validator: routes(without) }
    }

    /// The endpoints that a line of the script names, such as `6.3.7: accepted me 1; no validator for info`.
    fn of_line(line: &'a str) -> Option<Self> {
        let (_, told) = line.split_once(": accepted ")?;
        let (accepted, without) = told.split_once("; no validator for ")?;
        let name = |counted: &'a str| counted.rsplit_once(' ').map(|(name, _)| name);
        Some(Self {
            validated: accepted.split(", ").map(name).collect::<Option<_>>()?,
            without_validator: without.split(", ").collect(),
        })
    }
}

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
    for line in told.lines() {
        let (release, _) = line.split_once(": ").unwrap();
        // Only a release that somebody names may be one that npm does not have.
        if releases == RELEASES || !line.ends_with(": not validated") {
            assert_eq!(Endpoints::of_line(line), Some(Endpoints::of_release(release)), "{line}");
        }
    }
}

/// The last of [`RELEASES`].
const LAST: &str = "8.8.1";

/// The requests to the server of the last release, which its validators accept, in a file of this folder.
async fn check_of_last() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let requests = written(folder.path(), LAST).await;
    let output = check(&requests, &packages());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, requests)
}

/// Copies the validators of the last release to this folder, with another text in the place of one.
fn copy_of_last(folder: &Path, text: &str, other: &str) {
    let original = packages().join(LAST).join("package/dist/v1");
    let copy = folder.join(LAST).join("package/dist/v1");
    std::fs::create_dir_all(&copy).unwrap();
    let mut is_found = false;
    for file in std::fs::read_dir(original).unwrap().map(Result::unwrap) {
        if file.path().extension().is_some_and(|it| it == "js") {
            let content = std::fs::read_to_string(file.path()).unwrap();
            is_found |= content.contains(text);
            std::fs::write(copy.join(file.file_name()), content.replace(text, other)).unwrap();
        }
    }
    assert!(is_found, "{text}");
}

#[tokio::test]
#[ignore = "needs node and npm: tests/run runs it"]
async fn a_parameter_that_a_release_no_longer_has_is_noticed() {
    let (folder, requests) = check_of_last().await;
    copy_of_last(folder.path(), "closedAt: {", "endedAt: {");
    let output = check(&requests, folder.path());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("8.8.1 refuses /api/v1/livechat/rooms?"), "{told}");
    assert!(told.contains(r#"{"additionalProperty":"closedAt"}"#), "{told}");
}

#[tokio::test]
#[ignore = "needs node and npm: tests/run runs it"]
async fn a_validator_that_a_release_renames_is_noticed() {
    let (folder, requests) = check_of_last().await;
    copy_of_last(folder.path(), "isLivechatUsersManagerGETProps", "isGETLivechatUsersTypeParams");
    let output = check(&requests, folder.path());
    let told = String::from_utf8_lossy(&output.stdout);
    let found = Endpoints::of_line(told.trim_end()).unwrap();
    let mut expected = Endpoints::of_release(LAST);
    assert_ne!(found, expected);
    expected.validated.remove(Endpoint::Agents.route());
    expected.without_validator.insert(Endpoint::Agents.route());
    assert_eq!(found, expected);
}
