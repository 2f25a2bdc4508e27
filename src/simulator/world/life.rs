//! A workspace that runs by itself: visitors arrive with a daily pattern, wait, get answers and leave.
//!
//! [`World::live`] processes an agenda of events in simulated time and routes waiting chats once per second. All
//! changes except the removal of old chats and calls go through the public operations. Only this module contains
//! assumptions about realistic probabilities.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::agenda::PlannedEvent;
use super::agent::Status;
use super::call::Direction;
use super::room::{Channel, ChatState, Room, RoomCloser, RoomSource};

const ROUTING_STEP: SignedDuration = SignedDuration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Arrivals of each hour as a percentage of the daily mean.
const HOURLY_PERCENT: [u32; 24] = [
    60, 55, 50, 50, 50, 55, 65, 85, 110, 135, 150, 150, 135, 130, 140, 145, 140, 130, 120, 110,
    100, 90, 80, 70,
];
const BUSIEST_PERCENT: u32 = 150;
const CHATS_PER_CALL: f64 = 8.0;
const PATIENCE_S: f64 = 240.0;
const REPLY_S: f64 = 30.0;
const VISITOR_S: f64 = 35.0;
const HOLD_S: f64 = 240.0;
const SHIFT_S: f64 = 900.0;
const CALL_S: f64 = 200.0;
const REOPENING_S: f64 = 900.0;
/// The tags that agents give to chats.
pub const TAGS: [&str; 4] = ["order", "refund", "complaint", "praise"];
const PRIORITIES: [&str; 3] = ["priority-low", "priority-medium", "priority-highest"];
const QUEUES: [&str; 2] = ["support-line", "sales-line"];

impl World {
    /// Lets the workspace run for this time.
    pub fn live(&mut self, time: Duration) {
        let end = self.now() + time;
        let step = std::mem::replace(&mut self.step, Duration::ZERO);
        while self.now() < end {
            let until = (self.now() + ROUTING_STEP).min(end);
            while let Some((at, event)) = self.life.due(until) {
                self.rooms.set_now(self.now().max(at));
                self.happen(event);
            }
            self.rooms.set_now(until);
            self.route();
        }
        self.step = step;
    }

    pub(super) fn begin_life(&mut self) {
        for agent in self.agents.keys().cloned().collect::<Vec<_>>() {
            self.after(SHIFT_S, PlannedEvent::Shift(agent));
        }
        self.plan_arrival();
        if self.life.calls {
            self.plan_call();
        }
        self.plan_sweep();
    }

    /// Plans the end of the visitor's patience.
    pub(super) fn expect_patience(&mut self, room: &str) {
        self.after(PATIENCE_S, PlannedEvent::Patience(room.to_owned()));
    }

    /// Plans a turn of a chat that an agent has just got.
    pub(super) fn expect_turn(&mut self, room: &str) {
        self.after(REPLY_S, PlannedEvent::Turn(room.to_owned()));
    }

    fn after(&mut self, mean_seconds: f64, event: PlannedEvent) {
        let delay = self.exponential(mean_seconds);
        self.life.plan(self.now() + delay, event);
    }

