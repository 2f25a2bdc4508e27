//! A Prometheus that scrapes from time to time, and its `increase` over the whole run.

use std::collections::BTreeMap;

/// The latest value of each series of counters, and its growth.
#[derive(Debug, Default)]
pub struct Prometheus {
    series: BTreeMap<String, (f64, f64)>,
    pub resets: u64,
}

fn is_counter(series: &str) -> bool {
    let name = series.split('{').next().unwrap_or(series);
    let own = name.strip_prefix("rocketchat_omnichannel_");
    let suffixes = ["_total", "_sum", "_count", "_bucket"];
    own.is_some_and(|own| !own.starts_with("exporter_"))
        && suffixes.iter().any(|suffix| name.ends_with(suffix))
}

impl Prometheus {
    /// Reads a page. The first value of a series is its beginning; a lower value is a restart from zero.
    pub fn scrape(&mut self, page: &str) {
        for line in page.lines().filter(|line| !line.starts_with('#') && is_counter(line)) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let value: f64 = value.parse().unwrap();
            match self.series.get_mut(series) {
                None => drop(self.series.insert(series.to_owned(), (value, 0.0))),
                Some((last, grown)) => {
                    // Sums of seconds are rounded differently if they are added up in another order.
                    let is_reset = value < *last - 1e-9;
                    self.resets += u64::from(is_reset);
                    *grown += if is_reset { value } else { value - *last };
                    *last = value;
                }
            }
        }
    }

    /// Growth of the series of a family, summed by these labels; a series without growth is left out.
    pub fn increase(&self, family: &str, by: &[&str]) -> BTreeMap<Vec<String>, f64> {
        let prefix = format!("rocketchat_omnichannel_{family}{{");
        let mut increases = BTreeMap::new();
        for (series, (_, grown)) in self.series.range(prefix.clone()..) {
            let Some(labels) = series.strip_prefix(&prefix) else { break };
            let key = by.iter().map(|label| value(labels, label)).collect::<Vec<_>>();
            *increases.entry(key).or_insert(0.0) += grown;
        }
        increases.retain(|_, grown| *grown != 0.0);
        increases
    }
}

fn value(labels: &str, label: &str) -> String {
    let after = labels.split(&format!("{label}=\"")).nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}
