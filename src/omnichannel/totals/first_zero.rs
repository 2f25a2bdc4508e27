//! The rule of the first zero: a new series is 0 on the page until a page with this 0 was scraped.
//!
//! # Reason
//!
//! Prometheus takes the first value of a series as its start. `increase()` and `rate()` see only what is added to it. A
//! chat that is the first one of its department and outcome creates a series. If the series were 1 on its first page,
//! no query would ever show that chat. Rare events are often alone in their series, and they are the ones that matter:
//! an abandoned chat, a missed service level. The same holds for a series that was reset: without a visible 0,
//! Prometheus would take a higher new value for an increase of the old value.
//!
//! # Rule
//!
//! 1. A label set is **held** from the moment it is new, or its value was reset (`hold`). Events are added
//!    to its value at once, and the value is stored with the state. Only the page shows 0 in its place
//!    (`of`). A stored label set is stored with the mark that it is held, and a start holds it again.
//! 2. After the commit of a cycle, all held label sets are **shown**: the page of this cycle contains their 0
//!    ([`FirstZero::mark_shown`]). The commit comes first, because a label set that is not durable may be on no page.
//! 3. A page that answers a scrape tells so by the `ScrapeMark` of its snapshot, with the number of the cycle. This
//!    message is the only one that goes from the page back to the cycle.
//! 4. The next cycle **releases** the label sets that were first shown in the scraped cycle or before it
//!    ([`FirstZero::release`]). From its page on, they have their true value.
//! 5. Where nobody scrapes, a label set that was shown is released after two minutes: two missed scrapes at the usual
//!    interval of a minute. A label set that was never shown stays held, because its 0 has never been on a page.
//!
//! # Limits
//!
//! * A mark says that a page was sent, not that Prometheus has stored it: an answer that is lost on its way counts.
//! * With two Prometheus servers, the first scrape releases. The other server may see the series above 0 first.
//! * The two minutes are measured by the time since the start of the process. A step of the clock changes nothing.
//!
//! Most label sets are introduced at 0 before their first event (`Totals::introduce`), and have been scraped long
//! before it. For them, the rule delays nothing. Label sets that are not held are not listed and cost nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::Metric;

/// Longest time that a shown label set is held without a scrape.
const LONGEST: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
struct Hold {
    since: Duration,
    shown_in: Option<u64>,
}

/// The held label sets, by the rule of this file. A clone shares them until one of the two changes.
#[derive(Debug, Clone, Default)]
pub struct FirstZero(BTreeMap<&'static Metric, Arc<BTreeMap<Arc<str>, Hold>>>);

impl FirstZero {
    /// Holds a label set from `uptime` on.
    pub(super) fn hold(&mut self, metric: &'static Metric, key: Arc<str>, uptime: Duration) {
        let hold = Hold { since: uptime, shown_in: None };
        Arc::make_mut(self.0.entry(metric).or_default()).insert(key, hold);
    }

    /// A function that is true for the held label sets of this family.
    pub(super) fn of(&self, metric: &Metric) -> impl Fn(&str) -> bool {
        let keys = self.0.get(metric);
        move |key| keys.is_some_and(|keys| keys.contains_key(key))
    }

    /// Notes that all held label sets are on the page of this cycle. A label set that was shown earlier keeps its
    /// cycle.
    pub fn mark_shown(&mut self, cycle: u64) {
        for holds in self.0.values_mut() {
            if holds.values().any(|hold| hold.shown_in.is_none()) {
                for hold in Arc::make_mut(holds).values_mut() {
                    hold.shown_in.get_or_insert(cycle);
                }
            }
        }
    }

    /// Releases the label sets that a scrape has read, and those that were shown and held for two minutes of `uptime`.
    pub fn release(&mut self, scraped_cycle: Option<u64>, uptime: Duration) {
        let stays = |hold: &Hold| {
            let is_late = uptime.saturating_sub(hold.since) >= LONGEST;
            hold.shown_in.is_none_or(|shown| Some(shown) > scraped_cycle && !is_late)
        };
        self.retain(|_, _, hold| stays(hold));
    }

    /// Forgets the held label sets that no longer exist in the totals.
    pub(super) fn keep(&mut self, is_kept: impl Fn(&Metric, &str) -> bool) {
        self.retain(|metric, key, _| is_kept(metric, key));
    }

    fn retain(&mut self, stays: impl Fn(&Metric, &str, &Hold) -> bool) {
        self.0.retain(|metric, holds| {
            if holds.iter().any(|(key, hold)| !stays(metric, key, hold)) {
                Arc::make_mut(holds).retain(|key, hold| stays(metric, key, hold));
            }
            !holds.is_empty()
        });
    }
}
