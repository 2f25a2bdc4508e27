//! The times at which the values of the totals were zero.
//!
//! OpenMetrics shows them as `_created`. The times are by the clock of the exporter's machine, since Prometheus compares
//! them with its own clock. A gap in the past moves no beginning: the values go on after it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::{self, Metric};

/// The beginnings of all families of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginnings {
    /// `None` if an earlier release, which kept no beginnings, began the totals.
    all: Option<Timestamp>,
    /// Families that began again later.
    again: BTreeMap<&'static Metric, Timestamp>,
}

/// The beginnings in the form of the durable state, milliseconds of the Unix time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginningsState {
    all: Option<i64>,
    again: Vec<(String, i64)>,
}

impl Beginnings {
    /// All values begin at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { all: Some(now), again: BTreeMap::new() }
    }

    /// The beginning of the values of a family.
    pub fn of(&self, metric: &'static Metric) -> Option<Timestamp> {
        self.again.get(metric).copied().or(self.all)
    }

    /// Notes that the values of a family begin again at `now`.
    pub(super) fn begin_again(&mut self, metric: &'static Metric, now: Timestamp) {
        self.again.insert(metric, now);
    }

    /// The form of the durable state.
    pub fn to_state(&self) -> BeginningsState {
        let again = self
            .again
            .iter()
            .filter_map(|(metric, at)| Some((metric.key?.to_owned(), at.as_millisecond())));
        BeginningsState { all: self.all.map(Timestamp::as_millisecond), again: again.collect() }
    }

    /// The beginnings of a state. A family that this version does not have is left out.
    pub fn from_state(state: &BeginningsState) -> Self {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).ok();
        let again = state.again.iter().filter_map(|(key, began)| {
            let metric = catalog::ALL.iter().find(|metric| metric.key == Some(key))?;
            Some((*metric, at(*began)?))
        });
        Self { all: state.all.and_then(at), again: again.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{CHATS_CLOSED_TOTAL, CHATS_STARTED_TOTAL};

    #[test]
    fn a_family_that_began_again_has_its_own_beginning_before_and_after_a_restart() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut beginnings = Beginnings::at(at(10));
        beginnings.begin_again(CHATS_CLOSED_TOTAL.metric, at(20));
        let kept = postcard::to_allocvec(&beginnings.to_state()).unwrap();
        let restored = Beginnings::from_state(&postcard::from_bytes(&kept).unwrap());
        assert_eq!(restored, beginnings);
        assert_eq!(restored.of(CHATS_CLOSED_TOTAL.metric), Some(at(20)));
        assert_eq!(restored.of(CHATS_STARTED_TOTAL.metric), Some(at(10)));
        assert_eq!(Beginnings::default().of(CHATS_STARTED_TOTAL.metric), None);
    }
}
