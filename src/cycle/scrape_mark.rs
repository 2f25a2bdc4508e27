//! The message from a scrape back to the cycle: the latest page that was sent to a scraper.
//!
//! Part of the rule of the first zero: see [`FirstZero`](crate::omnichannel::totals::FirstZero).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The mark of one snapshot, to be set when a page with this snapshot is sent to a scraper.
#[derive(Debug, Clone, Default)]
pub struct ScrapeMark {
    /// The latest scraped cycle; all marks of a workspace share it.
    latest: Arc<AtomicU64>,
    cycle: u64,
}

impl ScrapeMark {
    /// The mark of the snapshot of another cycle of the same workspace.
    #[must_use]
    pub fn of_cycle(&self, cycle: u64) -> Self {
        Self { latest: Arc::clone(&self.latest), cycle }
    }

    /// Notes that a page with the snapshot was sent. The mark of an older page changes nothing.
    pub fn set(&self) {
        // No other data depends on this number, so `Relaxed` is sufficient.
        self.latest.fetch_max(self.cycle, Ordering::Relaxed);
    }

    /// The latest scraped cycle; `None` before the first.
    pub fn latest(&self) -> Option<u64> {
        Some(self.latest.load(Ordering::Relaxed)).filter(|cycle| *cycle > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_sent_late_takes_nothing_back() {
        let mark = ScrapeMark::default();
        assert_eq!(mark.latest(), None);
        for cycle in [3, 2] {
            mark.of_cycle(cycle).set();
        }
        assert_eq!(mark.latest(), Some(3));
    }
}
