//! A dry run tells the size of a backfill, asks each list for one row and writes nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::backfill;
use rocketchat_omnichannel_exporter::cli::backfill::End;
use rocketchat_omnichannel_exporter::clock::Clock;
use tokio_util::sync::CancellationToken;

use super::{InProcess, Run, lived, settings_with_calls, wanted};

/// Sum of the sizes of the files in a directory, bytes.
fn bytes(directory: &Path) -> f64 {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| entry.metadata().unwrap().len() as f64).sum()
}

/// The number before a unit in a text such as `about 12 MB for rows`, in millions.
fn megabytes(text: &str, unit: &str) -> f64 {
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
    let (clock, _hands) = Clock::manual(simulator.world(|world| world.now()));
    let transport = Arc::new(InProcess::new(Arc::clone(&simulator), Duration::from_secs(5)));
    let stop = CancellationToken::new();
    let (workspace, end_of_span) = (&run.workspace, End::At(end));
    let dry =
        backfill::Run { workspace, clock: &clock, wanted: &wanted, end: end_of_span, transport };
    let estimate = dry.estimate(&stop).await.unwrap();
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
        let (told_bytes, actual) = (megabytes(&told, unit), actual / 1e6);
        let is_near = (actual / 2.0..=actual * 2.0 + 1.0).contains(&told_bytes);
        assert!(is_near, "{told}\n{actual} MB were written");
    }
}
