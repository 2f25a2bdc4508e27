//! Marks of the snapshots that a scrape has received.
//!
//! A counter that is first scraped above zero has lost its increase, so the cycle keeps a new counter at zero until a
//! scrape has received the zero. Each snapshot has a [`ScrapeMark`]. The page carries the marks, and the server sets
//! them when it answers a scrape. An answer may still be lost on its way: a mark means sent, not stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The mark that is set when a page with the snapshot of a cycle is handed out.
#[derive(Debug, Clone)]
pub struct ScrapeMark {
    /// The latest cycle of the workspace that was handed out; it never decreases.
    pub shown: Arc<AtomicU64>,
    /// The cycle that the page shows.
    pub cycle: u64,
}

impl ScrapeMark {
    pub(super) fn mark_scraped(&self) {
        // No other data depends on this number, so `Relaxed` is sufficient.
        self.shown.fetch_max(self.cycle, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_handed_out_late_takes_nothing_back() {
        let shown = Arc::new(AtomicU64::new(0));
        for cycle in [3, 2] {
            ScrapeMark { shown: Arc::clone(&shown), cycle }.mark_scraped();
        }
        assert_eq!(shown.load(Ordering::Relaxed), 3);
    }
}
