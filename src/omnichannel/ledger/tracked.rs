//! One chat between two sights of it: what the next row tells that the last did not.
//!
//! Used by the ledger alone. The queue and the first answer have files of their own.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Promises;
use super::answer::Opening;
use super::visit::Visit;
use crate::omnichannel::event::{Closer, Closing, Event, Outcome, Transfer, What};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::room::Source;
use crate::omnichannel::sight::{Ending, Sight};

/// What is to be made of a chat met for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// It began under our eyes.
    New,
    /// It was there before: what happened up to this instant is past.
    Before(Millisecond),
    /// It was closed once and is open again.
    Reopened,
}

/// A chat that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    department: Option<Arc<str>>,
    agent: Option<Arc<str>>,
    source: Source,
    /// What happened up to here is not told.
    tells_after: Millisecond,
    last_seen: Millisecond,
    auto_transferred_at: Option<Millisecond>,
    is_on_hold: bool,
    response_seconds: f64,
    responses: f64,
    /// The duration an earlier close left behind.
    lived_seconds: Option<f64>,
    visit: Visit,
    opening: Opening,
}

impl Tracked {
    pub(super) fn new(sight: &Sight, beginning: Beginning) -> Self {
        let is_new = beginning == Beginning::New;
        let past = |value: Option<f64>| value.filter(|_| !is_new).unwrap_or(0.0);
        Self {
            department: sight.department.clone(),
            agent: sight.agent.clone(),
            source: sight.source.clone(),
            tells_after: match beginning {
                Beginning::New => Timestamp::MIN.into(),
                Beginning::Before(instant) => instant,
                Beginning::Reopened => sight.read_at,
            },
            last_seen: sight.read_at,
            auto_transferred_at: sight.auto_transferred_at.filter(|_| !is_new),
            is_on_hold: sight.is_on_hold && !is_new,
            response_seconds: past(sight.response_seconds),
            responses: past(sight.responses),
            lived_seconds: sight.lived_seconds,
            visit: Visit::new(sight, beginning),
            opening: Opening::new(sight, beginning),
        }
    }

    pub(super) fn started(&self) -> Event {
        self.event(What::Started)
    }

    pub(super) fn last_seen(&self) -> Millisecond {
        self.last_seen
    }

    /// A close and an opening lie between the sights: the row carries a duration that was not there.
    pub(super) fn was_closed_unseen(&self, sight: &Sight) -> bool {
        sight.lived_seconds != self.lived_seconds
    }

    /// Tells what this row shows for the first time. An event belongs to whom the chat belongs to at that
    /// moment, a transfer to who lost it.
    pub(super) fn see(&mut self, sight: &Sight, promises: Promises<'_>, events: &mut Vec<Event>) {
        let transfer = self.transfer(sight).map(|kind| self.event(What::Transferred(kind)));
        let held = sight.is_on_hold && !self.is_on_hold;
        let was_served = self.agent.is_some();
        self.opening.note_bot(sight, &self.visit);
        self.belong_to(sight);
        let departure = self.visit.see(sight, was_served, self.tells_after);
        let answer = self.opening.note_answer(sight, self.tells_after);
        let level = promises.to(sight.department.as_deref());
        let verdict = self.opening.judge(sight, level, self.tells_after);
        let is_answered = self.opening.is_answered() || sight.first_response_at.is_some();
        let closing = sight.ending.as_ref().map(|ending| closing(sight, ending, is_answered));
        let told = [
            held.then_some(What::Held),
            departure,
            self.responses(sight),
            answer,
            verdict.map(What::Judged),
            closing.map(What::Closed),
        ];
        events.extend(transfer);
        events.extend(told.into_iter().flatten().map(|what| self.event(what)));
    }

    fn event(&self, what: What) -> Event {
        Event {
            what,
            department: self.department.clone(),
            agent: self.agent.clone(),
            source: self.source.clone(),
        }
    }

    fn belong_to(&mut self, sight: &Sight) {
        self.department.clone_from(&sight.department);
        self.agent.clone_from(&sight.agent);
        self.auto_transferred_at = sight.auto_transferred_at;
        self.is_on_hold = sight.is_on_hold;
        self.last_seen = sight.read_at;
    }

    /// At most one between two sights: several may hide behind one change.
    fn transfer(&self, sight: &Sight) -> Option<Transfer> {
        let was_automatic = sight.auto_transferred_at.is_some()
            && sight.auto_transferred_at != self.auto_transferred_at;
        if was_automatic {
            return Some(Transfer::Auto);
        }
        if sight.department != self.department {
            return Some(Transfer::Department);
        }
        match (&self.agent, &sight.agent) {
            (Some(_), None) => Some(Transfer::Requeue),
            (Some(had), Some(has)) if had != has && self.visit.is_another(sight) => {
                Some(Transfer::Requeue)
            }
            (Some(had), Some(has)) if had != has => Some(Transfer::Agent),
            _ => None,
        }
    }

    /// Sums that fall are those of another life of the room: they are the new base.
    fn responses(&mut self, sight: &Sight) -> Option<What> {
        let seconds = sight.response_seconds.unwrap_or(self.response_seconds);
        let count = sight.responses.unwrap_or(self.responses);
        let (more_seconds, more) = (seconds - self.response_seconds, count - self.responses);
        (self.response_seconds, self.responses) = (seconds, count);
        let is_more = more >= 0.0 && more_seconds >= 0.0 && more + more_seconds > 0.0;
        is_more.then_some(What::Responses { seconds: more_seconds, count: more })
    }
}

fn closing(sight: &Sight, ending: &Ending, is_answered: bool) -> Closing {
    let since = |at: Millisecond| ending.at.seconds_since(at);
    let handled = ending.service_seconds.or(sight.taken_at.map(since));
    Closing {
        closer: ending.closer,
        outcome: match (&sight.agent, ending.closer) {
            (Some(_), _) if is_answered => Outcome::Answered,
            (Some(_), _) => Outcome::Unanswered,
            (None, Closer::Visitor) => Outcome::Abandoned,
            (None, _) => Outcome::Unserved,
        },
        duration_seconds: sight.lived_seconds.or(Some(since(sight.began))),
        handle_seconds: handled.filter(|_| sight.agent.is_some()),
        messages: ending.messages,
        tags: ending.tags.clone(),
    }
}
