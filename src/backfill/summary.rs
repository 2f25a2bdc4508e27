//! The summary of a backfill: its size, and the chats of which history does not tell everything.

use std::fmt;

use crate::omnichannel::observation::ChatObservation;

/// The numbers of a backfill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillSummary {
    /// Days that have a file.
    pub days: u64,
    /// Chats that were open in the span.
    pub chats: u64,
    /// Calls that went on in the span.
    pub calls: u64,
    /// Chats of which at least one fact is not known, as their rows show; of further chats, the rows do not show it.
    pub uncertain: u64,
    /// Chats that were answered and then lost their agent: transferred, returned to the queue or opened again.
    pub taken_over: u64,
    /// Chats that returned to the queue.
    pub requeued: u64,
    /// Chats with an agent and without the time at which the agent took the chat.
    pub without_assignment: u64,
    /// Rows that could not be decoded, or lack the beginning or the end.
    pub undecodable: u64,
}

impl BackfillSummary {
    /// Counts a chat.
    pub(super) fn note(&mut self, observation: &ChatObservation) {
        let unknown = observation.unknown_past();
        self.chats += 1;
        self.uncertain += u64::from(unknown.is_any());
        self.taken_over += u64::from(unknown.is_taken_over);
        self.requeued += u64::from(unknown.is_requeued);
        self.without_assignment += u64::from(unknown.lacks_assignment);
    }
}

impl fmt::Display for BackfillSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} chats are written into the files of {} days.", self.chats, self.days)?;
        if self.calls > 0 {
            writeln!(f, "{} calls are written into them too, with all their facts.", self.calls)?;
        }
        writeln!(
            f,
            "Chats whose past is not fully known: at least {}. No row shows holds, transfers before the first answer and \
             more (docs/backfill.md); their number is not known.",
            self.uncertain
        )?;
        writeln!(
            f,
            "  taken over after an answer (transfer, return, reopening): {}",
            self.taken_over
        )?;
        writeln!(f, "  returned to the queue (earlier waits unknown): {}", self.requeued)?;
        writeln!(f, "  without the time of their assignment: {}", self.without_assignment)?;
        write!(f, "Rows that could not be read: {}", self.undecodable)
    }
}
