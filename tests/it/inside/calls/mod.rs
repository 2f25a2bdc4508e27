//! Calls are counted exactly once, compared with the recorded history, also by an exporter that restarts often.

mod call_centre;
mod pages;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::world::{
    CallClose, Direction, Fact, FactKind, RoomCloser,
};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, World};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

use crate::counts::{self, Counted, Series};
use crate::watching::Watched;

const VERSIONS: [(&str, usize); 3] = [("4.8.0", 100), ("6.13.0", 25), ("7.10.0", 7)];
const POLLS: usize = 150;
/// Number of polls after which the process ends and another one continues.
const POLLS_A_LIFE: usize = 9;
const INTERVAL: Duration = Duration::from_secs(10);
/// Time without events at the end; longer than the time in which rows settle.
const AFTERMATH: Duration = Duration::from_secs(30);

/// All counts of calls, computed from the facts.
#[derive(Default)]
struct Truth {
    counted: Counted,
    /// Measured seconds by family and labels.
    measured: BTreeMap<Series, Vec<f64>>,
}

impl Truth {
    fn of(facts: &[Fact]) -> Self {
        let mut truth = Self::default();
        for fact in facts {
            match &fact.happening {
                FactKind::CallStarted { queue, direction } => {
                    let labels = [("queue", queue.as_str()), ("direction", direction.as_str())];
                    truth.count("voip_calls_started_total", &labels);
                }
                FactKind::CallClosed(close) => truth.closed(close),
                _ => {}
            }
        }
        truth
    }

    fn closed(&mut self, close: &CallClose) {
        let queue = ("queue", close.queue.as_str());
        let direction = ("direction", close.direction.as_str());
        let closer = if close.closer == RoomCloser::Visitor { "visitor" } else { "agent" };
        self.count("voip_calls_closed_total", &[queue, direction, ("closer", closer)]);
        let is_inbound = close.direction == Direction::Inbound;
        let waited = close.waiting_ms.filter(|_| is_inbound);
        self.measure("voip_wait_seconds", &[queue], waited);
        self.measure("voip_call_duration_seconds", &[queue, direction], close.duration_ms);
        self.measure("voip_hold_seconds", &[queue], close.hold_ms);
        if !close.has_unique_id || (is_inbound && waited.is_none()) {
            self.count("voip_calls_without_pbx_event_total", &[direction]);
        }
    }

    fn count(&mut self, name: &str, labels: &[(&str, &str)]) {
        *self.counted.entry(Series::new(name, labels.iter().copied())).or_default() += 1.0;
    }

    fn measure(&mut self, name: &str, labels: &[(&str, &str)], ms: Option<i64>) {
        let series = Series::new(name, labels.iter().copied());
        self.measured.entry(series).or_default().extend(ms.map(|ms| ms as f64 / 1000.0));
    }

    /// The value that this series must have on a page.
    fn value(&self, series: &Series) -> f64 {
        let Some((family, part)) = measured(series) else {
            return self.counted.get(series).copied().unwrap_or_default();
        };
        let all = self.measured.get(&family).map_or(&[][..], Vec::as_slice);
        match part.as_str() {
            "sum" => all.iter().sum(),
            "count" => all.len() as f64,
            bound => {
                all.iter().filter(|seconds| **seconds <= bound.parse().unwrap()).count() as f64
            }
        }
    }

    /// All differences from a page. A series that the page does not show is a difference too.
    fn differences(&self, page: &Counted) -> Vec<String> {
        let events = page.iter().filter(|(series, _)| {
            series.name.starts_with("voip_") && (measured(series).is_some() || is_total(series))
        });
        let wrong = events.filter(|(series, value)| (*value - self.value(series)).abs() > 1e-6);
        let told = wrong
            .map(|(series, value)| format!("{series:?}: {value}, truly {}", self.value(series)));
        let is_shown = |series: &Series| page.contains_key(series);
        let hidden = self.counted.keys().filter(|series| !is_shown(series));
        let unmeasured = self.measured.keys().filter(|series| {
            let name = format!("{}_count", series.name);
            !is_shown(&Series { name, labels: series.labels.clone() })
        });
        told.chain(hidden.chain(unmeasured).map(|series| format!("{series:?} is hidden"))).collect()
    }
}

fn is_total(series: &Series) -> bool {
    series.name.ends_with("_total")
}

/// The family of a histogram series, and its part: `sum`, `count` or the bound of a bucket.
fn measured(series: &Series) -> Option<(Series, String)> {
    let (family, part) = series.name.rsplit_once('_')?;
    let mut labels = series.labels.clone();
    let bound = labels.remove("le");
    let part = match part {
        "bucket" => bound?,
        "sum" | "count" => part.to_owned(),
        _ => return None,
    };
    Some((Series { name: family.to_owned(), labels }, part))
}

/// Starts the next process on the same state directory.
fn begin(
    simulator: &Arc<Simulator>,
    settings: &SimulatorSettings,
    state: &Path,
    adjust: impl FnOnce(&mut Workspace),
) -> Watched {
    let disk = StateDirectory::open(state, LockMode::Alone).unwrap().claim("acme").unwrap();
    let store = Store::new(Box::new(disk));
    Watched::beside(Arc::clone(simulator), settings, adjust, Some(store))
}

async fn counts_calls_once(version: &str, page_limit: usize) {
    let settings = SimulatorSettings {
        version: version.parse().unwrap(),
        page_limit,
        arrivals_per_hour: 2_400.0,
        warm_up: Duration::from_secs(600),
        ..SimulatorSettings::default()
    };
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let folder = tempfile::tempdir().unwrap();
    let mut watched = begin(&simulator, &settings, folder.path(), |_| {});
    watched.poll().await;
    // Calls in the second in which counting begins may or may not count, so no call happens in it.
    simulator.world(|world| world.advance(AFTERMATH));
    simulator.world(World::record_history);
    for poll in 1..=POLLS {
        simulator.world(|world| world.live(INTERVAL));
        if poll.is_multiple_of(POLLS_A_LIFE) {
            drop(watched);
            watched = begin(&simulator, &settings, folder.path(), |_| {});
        }
        watched.scraped().await;
    }
    simulator.world(|world| world.advance(AFTERMATH));
    watched.scraped().await;
    let page = counts::page(&watched.scraped().await);
    let truth = Truth::of(&simulator.world(World::take_history));
    let differences = truth.differences(&page);
    assert!(differences.is_empty(), "{version}:\n{}", differences.join("\n"));
    let calls: f64 = truth.counted.values().sum();
    assert!(calls > 200.0, "{version}: {calls} things were counted");
}

#[tokio::test]
async fn calls_are_counted_once_however_often_the_exporter_starts_again() {
    for (version, page_limit) in VERSIONS {
        counts_calls_once(version, page_limit).await;
    }
}
