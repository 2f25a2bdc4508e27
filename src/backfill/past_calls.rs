//! The calls of the replay. Each call is observed when it begins and when it ends.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::omnichannel::call::{Call, CallObservation};
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;

/// The calls that are followed.
#[derive(Debug, Default)]
pub(super) struct PastCalls {
    /// Calls by the time of their next change: the end of a call that goes on, the start of any other one.
    agenda: BTreeMap<(UnixMillis, Key), CallObservation>,
    /// Calls that go on.
    active: BTreeMap<Key, CallObservation>,
}

impl PastCalls {
    /// Follows a call from its start, or from the start of the span at `from`.
    pub(super) fn follow(&mut self, call: CallObservation, from: Timestamp) {
        let began = UnixMillis::from(call.began.max(from));
        self.agenda.insert((began, call.key), call);
    }

    /// The observations of the changes up to this time, in the order of time.
    pub(super) fn advance(&mut self, until: UnixMillis) -> Vec<CallObservation> {
        let mut changes = Vec::new();
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, key), call) = entry.remove_entry();
            changes.push(if self.active.remove(&key).is_some() {
                call
            } else {
                self.begin(at, &call)
            });
        }
        changes
    }

    fn begin(&mut self, at: UnixMillis, call: &CallObservation) -> CallObservation {
        let active = call.before_end(at.timestamp());
        if let Some((ended, _)) = &call.ending {
            self.agenda.insert((UnixMillis::from(*ended).max(at), call.key), call.clone());
        }
        self.active.insert(call.key, active.clone());
        active
    }

    /// The observations of the calls that go on, as of this time.
    pub(super) fn seen(&self, at: Timestamp) -> Vec<CallObservation> {
        self.active.values().map(|call| call.before_end(at)).collect()
    }

    /// The calls that go on.
    pub(super) fn active(&self) -> Vec<Call> {
        self.active.values().map(CallObservation::active).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::voip_rooms::CallRow;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn call(id: &str, began: i64, ended: Option<i64>) -> CallObservation {
        let mut json = serde_json::json!({ "_id": id, "ts": at(began).to_string() });
        match ended {
            Some(second) => json["closedAt"] = at(second).to_string().into(),
            None => json["open"] = true.into(),
        }
        let row: CallRow = serde_json::from_value(json).unwrap();
        CallObservation::of(&row, at(1_000)).unwrap()
    }

    /// The changes up to a second, each with its time and true for an end.
    fn changes(calls: &mut PastCalls, until: i64) -> Vec<(Timestamp, bool)> {
        let changes = calls.advance(at(until).into()).into_iter();
        let of = |it: CallObservation| match it.ending {
            Some((ended, _)) => (ended, true),
            None => (it.read_at, false),
        };
        changes.map(of).collect()
    }

    #[test]
    fn a_call_is_observed_at_its_begin_and_at_its_end() {
        let mut calls = PastCalls::default();
        for call in [call("a", 20, Some(90)), call("b", 30, None), call("c", 40, Some(40))] {
            calls.follow(call, at(10));
        }
        assert_eq!(changes(&mut calls, 19), []);
        let (begins, ends) = ([20, 30, 40], [40, 90]);
        let begins = begins.map(|second| (at(second), false));
        let ends = ends.map(|second| (at(second), true));
        assert_eq!(changes(&mut calls, 89), [&begins[..], &ends[..1]].concat());
        assert_eq!((calls.active().len(), calls.seen(at(89)).len()), (2, 2));
        assert_eq!(changes(&mut calls, 90), ends[1..]);
        assert_eq!(calls.active().len(), 1);
    }

    #[test]
    fn a_call_that_began_before_the_span_is_observed_at_the_begin_of_the_span() {
        let mut calls = PastCalls::default();
        calls.follow(call("a", 5, Some(30)), at(10));
        assert_eq!(changes(&mut calls, 20), [(at(10), false)]);
        assert_eq!(changes(&mut calls, 30), [(at(30), true)]);
    }
}
