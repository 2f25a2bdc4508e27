//! The Kubernetes objects in the golden files of `tests/kubernetes`: the exporter accepts their configurations and
//! flags, and their version is this one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use config::{Config, File, FileFormat};
use rocketchat_omnichannel_exporter::catalog;
use serde::Deserialize;
use serde_json::Value;

use super::{files, repository};

const GOLDEN: &str = "tests/kubernetes/golden";
const CHART: &str = "deploy/helm/rocketchat-omnichannel-exporter";

#[derive(Debug, Deserialize)]
struct Object {
    kind: String,
    #[serde(default)]
    data: BTreeMap<String, String>,
    spec: Option<Value>,
}

fn objects(name: &str) -> Vec<Object> {
    let text = std::fs::read_to_string(repository(GOLDEN).join(name)).unwrap();
    let read = |text: &str| {
        let file = File::from_str(text, FileFormat::Yaml);
        Config::builder().add_source(file).build().unwrap().try_deserialize().unwrap()
    };
    text.split("\n---\n").map(read).collect()
}

/// Flags and variables of the container.
fn container(objects: &[Object]) -> (Vec<String>, Vec<(String, String)>) {
    let is_workload = |it: &&Object| ["Deployment", "StatefulSet"].contains(&it.kind.as_str());
    let spec = objects.iter().find(is_workload).unwrap().spec.as_ref().unwrap();
    let container = &spec["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().unwrap().iter();
    let args = args.map(|arg| arg.as_str().unwrap().to_owned()).collect();
    let text = |value: &Value| value.as_str().unwrap_or("a-token").to_owned();
    let variables = container["env"].as_array().into_iter().flatten();
    (args, variables.map(|it| (text(&it["name"]), text(&it["value"]))).collect())
}

/// Writes the files that the pod mounts into a folder; returns a function that replaces the pod's paths in a text.
fn mounted(folder: &Path, configuration: &str) -> impl Fn(&str) -> String {
    for file in ["token", "acme", "acme-webhook", "globex", "initech", "ca.pem"] {
        std::fs::write(folder.join(file), "a-token\n").unwrap();
    }
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("ca.pem"), certificate.cert.pem()).unwrap();
    std::fs::write(folder.join("web-config.yml"), "rate_limit: { interval: 1s, burst: 20 }\n")
        .unwrap();
    let places = [
        "/run/secrets/rocketchat",
        "/etc/company-ca",
        "/etc/rocketchat-omnichannel-exporter-web",
        "/etc/rocketchat-omnichannel-exporter",
    ];
    let folder_name = folder.to_str().unwrap().to_owned();
    let moved = move |text: &str| {
        places.iter().fold(text.to_owned(), |text, place| {
            text.replace(&format!("{place}/"), &format!("{folder_name}/"))
        })
    };
    std::fs::write(folder.join("config.yaml"), moved(configuration)).unwrap();
    moved
}

#[test]
fn every_configuration_is_one_that_the_exporter_takes_with_the_flags_of_its_pod() {
    let cases = files(GOLDEN, ".yaml");
    assert!(cases.len() > 10, "{cases:?}");
    for case in cases {
        let objects = objects(&case);
        let configuration = objects.iter().find_map(|it| it.data.get("config.yaml")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let moved = mounted(folder.path(), configuration);
        let (args, variables) = container(&objects);
        let mut exporter = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"));
        // The host name of this machine is not that of a pod.
        let args = args.iter().map(|arg| if arg == "auto" { "0".to_owned() } else { moved(arg) });
        exporter.env_clear().envs(variables).args(args);
        let checked = exporter.arg("--config.check").output().unwrap();
        let told = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{case}: {told}");
    }
}

/// The labels that the Prometheus Operator gives a target, and those that the rules of the endpoint give it, without
/// those that the rules drop.
fn labels_of_target(endpoint: &Value) -> BTreeSet<&str> {
    let rules = endpoint["relabelings"].as_array().unwrap();
    let given = rules.iter().filter_map(|rule| rule["targetLabel"].as_str());
    let own = ["namespace", "service", "pod", "container", "node", "endpoint", "job", "instance"];
    let is_drop = |rule: &&Value| rule["action"] == "labeldrop";
    let dropped = rules.iter().filter(is_drop).filter_map(|rule| rule["regex"].as_str());
    let dropped: BTreeSet<_> = dropped.flat_map(|regex| regex.split('|')).collect();
    own.into_iter().chain(given).filter(|label| !dropped.contains(label)).collect()
}

/// Prometheus renames a label of a metric that the target has too, unless the labels of metrics have precedence.
#[test]
fn no_target_of_the_operator_has_a_label_of_a_metric() {
    let mut checked = 0;
    for case in files(GOLDEN, ".yaml") {
        for object in objects(&case).iter().filter(|it| it.kind.ends_with("Monitor")) {
            let spec = object.spec.as_ref().unwrap();
            let lists = ["endpoints", "podMetricsEndpoints"].map(|key| spec[key].as_array());
            for endpoint in lists.into_iter().flatten().flatten() {
                let taken = labels_of_target(endpoint);
                let is_taken = |it: &&&str| taken.contains(**it);
                let hidden = catalog::ALL.iter().flat_map(|it| it.labels.iter().filter(is_taken));
                let hidden: BTreeSet<_> = hidden.collect();
                let has_precedence = endpoint["honorLabels"] == true;
                assert!(has_precedence || hidden.is_empty(), "{case}: {hidden:?}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
}

#[test]
fn image_and_chart_are_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let image = "ghcr.io/rocketchat-omnichannel-exporter/rocketchat-omnichannel-exporter";
    for (file, lines) in [
        (
            format!("{CHART}/Chart.yaml"),
            vec![
                format!("\nversion: {version}\n"),
                format!("\nappVersion: \"{version}\"\n"),
                format!(" {image}:{version}\n"),
            ],
        ),
        (format!("{CHART}/values.yaml"), vec![format!("\n  repository: {image}\n")]),
        (
            "deploy/kubernetes/base/kustomization.yaml".to_owned(),
            vec![
                format!("\n    newName: {image}\n"),
                format!("\n    newTag: {version}\n"),
                format!("\n      app.kubernetes.io/version: {version}\n"),
            ],
        ),
    ] {
        let text = std::fs::read_to_string(repository(&file)).unwrap();
        for line in lines {
            assert!(text.contains(&line), "{file} lacks {line}");
        }
    }
}
