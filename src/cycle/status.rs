//! The status of each list: for the time of its next scan, and for the metrics about the exporter itself.
//!
//! It sends no request and decides nothing about other lists.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::omnichannel::list::List;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::limiter::PlannedPolls;
use crate::rocketchat::retry::Backoff;

/// Number of effective intervals after which the gauges of a list, or the answer for a department, are withdrawn.
pub(crate) const INTERVALS_KEPT: u32 = 3;
/// Pause after a missing permission or a missing endpoint.
pub(crate) const REFUSED_FOR: Duration = Duration::from_secs(600);

/// Rows of a list by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Records {
    /// Rows taken.
    pub new: u64,
    /// Rows that came before in the same scan.
    pub duplicate: u64,
    /// Rows that could not be decoded.
    pub invalid: u64,
}

/// Polling status of one list.
#[expect(clippy::struct_excessive_bools, reason = "findings that do not exclude each other")]
#[derive(Debug, Clone)]
pub struct ListStatus {
    /// The list.
    pub list: List,
    /// Result of the last attempt; `None` before the first attempt and while the server refuses the list.
    pub succeeded: Option<bool>,
    /// True if the server has no such endpoint or this token may not use it: a capability, not a failure.
    pub refused: bool,
    /// Our clock at the end of the last complete scan.
    pub last_success: Option<Timestamp>,
    /// End of the last complete scan.
    pub refreshed: Option<Instant>,
    /// Duration of the last complete scan, pauses for the budget included.
    pub took: Duration,
    /// Pages of the last complete scan.
    pub pages: u32,
    /// True if the page cap cut the last scan.
    pub truncated: bool,
    /// Rows since the start.
    pub records: Records,
    /// Rows that contradicted the filter of their request, since the start.
    pub contradictions: u64,
    /// The latest failure or refusal, for the log.
    pub last_failure: Option<Failure>,
    /// Failures by reason, since the start.
    pub failures: BTreeMap<Reason, u64>,
    planned_interval: Duration,
    measured_gap: Option<Duration>,
    backoff: Backoff,
    resume_at: Option<Instant>,
    pub(crate) started: Option<Instant>,
    /// Start of the round of the last scan that was due. A scan that begins earlier does not move the next one.
    due_start: Option<Instant>,
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
            due_start: None,
            undisturbed: false,
            is_overdue: false,
        }
    }

    /// True if a new scan is due: `interval` after the round of the last scan that was due (a tenth less, because ticks
    /// are not exact), or at the end of the pause after a failure.
    pub fn is_due(&self, interval: Duration, now: Instant) -> bool {
        let slack = interval / 10;
        let waited = self.due_start.is_none_or(|started| now + slack >= started + interval);
        (waited || self.succeeded == Some(false)) && !self.is_paused(now)
    }

    /// True if a failure or a refusal pauses the list.
    pub fn is_paused(&self, now: Instant) -> bool {
        self.resume_at.is_some_and(|at| now < at)
    }

    /// End of the pause after a failure.
    pub fn resumes_at(&self) -> Option<Instant> {
        self.resume_at.filter(|_| !self.refused)
    }

    /// Records the start of a scan that is due, in a round that began at `round`. The next scan is due by the start of
    /// the round: a session that is slow at the start of the process must not make the list miss the next tick.
    pub fn begin(&mut self, round: Instant, now: Instant) {
        (self.started, self.due_start) = (Some(now), Some(round));
    }

    /// Records the start of a scan before it is due.
    pub fn begin_early(&mut self, now: Instant) {
        self.started = Some(now);
    }

    /// Scans of `requests` requests that are planned every `interval`; the next one at `now` or later.
    pub(crate) fn planned(
        &self,
        interval: Duration,
        requests: u32,
        is_first: bool,
        now: Instant,
    ) -> PlannedPolls {
        let next = self.due_start.map_or(now, |started| started + interval).max(now);
        PlannedPolls { next, every: interval, requests, is_first }
    }

    /// Records a complete scan of `pages` pages; `truncated` if the page cap cut it.
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

    /// Records a failed attempt.
    pub fn fail(&mut self, failure: &Failure, now: Instant) {
        self.succeeded = Some(false);
        self.last_failure = Some(failure.clone());
        self.undisturbed = false;
        *self.failures.entry(failure.reason).or_default() += 1;
        let delay = self.backoff.failed(fastrand::f64());
        let cap = self.backoff.cap();
        self.resume_at = Some(now + delay.max(failure.retry_after.unwrap_or_default()).min(cap));
    }

    /// Counts a failure that costs numbers but does not prevent the reading of the list.
    pub fn note(&mut self, reason: Reason) {
        *self.failures.entry(reason).or_default() += 1;
    }

    /// Records a refusal: the server has no such list, or this token may not read it.
    pub fn refuse(&mut self, failure: &Failure, now: Instant) {
        self.refused = true;
        self.is_overdue = false;
        self.succeeded = None;
        self.last_failure = Some(failure.clone());
        self.undisturbed = false;
        self.resume_at = Some(now + REFUSED_FOR);
    }

    /// Sets the interval that the budget of the route allows.
    pub fn plan(&mut self, interval: Duration) {
        self.planned_interval = interval;
    }

    /// Real interval of the list: the planned one, or the measured one if that is clearly longer (a slow server, a long
    /// scan). A gap with a failure in it is not measured.
    pub fn effective_interval(&self) -> Duration {
        let clearly_longer = self.planned_interval.mul_f64(1.2);
        self.measured_gap.filter(|gap| *gap > clearly_longer).unwrap_or(self.planned_interval)
    }

    /// Adds rows to the counters.
    pub fn count(&mut self, records: Records) {
        self.records.new += records.new;
        self.records.duplicate += records.duplicate;
        self.records.invalid += records.invalid;
    }

    /// Forgets the last refresh, because the server has no such list any more.
    pub fn withdraw(&mut self) {
        self.refreshed = None;
        self.succeeded = None;
        (self.started, self.due_start) = (None, None);
        self.resume_at = None;
        self.refused = false;
        self.is_overdue = false;
        self.backoff.succeeded();
    }

    /// True if the list may be relied on: the last attempt worked and is not too old. `None` as for
    /// [`Self::succeeded`].
    pub fn works(&self) -> Option<bool> {
        if self.is_overdue { Some(false) } else { self.succeeded }
    }

    /// Records a failure if the list was not read completely for longer than its gauges are kept and no other failure
    /// shows that. It is counted once, and its text is renewed at each call. `blocking` is the failure that the list
    /// waits for: its remedy is the remedy of both.
    pub fn note_overdue(&mut self, endpoint: Endpoint, now: Instant, blocking: Option<&Failure>) {
        let since = self.refreshed.or(self.started);
        let age = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if self.refused || self.succeeded == Some(false) || age <= self.kept() {
            return;
        }
        self.last_failure = Some(self.overdue(endpoint, age, blocking));
        if !self.is_overdue {
            self.is_overdue = true;
            *self.failures.entry(Reason::Overdue).or_default() += 1;
        }
    }

    fn overdue(&self, endpoint: Endpoint, age: Duration, blocking: Option<&Failure>) -> Failure {
        let what = format!("the list {} was not read for {} s", self.list.as_ref(), age.as_secs());
        let Some(failure) = blocking else {
            return Failure::new(endpoint, Reason::Overdue, what);
        };
        let what = format!("{what}, because of another failure: {}", failure.what);
        let cause = failure.cause.or(Some(failure.reason));
        Failure { reason: Reason::Overdue, cause, what, ..failure.clone() }
    }

    /// The failure of the last attempt; `None` if it worked, or if the list only waits.
    pub(crate) fn failure_of_last_attempt(&self) -> Option<&Failure> {
        self.last_failure.as_ref().filter(|_| self.succeeded == Some(false))
    }

    fn kept(&self) -> Duration {
        self.effective_interval() * INTERVALS_KEPT
    }

    /// True if the list was asked for since the server has it.
    pub fn is_asked(&self) -> bool {
        self.started.is_some()
    }

    /// True if the gauges of this list may still be shown.
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
        status.begin(now, now);
        status.complete(1, false, now, Timestamp::UNIX_EPOCH);
        assert!(status.is_fresh(now + INTERVAL * 3));
        assert!(!status.is_fresh(now + INTERVAL * 3 + Duration::from_millis(1)));
    }

    #[test]
    fn a_list_that_was_not_read_for_three_intervals_does_not_work_until_it_is_read_again() {
        let now = Instant::now();
        let later = now + INTERVAL * 3 + Duration::from_millis(1);
        let mut status = ListStatus::new(List::Open, INTERVAL);
        status.note_overdue(Endpoint::LivechatRooms, later, None);
        assert_eq!(status.works(), None, "nobody asked for it");
        status.begin(now, now);
        status.note_overdue(Endpoint::LivechatRooms, now + INTERVAL * 3, None);
        assert_eq!(status.works(), None);
        for _ in 0..2 {
            status.note_overdue(Endpoint::LivechatRooms, later, None);
            assert_eq!((status.works(), status.failures[&Reason::Overdue]), (Some(false), 1));
        }
        status.complete(1, false, later, Timestamp::UNIX_EPOCH);
        status.note_overdue(Endpoint::LivechatRooms, later, None);
        assert_eq!(status.works(), Some(true));
    }

    #[test]
    fn a_list_that_waits_for_one_that_fails_has_the_remedy_of_that_failure_until_it_works() {
        let now = Instant::now();
        let later = now + INTERVAL * 4;
        let mut status = ListStatus::new(List::Closed, INTERVAL);
        status.begin(now, now);
        let shown = |status: &ListStatus| status.last_failure.as_ref().unwrap().to_string();
        status.note_overdue(Endpoint::LivechatRooms, later, Some(&failure(Reason::Server)));
        let text = shown(&status);
        assert!(text.contains("the list closed was not read for 120 s"), "{text}");
        assert!(text.ends_with("HTTP 500; read the log of Rocket.Chat"), "{text}");
        status.note_overdue(Endpoint::LivechatRooms, later, None);
        let text = shown(&status);
        assert!(text.contains("api-bypass-rate-limit"), "{text}");
        assert_eq!(status.failures, [(Reason::Overdue, 1)].into());
    }

    #[test]
    fn an_overdue_list_that_is_refused_is_not_overdue_any_more() {
        let now = Instant::now();
        let mut status = ListStatus::new(List::Agents, INTERVAL);
        status.begin(now, now);
        status.note_overdue(Endpoint::Agents, now + INTERVAL * 4, None);
        assert_eq!(status.works(), Some(false));
        status.refuse(&failure(Reason::Forbidden), now + INTERVAL * 4);
        assert_eq!(status.works(), None);
    }

    #[test]
    fn a_list_that_waited_for_a_slow_session_is_due_at_the_next_tick_all_the_same() {
        let round = Instant::now();
        let mut status = ListStatus::new(List::Open, INTERVAL);
        let asked = round + INTERVAL / 2;
        status.begin(round, asked);
        status.complete(1, false, asked, Timestamp::UNIX_EPOCH);
        let earliest_tick = round + INTERVAL * 9 / 10;
        assert!(status.is_due(INTERVAL, earliest_tick));
        assert!(!status.is_due(INTERVAL, earliest_tick - Duration::from_millis(1)));
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
