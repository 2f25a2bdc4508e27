//! The single operations on chats.
//!
//! An operation on an existing chat returns true if it was applied, that is, if the chat exists and its state allows
//! the operation. No operation panics.

use std::time::Duration;

use jiff::Timestamp;

use super::fact::{Answered, Close, EndedBy, FactKind, Transfer, Wait};
use super::notice::NoticeType;
use super::person::Person;
use super::room::{LastMessage, Metrics, Room, RoomCloser, RoomSource, Serving};
use super::{World, visitor};

/// User name and `_id` of the bot that closes chats automatically.
const BOT: &str = "rocket.cat";

/// The user who closes chats without an agent.
fn manager() -> Person {
    Person { id: "manager".to_owned(), username: "manager".to_owned() }
}

/// Time from the creation of a room to its first message.
const FIRST_MESSAGE_DELAY: Duration = Duration::from_millis(242);

impl World {
    /// A visitor opens a chat and writes a first message. Returns the id of the chat.
    pub fn arrive(&mut self, department: Option<&str>, source: impl Into<RoomSource>) -> String {
        let id = self.arrive_silently(department, source);
        self.advance(FIRST_MESSAGE_DELAY);
        self.visitor_writes(&id);
        id
    }

    /// Opens a chat without a first message, as an agent or an app may do. Returns the id of the chat.
    pub fn arrive_silently(
        &mut self,
        department: Option<&str>,
        source: impl Into<RoomSource>,
    ) -> String {
        self.tick();
        self.create_room(department, source.into())
    }

    /// This many visitors open a chat in the same millisecond. Returns the ids of the chats.
    pub fn arrive_together(&mut self, visitors: usize) -> Vec<String> {
        self.tick();
        let ids: Vec<String> =
            (0..visitors).map(|_| self.create_room(None, super::Channel::Widget.into())).collect();
        self.advance(FIRST_MESSAGE_DELAY);
        for id in &ids {
            self.visitor_writes(id);
        }
        ids
    }

    fn create_room(&mut self, department: Option<&str>, source: RoomSource) -> String {
        let id = self.fresh_id();
        let visitor = self.fresh_visitor();
        let recent = self.version.records_source();
        let room = Room {
            id: id.clone(),
            ts: self.now(),
            lm: self.now(),
            updated_at: self.now(),
            open: true,
            closed_at: None,
            closer: None,
            closed_by: None,
            queued_at: recent.then_some(self.now()),
            entered_queue_at: self.now(),
            served_by: None,
            department_id: department.map(str::to_owned),
            on_hold: false,
            source: recent.then_some(source),
            waiting_response: true,
            response_by: None,
            answered_at: None,
            opening: (self.now(), None),
            priority_id: None,
            sla_id: self.usual_sla(),
            auto_transferred_at: None,
            metrics: Metrics::default(),
            tags: Vec::new(),
            msgs: 0,
            msgs_at_close: 0,
            last_message: None,
            visitor,
        };
        self.rooms.insert(id.clone(), room);
        self.open_rooms.insert(id.clone());
        self.announce(&id);
        self.life.routing_due = true;
        self.note(&id, |_| FactKind::Arrived);
        self.notify(&id, NoticeType::Start);
        self.notify(&id, NoticeType::Queued);
        self.expect_patience(&id);
        id
    }

    /// The server's first message of a chat is written in the name of the visitor, without the visitor's token.
    fn announce(&mut self, room: &str) {
        let (now, version) = (self.now(), self.version);
        if version.announces_rooms()
            && let Some(chat) = self.rooms.get_mut(room)
        {
            let guest = chat.visitor.as_person();
            chat.take_system_message(now, &guest, 2, version);
        }
    }

    /// An agent takes a waiting chat, or the routing assigns the chat.
    pub fn assign(&mut self, room: &str, agent: &str) -> bool {
        let assigned = self.serve(room, agent, |chat| chat.served_by.is_none());
        if assigned {
            self.note(room, |chat| FactKind::Assigned(Wait::of(chat)));
            self.notify(room, NoticeType::Taken);
        }
        assigned
    }

    /// The serving agent writes.
    pub fn reply(&mut self, room: &str) -> bool {
        let version = self.version;
        let before = self.rooms.get(room).map(Answered::of);
        let is_served = |chat: &Room| chat.served_by.is_some();
        let replied = self.say(room, false, is_served, |chat, words| {
            chat.take_agent_message(words, version);
        });
        if let Some(before) = before.filter(|_| replied) {
            self.note_answer(room, before);
            self.notify(room, NoticeType::AgentMessage);
        }
        replied
    }

