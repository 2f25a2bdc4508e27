//! `/sd`: a target for each workspace and one for the process, and their pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use reqwest::Method;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde::Deserialize;

use super::{Exporter, PATIENCE, Reply, ask, until};

/// A target as Prometheus reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Target {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

impl Target {
    /// The URL that Prometheus scrapes.
    fn url(&self) -> String {
        let parameters = self.labels.iter().filter_map(|(name, value)| {
            name.strip_prefix("__param_").map(|parameter| (parameter, value))
        });
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let path = self.labels.get("__metrics_path__").map_or("/metrics", String::as_str);
        format!("http://{}{path}?{query}", self.targets[0])
    }

    fn instance(&self) -> &str {
        &self.labels["instance"]
    }
}

/// A simulated workspace, and the configuration that has it under several names.
struct Scene {
    simulator: Simulator,
    settings: SimulatorSettings,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn of(names: &[&str]) -> Self {
        let settings = SimulatorSettings::default();
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let scene = Self { simulator, settings, folder: tempfile::tempdir().unwrap() };
        scene.configure(names);
        scene
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    fn configure(&self, names: &[&str]) {
        let mut yaml =
            "poll: {interval: 1h, max_requests_per_minute: 100000}\nworkspaces:\n".to_owned();
        let (url, SimulatorSettings { user_id, token, .. }) =
            (self.simulator.url(), &self.settings);
        for name in names {
            writeln!(
                yaml,
                "- {{name: '{name}', url: '{url}', user_id: '{user_id}', auth_token: '{token}'}}"
            )
            .unwrap();
        }
        std::fs::write(self.file(), yaml).unwrap();
    }

    /// An exporter whose first cycles have ended.
    async fn exporter(&self, arguments: &[&str]) -> Exporter {
        let file = self.file();
        let given = ["--config.file", file.to_str().unwrap()];
        let exporter = Exporter::serve(&[&given[..], arguments].concat(), &[]);
        until("the first cycles have ended", PATIENCE, async || {
            let Reply { status, text } = exporter.get("/-/ready").await;
            if status == 200 { Ok(()) } else { Err(text + &exporter.stderr()) }
        })
        .await;
        exporter
    }
}

async fn targets(exporter: &Exporter) -> Vec<Target> {
    let Reply { status, text } = exporter.get("/sd").await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn instances(exporter: &Exporter) -> BTreeSet<String> {
    let address = exporter.address().await.to_string();
    let targets = targets(exporter).await;
    targets.iter().map(|it| it.instance().replace(&address, "exporter")).collect()
}

/// The names and labels of all samples, in their order.
fn series(page: &str) -> Vec<String> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let mut series: Vec<_> =
        lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect();
    series.sort();
    series
}

#[tokio::test]
async fn the_pages_of_all_targets_together_hold_each_series_of_the_whole_page_once() {
    let scene = Scene::of(&["acme", "café & co/1", "a+b=c?"]).await;
    let exporter = scene.exporter(&[]).await;
    let targets = targets(&exporter).await;
    let mut pages = String::new();
    for target in &targets {
        let Reply { status, text } = ask(Method::GET, &target.url()).await.unwrap();
        assert_eq!(status, 200, "{target:?}: {text}");
        pages += &text;
    }
    let whole = series(&exporter.get("/metrics").await.text);
    assert!(whole.len() > 1_000 && whole.iter().any(|line| line.starts_with("process_")));
    assert_eq!(series(&pages), whole);
    let address = exporter.address().await.to_string();
    for target in &targets {
        assert_eq!(target.targets, [address.as_str()]);
        assert_eq!(target.labels.len(), 2, "{target:?}");
    }
    assert_eq!(
        instances(&exporter).await.into_iter().collect::<Vec<_>>(),
        ["exporter", "exporter/a+b=c?", "exporter/acme", "exporter/café & co/1"]
    );
}

#[tokio::test]
async fn a_reload_that_adds_and_removes_workspaces_changes_the_targets() {
    let scene = Scene::of(&["stays", "goes"]).await;
    let exporter = scene.exporter(&["--web.enable-lifecycle"]).await;
    assert!(instances(&exporter).await.contains("exporter/goes"));
    scene.configure(&["comes", "stays"]);
    let reload = format!("http://{}/-/reload", exporter.address().await);
    assert_eq!(ask(Method::POST, &reload).await.unwrap().status, 200);
    let expected = ["exporter", "exporter/comes", "exporter/stays"].map(str::to_owned);
    assert_eq!(instances(&exporter).await, expected.into());
    let gone = exporter.get("/metrics?workspace=goes").await;
    assert_eq!((gone.status, gone.text.contains("\"goes\"")), (404, true));
    assert_eq!(exporter.get("/metrics?workspace=comes").await.status, 200);
}

#[tokio::test]
async fn a_shard_has_the_targets_of_its_own_workspaces() {
    let names = ["acme", "emea", "apac", "sales", "support"];
    let scene = Scene::of(&names).await;
    let mut all = Vec::new();
    for shard in ["0", "1", "2"] {
        let exporter = scene.exporter(&["--shard", shard, "--shards", "3"]).await;
        let instances = instances(&exporter).await;
        assert!(instances.contains("exporter"));
        all.extend(
            instances.iter().filter_map(|it| it.strip_prefix("exporter/")).map(str::to_owned),
        );
    }
    all.sort();
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn the_configured_address_and_path_are_those_of_the_targets() {
    let scene = Scene::of(&["acme"]).await;
    let exporter = scene
        .exporter(&["--web.external-address", "[2001:db8::1]:80", "--web.telemetry-path", "/o/m"])
        .await;
    for target in targets(&exporter).await {
        assert_eq!(target.targets, ["[2001:db8::1]:80"]);
        assert!(target.instance().starts_with("[2001:db8::1]:80"));
        assert_eq!(target.labels["__metrics_path__"], "/o/m");
    }
    assert!(exporter.get("/config").await.text.contains("external_address: \"[2001:db8::1]:80\""));
}
