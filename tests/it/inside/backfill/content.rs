//! The documentation tells which families the files contain.

use std::collections::BTreeSet;

use rocketchat_omnichannel_exporter::catalog::{self, Kind};

use super::{Run, files, lived, settings_with_calls, wanted};

const PREFIX: &str = "rocketchat_omnichannel_";

/// The families of this type in a text in OpenMetrics, without the beginning that all names have.
fn families(text: &str, wanted: &str) -> BTreeSet<String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let of_type = types.filter(|(_, kind)| *kind == wanted);
    of_type.map(|(name, _)| name.strip_prefix(PREFIX).unwrap().to_owned()).collect()
}

/// The families that the part about the content of the files names.
fn documented() -> BTreeSet<String> {
    let document = std::fs::read_to_string("docs/backfill.md").unwrap();
    let part =
        document.split("\n## ").find(|part| part.starts_with("Content of the files")).unwrap();
    let listed = part.split("\n\nThe numbers come from").next().unwrap();
    let known: BTreeSet<_> = catalog::ALL.iter().map(|it| &it.name[PREFIX.len()..]).collect();
    let words = listed.split('`').skip(1).step_by(2);
    words.filter(|word| known.contains(word)).map(str::to_owned).collect()
}

/// The counters, summaries and histograms of chats and calls that the text lacks.
fn missing(text: &str) -> BTreeSet<String> {
    let counted = catalog::ALL.iter().filter(|it| it.kind != Kind::Gauge);
    let names = counted.map(|it| it.name.strip_prefix(PREFIX).unwrap());
    let of_chats = names.filter(|name| !name.starts_with("exporter_"));
    let written: BTreeSet<_> =
        ["counter", "summary", "histogram"].iter().flat_map(|kind| families(text, kind)).collect();
    of_chats
        .filter(|name| !written.contains(name.trim_end_matches("_total")))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_documentation_names_each_gauge_and_each_metric_of_the_exporter_in_the_files() {
    let settings = settings_with_calls(19);
    let (simulator, from, end) = lived(&settings, 12);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000 --step 4m");
    Run::of(&simulator, &settings).write(&wanted, end).await;
    let written: Vec<u8> = files(folder.path()).into_values().flatten().collect();
    let text = String::from_utf8(written).unwrap();
    let mut named = families(&text, "gauge");
    let own = families(&text, "counter").into_iter().filter(|name| name.starts_with("exporter_"));
    named.extend(own.map(|name| format!("{name}_total")));
    assert!(named.len() > 9, "{named:?}");
    assert_eq!(documented(), named);
    assert_eq!(missing(&text), BTreeSet::new(), "counted families that no file has");
}
