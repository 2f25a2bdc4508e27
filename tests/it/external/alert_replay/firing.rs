//! The time in which an alert fires, as Prometheus computes it from its condition, `for` and `keep_firing_for`.

use std::collections::BTreeSet;

/// One firing of an alert. Times are numbers of evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    pub from: usize,
    /// The first evaluation at which the alert no longer fires.
    pub until: usize,
    /// Number of evaluations at which the condition held, before and during the firing.
    pub held: usize,
}

/// The state of an alert between two evaluations.
#[derive(Debug, Default)]
struct Alert {
    active_since: Option<usize>,
    fired_at: Option<usize>,
    last_held: usize,
    held: usize,
}

/// The firings of an alert whose condition holds at the evaluations in `holds`.
pub fn firings(holds: &BTreeSet<usize>, pending: usize, keep: usize, end: usize) -> Vec<Firing> {
    let (mut alert, mut firings) = (Alert::default(), Vec::new());
    for now in 0..end {
        if holds.contains(&now) {
            alert.hold(now, pending);
        } else if alert.fired_at.is_none() || now > alert.last_held + keep {
            firings.extend(std::mem::take(&mut alert).end(now));
        }
    }
    firings.extend(alert.end(end));
    firings
}

impl Alert {
    fn hold(&mut self, now: usize, pending: usize) {
        let since = *self.active_since.get_or_insert(now);
        if now - since >= pending {
            self.fired_at.get_or_insert(now);
        }
        self.last_held = now;
        self.held += 1;
    }

    fn end(self, until: usize) -> Option<Firing> {
        self.fired_at.map(|from| Firing { from, until, held: self.held })
    }
}

fn fired(condition: &str, pending: usize, keep: usize) -> Vec<(usize, usize, usize)> {
    let holds = condition.chars().enumerate().filter(|(_, it)| *it == 'x').map(|(at, _)| at);
    let firings = firings(&holds.collect(), pending, keep, condition.len());
    firings.into_iter().map(|it| (it.from, it.until, it.held)).collect()
}

#[test]
fn an_alert_fires_when_its_condition_has_held_for_long_enough() {
    assert_eq!(fired(".xxx.xxxx..", 3, 0), [(8, 9, 4)]);
    assert_eq!(fired(".x.", 0, 0), [(1, 2, 1)]);
    assert_eq!(fired("...", 0, 5), []);
}

#[test]
fn an_alert_that_fires_keeps_firing_through_a_gap_that_is_short_enough() {
    assert_eq!(fired("xx..x.....", 0, 2), [(0, 7, 3)]);
    assert_eq!(fired("xx...x....", 0, 2), [(0, 4, 2), (5, 8, 1)]);
    assert_eq!(fired("xx.xx", 2, 9), [], "an alert that is pending is not kept");
    assert_eq!(fired("xxx.x", 2, 9), [(2, 5, 4)], "the end of the time ends it");
}
