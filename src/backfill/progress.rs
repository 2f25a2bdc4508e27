//! Log lines about the progress of a backfill.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::cursor::{Cursor, Stage};
use super::requests::Requests;
use super::span::Span;
use crate::rocketchat::endpoint::Endpoint;

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(30);

/// The progress of one run.
#[derive(Debug)]
pub(super) struct Progress {
    began: Instant,
    /// The close up to which an earlier run has read.
    began_at: Timestamp,
    told: Option<Instant>,
}

impl Progress {
    /// The progress of a run that begins at this close.
    pub(super) fn begin(closed_until: Timestamp) -> Self {
        Self { began: Instant::now(), began_at: closed_until, told: None }
    }

    fn is_due(&mut self) -> bool {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= EVERY);
        if is_due {
            self.told = Some(Instant::now());
        }
        is_due
    }

    /// Tells how far the rows are read.
    pub(super) fn read(&mut self, cursor: &Cursor, requests: &Requests, span: Span) {
        if !self.is_due() {
            return;
        }
        let (rows, sent) = (cursor.rows, requests.sent);
        let requests_per_minute = requests.per_minute(Endpoint::LivechatRooms);
        if cursor.stage != Stage::Closed {
            tracing::info!(rows, requests = sent, requests_per_minute, "Reads open chats.");
            return;
        }
        let closed_until = cursor.closed_until;
        let left_minutes = self.left(closed_until, span).map(|left| left.as_secs() / 60);
        tracing::info!(
            rows,
            requests = sent,
            requests_per_minute,
            left_minutes,
            "Closed chats are read up to {closed_until:.0}."
        );
    }

    /// Time until all closes are read, if the rest of the span has as many closes as the part that was read.
    fn left(&self, closed_until: Timestamp, span: Span) -> Option<Duration> {
        let seconds = |duration: SignedDuration| duration.as_secs_f64();
        let done = seconds(closed_until.duration_since(self.began_at));
        let rest = seconds(span.to.duration_since(closed_until));
        let left = self.began.elapsed().as_secs_f64() * rest / done;
        (done > 0.0 && left >= 0.0).then(|| Duration::try_from_secs_f64(left).ok()).flatten()
    }

    /// Tells that the file of a day is written.
    pub(super) fn wrote(&mut self, day: Date, chats: u64) {
        if self.is_due() {
            tracing::info!(chats, "The file of {day} is written.");
        }
    }
}