    /// The visitor writes.
    pub fn visitor_writes(&mut self, room: &str) -> bool {
        let said = self.say(room, true, |_| true, Room::take_visitor_message);
        if said {
            self.notify(room, NoticeType::VisitorMessage);
        }
        said
    }

    /// The serving agent puts the chat on hold. Servers before 3.0 have no such state.
    pub fn hold(&mut self, room: &str) -> bool {
        let is_known = self.version.knows_onhold();
        let applies = |chat: &Room| is_known && chat.served_by.is_some() && !chat.on_hold;
        let held = self.change_open(room, applies, |chat, _| chat.on_hold = true);
        if held {
            self.note(room, |_| FactKind::Held);
        }
        held
    }

    /// Ends the hold of a chat.
    pub fn resume(&mut self, room: &str) -> bool {
        self.change_open(room, |chat| chat.on_hold, |chat, _| chat.on_hold = false)
    }

    /// The serving agent returns the chat to the queue. From 4.2 on the server then sets `queuedAt` anew.
    pub fn return_to_queue(&mut self, room: &str) -> bool {
        let returned = self.give_back(room, Transfer::Requeue);
        if returned {
            self.notify(room, NoticeType::Queued);
        }
        returned
    }

    fn give_back(&mut self, room: &str, kind: Transfer) -> bool {
        let lost = self.draft(room, |_| FactKind::Transferred(kind));
        let version = self.version;
        let is_served = |chat: &Room| chat.served_by.is_some();
        let given = self.change_open(room, is_served, |chat, now| {
            let Some(serving) = chat.served_by.take() else { return };
            chat.on_hold = false;
            chat.entered_queue_at = now;
            if version.restarts_wait_on_requeue() {
                chat.queued_at = Some(now);
            }
            chat.take_system_message(now, &serving.agent, 2, version);
        });
        self.record(lost.filter(|_| given));
        given
    }

    /// Transfers the chat to another agent.
    pub fn forward_to_agent(&mut self, room: &str, agent: &str) -> bool {
        self.hand_to(room, agent, Transfer::Agent)
    }

    fn hand_to(&mut self, room: &str, agent: &str, kind: Transfer) -> bool {
        let lost = self.draft(room, |_| FactKind::Transferred(kind));
        let had =
            self.rooms.get(room).and_then(|chat| Some(chat.served_by.as_ref()?.agent.clone()));
        let handed = self.serve(room, agent, |chat| {
            chat.served_by.as_ref().is_some_and(|serving| serving.agent.id != agent)
        });
        let (now, version) = (self.now(), self.version);
        if let Some(had) = had.filter(|_| handed)
            && let Some(chat) = self.rooms.get_mut(room)
        {
            chat.take_system_message(now, &had, 2, version);
        }
        self.record(lost.filter(|_| handed));
        if handed {
            self.notify(room, NoticeType::Taken);
            self.notify(room, NoticeType::Forwarded);
        }
        handed
    }

    /// The server transfers the chat to another agent because the first agent did not answer (Enterprise).
    pub fn transfer_automatically(&mut self, room: &str, agent: &str) -> bool {
        let moved = self.hand_to(room, agent, Transfer::Auto);
        let now = self.now();
        if moved && let Some(chat) = self.rooms.get_mut(room) {
            chat.auto_transferred_at = Some(now);
        }
        moved
    }

    /// Transfers the chat to another department, where the chat waits.
    pub fn forward_to_department(&mut self, room: &str, department: &str) -> bool {
        let elsewhere = |chat: &Room| chat.department_id.as_deref() != Some(department);
        if !self.departments.contains_key(department)
            || !self.rooms.get(room).is_some_and(elsewhere)
        {
            return false;
        }
        let moved = self.give_back(room, Transfer::Department);
        if moved && let Some(chat) = self.rooms.get_mut(room) {
            chat.department_id = Some(department.to_owned());
        }
        if moved {
            self.notify(room, NoticeType::Forwarded);
        }
        moved
    }

    /// Closes the chat: by its agent (by a manager if the chat has no agent) or by its visitor.
    pub fn close(&mut self, room: &str, closer: RoomCloser) -> bool {
        let Some(chat) = self.rooms.get(room) else {
            return false;
        };
        let by = match (closer, &chat.served_by) {
            (RoomCloser::Visitor, _) => chat.visitor.as_person(),
            (RoomCloser::User, Some(serving)) => serving.agent.clone(),
            (RoomCloser::User, None) => manager(),
        };
        self.close_by(room, closer, &by)
    }

    /// Closes these chats in the same millisecond. Returns the number of chats that were open.
    pub fn close_together(&mut self, rooms: &[String], closer: RoomCloser) -> usize {
        self.tick();
        let step = std::mem::replace(&mut self.step, Duration::ZERO);
        let count = rooms.iter().filter(|room| self.close(room, closer)).count();
        self.step = step;
        count
    }

