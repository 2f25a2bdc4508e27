//! The completeness audit: compares the server's number of chats closed in an hour with the counted number.
//!
//! It needs one request an hour for one row: the `total` of the answer counts all rows. The hour lies behind every
//! overlap, so that no late close is expected in it. If chats are missing, the hour is read again and audited once
//! more. The audit itself counts nothing.

use jiff::{SignedDuration, Timestamp};

use crate::omnichannel::ledger::{Ledger, OVERLAP};
use crate::rocketchat::instant::later;
use crate::rocketchat::livechat_rooms::RoomSelection;
use crate::rocketchat::paging::PageRequest;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Pause of the audit after a server did not answer it.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Result of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    /// Chats that the server has and that were not counted.
    pub missing: u64,
    /// Chats that were counted and that the server has no more.
    pub vanished: u64,
}

/// State of the audit: the finished hour, and the last result.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// The last hour that needs no further audit.
    done: Option<Timestamp>,
    /// The hour that is read again and then audited once more.
    doubtful: Option<Timestamp>,
    not_before: Option<Timestamp>,
    pub(crate) found: Option<Audited>,
}

impl Audit {
    /// The hour to audit, by its beginning: the last whole hour behind the overlap, if counting covers it. `None` if no
    /// audit is due.
    pub(crate) fn due(&self, ledger: &Ledger, now: Timestamp) -> Option<Timestamp> {
        if self.not_before.is_some_and(|instant| now < instant) {
            return None;
        }
        let read = ledger.coverage.watermark().min(now).checked_sub(OVERLAP).ok()?;
        let hour = beginning_of_hour(read)?.checked_sub(HOUR).ok()?;
        let is_covered = hour > ledger.coverage.counts_after();
        (is_covered && self.done < Some(hour)).then_some(hour)
    }

    /// The request of the audit. Only the `total` of the answer is needed, not the row.
    pub(crate) fn request(hour: Timestamp) -> (RoomSelection, PageRequest) {
        let last = SignedDuration::from_millis(HOUR.as_secs() * 1000 - 1);
        let selection = RoomSelection::ClosedBetween { start: hour, end: later(hour, last) };
        (selection, PageRequest::ONE_ROW)
    }

    /// Takes the server's number. Returns the hour if it must be read again.
    pub(crate) fn take(
        &mut self,
        hour: Timestamp,
        total: u64,
        ledger: &Ledger,
    ) -> Option<Timestamp> {
        let counted = ledger.counted_closes(hour, later(hour, HOUR));
        let (missing, vanished) = (total.saturating_sub(counted), counted.saturating_sub(total));
        self.found = Some(Audited { missing, vanished });
        let is_first_look = self.doubtful != Some(hour);
        if missing > 0 && is_first_look {
            self.doubtful = Some(hour);
            return Some(hour);
        }
        self.done = Some(hour);
        None
    }

    /// Pauses the audit because the server did not answer.
    pub(crate) fn fail(&mut self, now: Timestamp) {
        self.not_before = Some(later(now, PAUSE));
    }
}

fn beginning_of_hour(at: Timestamp) -> Option<Timestamp> {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(HOUR.as_secs())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 * 3_600 + minute * 60).unwrap()
    }

    /// Counting began at minute 10 and has come to `minute`.
    fn read_until(minute: i64) -> Ledger {
        let mut ledger = Ledger::begin(at(10));
        ledger.coverage.read_until(at(minute));
        ledger
    }

    #[test]
    fn an_hour_is_due_once_it_is_whole_and_behind_the_overlap() {
        let due = |minute| Audit::default().due(&read_until(minute), at(minute));
        assert_eq!(due(134), None, "the first hour was not covered from its beginning");
        assert_eq!(due(135), Some(at(60)));
        assert_eq!(due(194), Some(at(60)));
        assert_eq!(due(195), Some(at(120)));
        assert_eq!(Audit::default().due(&read_until(134), at(500)), None, "not read that far");
    }

    #[test]
    fn an_hour_with_missing_chats_is_read_again_and_audited_once_more() {
        let (mut audit, ledger) = (Audit::default(), read_until(140));
        assert_eq!(audit.take(at(60), 2, &ledger), Some(at(60)));
        assert_eq!(audit.found, Some(Audited { missing: 2, vanished: 0 }));
        assert_eq!(audit.due(&ledger, at(140)), Some(at(60)));
        assert_eq!(audit.take(at(60), 2, &ledger), None, "they cannot be had");
        assert_eq!(audit.due(&ledger, at(140)), None);
    }

    #[test]
    fn a_server_that_does_not_answer_is_left_alone_for_a_while() {
        let (mut audit, ledger) = (Audit::default(), read_until(140));
        audit.fail(at(140));
        assert_eq!(audit.due(&ledger, at(149)), None);
        assert_eq!(audit.due(&ledger, at(150)), Some(at(60)));
    }
}
