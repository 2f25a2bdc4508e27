//! A chat of the replay: its last observation, and the times at which it is observed.

use jiff::{SignedDuration, Timestamp};

use crate::omnichannel::ledger::{self, SETTLE};
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::service_level::ServiceLevel;
use crate::rocketchat::unix_millis::UnixMillis;

/// The ledger judges a chat as missed when a row is requested later than this after the threshold.
const JUDGED_AFTER: SignedDuration = SETTLE.saturating_add(SignedDuration::from_millis(1));

/// A chat that is followed.
#[derive(Debug)]
pub(super) struct Followed {
    /// The observation of its row.
    pub(super) last: ChatObservation,
    /// Times of the changes that are not observed yet, the latest first.
    changes: Vec<Change>,
}

/// A change of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    at: UnixMillis,
    kind: ChangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ChangeKind {
    /// The row shows the change.
    InRow,
    /// The threshold of the service level passed.
    Missed,
    /// The chat was opened again after a close that no row shows any more.
    OpenedAgain,
}

impl Followed {
    /// The changes of a chat after `from`, and its state at `from`.
    pub(super) fn of(last: ChatObservation, level: &ServiceLevel, from: Timestamp) -> Self {
        let from = UnixMillis::from(from);
        let closed_before = last.ending.is_none().then(|| last.closed_before_at()).flatten();
        let in_row = last.changes().into_iter();
        let in_row = in_row.filter(|at| closed_before.is_none_or(|closed| *at <= closed));
        let mut changes: Vec<_> =
            in_row.map(|at| Change { at: at.max(from), kind: ChangeKind::InRow }).collect();
        let missed = ledger::missed(&last, level).filter(|_| closed_before.is_none());
        changes.extend(
            missed.map(|missed| Change { at: missed.at.max(from), kind: ChangeKind::Missed }),
        );
        let opened = closed_before.map(|closed| last.opened_again_at.unwrap_or(closed).max(closed));
        changes.extend(opened.map(|at| Change { at: at.max(from), kind: ChangeKind::OpenedAgain }));
        changes.sort_unstable();
        changes.dedup();
        changes.reverse();
        changes.shrink_to_fit();
        Self { last, changes }
    }

    /// Time of the next change.
    pub(super) fn next(&self) -> Option<UnixMillis> {
        self.changes.last().map(|change| change.at)
    }

    /// The observation at the next change, which then is the past.
    pub(super) fn take(&mut self) -> Option<ChatObservation> {
        let Change { at, kind } = self.changes.pop()?;
        Some(match kind {
            ChangeKind::InRow => self.last.as_of(at),
            ChangeKind::Missed => {
                ChatObservation { read_at: at.later(JUDGED_AFTER), ..self.last.as_of(at) }
            }
            ChangeKind::OpenedAgain => ChatObservation { read_at: at, ..self.last.clone() },
        })
    }

    /// True if the chat was closed by this time.
    pub(super) fn is_closed_by(&self, at: Timestamp) -> bool {
        self.last.ending.as_ref().is_some_and(|ending| ending.at.timestamp() <= at)
    }
}
