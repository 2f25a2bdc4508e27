//! The memory of a backfill is bounded by a day, not by the span.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::computed_chats::ComputedChats;
use crate::process::binary::until;
use crate::slow::faults::process::Process;

/// Longest time of a run of up to eight days.
const MINUTES: Duration = Duration::from_secs(600);

/// The result of a run: its largest resident memory in MiB, and its last words.
async fn peak_mib(chats: ComputedChats, step: &str) -> (f64, String) {
    let api = chats.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"))
        .env("ROCKETCHAT_URL", api.url())
        .env("ROCKETCHAT_USER_ID", &api.settings.user_id)
        .env("ROCKETCHAT_AUTH_TOKEN", &api.settings.token)
        .env("ROCKETCHAT_EXPORTER__AGENTS__DETAIL", "performance")
        .args(["backfill", "--from", &api.from.to_string(), "--to", &api.to.to_string()])
        .args(["--step", step, "--requests-per-minute", "100000", "--output"])
        .arg(folder.path().join("history"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let (process, mut most_kib) = (Process(child.id()), 0);
    let patience = MINUTES * u32::try_from((chats.days / 8).max(1)).unwrap();
    until("the backfill has ended", patience, async || {
        most_kib = process.most_resident_kib().unwrap_or(most_kib);
        child.try_wait().unwrap().ok_or_else(|| format!("{most_kib} KiB"))
    })
    .await;
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", std::fs::read_to_string(&log).unwrap());
    (most_kib as f64 / 1024.0, String::from_utf8(done.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 1 minute: tests/run runs it"]
async fn four_times_as_many_days_need_no_more_memory() {
    let of_days = async |days| {
        let (peak, told) = peak_mib(ComputedChats { days, per_day: 3_000 }, "4m").await;
        assert!(told.contains(&format!("the files of {days} days.")), "{told}");
        peak
    };
    let (few, many) = (of_days(2).await, of_days(8).await);
    assert!(many < few * 1.1, "{few} MiB for 2 days, {many} MiB for 8 days");
}

/// The variable `BACKFILL_DAYS` lengthens the run: 30 days have a million chats.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 1 minute: tests/run runs it"]
async fn a_day_of_a_month_of_a_million_chats_fits_into_128_mib() {
    let days = std::env::var_os("BACKFILL_DAYS");
    let days = days.map_or(1, |days| days.to_str().unwrap().parse().unwrap());
    let (chats, began) = (ComputedChats { days, per_day: 33_400 }, Instant::now());
    let (peak, told) = peak_mib(chats, "60s").await;
    println!("{days} days: {peak:.0} MiB, {:.0?}", began.elapsed());
    assert!(told.starts_with(&format!("{} chats", 33_400 * days - 695)), "{told}");
    assert!(peak <= 128.0, "{peak} MiB");
}
