//! The gauges of agents: headcounts, presence and chats held.
//!
//! Loads, chats, the directory and memberships come from different lists; the agent's id joins them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::department::{self, ByLabel, Holding};
use super::headcount::Headcount;
use super::inputs::Inputs;
use crate::omnichannel::age::age_seconds;
use crate::omnichannel::agent::{Agent, Load, Status};
use crate::omnichannel::agent_department_loads::LoadCounts;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::labels::names::OTHER;
use crate::omnichannel::list::List;
use crate::omnichannel::rules::AgentDetail;
use crate::rocketchat::unix_millis::UnixMillis;

/// A figure by agent and department.
pub type ByPair<T> = BTreeMap<(Arc<str>, Arc<str>), T>;

/// The gauges of agents.
#[derive(Debug, Clone, Default)]
pub struct AgentGauges {
    /// All agents of the workspace; `None` if the directory is stale or may not be read.
    pub workspace: Option<Headcount>,
    /// By agent and department: chats held, by `livechat/queue`; `None` while the list is stale.
    pub held: Option<ByPair<u64>>,
    /// By agent and department: chats in progress, by `livechat/rooms`; `None` while the list is stale.
    pub in_progress: Option<ByPair<u64>>,
    /// By agent and department: chats on hold, by `livechat/rooms`; `None` while the list is stale.
    pub on_hold: Option<ByPair<u64>>,
    /// By agent: the chats in progress whose visitor wrote last; `None` while the list is stale.
    pub awaiting_reply: Option<BTreeMap<Arc<str>, AwaitingReply>>,
    /// By agent: the status, and true if the agent accepts chats; empty unless the rules show presence.
    pub presence: BTreeMap<Arc<str>, (Status, bool)>,
}

/// The chats in progress of one agent whose visitor wrote last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AwaitingReply {
    /// Number of these chats.
    pub chats: u64,
    /// Age of the oldest unanswered question in them, seconds; 0 if there is none.
    pub oldest_seconds: f64,
}

pub(super) fn count_holding(inputs: Inputs<'_>, departments: &mut ByLabel) {
    let Inputs { live_state, rules, labelled, view } = inputs;
    if !view.fresh.contains(List::Queue) {
        return;
    }
    for department in departments.values_mut() {
        department.holding = Some(Holding::default());
    }
    let mut counted = HashSet::with_capacity(live_state.loads.len());
    let is_shown = |load: &&Load| load.department.is_some() || rules.shows_public;
    let holding = live_state.loads.iter().filter(|load| load.chats > 0);
    for load in holding.filter(is_shown) {
        let label = labelled.department(load.department.as_ref());
        let holding = department::of(departments, label).holding.get_or_insert_default();
        if counted.insert((label, &*load.agent.id)) {
            holding.agents.add(&load.agent);
        }
        if load.agent.status == Status::Offline {
            holding.offline_chats += load.chats;
        }
    }
}

pub(super) fn count_members(inputs: Inputs<'_>, departments: &mut ByLabel) {
    let Inputs { live_state, view, .. } = inputs;
    if !live_state.members_come_from().iter().all(|list| view.fresh.contains(*list)) {
        return;
    }
    let directory: HashMap<&str, &Agent> =
        live_state.agents.iter().map(|agent| (&*agent.id, agent)).collect();
    for department in departments.values_mut() {
        let known: Vec<_> = department.ids.iter().filter_map(|id| live_state.members(id)).collect();
        let ids = known.iter().flat_map(|ids| ids.iter());
        let mut members: Vec<&str> = ids.map(|id| &**id).collect();
        members.sort_unstable();
        members.dedup();
        if !known.is_empty() {
            let listed = members.iter().filter_map(|id| directory.get(id).copied());
            department.members = Some(listed.collect());
        }
    }
}