    /// An exponentially distributed delay, at least 1 ms and at most twenty times its mean.
    pub(super) fn exponential(&mut self, mean_seconds: f64) -> SignedDuration {
        let drawn = -(1.0 - self.dice.f64()).ln() * mean_seconds;
        let delay = Duration::from_secs_f64(drawn.clamp(0.001, mean_seconds * 20.0));
        SignedDuration::from_millis(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
    }

    fn percent(&mut self, chance: u32) -> bool {
        self.dice.u32(0..100) < chance
    }

    fn happen(&mut self, event: PlannedEvent) {
        match event {
            PlannedEvent::Arrival => self.visitor_arrives(),
            PlannedEvent::FirstMessage(room) => {
                self.visitor_writes(&room);
            }
            PlannedEvent::Turn(room) => self.take_turn(&room),
            PlannedEvent::Patience(room) => self.lose_patience(&room),
            PlannedEvent::Reopening(room) => self.visitor_returns(&room),
            PlannedEvent::Shift(agent) => self.change_shift(agent),
            PlannedEvent::CallArrival => self.visitor_calls(),
            PlannedEvent::CallEnd(call) => {
                let closer = self.any_closer();
                self.end_call(&call, closer);
            }
            PlannedEvent::Sweep => self.sweep(),
        }
    }

    fn plan_arrival(&mut self) {
        if self.life.arrivals_per_hour > 0.0 {
            let busiest = f64::from(BUSIEST_PERCENT) / 100.0;
            self.after(3600.0 / (self.life.arrivals_per_hour * busiest), PlannedEvent::Arrival);
        }
    }

    fn plan_call(&mut self) {
        if self.life.arrivals_per_hour > 0.0 {
            self.after(
                3600.0 * CHATS_PER_CALL / self.life.arrivals_per_hour,
                PlannedEvent::CallArrival,
            );
        }
    }

    /// Candidates arrive at the rate of the busiest hour. A candidate is dropped with a probability that depends on
    /// the hour of the day.
    fn visitor_arrives(&mut self) {
        self.plan_arrival();
        if self.conditions.has_no_visitors {
            return;
        }
        if self.dice.u32(0..BUSIEST_PERCENT) >= hourly_percent(self.now()) {
            return;
        }
        let nowhere = self.percent(8);
        let taking: Vec<String> =
            self.departments.values().filter(|it| it.enabled).map(|it| it.id.clone()).collect();
        let department = self.any_of(&taking).filter(|_| !nowhere);
        let percent = department.as_ref().and_then(|it| self.conditions.visitors_percent(it));
        if percent.is_some_and(|percent| !self.percent(percent)) {
            return;
        }
        let channel = if self.percent(65) { Channel::Widget } else { self.any_channel() };
        let room = self.arrive_silently(department.as_deref(), channel);
        if self.percent(10) {
            let priority = self.dice.choice(PRIORITIES);
            self.prioritise(&room, priority);
        }
        let typing = SignedDuration::from_millis(self.dice.i64(150..900));
        self.life.plan(self.now() + typing, PlannedEvent::FirstMessage(room));
    }

    fn visitor_returns(&mut self, room: &str) {
        if self.reopen(room) {
            self.expect_patience(room);
        }
    }

    fn lose_patience(&mut self, room: &str) {
        if self.state_of(room) == Some(ChatState::Queued) {
            let closer = if self.percent(85) { RoomCloser::Visitor } else { RoomCloser::User };
            self.close(room, closer);
        }
    }

    fn take_turn(&mut self, room: &str) {
        match self.state_of(room) {
            Some(ChatState::InProgress) if self.is_unattended(room) => self.expect_turn(room),
            Some(ChatState::InProgress) => self.talk(room),
            Some(ChatState::OnHold) if self.percent(10) => {
                self.close_automatically(room);
            }
            Some(ChatState::OnHold) => {
                self.resume(room);
                self.after(VISITOR_S, PlannedEvent::Turn(room.to_owned()));
            }
            Some(ChatState::Queued | ChatState::Closed) | None => {}
        }
    }

    /// True if the agent of the chat stays away. The visitor then waits for the return.
    fn is_unattended(&self, room: &str) -> bool {
        let serving = self.rooms.get(room).and_then(|chat| chat.served_by.as_ref());
        serving.is_some_and(|serving| self.conditions.is_absent(&serving.agent.id))
    }

    fn talk(&mut self, room: &str) {
        let keeps_chat = self.conditions.keeps_chats;
        let is_asked =
            self.rooms.get(room).is_some_and(|chat| chat.metrics.last_question.is_some());
        if self.conditions.waits_for_questions && !is_asked {
            return self.after(REPLY_S, PlannedEvent::Turn(room.to_owned()));
        }
        if self.rooms.get(room).is_some_and(|chat| chat.waiting_response) {
            self.reply(room);
            self.after(VISITOR_S, PlannedEvent::Turn(room.to_owned()));
            return;
        }
        match self.dice.u8(0..100) {
            0..18 => self.finish(room),
            18..27 if keeps_chat => self.after(VISITOR_S, PlannedEvent::Turn(room.to_owned())),
            18..21 => {
                self.hold(room);
                self.after(HOLD_S, PlannedEvent::Turn(room.to_owned()));
            }
            21..25 => self.hand_over(room),
            25..27 => self.send_back(room),
            _ => {
                self.visitor_writes(room);
                self.after(REPLY_S, PlannedEvent::Turn(room.to_owned()));
            }
        }
    }

    fn finish(&mut self, room: &str) {
        if self.percent(30) {
            let tag = self.dice.choice(TAGS).unwrap_or_default();
            self.tag(room, tag);
        }
        let closer = self.any_closer();
        self.close(room, closer);
        let threaded =
            |source: &RoomSource| matches!(source.channel, Channel::Email | Channel::Sms);
        let source = self.rooms.get(room).and_then(|chat| chat.source.as_ref());
        if source.is_some_and(threaded) && self.percent(self.life.reopened_percent) {
            self.after(REOPENING_S, PlannedEvent::Reopening(room.to_owned()));
        }
    }

    /// Transfers the chat to another free agent; without a free agent the conversation continues.
    fn hand_over(&mut self, room: &str) {
        let department = self.rooms.get(room).and_then(|chat| chat.department_id.clone());
        let colleague = self.least_busy(department.as_deref(), &self.loads());
        let automatic = self.percent(20);
        let moved = colleague.is_some_and(|agent| {
            if automatic {
                self.transfer_automatically(room, &agent)
            } else {
                self.forward_to_agent(room, &agent)
            }
        });
        if !moved {
            self.after(VISITOR_S, PlannedEvent::Turn(room.to_owned()));
        }
    }

    fn send_back(&mut self, room: &str) {
        let elsewhere: Vec<String> = self.departments.keys().cloned().collect();
        let department = self.any_of(&elsewhere).filter(|_| self.dice.bool());
        let moved = department.is_some_and(|it| self.forward_to_department(room, &it));
        if !moved {
            self.return_to_queue(room);
        }
        self.expect_patience(room);
    }

    fn change_shift(&mut self, agent: String) {
        let status = match self.dice.u8(0..100) {
            0..72 => Status::Online,
            72..84 => Status::Away,
            84..92 => Status::Busy,
            _ => Status::Offline,
        };
        let accepting = status != Status::Offline && self.percent(92);
        let is_absent = self.conditions.is_absent(&agent);
        let status = if is_absent { Status::Offline } else { status };
        if self.set_status(&agent, status, accepting && !is_absent) {
            self.after(SHIFT_S, PlannedEvent::Shift(agent));
        }
    }

    fn visitor_calls(&mut self) {
        self.plan_call();
        let direction = if self.percent(80) { Direction::Inbound } else { Direction::Outbound };
        let free: Vec<String> =
            self.agents.values().filter(|it| it.takes_chats()).map(|it| it.id.clone()).collect();
        let queue = self.dice.choice(QUEUES).unwrap_or_default();
        let agent = self.any_of(&free);
        if let Some(call) = agent.and_then(|agent| self.start_call(queue, direction, &agent)) {
            self.after(CALL_S, PlannedEvent::CallEnd(call));
        }
    }

    fn sweep(&mut self) {
        let oldest = self.now() - self.life.retention;
        let is_old = |room: &&Room| room.closed_at.is_some_and(|closed| closed < oldest);
        let old: Vec<String> = self.rooms.values().filter(is_old).map(|it| it.id.clone()).collect();
        for room in old {
            self.remove(&room);
        }
        self.calls.retain(|_, call| call.closed_at.is_none_or(|closed| closed >= oldest));
        self.plan_sweep();
    }

    fn plan_sweep(&mut self) {
        let pause = SWEEP_EVERY.min(self.life.retention);
        self.life.plan(self.now() + pause, PlannedEvent::Sweep);
    }

    fn state_of(&self, room: &str) -> Option<ChatState> {
        self.rooms.get(room).map(Room::state)
    }
}

fn hourly_percent(now: Timestamp) -> u32 {
    let hour = now.as_second().rem_euclid(86_400) / 3600;
    let hour = usize::try_from(hour).unwrap_or_default();
    HOURLY_PERCENT.get(hour).copied().unwrap_or(100)
}
