//! What became of each list: for the decision when it comes again, and for the self metrics.
//!
//! Kept by the routes, read by the snapshot. It sends nothing and decides nothing about other lists.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::omnichannel::list::List;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::retry::Backoff;

/// Gauges outlive this many effective intervals of their list, then they are withdrawn.
const INTERVALS_KEPT: u32 = 3;
/// A permission or an endpoint that was refused is asked for again after this time.
pub(crate) const REFUSED_FOR: Duration = Duration::from_secs(600);

/// Rows of a list, counted as they came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Records {
    /// Rows taken.
    pub new: u64,
    /// Rows met before in the same scan.
    pub duplicate: u64,
    /// Rows that could not be decoded.
    pub invalid: u64,
}

/// What is known of one list's polling.
#[expect(clippy::struct_excessive_bools, reason = "findings that do not exclude each other")]
#[derive(Debug, Clone)]
pub struct ListStatus {
    /// Which list.
    pub list: List,
    /// The last attempt: `None` before the first and while the server refuses the list.
    pub succeeded: Option<bool>,
    /// The server has no such endpoint or this token may not use it: a capability, not a failure.
    pub refused: bool,
    /// Our clock at the last complete refresh.
    pub last_success: Option<Timestamp>,
    /// When the last complete scan ended.
    pub refreshed: Option<Instant>,
    /// How long the last complete scan took, pauses for the budget included.
    pub took: Duration,
    /// Pages of the last complete scan.
    pub pages: u32,
    /// The page cap cut the last scan short.
    pub truncated: bool,
    /// Rows since the start.
    pub records: Records,
    /// Rows that contradicted the filter they were asked with, since the start.
    pub contradictions: u64,
    /// The latest failure or refusal, for the log.
    pub last_failure: Option<Failure>,
    /// Failures by reason, since the start.
    pub failures: BTreeMap<Reason, u64>,
    planned_interval: Duration,
    measured_gap: Option<Duration>,
    backoff: Backoff,
    resume_at: Option<Instant>,
    started: Option<Instant>,
    undisturbed: bool,
    is_overdue: bool,
}

impl ListStatus {
    /// A list that was never asked for and is wanted every `interval`.
    pub fn new(list: List, interval: Duration) -> Self {
        Self {
            list,
            succeeded: None,
            refused: false,
            last_success: None,
            refreshed: None,
            took: Duration::ZERO,
            pages: 1,
            truncated: false,
            records: Records::default(),
            contradictions: 0,
            last_failure: None,
            failures: BTreeMap::new(),
            planned_interval: interval,
            measured_gap: None,
            backoff: Backoff::new(interval),
            resume_at: None,
            started: None,
            undisturbed: false,
            is_overdue: false,
        }
    }

    /// Whether a new scan is due: `interval` after the last one began (ticks are never quite on time), or
    /// as soon as the pause after a failure is over.
    pub fn is_due(&self, interval: Duration, now: Instant) -> bool {
        let slack = interval / 10;
        let waited = self.started.is_none_or(|started| now + slack >= started + interval);
        (waited || self.succeeded == Some(false)) && !self.is_paused(now)
    }

    /// Whether a failure or a refusal keeps the list away.
    pub fn is_paused(&self, now: Instant) -> bool {
        self.resume_at.is_some_and(|at| now < at)
    }

    /// When the pause after a failure ends.
    pub fn resumes_at(&self) -> Option<Instant> {
        self.resume_at.filter(|_| !self.refused)
    }

    /// A scan begins.
    pub fn begin(&mut self, now: Instant) {
        self.started = Some(now);
    }

    /// When the present or last scan began.
    pub fn started(&self) -> Option<Instant> {
        self.started
    }

    /// A scan is complete: `pages` pages, cut by the page cap or not.
    pub fn complete(&mut self, pages: u32, truncated: bool, now: Instant, wall: Timestamp) {
        let gap = self.refreshed.map(|last| now.saturating_duration_since(last));
        self.measured_gap = gap.filter(|_| self.undisturbed);
        self.undisturbed = true;
        self.succeeded = Some(true);
        self.refused = false;
        self.last_success = Some(wall);
        self.refreshed = Some(now);
        self.took =
            self.started.map_or(Duration::ZERO, |started| now.saturating_duration_since(started));
        self.pages = pages.max(1);
        self.truncated = truncated;
        self.resume_at = None;
        self.is_overdue = false;
        self.backoff.succeeded();
    }

    /// An attempt failed.
    pub fn fail(&mut self, failure: &Failure, now: Instant) {
        self.succeeded = Some(false);
        self.last_failure = Some(failure.clone());
        self.undisturbed = false;
        *self.failures.entry(failure.reason).or_default() += 1;
        let delay = self.backoff.failed(fastrand::f64());
        let cap = self.backoff.cap();
        self.resume_at = Some(now + delay.max(failure.retry_after.unwrap_or_default()).min(cap));
    }

    /// Counts what costs numbers and does not keep the list from being read.
    pub fn note(&mut self, reason: Reason) {
        *self.failures.entry(reason).or_default() += 1;
    }

    /// The server has no such list, or not for this token.
    pub fn refuse(&mut self, failure: &Failure, now: Instant) {
        self.refused = true;
        self.succeeded = None;
        self.last_failure = Some(failure.clone());
        self.undisturbed = false;
        self.resume_at = Some(now + REFUSED_FOR);
    }

