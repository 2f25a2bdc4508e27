//! Who serves where: the chats of each agent in each department, as both endpoints tell them.
//!
//! Counted by the floor when its lists change, so that a render looks at pairs and not at chats again.
//! A pair is remembered for as long as the floor remembers. It knows neither labels nor freshness.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use jiff::Timestamp;

use super::agent::Load;
use super::chat::{Chat, Phase};

/// An agent and a department that it serves or served lately.
pub type Pair = (Arc<str>, Option<Arc<str>>);

/// The chats of one agent in one department.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// Chats held, as `livechat/queue` says.
    pub held: u64,
    /// Chats in progress, as the rooms say.
    pub in_progress: u64,
    /// Chats on hold, as the rooms say.
    pub on_hold: u64,
    /// Chats in progress whose visitor wrote last.
    pub awaiting_reply: u64,
}

impl LoadCounts {
    /// By how many chats the two endpoints differ.
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

/// Every pair seen lately.
#[derive(Debug, Clone, Default)]
pub struct AgentDepartmentLoads(BTreeMap<Pair, (LoadCounts, Timestamp)>);

impl AgentDepartmentLoads {
    /// Every pair with its tally.
    pub fn iter(&self) -> impl Iterator<Item = (&Pair, LoadCounts)> {
        self.0.iter().map(|(pair, (tally, _))| (pair, *tally))
    }

    /// Counts anew, at `now`; who has nothing any more stays with zeros.
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

    /// How many pairs were seen lately.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this agent was seen with this department lately.
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
