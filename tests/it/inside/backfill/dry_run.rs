//! A dry run tells the size of a backfill, asks each list for one row and writes nothing.

use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::{Run, lived, settings_with_calls, wanted};

/// Sum of the sizes of the files in a directory, bytes.
fn bytes(directory: &Path) -> f64 {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| entry.metadata().unwrap().len() as f64).sum()
}

/// The number before a unit in a text such as `about 12 MB for rows`.
pub fn number_before<T: FromStr<Err: Debug>>(text: &str, unit: &str) -> T {
    let before = text.split(unit).next().unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_dry_run_tells_the_size_of_the_run_and_writes_nothing() {
    let settings = settings_with_calls(31);
    let (simulator, from, end) = lived(&settings, 36);
    simulator.world(|world| world.live(Duration::from_secs(600)));
    let run = Run::of(&simulator, &settings);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let wanted = wanted(from, &output, "--requests-per-minute 100000 --dry-run");
    let estimate = run.estimate(&wanted, end).await;
    assert!(!output.exists());
    let asked = simulator.requests();
    let lists = asked.iter().filter(|request| request.path.ends_with("/rooms"));
    let lists: Vec<_> = lists.map(|request| &request.query).collect();
    assert!(
        lists.len() >= 6
            && lists
                .iter()
                .all(|query| query.iter().any(|(name, value)| name == "count" && value == "1")),
        "{lists:?}"
    );

    let summary = run.write(&wanted, end).await;
    let sent = simulator.requests().len() - asked.len();
    assert!(estimate.chats.abs_diff(summary.chats) <= 5, "{estimate}\n{summary}");
    assert!(estimate.calls.unwrap() >= summary.calls, "{estimate}\n{summary}");
    assert!(estimate.requests.abs_diff(sent as u64) <= 5, "{estimate}\n{sent} were sent");
    let told = estimate.to_string();
    for (unit, actual) in
        [(" MB for rows", bytes(&output.join("rows"))), (" MB for files", bytes(&output))]
    {
        let (told_bytes, actual) = (number_before(&told, unit), actual / 1e6);
        let is_near = (actual / 2.0..=actual * 2.0 + 1.0).contains(&told_bytes);
        assert!(is_near, "{told}\n{actual} MB were written");
    }
}
