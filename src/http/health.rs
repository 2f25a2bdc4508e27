//! Health from the heartbeats of our own loops, never from the state of Rocket.Chat.
//!
//! A restart mends a loop that hangs or has died; it does not mend a Rocket.Chat that is down. So
//! `/-/healthy` only asks whether each loop has reported within its deadline, and `/-/ready` only
//! whether each workspace has finished one cycle, well or badly. A heartbeat that is dropped stays
//! on the list: a loop that ended unasked is exactly what shall be noticed.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All heartbeats of the process; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Vec<Beat>>>);

/// The handle of one loop, which reports through it.
#[derive(Debug)]
pub struct Heartbeat {
    health: Health,
    index: usize,
}

#[derive(Debug)]
struct Beat {
    name: String,
    deadline: Duration,
    last: Instant,
    cycle_ended: bool,
}

impl Health {
    /// Registers a loop that will report at least every `deadline`, counted from this call;
    /// `name` is how a late one is told apart, such as `workspace acme`.
    pub fn watch(&self, name: impl Into<String>, deadline: Duration) -> Heartbeat {
        let mut beats = self.beats();
        beats.push(Beat { name: name.into(), deadline, last: Instant::now(), cycle_ended: false });
        Heartbeat { health: self.clone(), index: beats.len() - 1 }
    }

    /// The loops that are late at `now`, one line each; `None` when there is none.
    pub(super) fn late(&self, now: Instant) -> Option<String> {
        let mut lines = String::new();
        for beat in self.beats().iter() {
            let silent = now.saturating_duration_since(beat.last);
            if silent > beat.deadline {
                let (silent, deadline) = (silent.as_secs(), beat.deadline.as_secs());
                // Writing to a String cannot fail.
                let _infallible = writeln!(
                    lines,
                    "{} has not reported for {silent} s, its deadline is {deadline} s",
                    beat.name
                );
            }
        }
        (!lines.is_empty()).then_some(lines)
    }

    /// The loops whose first cycle has not ended, one line each; `None` when all have.
    pub(super) fn unready(&self) -> Option<String> {
        let mut lines = String::new();
        for beat in self.beats().iter().filter(|beat| !beat.cycle_ended) {
            lines.push_str(&beat.name);
            lines.push_str(" has not ended its first cycle\n");
        }
        (!lines.is_empty()).then_some(lines)
    }

    fn beats(&self) -> MutexGuard<'_, Vec<Beat>> {
        // Every critical section leaves the list whole, so a poisoned lock guards good data.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heartbeat {
    /// Reports that the loop is alive and has ended a cycle, whether that worked or not.
    ///
    /// A loop that has no cycles to wait for calls it once when it starts.
    pub fn cycle_ended(&self) {
        if let Some(beat) = self.health.beats().get_mut(self.index) {
            beat.last = Instant::now();
            beat.cycle_ended = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(90);

    fn later() -> Instant {
        Instant::now() + DEADLINE + Duration::from_secs(1)
    }

    #[test]
    fn a_loop_within_its_deadline_is_not_late() {
        let health = Health::default();
        let _acme = health.watch("workspace acme", DEADLINE);
        assert_eq!(health.late(Instant::now()), None);
    }

    #[test]
    fn only_the_late_loop_is_named() {
        let health = Health::default();
        let _acme = health.watch("workspace acme", DEADLINE);
        let _patient = health.watch("workspace patient", DEADLINE * 2);
        let late = health.late(later()).unwrap();
        assert!(late.starts_with("workspace acme has not reported for 91 s"), "{late}");
        assert_eq!(late.lines().count(), 1);
    }

    #[test]
    fn a_loop_that_died_is_late_all_the_same() {
        let health = Health::default();
        drop(health.watch("workspace acme", DEADLINE));
        assert!(health.late(later()).is_some());
    }

    #[test]
    fn ready_comes_with_the_last_first_cycle_and_stays() {
        let health = Health::default();
        let (acme, other) = (health.watch("acme", DEADLINE), health.watch("other", DEADLINE));
        acme.cycle_ended();
        assert_eq!(health.unready().unwrap(), "other has not ended its first cycle\n");
        other.cycle_ended();
        assert_eq!(health.unready(), None);
    }
}
