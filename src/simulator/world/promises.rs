//! The priority and the SLA policy of a chat (Enterprise).

use super::World;
use super::administration::SlaPolicy;
use super::room::{ChatState, Room};

impl World {
    /// Sets or clears the priority of the chat (Enterprise).
    pub fn prioritise(&mut self, room: &str, priority: Option<&str>) -> bool {
        self.administration.is_enterprise
            && self.change_open(
                room,
                |_| true,
                |chat, _| chat.priority_id = priority.map(str::to_owned),
            )
    }

    /// Sets or clears the SLA policy of the chat (Enterprise).
    pub fn promise(&mut self, room: &str, sla: Option<&str>) -> bool {
        self.administration.is_enterprise
            && self.change_open(room, |_| true, |chat, _| chat.sla_id = sla.map(str::to_owned))
    }

    /// The policy of a chat.
    pub fn sla_of(&self, room: &Room) -> Option<&SlaPolicy> {
        let id = room.sla_id.as_ref()?;
        self.administration.slas.iter().find(|policy| policy.id == *id)
    }

    /// The waiting chats that have waited longer than their policy promises.
    pub fn is_over_sla(&self, room: &Room) -> bool {
        let waited = self.now().duration_since(room.entered_queue_at).as_secs_f64();
        let due = self.sla_of(room).map(|policy| f64::from(policy.due_minutes) * 60.0);
        room.state() == ChatState::Queued && due.is_some_and(|due| waited > due)
    }

    /// Each fifth chat of an Enterprise server has an SLA policy. No random number is used, so that the chats of a seed
    /// stay the same.
    pub(super) fn usual_sla(&self) -> Option<String> {
        let is_promised = self.administration.is_enterprise && self.people_met.is_multiple_of(5);
        let policies = self.administration.slas.iter().cycle();
        let nth = usize::try_from(self.people_met / 5).unwrap_or_default() % 2;
        policies.map(|policy| policy.id.clone()).nth(nth).filter(|_| is_promised)
    }
}
