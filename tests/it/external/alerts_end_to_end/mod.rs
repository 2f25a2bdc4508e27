//! Seven workspaces go wrong at once, in minutes instead of hours: the real exporter, with Prometheus and Alertmanager
//! of each generation, and a webhook that must get the expected alerts and no others.

mod call_centre;
mod monitoring;
mod scenario;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use tokio::sync::watch;

use crate::inside::deploy::generations;
use crate::inside::grafana::wallboard;
use crate::process::binary::{Exporter, until};
use monitoring::{Alerts, DOWN, Monitoring, Webhook};
use scenario::{Phase, Scenario, ScenarioRun};

/// Evaluations of the rules without an alert, before the fault and after its repair: 20 minutes of their time.
const CALM: f64 = 40.0;
/// The exporter's backoffs are as long as in production.
const PATIENCE: Duration = Duration::from_secs(240);
const STEP: Duration = Duration::from_millis(100);

fn configuration(runs: &[ScenarioRun]) -> String {
    let mut text = "poll: {interval: 1s, max_requests_per_minute: 100000}\n\
                    service_level: {threshold: 1s}\nworkspaces:\n"
        .to_owned();
    let SimulatorSettings { token, user_id, .. } = SimulatorSettings::default();
    for run in runs {
        let (name, url) = (run.scenario.workspace(), run.centre.simulator.url());
        let own = run.scenario.settings();
        let line = format!(
            "{{name: {name}, url: '{url}', user_id: {user_id}, auth_token: {token}, {own}}}"
        );
        writeln!(text, "  - {line}").unwrap();
    }
    text
}

/// Advances every workspace, in the phase that the channel gives.
async fn live(mut runs: Vec<ScenarioRun>, phase: watch::Receiver<Phase>) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(STEP).await;
        // If the machine was paused, the simulated time pauses too.
        let passed = last.elapsed().min(2 * STEP);
        last = Instant::now();
        for run in &mut runs {
            run.step(passed, *phase.borrow());
        }
    }
}

fn expected() -> Alerts {
    let alerts = |scenario: Scenario| {
        let names: BTreeSet<_> = scenario.alerts().iter().map(ToString::to_string).collect();
        (scenario.workspace(), names)
    };
    Scenario::ALL.into_iter().map(alerts).collect()
}

/// Waits until the rules of each Prometheus have been evaluated so often that a false alert would have fired.
async fn stay_calm(monitored: &[(Webhook, Monitoring)]) {
    let mut begun = Vec::new();
    for (_, monitoring) in monitored {
        begun.push(until("rules are evaluated", PATIENCE, || monitoring.evaluations()).await);
    }
    for ((_, monitoring), before) in monitored.iter().zip(begun) {
        until("they are evaluated often enough", PATIENCE, async || {
            let passed = monitoring.evaluations().await? - before;
            if passed >= CALM { Ok(()) } else { Err(format!("{passed} evaluations")) }
        })
        .await;
        until("no scrape fails", PATIENCE, async || {
            let pending = format!("ALERTS{{alertname=\"Omnichannel{DOWN}\"}}");
            let pending = monitoring.alerts(&pending).await?;
            if pending.is_empty() { Ok(()) } else { Err(format!("{pending:?}")) }
        })
        .await;
    }
}

/// Asserts that the wallboard shows the firing alerts.
async fn assert_on_the_wallboard(monitoring: &Monitoring, expected: &Alerts) {
    for (workspace, alerts) in expected {
        let query = wallboard::firing().replace("${workspace:regex}", workspace);
        until(&format!("the wallboard of {workspace} shows them"), PATIENCE, async || {
            let shown = monitoring.alerts(&query).await?;
            if shown.is_superset(alerts) { Ok(()) } else { Err(format!("{shown:?}")) }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs prometheus and prometheus-alertmanager: tests/run runs it"]
async fn seven_workspaces_that_go_wrong_at_once_raise_their_own_alerts_and_resolve_them() {
    let mut runs = Vec::new();
    for scenario in Scenario::ALL {
        runs.push(ScenarioRun::new(scenario, call_centre::found().await));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exporter.yaml");
    std::fs::write(&file, configuration(&runs)).unwrap();
    let exporter = Exporter::serve(&["--config.file", file.to_str().unwrap()], &[]);
    let address = exporter.address().await;
    let (phase, told_phase) = watch::channel(Phase::Well);
    tokio::spawn(live(runs, told_phase));
    exporter
        .numbers_when("all are polled", |numbers| numbers.get("up[]").is_some_and(|up| *up > 0.0))
        .await;

    let mut monitored = Vec::new();
    for generation in generations() {
        let webhook = Webhook::listen().await;
        let monitoring = Monitoring::start(generation.as_deref(), address, &webhook);
        monitored.push((webhook, monitoring));
    }
    stay_calm(&monitored).await;
    for (webhook, monitoring) in &monitored {
        assert_eq!(webhook.told().fired, Alerts::new(), "a calm day: {}", monitoring.logs());
    }

    phase.send_replace(Phase::Wrong);
    let expected = expected();
    for (webhook, monitoring) in &monitored {
        until("every alert has fired", PATIENCE, async || {
            let fired = webhook.told().fired;
            let is_complete = expected.iter().all(|(workspace, alerts)| {
                fired.get(workspace).is_some_and(|fired| fired.is_superset(alerts))
            });
            if is_complete { Ok(()) } else { Err(format!("{fired:?}\n{}", monitoring.logs())) }
        })
        .await;
    }
    for (_, monitoring) in &monitored {
        assert_on_the_wallboard(monitoring, &expected).await;
    }
    phase.send_replace(Phase::Well);
    for (webhook, _) in &monitored {
        until("every alert is resolved", PATIENCE, async || {
            let firing = webhook.told().firing;
            if firing.is_empty() { Ok(()) } else { Err(format!("{firing:?}")) }
        })
        .await;
    }
    stay_calm(&monitored).await;
    for (webhook, _) in &monitored {
        let told = webhook.told();
        assert_eq!((told.fired, told.firing), (expected.clone(), Alerts::new()));
    }
}
