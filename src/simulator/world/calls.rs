//! VoIP calls: rooms of type `v`, which servers from 4.5 to 7.x keep. Durations are milliseconds.
//!
//! Tests and the living world start and end them; `voip/room` creates one when asked without `rid`.

use jiff::Timestamp;

use super::{CallClose, Closer, Happening, Person, Serving, Visitor, World};

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The visitor called.
    Inbound,
    /// The agent called.
    Outbound,
}

impl Direction {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `_id`.
    pub id: String,
    /// Creation.
    pub ts: Timestamp,
    /// Whether the key `open` is there.
    pub open: bool,
    /// `queue`: name of the PBX queue, `default` when its events were missed.
    pub queue: String,
    /// `direction`.
    pub direction: Direction,
    /// `servedBy`, set from the beginning.
    pub served_by: Serving,
    /// `callUniqueId`; absent when the event of the PBX was missed.
    pub unique_id: Option<String>,
    /// `callStarted`.
    pub started: Timestamp,
    /// `callWaitingTime` in milliseconds; null on the wire when the event was missed.
    pub waiting_ms: Option<i64>,
    /// `callDuration` in milliseconds, from `ts` to `closedAt`.
    pub duration_ms: Option<i64>,
    /// `callTotalHoldTime` in milliseconds (Enterprise).
    pub hold_ms: Option<i64>,
    /// `closedAt`.
    pub closed_at: Option<Timestamp>,
    /// `closer`.
    pub closer: Option<Closer>,
    /// `closedBy`.
    pub closed_by: Option<Person>,
    /// `tags`.
    pub tags: Vec<String>,
    /// The other end of the line.
    pub visitor: Visitor,
}

impl World {
    /// An agent and a visitor begin to talk; returns the id, or nothing when the agent is unknown.
    pub fn start_call(&mut self, queue: &str, direction: Direction, agent: &str) -> Option<String> {
        self.tick();
        let agent = self.person(agent)?;
        let visitor = self.fresh_visitor();
        let heard = self.dice.u8(0..10) > 0;
        let waited = i64::from(self.dice.u16(1..90)) * 1000;
        let id = self.fresh_id();
        let call = Call {
            id: id.clone(),
            ts: self.now,
            open: true,
            queue: if heard { queue.to_owned() } else { "default".to_owned() },
            direction,
            served_by: Serving { agent, ts: self.now },
            unique_id: heard.then(|| format!("{}.{}", self.now.as_second(), self.people_met)),
            started: self.now,
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
        self.note_call(&id, |call| Happening::CallStarted { queue: call.queue.clone(), direction });
        Some(id)
    }

    /// The call ends; false when there is no such open call.
    pub fn end_call(&mut self, id: &str, closer: Closer) -> bool {
        self.tick();
        let (now, on_hold) = (self.now, self.dice.i64(0..20) * 1000);
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
        self.note_call(id, |call| Happening::CallClosed(CallClose::of(call, closer)));
        true
    }

    /// What `GET voip/room` without `rid` does: the visitor's open call, or a new one. The flag says
    /// whether it is new; nothing comes back when the agent is unknown.
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
