//! Whether anyone has read what a page shows.
//!
//! A counter that is first seen above zero has lost its increase, so the cycle holds a new one at zero until that zero has
//! been read. It gives each snapshot a receipt to be signed; the page carries them, the server signs when it answers a
//! scrape. An answer may still be lost on its way: a receipt says sent, not stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is signed when a page that shows a cycle's snapshot is handed out.
#[derive(Debug, Clone)]
pub struct ScrapeMark {
    /// The latest cycle of the workspace that was handed out; it never goes back.
    pub shown: Arc<AtomicU64>,
    /// The cycle that the page shows.
    pub cycle: u64,
}

impl ScrapeMark {
    pub(super) fn mark_scraped(&self) {
        // Nothing else is passed on by it: the number is all there is to see.
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
