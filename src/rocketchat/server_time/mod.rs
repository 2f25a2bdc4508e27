//! The estimate of the server's clock from samples that may be wrong.
//!
//! The module is pure. Each sample is the `Date` of an answer of the API. Between samples the server's time advances
//! with our monotonic clock. A sample that disagrees is held back. It is accepted once several samples over two cycles
//! agree with it and none confirms the earlier clock. A lasting difference to our own clock also needs evidence in the
//! rows: times that the server writes are never in its future, and new rows are from its present.

use jiff::{SignedDuration, Timestamp};

use super::instant::{earlier, later};

/// Largest difference of samples that agree: `Date` has whole seconds, and clocks drift a little between two samples.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);
/// A clock that differs from our own by more than this is accepted only if the rows do not contradict it.
pub const LASTING: SignedDuration = SignedDuration::from_mins(15);
/// Largest difference between the clocks of the server's nodes. Beyond it, chats may be closed at a time that no window
/// covers any more.
pub const FARTHEST_SPREAD: SignedDuration = SignedDuration::from_mins(10);
/// Samples that a disagreeing clock needs, over at least two cycles.
const SAMPLES_NEEDED: u32 = 3;
/// Number of cycles without a sample after which a clock is dropped.
const CYCLES_KEPT: u64 = 3;
/// Most clocks that are held back at once; servers have fewer nodes.
const MOST_CLOCKS: usize = 8;
/// After so many cycles without an earned clock, as without any `Date`, our own clock counts.
const CYCLES_WAITED: u64 = 10;

/// A clock that answers have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ObservedClock {
    /// Time of this clock at the zero of our monotonic clock.
    origin: Timestamp,
    samples: u32,
    first_cycle: u64,
    last_cycle: u64,
    /// Numbers of its first and last sample, in the order of arrival.
    first: u64,
    last: u64,
    /// Rows have times that would be in the future if the earlier clock were right.
    is_witnessed: bool,
    /// The last cycle with a new row from this clock's future.
    refuted_in: Option<u64>,
}

impl ObservedClock {
    fn is_repeated(&self) -> bool {
        self.samples >= SAMPLES_NEEDED && self.last_cycle > self.first_cycle
    }

    fn is_refuted(&self, cycle: u64) -> bool {
        self.refuted_in.is_some_and(|refuted| cycle - refuted < CYCLES_KEPT)
    }
}

/// A sample: the times of sending and receiving by our monotonic clock since its zero, and the `Date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSample {
    /// Our monotonic clock when the request was sent.
    pub sent: SignedDuration,
    /// Our monotonic clock when the head of the answer had arrived.
    pub received: SignedDuration,
    /// The `Date` of the answer.
    pub date: Timestamp,
}

/// The estimate of the server's clock.
#[derive(Debug, Default)]
pub struct ServerTime {
    believed: Option<ObservedClock>,
    held_back: Vec<ObservedClock>,
    cycle: u64,
    arrived: u64,
    /// Number of samples that were held back and never accepted.
    pub(super) dropped: u64,
    /// The earliest time of any clock at the moment when the clocks began to differ too much.
    apart_since: Option<Timestamp>,
    /// The clocks agree again; closes since this time must be read again.
    reread_from: Option<Timestamp>,
}

impl ServerTime {
    /// The server's time at the zero of our monotonic clock; `wall` is the same for our own wall clock. Without an
    /// accepted clock it is the earlier of the clocks: rows that are read late are still read, but rows of a skipped
    /// time are lost.
    pub fn origin(&self, wall: Timestamp) -> Timestamp {
        if let Some(believed) = &self.believed {
            return believed.origin;
        }
        let held = self.held_back.iter().filter(|shown| !shown.is_refuted(self.cycle));
        held.map(|shown| shown.origin).chain([wall]).min().unwrap_or(wall)
    }

    /// True if a clock is accepted, or if some cycles brought none, so that our own clock counts: results that depend on
    /// the server's time may then be made durable.
    pub fn is_settled(&self) -> bool {
        self.believed.is_some() || self.cycle >= CYCLES_WAITED
    }

    /// The difference between the clocks that answers keep showing.
    pub fn spread(&self) -> SignedDuration {
        let lasting = self.held_back.iter().filter(|shown| shown.last_cycle > shown.first_cycle);
        let origins = lasting.chain(&self.believed).map(|shown| shown.origin);
        let (least, most) = (origins.clone().min(), origins.max());
        least.zip(most).map_or(SignedDuration::ZERO, |(least, most)| most.duration_since(least))
    }

    /// The clock that differs most from `wall`, of the clocks that answers have shown recently.
    pub fn said(&self, wall: Timestamp) -> Timestamp {
        let shown = self.held_back.iter().chain(&self.believed).map(|shown| shown.origin);
        shown.max_by_key(|origin| distance(*origin, wall)).unwrap_or(wall)
    }

    /// The time from which closes must be read again, returned once after the clocks agree again.
    pub fn take_reread(&mut self) -> Option<Timestamp> {
        self.reread_from.take()
    }

    /// Begins a new cycle; `elapsed` is our monotonic clock.
    pub fn begin_cycle(&mut self, elapsed: SignedDuration) {
        self.cycle += 1;
        let cycle = self.cycle;
        let is_gone = |shown: &ObservedClock| cycle - shown.last_cycle > CYCLES_KEPT;
        let gone = self.held_back.extract_if(.., |shown| is_gone(shown));
        self.dropped += gone.map(|shown| u64::from(shown.samples)).sum::<u64>();
        if self.spread() > FARTHEST_SPREAD {
            self.note_apart(elapsed);
        } else if self.held_back.is_empty() {
            self.reread_from = self.apart_since.take().or(self.reread_from);
        }
    }

