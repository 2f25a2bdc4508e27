//! The board of a workspace: the chats, agents and slots of each department.

use tokio::time::Instant;

use super::facts::{DepartmentStatus, TargetComparison};
use super::service_level;
use crate::cycle::snapshot::Snapshot;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::{self, ChatFigures, DepartmentGauges, Headcount, ViewContext};
use crate::sanitize;

/// Longest name of a department that is shown, bytes: as long as a label value.
const LONGEST_NAME: usize = 256;
/// Number of overdue chats, and multiple of the target time, from which a department is far over its target.
const FAR_OVER_CHATS: u64 = 3;
const FAR_OVER_TIMES: f64 = 3.0;

/// The departments of a workspace at the time `now`; none before the first poll.
pub fn departments(snapshot: &Snapshot, now: Instant) -> Vec<DepartmentStatus> {
    if snapshot.cycles == 0 {
        return Vec::new();
    }
    let view = snapshot.view(now);
    let gauges = gauges::current(&snapshot.live_state, &snapshot.labels, &snapshot.rules, view);
    gauges.departments.iter().map(|of| department(of, snapshot, view)).collect()
}

fn department(
    department: &DepartmentGauges,
    snapshot: &Snapshot,
    view: ViewContext,
) -> DepartmentStatus {
    let chats = &department.chats;
    let knows_queue = view.knows(Phase::Queued);
    let in_phase = |phase| view.knows(phase).then(|| chats.all.in_phase(phase));
    DepartmentStatus {
        name: sanitize::name(&department.label, LONGEST_NAME),
        target_time: if knows_queue {
            target_time(chats, department.threshold_seconds)
        } else {
            TargetComparison::Unknown
        },
        target_seconds: department.threshold_seconds,
        overdue_chats: knows_queue.then_some(chats.service_level_overdue),
        waiting_chats: in_phase(Phase::Queued),
        oldest_wait_seconds: knows_queue.then_some(chats.oldest_wait_seconds),
        chats_in_progress: in_phase(Phase::InProgress),
        chats_on_hold: in_phase(Phase::OnHold),
        accepting_agents: department.members.as_ref().map(accepting),
        free_slots: department.slots.map(|slots| slots.free),
        is_open: department.is_open,
        service_level: service_level::of(department, snapshot, view.now),
    }
}

/// The comparison of the waiting chats with a target time in seconds.
pub(super) fn target_time(chats: &ChatFigures, target_seconds: f64) -> TargetComparison {
    let oldest = chats.service_level_oldest_wait_seconds;
    let overdue = chats.service_level_overdue;
    if oldest > FAR_OVER_TIMES * target_seconds || overdue >= FAR_OVER_CHATS {
        TargetComparison::FarOver
    } else if overdue > 0 {
        TargetComparison::Over
    } else {
        TargetComparison::Within
    }
}

fn accepting(members: &Headcount) -> u64 {
    members.counts().filter(|(_, accepts, _)| *accepts).map(|(_, _, agents)| agents).sum()
}
