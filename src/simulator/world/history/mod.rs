//! The true events of a world, for tests that compare counters with them.
//!
//! The operations record each fact at the moment of the event, with the department, agent and channel of that moment.
//! Nothing is recorded before [`World::record_history`], because a demo runs for days. The API shows nothing of this.

use super::World;
use super::call::Call;
use super::fact::{Answered, Fact, FactKind};
use super::room::{Room, seconds_between};

impl World {
    /// Starts recording and drops earlier records.
    pub fn record_history(&mut self) {
        self.history = Some(Vec::new());
    }

    /// Removes and returns the events since the last call, oldest first, so that a long run needs little memory.
    pub fn take_history(&mut self) -> Vec<Fact> {
        self.history.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Records an event with the chat's present department and agent.
    pub(super) fn note(&mut self, room: &str, happening: impl FnOnce(&Room) -> FactKind) {
        let fact = self.draft(room, happening);
        self.record(fact);
    }

    /// Creates a fact from the chat before a change. The caller records the fact if the change is applied.
    pub(super) fn draft(
        &self,
        room: &str,
        happening: impl FnOnce(&Room) -> FactKind,
    ) -> Option<Fact> {
        let room = self.rooms.get(room).filter(|_| self.history.is_some())?;
        Some(Fact {
            at: self.now(),
            id: room.id.clone(),
            department: room.department_id.clone(),
            agent: room.served_by.as_ref().map(|serving| serving.agent.id.clone()),
            source: room.source.clone(),
            happening: happening(room),
        })
    }

    /// Records a drafted fact with the present instant.
    pub(super) fn record(&mut self, fact: Option<Fact>) {
        let at = self.now();
        if let Some(history) = &mut self.history {
            history.extend(fact.map(|fact| Fact { at, ..fact }));
        }
    }

    /// Records the events of an agent's message; `before` is the state of the chat before the message.
    pub(super) fn note_answer(&mut self, room: &str, before: Answered) {
        let Some(chat) = self.rooms.get(room).filter(|_| self.history.is_some()) else {
            return;
        };
        let (now, had_reply) = (self.now(), before.last_reply.is_some());
        let taken = chat.served_by.as_ref().map_or(chat.ts, |serving| serving.ts);
        let is_first = before.at.is_none();
        let first = (is_first || !had_reply).then(|| FactKind::FirstResponse {
            seconds: seconds_between(chat.ts, now),
            reaction_seconds: seconds_between(taken, now),
            is_rewrite: !is_first,
        });
        let counted = before.question.is_some_and(|question| Some(question) > before.last_reply);
        let seconds = seconds_between(before.question.unwrap_or(chat.ts), now);
        let responded = (is_first || counted).then_some(FactKind::Responded { seconds });
        for happening in first.into_iter().chain(responded) {
            self.note(room, |_| happening);
        }
    }

    pub(super) fn note_call(&mut self, call: &str, happening: impl FnOnce(&Call) -> FactKind) {
        let Some(call) = self.calls.get(call).filter(|_| self.history.is_some()) else {
            return;
        };
        let fact = Fact {
            at: self.now(),
            id: call.id.clone(),
            department: None,
            agent: Some(call.served_by.agent.id.clone()),
            source: None,
            happening: happening(call),
        };
        self.record(Some(fact));
    }
}

#[cfg(test)]
mod tests;