    /// The server closes the chat because the visitor was silent too long.
    pub fn close_automatically(&mut self, room: &str) -> bool {
        let bot = Person { id: BOT.to_owned(), username: BOT.to_owned() };
        self.close_by(room, RoomCloser::User, &bot)
    }

    fn close_by(&mut self, room: &str, closer: RoomCloser, by: &Person) -> bool {
        let (keeps_hold, version) = (self.hold_outlives_close, self.version);
        let ends = self.change_open(
            room,
            |_| true,
            |chat, now| {
                chat.close(now, closer, by.clone());
                chat.take_system_message(now, by, 2, version);
                chat.on_hold &= keeps_hold;
            },
        );
        if ends {
            self.open_rooms.remove(room);
            let ended_by = EndedBy::of(closer, by, BOT);
            self.note(room, |chat| FactKind::Closed(Close::of(chat, ended_by)));
            if let Some(chat) = self.rooms.get_mut(room) {
                chat.msgs_at_close = chat.msgs;
            }
            self.notify(room, NoticeType::Closed);
        }
        ends
    }

    /// A manager closes a closed chat again by force. This changes `closedAt`.
    pub fn force_close(&mut self, room: &str) -> bool {
        self.tick();
        let (now, version) = (self.now(), self.version);
        let is_forced = version.forces_closes() && self.is_shown_closed(room);
        if is_forced && let Some(chat) = self.rooms.get_mut(room) {
            chat.close(now, RoomCloser::User, manager());
            chat.take_system_message(now, &manager(), 2, version);
        }
        is_forced
    }

    /// The visitor of a closed chat writes again, as in e-mail and text message threads. False while the close of the
    /// chat has not yet committed.
    pub fn reopen(&mut self, room: &str) -> bool {
        if !self.is_shown_closed(room) {
            return false;
        }
        let now = self.now();
        if let Some(chat) = self.rooms.get_mut(room) {
            chat.reopen(now);
        }
        self.open_rooms.insert(room.to_owned());
        self.note(room, |_| FactKind::Reopened);
        self.visitor_writes(room)
    }

    /// Deletes the chat. Since 8.6 an open chat cannot be deleted.
    pub fn delete(&mut self, room: &str) -> bool {
        self.tick();
        let is_kept = self.version.keeps_open_rooms();
        if self.rooms.get(room).is_some_and(|chat| chat.open && is_kept) {
            return false;
        }
        self.remove(room)
    }

    pub(super) fn remove(&mut self, room: &str) -> bool {
        self.note(room, |_| FactKind::Deleted);
        self.uncommitted_closes.forget(room);
        self.open_rooms.remove(room);
        self.rooms.remove(room).is_some()
    }

    /// Adds a tag to the chat.
    pub fn tag(&mut self, room: &str, tag: &str) -> bool {
        self.change_open(room, |_| true, |chat, _| chat.tags.push(tag.to_owned()))
    }

    fn serve(&mut self, room: &str, agent: &str, allowed: impl FnOnce(&Room) -> bool) -> bool {
        let Some(agent) = self.person(agent) else {
            return false;
        };
        let applies = |chat: &Room| allowed(chat) && !chat.on_hold;
        let served = self.change_open(room, applies, |chat, now| {
            chat.served_by = Some(Serving { agent, ts: now });
            // Two for the message "… joined", which the server saves without the hooks of other messages.
            chat.msgs += 2;
        });
        if served {
            self.expect_turn(room);
        }
        served
    }

    fn say(
        &mut self,
        room: &str,
        from_visitor: bool,
        applies: impl FnOnce(&Room) -> bool,
        take: impl FnOnce(&mut Room, LastMessage),
    ) -> bool {
        let id = self.fresh_id();
        let text = visitor::words(self.people_met, from_visitor);
        self.change_open(room, applies, |chat, ts| {
            take(chat, LastMessage { id, ts, text, from_visitor });
        })
    }

    /// Changes an open chat if the change applies to it. Any other chat stays as it is, with its `_updatedAt`.
    pub(super) fn change_open(
        &mut self,
        room: &str,
        applies: impl FnOnce(&Room) -> bool,
        change: impl FnOnce(&mut Room, Timestamp),
    ) -> bool {
        self.tick();
        self.life.routing_due = true;
        let now = self.now();
        let is_due = self.rooms.get(room).is_some_and(|chat| chat.open && applies(chat));
        if is_due && let Some(chat) = self.rooms.get_mut(room) {
            change(chat, now);
        }
        is_due
    }
}
