//! Which agents are shown with which departments: bounded, and the same ones from cycle to cycle.
//!
//! Agents times departments has no cap of its own: 2,000 agents in 20 departments each are 40,000 series
//! of one family. Who serves comes before who might. Called by the floor; it knows no names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

/// An agent and a department that it serves or served lately.
pub type Pair = (Arc<str>, Option<Arc<str>>);

/// The pairs of a workspace, those shown and those beyond the cap.
#[derive(Debug, Clone)]
pub struct Pairs {
    cap: usize,
    seen: BTreeMap<Pair, Timestamp>,
    shown: Arc<BTreeSet<Pair>>,
    dropped: Arc<BTreeSet<Pair>>,
    dropped_ever: u64,
}

impl Pairs {
    /// None known yet; at most `cap` are shown.
    pub fn new(cap: usize) -> Self {
        Self {
            cap,
            seen: BTreeMap::new(),
            shown: Arc::default(),
            dropped: Arc::default(),
            dropped_ever: 0,
        }
    }

    /// Notes that the agent holds chats of the department at `now`.
    pub fn see(&mut self, pair: Pair, now: Timestamp) {
        self.seen.insert(pair, now);
    }

    /// Forgets what was last seen before `horizon`.
    pub fn forget_before(&mut self, horizon: Timestamp) {
        self.seen.retain(|_, seen| *seen >= horizon);
    }

    /// Decides who is shown: pairs seen, then `members`, of each those shown before first.
    pub fn settle(&mut self, members: BTreeSet<Pair>) {
        let mut wanted: BTreeSet<Pair> = self.seen.keys().cloned().collect();
        let mut shown = BTreeSet::new();
        self.admit(&wanted, &mut shown);
        self.admit(&members, &mut shown);
        wanted.extend(members);
        let dropped: BTreeSet<Pair> = wanted.difference(&shown).cloned().collect();
        self.dropped_ever += dropped.difference(&self.dropped).count() as u64;
        self.shown = Arc::new(shown);
        self.dropped = Arc::new(dropped);
    }

    fn admit(&self, wanted: &BTreeSet<Pair>, shown: &mut BTreeSet<Pair>) {
        let kept = wanted.intersection(&self.shown);
        let new = wanted.difference(&self.shown);
        for pair in kept.chain(new) {
            if shown.len() >= self.cap {
                return;
            }
            shown.insert(pair.clone());
        }
    }

    /// The pairs shown.
    pub fn shown(&self) -> &BTreeSet<Pair> {
        &self.shown
    }

    /// How many were ever beyond the cap.
    pub fn dropped_ever(&self) -> u64 {
        self.dropped_ever
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(agent: &str) -> Pair {
        (agent.into(), Some("d".into()))
    }

    fn shown(pairs: &Pairs) -> Vec<&str> {
        pairs.shown().iter().map(|(agent, _)| &**agent).collect()
    }

    #[test]
    fn who_serves_is_shown_before_who_might_and_the_rest_is_counted_once() {
        let mut pairs = Pairs::new(2);
        pairs.see(pair("z"), Timestamp::UNIX_EPOCH);
        for _ in 0..2 {
            pairs.settle(["a", "b", "z"].map(pair).into());
            assert_eq!(shown(&pairs), ["a", "z"]);
            assert_eq!(pairs.dropped_ever(), 1);
        }
    }

    #[test]
    fn who_is_shown_stays_shown_until_forgotten() {
        let mut pairs = Pairs::new(1);
        pairs.see(pair("b"), Timestamp::UNIX_EPOCH);
        pairs.settle(BTreeSet::new());
        let later = Timestamp::from_second(1).unwrap();
        pairs.see(pair("a"), later);
        pairs.settle(BTreeSet::new());
        assert_eq!(shown(&pairs), ["b"]);
        pairs.forget_before(later);
        pairs.settle(BTreeSet::new());
        assert_eq!(shown(&pairs), ["a"]);
    }
}
