//! Values of counted series at full hours, live and in the files of a history.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::steps::Steps;
use crate::counts::{self, Counted, Series};

/// Values at some times, by series. A series that is not there has the value 0.
#[derive(Default)]
pub struct Values {
    places: BTreeMap<Series, usize>,
    rows: BTreeMap<Timestamp, Vec<f64>>,
}

impl Values {
    pub fn add(&mut self, at: Timestamp, counted: impl IntoIterator<Item = (Series, f64)>) {
        let row = self.rows.entry(at).or_default();
        for (series, value) in counted {
            let next = self.places.len();
            let place = *self.places.entry(series).or_insert(next);
            row.resize(row.len().max(place + 1), 0.0);
            row[place] = value;
        }
    }

    fn value(&self, series: &Series, at: Timestamp) -> f64 {
        let place = self.places.get(series);
        place.and_then(|place| self.rows[&at].get(*place)).copied().unwrap_or(0.0)
    }

    /// The values at this time.
    pub fn at(&self, at: Timestamp) -> Counted {
        self.places.keys().map(|series| (series.clone(), self.value(series, at))).collect()
    }
}

/// Adds the values that a file has at these times, of each counted series the last sample up to the time, and its steps.
pub fn read(values: &mut Values, steps: &mut Steps, text: &str, times: &[Timestamp]) {
    let mut is_counted = false;
    let mut found: HashMap<&str, Vec<Option<f64>>> = HashMap::new();
    let seconds: Vec<_> = times.iter().map(|at| at.as_millisecond() as f64 / 1000.0).collect();
    for line in text.lines() {
        if line.starts_with("# TYPE ") {
            is_counted = !line.ends_with(" gauge");
        }
        if line.starts_with('#') || !is_counted {
            continue;
        }
        let (sample, at) = line.rsplit_once(' ').unwrap();
        let (series, value) = sample.rsplit_once(' ').unwrap();
        let (at, value): (f64, f64) = (at.parse().unwrap(), value.parse().unwrap());
        let row = found.entry(series).or_insert_with(|| vec![None; times.len()]);
        let first = seconds.partition_point(|wanted| *wanted < at);
        row[first..].fill(Some(value));
        steps.take(series, value);
    }
    for (place, at) in times.iter().enumerate() {
        let known = found.iter().filter_map(|(series, row)| Some((series, row[place]?)));
        let lines: Vec<_> = known.map(|(series, value)| format!("{series} {value}")).collect();
        values.add(*at, counts::page(&lines.join("\n")));
    }
}

/// Time by which a live count may lag behind a history: a poll, the time in which rows settle, and the scrape at which a
/// new series is shown with 0.
pub const EDGE: SignedDuration = SignedDuration::from_mins(3);

/// Series that a history counts later: all responses but the first count with the last one.
fn is_later(series: &Series) -> bool {
    let name = series.name.trim_start_matches("agent_");
    name.starts_with("response_seconds")
}

/// Error of the first responses of open chats, seconds: until the last response is counted, a history measures the first
/// one from the beginning of the chat, the server from the visitor's message.
const FIRST_RESPONSES_SECONDS: f64 = 5.0;

/// Counts that no row tells.
pub const HOLDS: &str = "on_hold_total";

/// The hours at which a live value is not between the values of the history before and after the edge.
pub fn beyond_edges(live: &Values, past: &Values, hours: &[Timestamp]) -> Vec<String> {
    let mut beyond = Vec::new();
    for series in past.places.keys().filter(|series| series.name != HOLDS) {
        for hour in hours {
            let value = live.value(series, *hour);
            let least = past.value(series, *hour - EDGE);
            let most = past.value(series, *hour + EDGE);
            let rounding = 1e-6 * most.abs().max(1.0);
            let slack = if is_later(series) { FIRST_RESPONSES_SECONDS } else { rounding };
            if value < least - slack || (value > most + slack && !is_later(series)) {
                beyond.push(format!("{series:?} at {hour}: {least} {value} {most}"));
            }
        }
    }
    beyond
}