    /// What the budget of the route allows this list.
    pub fn plan(&mut self, interval: Duration) {
        self.planned_interval = interval;
    }

    /// How often the list really comes: as planned, or as measured where that is clearly longer (a slow
    /// server, a long scan). A gap that an outage made says nothing.
    pub fn effective_interval(&self) -> Duration {
        let clearly_longer = self.planned_interval.mul_f64(1.2);
        self.measured_gap.filter(|gap| *gap > clearly_longer).unwrap_or(self.planned_interval)
    }

    /// Rows came.
    pub fn count(&mut self, records: Records) {
        self.records.new += records.new;
        self.records.duplicate += records.duplicate;
        self.records.invalid += records.invalid;
    }

    /// The server has no such list any more: its last refresh is forgotten.
    pub fn withdraw(&mut self) {
        self.refreshed = None;
        self.succeeded = None;
        self.started = None;
        self.resume_at = None;
        self.refused = false;
        self.is_overdue = false;
        self.backoff.succeeded();
    }

    /// Whether the list may be relied on: the last attempt worked, and is not too long ago. `None` as for
    /// [`Self::succeeded`].
    pub fn works(&self) -> Option<bool> {
        if self.is_overdue { Some(false) } else { self.succeeded }
    }

    /// Notes it if the list has not been read completely for longer than its gauges live, and nothing else
    /// failed that would say so.
    pub fn note_overdue(&mut self, endpoint: Endpoint, now: Instant) {
        let since = self.refreshed.or(self.started);
        let age = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let is_told = self.is_overdue || self.refused || self.succeeded == Some(false);
        if is_told || age <= self.kept() {
            return;
        }
        self.is_overdue = true;
        let what = format!("no list {} for {} s", self.list.label(), age.as_secs());
        self.last_failure = Some(Failure::new(endpoint, Reason::Overdue, what));
        *self.failures.entry(Reason::Overdue).or_default() += 1;
    }

    fn kept(&self) -> Duration {
        self.effective_interval() * INTERVALS_KEPT
    }

    /// Whether the list was ever asked for since the server has it.
    pub fn is_asked(&self) -> bool {
        self.started.is_some()
    }

    /// Whether gauges of this list may still be shown.
    pub fn is_fresh(&self, now: Instant) -> bool {
        let is_recent = |at| now.saturating_duration_since(at) <= self.kept();
        self.refreshed.is_some_and(is_recent) && !self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    fn failure(reason: Reason) -> Failure {
        Failure::new(Endpoint::LivechatRooms, reason, "HTTP 500")
    }

    #[test]
    fn gauges_outlive_three_effective_intervals_and_no_more() {
        let now = Instant::now();
        let mut status = ListStatus::new(List::Open, INTERVAL);
        assert!(!status.is_fresh(now));
        status.begin(now);
        status.complete(1, false, now, Timestamp::UNIX_EPOCH);
        assert!(status.is_fresh(now + INTERVAL * 3));
        assert!(!status.is_fresh(now + INTERVAL * 3 + Duration::from_millis(1)));
    }

    #[test]
    fn a_list_that_was_not_read_for_three_intervals_does_not_work_until_it_is_read_again() {
        let now = Instant::now();
        let later = now + INTERVAL * 3 + Duration::from_millis(1);
        let mut status = ListStatus::new(List::Open, INTERVAL);
        status.note_overdue(Endpoint::LivechatRooms, later);
        assert_eq!(status.works(), None, "nobody asked for it");
        status.begin(now);
        status.note_overdue(Endpoint::LivechatRooms, now + INTERVAL * 3);
        assert_eq!(status.works(), None);
        for _ in 0..2 {
            status.note_overdue(Endpoint::LivechatRooms, later);
            assert_eq!((status.works(), status.failures[&Reason::Overdue]), (Some(false), 1));
        }
        status.complete(1, false, later, Timestamp::UNIX_EPOCH);
        status.note_overdue(Endpoint::LivechatRooms, later);
        assert_eq!(status.works(), Some(true));
    }

    #[test]
    fn a_failure_is_retried_after_the_interval_and_before_the_cap() {
        let now = Instant::now();
        let mut status = ListStatus::new(List::Open, INTERVAL);
        for _ in 0..20 {
            status.fail(&failure(Reason::Server), now);
            assert!(status.is_paused(now + INTERVAL - Duration::from_millis(1)));
            assert!(!status.is_paused(now + Duration::from_secs(60)));
        }
        assert_eq!(status.failures.get(&Reason::Server), Some(&20));
    }

    #[test]
    fn an_outage_does_not_stretch_the_effective_interval_but_a_slow_scan_does() {
        let now = Instant::now();
        let mut status = ListStatus::new(List::Open, INTERVAL);
        status.complete(1, false, now, Timestamp::UNIX_EPOCH);
        status.fail(&failure(Reason::Connect), now + INTERVAL);
        status.complete(1, false, now + INTERVAL * 100, Timestamp::UNIX_EPOCH);
        assert_eq!(status.effective_interval(), INTERVAL);
        status.complete(1, false, now + INTERVAL * 104, Timestamp::UNIX_EPOCH);
        assert_eq!(status.effective_interval(), INTERVAL * 4);
    }
}