pub(super) fn agents(inputs: Inputs<'_>) -> AgentGauges {
    let Inputs { live_state, rules, view, .. } = inputs;
    let mut present = AgentGauges {
        workspace: view.fresh.contains(List::Agents).then(|| live_state.agents.iter().collect()),
        ..AgentGauges::default()
    };
    if rules.detail >= AgentDetail::Load {
        let load_counts = load_counts(inputs);
        let held = || figures(&load_counts, |counts| counts.held);
        present.held = view.fresh.contains(List::Queue).then(held);
        let serving = |phase, figure: fn(&LoadCounts) -> u64| {
            view.knows(phase).then(|| figures(&load_counts, figure))
        };
        present.in_progress = serving(Phase::InProgress, |counts| counts.in_progress);
        present.on_hold = serving(Phase::OnHold, |counts| counts.on_hold);
        let knows = view.knows(Phase::InProgress);
        present.awaiting_reply = knows.then(|| awaiting_reply(inputs));
    }
    if rules.detail >= AgentDetail::Presence {
        present.presence = presence(inputs);
    }
    present
}

fn load_counts(inputs: Inputs<'_>) -> ByPair<LoadCounts> {
    let Inputs { live_state, labelled, .. } = inputs;
    let mut load_counts: ByPair<LoadCounts> = BTreeMap::new();
    // A pair beyond the limit still counts: `other` replaces both the agent and the department.
    let other: Arc<str> = Arc::from(OTHER);
    for (place, (agent, department, counts)) in
        live_state.load_counts(labelled.registry).enumerate()
    {
        let pair = if place < labelled.registry.most_pairs {
            (labelled.agents.of(agent), labelled.department(department))
        } else {
            (&other, &other)
        };
        *load_counts.entry((Arc::clone(pair.0), Arc::clone(pair.1))).or_default() += counts;
    }
    load_counts
}

fn figures<T>(load_counts: &ByPair<LoadCounts>, figure: impl Fn(&LoadCounts) -> T) -> ByPair<T> {
    let figures = load_counts.iter();
    figures.map(|(pair, counts)| (pair.clone(), figure(counts))).collect()
}

fn awaiting_reply(inputs: Inputs<'_>) -> BTreeMap<Arc<str>, AwaitingReply> {
    let Inputs { live_state, labelled, view, .. } = inputs;
    let label = |id| Arc::clone(labelled.agents.of(id));
    let known = labelled.registry.agents.ids().map(|id| (label(id), AwaitingReply::default()));
    let mut awaiting: BTreeMap<_, AwaitingReply> = known.collect();
    for (agent, _, counts) in live_state.load_counts(labelled.registry) {
        let of_agent = awaiting.entry(label(agent)).or_default();
        let age = age_seconds(counts.awaits_reply_since.map(UnixMillis::timestamp), view.now);
        of_agent.chats += counts.awaiting_reply;
        of_agent.oldest_seconds = of_agent.oldest_seconds.max(age);
    }
    awaiting
}

/// The presence by the directory while it is fresh, then of further agents who hold chats. `other` has no presence: it
/// stands for several agents.
fn presence(inputs: Inputs<'_>) -> BTreeMap<Arc<str>, (Status, bool)> {
    let Inputs { live_state, labelled, view, .. } = inputs;
    let listed = live_state.agents.iter().filter(|_| view.fresh.contains(List::Agents));
    let held = live_state.loads.iter().map(|load| &load.agent);
    let holding = held.filter(|_| view.fresh.contains(List::Queue));
    let mut presence = BTreeMap::new();
    for agent in listed.chain(holding) {
        let label = labelled.agents.of(&agent.id);
        if &**label != OTHER {
            presence.entry(Arc::clone(label)).or_insert((agent.status, agent.accepting));
        }
    }
    presence
}

/// Sum over agents and departments of the difference between the two endpoints, chats; `None` if the rules do not
/// compare them or a list is stale.
pub(super) fn load_mismatch(inputs: Inputs<'_>) -> Option<u64> {
    let Inputs { live_state, rules, view, .. } = inputs;
    let known = view.knows(Phase::InProgress) && view.knows(Phase::OnHold);
    if !rules.compares_loads || !known || !view.fresh.contains(List::Queue) {
        return None;
    }
    Some(live_state.pairs.iter().map(|(_, counts)| counts.mismatch()).sum())
}
