//! A backfill and a running exporter share the rate limit of a server.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::{Route, Simulator, SimulatorSettings};

use crate::process::binary::{Exporter, every_second, until};
use crate::watching::of_family;

/// Longest time of the backfill, which takes less than ten requests for rows.
const MINUTES: Duration = Duration::from_secs(360);
/// Half of the server's limit for the exporter, and a fifth for the backfill, with one more request that arrives late in
/// a window.
const SHARES: u32 = 5 + 3;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 4 minutes: tests/run runs it"]
async fn neither_a_backfill_nor_the_exporter_beside_it_is_refused() {
    let settings =
        SimulatorSettings { rate_limit: Some(10), ..crate::inside::backfill::settings(23) };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(Duration::from_secs(6 * 3600)));
    let mut variables = every_second(&simulator, &settings);
    variables.retain(|(name, _)| *name != "ROCKETCHAT_EXPORTER__POLL__INTERVAL");
    let exporter = Exporter::serve(&[], &variables);
    exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;
    let (folder, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let mut backfill = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"))
        .args(["backfill", "--from", &from.to_string(), "--to", "now", "--step", "4m", "--output"])
        .arg(folder.path())
        .envs(variables)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let ended = until("the backfill has ended", MINUTES, async || {
        backfill.try_wait().unwrap().ok_or_else(|| format!("{:?}", began.elapsed()))
    });
    assert!(ended.await.success());
    assert_eq!(crate::inside::backfill::files(folder.path()).len(), 1);
    // Three pages of closed chats and one of each list of open chats, half a minute apart.
    assert!(began.elapsed() > Duration::from_secs(5 * 30), "{:?}", began.elapsed());
    for route in [Route::Info, Route::Me, Route::Rooms, Route::Queue, Route::Departments] {
        let used = simulator.route_use(route);
        assert!(used.refused == 0 && used.busiest_window <= SHARES, "{route:?}: {used:?}");
    }
    assert!(simulator.route_use(Route::Rooms).busiest_window > 2, "both sent requests");
    let page = exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;
    assert!(of_family(&page, "exporter_poll_interval_seconds").len() > 3, "{page:?}");
    let failures = of_family(&page, "exporter_poll_failures_total").into_iter();
    let failures: Vec<_> = failures.filter(|(_, number)| *number > 0.0).collect();
    assert!(failures.iter().all(|(series, _)| series.contains("\"forbidden\"")), "{failures:?}");
}
