//! Health from the heartbeats of the exporter's own loops, never from the state of Rocket.Chat.
//!
//! A restart repairs a loop that hangs or has ended; a restart does not repair a Rocket.Chat that is down. So
//! `/-/healthy` only checks that each loop has reported within its deadline. `/-/ready` only checks that each workspace
//! has finished one cycle, with or without errors. A dropped [`Heartbeat`] stays in the list, because a loop that ended
//! by mistake must be noticed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// All heartbeats of the process; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Beats>>);

/// The handle through which one loop reports.
#[derive(Debug)]
pub struct Heartbeat {
    health: Health,
    workspace: String,
}

#[derive(Debug, Default)]
struct Beats {
    by_workspace: BTreeMap<String, Beat>,
    /// True once every loop in the list had ended its first cycle. A loop that joins later does not reset it.
    was_ready: bool,
}

#[derive(Debug)]
struct Beat {
    deadline: Duration,
    last: Instant,
    cycle_ended: bool,
}

impl Health {
    /// Registers the loop of a workspace. The loop must report at least every `deadline`, counted from this call. It
    /// replaces the earlier loop of the workspace, but a first cycle that has ended still counts.
    pub fn watch(&self, workspace: &str, deadline: Duration) -> Heartbeat {
        self.register(workspace, deadline);
        Heartbeat { health: self.clone(), workspace: workspace.to_owned() }
    }

    /// Registers a workspace whose loop does not run yet: it is late unless it is registered again within `deadline`.
    pub fn register(&self, workspace: &str, deadline: Duration) {
        let mut beats = self.0.lock();
        let cycle_ended = beats.by_workspace.get(workspace).is_some_and(|beat| beat.cycle_ended);
        let beat = Beat { deadline, last: Instant::now(), cycle_ended };
        beats.by_workspace.insert(workspace.to_owned(), beat);
    }

    /// The same for a workspace that another process polls. It counts as ready.
    pub fn register_ready(&self, workspace: &str, deadline: Duration) {
        self.watch(workspace, deadline).cycle_ended();
    }

    /// Removes the loop of this workspace, which was ended on purpose.
    pub fn retire(&self, workspace: &str) {
        self.0.lock().by_workspace.remove(workspace);
    }

    /// True if no loop is late at `now`.
    pub fn is_well(&self, now: Instant) -> bool {
        self.late(now).is_none()
    }

    /// The loops that are late at `now`, one line each; `None` if no loop is late.
    pub(super) fn late(&self, now: Instant) -> Option<String> {
        let beats = self.0.lock();
        let line = |(workspace, beat): (&String, &Beat)| {
            let silent = now.saturating_duration_since(beat.last);
            let (seconds, limit) = (silent.as_secs(), beat.deadline.as_secs());
            (silent > beat.deadline).then(|| {
                format!("workspace {workspace} has not reported for {seconds} s; the limit is {limit} s\n")
            })
        };
        let lines: String = beats.by_workspace.iter().filter_map(line).collect();
        (!lines.is_empty()).then_some(lines)
    }

    /// The loops whose first cycle has not ended, one line each; `None` once all first cycles have ended.
    pub(super) fn unready(&self) -> Option<String> {
        let beats = self.0.lock();
        if beats.was_ready {
            return None;
        }
        let waiting = beats.by_workspace.iter().filter(|(_, beat)| !beat.cycle_ended);
        let line =
            |(workspace, _)| format!("workspace {workspace} has not finished its first cycle\n");
        let lines: String = waiting.map(line).collect();
        (!lines.is_empty()).then_some(lines)
    }
}

impl Heartbeat {
    /// Reports that the loop is alive and has ended a cycle, with or without errors.
    pub fn cycle_ended(&self) {
        let mut beats = self.health.0.lock();
        if let Some(beat) = beats.by_workspace.get_mut(&self.workspace) {
            beat.last = Instant::now();
            beat.cycle_ended = true;
        }
        beats.was_ready |= beats.by_workspace.values().all(|beat| beat.cycle_ended);
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
        let _acme = health.watch("acme", DEADLINE);
        assert_eq!(health.late(Instant::now()), None);
    }

    #[test]
    fn only_the_late_loop_is_named() {
        let health = Health::default();
        let _acme = health.watch("acme", DEADLINE);
        let _patient = health.watch("patient", DEADLINE * 2);
        let late = health.late(later()).unwrap();
        assert!(late.starts_with("workspace acme has not reported for 91 s"), "{late}");
        assert_eq!(late.lines().count(), 1);
    }

    #[test]
    fn a_loop_that_died_is_late_all_the_same() {
        let health = Health::default();
        drop(health.watch("acme", DEADLINE));
        assert!(health.late(later()).is_some());
    }

    #[test]
    fn a_workspace_without_a_loop_is_late_after_its_deadline_and_ready_only_if_another_process_polls_it()
     {
        let health = Health::default();
        health.register("acme", DEADLINE);
        assert!(health.is_well(Instant::now()) && !health.is_well(later()));
        assert!(health.unready().is_some());
        health.register_ready("acme", DEADLINE * 2);
        assert!(health.is_well(later()));
        assert_eq!(health.unready(), None);
    }

    #[test]
    fn a_loop_that_was_ended_on_purpose_is_not_missed() {
        let health = Health::default();
        let _acme = health.watch("acme", DEADLINE);
        health.retire("acme");
        assert!(health.is_well(later()));
    }

    #[test]
    fn ready_comes_with_the_last_first_cycle_and_stays() {
        let health = Health::default();
        let (acme, other) = (health.watch("acme", DEADLINE), health.watch("other", DEADLINE));
        acme.cycle_ended();
        assert_eq!(health.unready().unwrap(), "workspace other has not finished its first cycle\n");
        other.cycle_ended();
        assert_eq!(health.unready(), None);
        let _later = health.watch("one more", DEADLINE);
        assert_eq!(health.unready(), None, "nothing is taken back");
    }
}
