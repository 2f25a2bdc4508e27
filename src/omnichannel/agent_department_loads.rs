//! The chats of each agent in each department, by `livechat/queue` and by `livechat/rooms`.
//!
//! The counts are made when the lists change, so that a render reads only the pairs and not every chat. A pair without
//! chats stays with zeros until `forget_before` removes it. The module contains no rule about labels or the age of
//! lists.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;

use super::agent::Load;
use super::chat::{Chat, Phase};

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
}

impl LoadCounts {
    /// Difference between the two endpoints, chats: |held − (in progress + on hold)|.
    pub fn mismatch(&self) -> u64 {
        self.held.abs_diff(self.in_progress + self.on_hold)
    }

    fn count(&mut self, chat: &Chat) {
        match chat.phase {
            Phase::InProgress => {
                self.in_progress += 1;
                self.awaiting_reply += u64::from(chat.awaits_reply);
            }
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
    }
}

/// The counts of every remembered pair, with the time at which the pair was last seen.
#[derive(Debug, Clone, Default)]
pub struct AgentDepartmentLoads(BTreeMap<Pair, (LoadCounts, Timestamp)>);

impl AgentDepartmentLoads {
    /// Every remembered pair with its counts.
    pub fn iter(&self) -> impl Iterator<Item = (&Pair, LoadCounts)> {
        self.0.iter().map(|(pair, (tally, _))| (pair, *tally))
    }

    /// Replaces all counts at `now`; a pair that has no chats any more stays with zeros.
    pub(super) fn recount<'a>(
        &mut self,
        loads: &[Load],
        chats: impl Iterator<Item = &'a Chat>,
        now: Timestamp,
    ) {
        for (tally, _) in self.0.values_mut() {
            *tally = LoadCounts::default();
        }
        for load in loads {
            self.see(&load.agent.id, load.department.as_ref(), now).held += load.chats;
        }
        for chat in chats {
            if let Some(agent) = &chat.agent {
                self.see(agent, chat.department.as_ref(), now).count(chat);
            }
        }
    }

    /// Number of remembered pairs.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// True if the pair of this agent and this department is remembered.
    pub fn contains(&self, agent: &Arc<str>, department: &Arc<str>) -> bool {
        self.0.contains_key(&(Arc::clone(agent), Some(Arc::clone(department))))
    }

    fn see(
        &mut self,
        agent: &Arc<str>,
        department: Option<&Arc<str>>,
        now: Timestamp,
    ) -> &mut LoadCounts {
        let pair = (Arc::clone(agent), department.cloned());
        let (tally, seen) = self.0.entry(pair).or_default();
        *seen = now;
        tally
    }

    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.0.retain(|_, (_, seen)| *seen >= horizon);
    }
}
