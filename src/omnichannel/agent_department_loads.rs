//! The chats of each agent in each department, by `livechat/queue` and by `livechat/rooms`.
//!
//! The counts are made when the lists change, so that a render reads only the pairs and not every chat. A pair without
//! chats stays with zeros until `forget_before` removes it. The module contains no rule about labels or the age of
//! lists.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::age::is_possible;
use super::agent::Load;
use super::chat::{Chat, Phase};
use crate::rocketchat::unix_millis::UnixMillis;

/// An agent's id and the id of a department in which the agent has or had chats; `None` for no department.
pub type Pair = (Arc<str>, Option<Arc<str>>);

/// The chats of one agent in one department.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// Chats the agent holds, by `livechat/queue`.
    pub held: u64,
    /// Chats in progress, by `livechat/rooms`.
    pub in_progress: u64,
    /// Chats on hold, by `livechat/rooms`.
    pub on_hold: u64,
    /// Chats in progress whose visitor wrote last.
    pub awaiting_reply: u64,
    /// Time of the oldest unanswered question in these chats; `None` if no question with a possible time is unanswered.
    pub awaits_reply_since: Option<UnixMillis>,
}

impl LoadCounts {
    /// Difference between the two endpoints, chats: |held − (in progress + on hold)|.
    pub fn mismatch(&self) -> u64 {
        self.held.abs_diff(self.in_progress + self.on_hold)
    }

    /// Chats the agent holds that are not on hold.
    pub fn held_off_hold(&self) -> u64 {
        self.held.saturating_sub(self.on_hold)
    }

    fn count(&mut self, chat: &Chat, now: Timestamp) {
        match chat.phase {
            Phase::InProgress if chat.awaits_reply => {
                self.in_progress += 1;
                self.awaiting_reply += 1;
                let since = chat.awaits_reply_since;
                let since = since.filter(|since| is_possible(since.timestamp(), now));
                self.awaits_reply_since = earliest(self.awaits_reply_since, since);
            }
            Phase::InProgress => self.in_progress += 1,
            Phase::OnHold => self.on_hold += 1,
            Phase::Queued | Phase::Closed => {}
        }
    }
}

impl AddAssign for LoadCounts {
    fn add_assign(&mut self, other: Self) {
        self.held += other.held;
        self.in_progress += other.in_progress;
        self.on_hold += other.on_hold;
        self.awaiting_reply += other.awaiting_reply;
        self.awaits_reply_since = earliest(self.awaits_reply_since, other.awaits_reply_since);
    }
}

fn earliest(one: Option<UnixMillis>, other: Option<UnixMillis>) -> Option<UnixMillis> {
    one.into_iter().chain(other).min()
}

/// The counts of every remembered pair, with the time at which the pair was last seen.
#[derive(Debug, Clone, Default)]
pub struct AgentDepartmentLoads(BTreeMap<Pair, (LoadCounts, Timestamp)>);

impl AgentDepartmentLoads {
    /// Every remembered pair with its counts.
    pub fn iter(&self) -> impl Iterator<Item = (&Pair, LoadCounts)> {
        self.0.iter().map(|(pair, (counts, _))| (pair, *counts))
    }

    /// Replaces all counts at `now`; a pair that has no chats any more stays with zeros.
    pub(super) fn recount<'a>(
        &mut self,
        loads: &[Load],
        chats: impl Iterator<Item = &'a Chat>,
        now: Timestamp,
    ) {
        for (counts, _) in self.0.values_mut() {
            *counts = LoadCounts::default();
        }
        for load in loads {
            self.see(&load.agent.id, load.department.as_ref(), now).held += load.chats;
        }
        // The chats of a pair are counted in a hash map first: a search in the tree compares two ids at each step, so it is
        // done once for each pair.
        let mut counted: HashMap<_, LoadCounts, RandomState> = HashMap::default();
        for chat in chats {
            if let Some(agent) = &chat.agent {
                let pair = (agent, chat.department.as_ref());
                counted.entry(pair).or_default().count(chat, now);
            }
        }
        for ((agent, department), counts) in counted {
            *self.see(agent, department, now) += counts;
        }
    }

    /// The agents of the pairs that were seen at `now`; an agent may come more than once.
    pub(super) fn agents_seen_at(&self, now: Timestamp) -> impl Iterator<Item = &Arc<str>> {
        let seen = self.0.iter().filter(move |(_, (_, at))| *at == now);
        seen.map(|((agent, _), _)| agent)
    }

    /// Number of remembered pairs.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// True if the pair of this agent and this department is remembered.
    pub fn contains(&self, agent: &Arc<str>, department: &Arc<str>) -> bool {
        self.0.contains_key(&(Arc::clone(agent), Some(Arc::clone(department))))
    }

    /// The counts of a pair; zeros for a pair that is not remembered.
    pub fn of(&self, agent: &Arc<str>, department: Option<&Arc<str>>) -> LoadCounts {
        let counts = self.0.get(&(Arc::clone(agent), department.cloned()));
        counts.map_or_else(LoadCounts::default, |(counts, _)| *counts)
    }

    fn see(
        &mut self,
        agent: &Arc<str>,
        department: Option<&Arc<str>>,
        now: Timestamp,
    ) -> &mut LoadCounts {
        let pair = (Arc::clone(agent), department.cloned());
        let (counts, seen) = self.0.entry(pair).or_default();
        *seen = now;
        counts
    }

    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.0.retain(|_, (_, seen)| *seen >= horizon);
    }
}