    fn note_apart(&mut self, elapsed: SignedDuration) {
        let clocks = self.held_back.iter().chain(&self.believed);
        let earliest = clocks.map(|shown| later(shown.origin, elapsed)).min();
        self.apart_since = self.apart_since.or(earliest);
    }

    /// Adds a sample; `wall` as for [`Self::origin`].
    pub fn observe(&mut self, sample: ClockSample, wall: Timestamp) {
        let least = earlier(sample.date, sample.received);
        let most = later(earlier(sample.date, sample.sent), SignedDuration::from_secs(1));
        if least > most {
            return;
        }
        let within = |at: Timestamp| at.clamp(least, most);
        self.arrived += 1;
        let (cycle, arrived) = (self.cycle, self.arrived);
        let clocks = self.believed.iter_mut().chain(&mut self.held_back);
        let nearest = clocks.min_by_key(|shown| distance(shown.origin, within(shown.origin)));
        let known =
            nearest.filter(|shown| distance(shown.origin, within(shown.origin)) <= TOLERANCE);
        match known {
            Some(shown) => {
                shown.origin = within(shown.origin);
                shown.samples = shown.samples.saturating_add(1);
                (shown.last_cycle, shown.last) = (cycle, arrived);
            }
            None => self.hold_back(within(wall)),
        }
        self.settle(sample.received, wall);
    }

    fn hold_back(&mut self, origin: Timestamp) {
        if self.held_back.len() >= MOST_CLOCKS {
            self.dropped += u64::from(self.held_back.remove(0).samples);
        }
        self.held_back.push(ObservedClock {
            origin,
            samples: 1,
            first_cycle: self.cycle,
            last_cycle: self.cycle,
            first: self.arrived,
            last: self.arrived,
            is_witnessed: false,
            refuted_in: None,
        });
    }

    /// Uses a time in a row as evidence: `written` is a time that the server has written by now.
    pub fn witness(&mut self, written: Timestamp, elapsed: SignedDuration, wall: Timestamp) {
        self.demote(written, later(wall, elapsed), elapsed);
        let cycle = self.cycle;
        let trusted = later(self.believed.map_or(wall, |shown| shown.origin), elapsed);
        let beyond = later(trusted, TOLERANCE);
        for shown in &mut self.held_back {
            let theirs = later(later(shown.origin, elapsed), TOLERANCE);
            if written > beyond && written <= theirs {
                shown.is_witnessed = true;
            }
            if written > theirs && written <= beyond && is_recent(written, trusted) {
                shown.refuted_in = Some(cycle);
            }
        }
        self.settle(elapsed, wall);
    }

    /// True if rows may resolve a doubt.
    pub fn needs_witnesses(&self, wall: Timestamp) -> bool {
        let is_far = |shown: ObservedClock| distance(shown.origin, wall) > LASTING;
        !self.held_back.is_empty() || self.believed.is_some_and(is_far)
    }

    /// Withdraws an accepted clock that our own clock contradicts, if a row in its future is recent by our own clock.
    fn demote(&mut self, written: Timestamp, our_now: Timestamp, elapsed: SignedDuration) {
        let is_refuted = self.believed.is_some_and(|shown| {
            let theirs = later(shown.origin, elapsed);
            distance(theirs, our_now) > LASTING
                && written > later(theirs, TOLERANCE)
                && written <= later(our_now, TOLERANCE)
                && is_recent(written, our_now)
        });
        if is_refuted && let Some(shown) = self.believed.take() {
            self.held_back.push(ObservedClock { refuted_in: Some(self.cycle), ..shown });
        }
    }

    /// Accepts the first clock that meets the conditions.
    fn settle(&mut self, elapsed: SignedDuration, wall: Timestamp) {
        let Some(index) = self.held_back.iter().position(|shown| self.is_acceptable(shown, wall))
        else {
            return;
        };
        let shown = self.held_back.remove(index);
        if let Some(before) = self.believed.replace(shown)
            && distance(before.origin, shown.origin) > FARTHEST_SPREAD
        {
            let earliest = later(before.origin.min(shown.origin), elapsed);
            self.apart_since = self.apart_since.or(Some(earliest));
        }
    }

    fn is_acceptable(&self, shown: &ObservedClock, wall: Timestamp) -> bool {
        let is_ours = |origin| distance(origin, wall) <= LASTING;
        let is_refuted = shown.is_refuted(self.cycle);
        match &self.believed {
            // A command that polls once cannot wait for more samples.
            None if self.cycle == 0 || is_ours(shown.origin) => true,
            None => {
                let is_behind = shown.origin < wall;
                shown.is_repeated() && !is_refuted && (is_behind || shown.is_witnessed)
            }
            Some(believed) => {
                let is_alone = believed.last < shown.first;
                let is_behind = shown.origin < believed.origin;
                let is_plausible = is_ours(shown.origin)
                    || is_behind
                    || shown.is_witnessed
                    || !is_ours(believed.origin);
                shown.is_repeated() && is_alone && !is_refuted && is_plausible
            }
        }
    }
}

/// True if the time is within the period that a poll looks back on, so that the row is new.
fn is_recent(written: Timestamp, now: Timestamp) -> bool {
    distance(written, now) <= FARTHEST_SPREAD
}

fn distance(one: Timestamp, other: Timestamp) -> SignedDuration {
    one.duration_since(other).abs()
}

#[cfg(test)]
mod tests;
