//! VoIP calls: rooms of type `v`, which exist on servers from 4.5 to 7.x. Durations are milliseconds.
//!
//! `voip/room` without `rid` creates a call, as the real endpoint does, so that a test can detect a client that
//! creates calls by reading.

use jiff::Timestamp;

use super::{CallClose, Closer, Happening, Person, Serving, Visitor, World};

/// Mean wait of a caller, so that most calls are answered within 20 s.
const WAIT_S: f64 = 10.0;

/// Direction of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The visitor called.
    Inbound,
    /// The agent called.
    Outbound,
}

impl Direction {
    /// The value in the API.
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
    /// True while the call is open; a closed call has no key `open`.
    pub open: bool,
    /// `queue`: name of the PBX queue, `default` if the server missed the events of the PBX.
    pub queue: String,
    /// `direction`.
    pub direction: Direction,
    /// `servedBy`, set from the start.
    pub served_by: Serving,
    /// `callUniqueId`; absent if the server missed the event of the PBX.
    pub unique_id: Option<String>,
    /// `callStarted`.
    pub started: Timestamp,
    /// `callWaitingTime` in milliseconds; null in the API if the server missed the event.
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
    /// The visitor of the call.
    pub visitor: Visitor,
}

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

    /// Ends a call; false if no open call has this id.
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
