//! VoIP calls: rooms of type `v`, which exist on servers from 4.5 to 7.x.
//!
//! `voip/room` without `rid` creates a call, as the real endpoint does, so that a test can detect a client that
//! creates calls by reading.

use super::World;
use super::call::{Call, Direction};
use super::fact::{CallClose, FactKind};
use super::room::{RoomCloser, Serving};

/// Mean wait of a caller, so that most calls are answered within 20 s.
const WAIT_S: f64 = 10.0;

impl World {
    /// Starts a call between an agent and a visitor. Returns its id; `None` if the agent is unknown.
    pub fn start_call(&mut self, queue: &str, direction: Direction, agent: &str) -> Option<String> {
        self.tick();
        let agent = self.person(agent)?;
        let visitor = self.fresh_visitor();
        let heard = self.dice.u8(0..10) > 0;
        let waited = self.exponential(WAIT_S).as_secs().max(1) * 1000;
        let id = self.fresh_id();
        let call = Call {
            id: id.clone(),
            ts: self.now(),
            open: true,
            queue: if heard { queue.to_owned() } else { "default".to_owned() },
            direction,
            served_by: Serving { agent, ts: self.now() },
            unique_id: heard.then(|| format!("{}.{}", self.now().as_second(), self.people_met)),
            started: self.now(),
            waiting_ms: (heard && direction == Direction::Inbound).then_some(waited),
            duration_ms: None,
            hold_ms: None,
            closed_at: None,
            closer: None,
            closed_by: None,
            tags: Vec::new(),
            visitor,
        };
        self.calls.insert(id.clone(), call);
        self.note_call(&id, |call| FactKind::CallStarted { queue: call.queue.clone(), direction });
        Some(id)
    }

    /// Ends a call; false if no open call has this id.
    pub fn end_call(&mut self, id: &str, closer: RoomCloser) -> bool {
        self.tick();
        let (now, on_hold) = (self.now(), self.dice.i64(0..20) * 1000);
        let Some(call) = self.calls.get_mut(id).filter(|call| call.open) else {
            return false;
        };
        let lasted = now.as_millisecond() - call.ts.as_millisecond();
        call.open = false;
        call.closed_at = Some(now);
        call.closer = Some(closer);
        call.closed_by = Some(call.served_by.agent.clone());
        call.duration_ms = Some(lasted);
        call.hold_ms = Some(on_hold.min(lasted));
        call.visitor.online = false;
        self.note_call(id, |call| FactKind::CallClosed(CallClose::of(call, closer)));
        true
    }

    /// The operation of `GET voip/room` without `rid`: returns the visitor's open call or creates a call. The flag is
    /// true for a new call. `None` if the agent is unknown.
    pub(crate) fn find_or_create_call(
        &mut self,
        token: &str,
        agent: &str,
        direction: Direction,
    ) -> Option<(Call, bool)> {
        let existing = self.calls.values().find(|call| call.open && call.visitor.token == token);
        if let Some(call) = existing {
            return Some((call.clone(), false));
        }
        let id = self.start_call("default", direction, agent)?;
        self.rooms_created_by_get += 1;
        let call = self.calls.get_mut(&id)?;
        token.clone_into(&mut call.visitor.token);
        Some((call.clone(), true))
    }
}
