//! The figures of agents: who is there, who holds what.
//!
//! Part of `present`; joins loads, chats, the directory and memberships by the agent's id.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::department::{ByLabel, Holding};
use super::headcount::Headcount;
use super::labelled::Labelled;
use super::moment::{Detail, Moment, Rules};
use crate::omnichannel::agent::{Agent, Status};
use crate::omnichannel::floor::Floor;
use crate::omnichannel::list::List;
use crate::omnichannel::names::OTHER;
use crate::omnichannel::pairs::Pair;
use crate::omnichannel::room::Phase;

/// A figure by agent and department.
pub type ByPair<T> = BTreeMap<(Arc<str>, Arc<str>), T>;

/// What is shown of the agents.
#[derive(Debug, Clone, Default)]
pub struct AgentsPresent {
    /// All agents of the workspace; `None` where the directory may not be read.
    pub workspace: Option<Headcount>,
    /// By agent and department: chats held as `livechat/queue` says; `None` while it is stale.
    pub held: Option<ByPair<u64>>,
    /// By agent and department: chats in progress, as the rooms say; `None` while they are stale.
    pub in_progress: Option<ByPair<u64>>,
    /// By agent and department: chats on hold, as the rooms say; `None` while they are stale.
    pub on_hold: Option<ByPair<u64>>,
    /// By agent: chats whose visitor wrote last.
    pub awaiting_reply: Option<BTreeMap<Arc<str>, u64>>,
    /// By agent: presence, where the rules show it.
    pub presence: BTreeMap<Arc<str>, (Status, bool)>,
}

pub(super) fn count_holding(
    floor: &Floor,
    labelled: &Labelled,
    moment: Moment,
    departments: &mut ByLabel,
) {
    if !moment.fresh.contains(List::Queue) {
        return;
    }
    for department in departments.values_mut() {
        department.holding = Some(Holding::default());
    }
    let mut counted = BTreeSet::new();
    for load in floor.loads().iter().filter(|load| load.chats > 0) {
        let label = labelled.department(load.department.as_ref());
        let Some(department) = departments.get_mut(label) else {
            continue;
        };
        let holding = department.holding.get_or_insert_default();
        if counted.insert((Arc::clone(label), Arc::clone(&load.agent.id))) {
            holding.agents.add(&load.agent);
        }
        if load.agent.status == Status::Offline {
            holding.offline_chats += load.chats;
        }
    }
}

pub(super) fn count_members(floor: &Floor, moment: Moment, departments: &mut ByLabel) {
    let is_fresh = |list| moment.fresh.contains(list);
    if !is_fresh(List::Agents) || !is_fresh(List::Departments) {
        return;
    }
    let directory: HashMap<&str, &Agent> = floor
        .agents()
        .iter()
        .map(|agent| (&*agent.id, agent))
        .collect();
    for department in departments.values_mut() {
        let known: Vec<_> = department
            .ids
            .iter()
            .filter_map(|id| floor.members(id))
            .collect();
        let members: BTreeSet<&str> = known
            .iter()
            .flat_map(|ids| ids.iter().map(|id| &**id))
            .collect();
        if !known.is_empty() {
            let mut headcount = Headcount::default();
            members
                .iter()
                .filter_map(|id| directory.get(id))
                .for_each(|agent| headcount.add(agent));
            department.members = Some(headcount);
        }
    }
}

pub(super) fn agents(
    floor: &Floor,
    rules: &Rules,
    labelled: &Labelled,
    moment: Moment,
) -> AgentsPresent {
    let mut present = AgentsPresent {
        workspace: moment
            .fresh
            .contains(List::Agents)
            .then(|| headcount(floor.agents())),
        ..AgentsPresent::default()
    };
    if rules.detail >= Detail::Load {
        let pairs: BTreeSet<(Arc<str>, Arc<str>)> = floor
            .pairs()
            .iter()
            .map(|known| label_of(labelled, known))
            .collect();
        present.held = moment
            .fresh
            .contains(List::Queue)
            .then(|| held(floor, labelled, &pairs));
        let serving = |phase| {
            let knows = moment.knows(phase);
            knows.then(|| serving(floor, labelled, phase, &pairs))
        };
        present.in_progress = serving(Phase::InProgress);
        present.on_hold = serving(Phase::OnHold);
        present.awaiting_reply = moment
            .knows(Phase::InProgress)
            .then(|| awaiting_reply(floor, labelled));
    }
    if rules.detail >= Detail::Presence {
        present.presence = presence(floor, labelled, moment);
    }
    present
}

fn headcount(agents: &[Agent]) -> Headcount {
    let mut headcount = Headcount::default();
    for agent in agents {
        headcount.add(agent);
    }
    headcount
}

fn label_of(labelled: &Labelled, (agent, department): &Pair) -> (Arc<str>, Arc<str>) {
    (
        Arc::clone(labelled.agents.of(agent)),
        Arc::clone(labelled.department(department.as_ref())),
    )
}

/// What is held by a pair beyond the cap still counts, under `other` twice.
fn label_within_cap(
    floor: &Floor,
    labelled: &Labelled,
    agent: &Arc<str>,
    department: Option<&Arc<str>>,
) -> (Arc<str>, Arc<str>) {
    let pair = (Arc::clone(agent), department.cloned());
    if floor.pairs().contains(&pair) {
        label_of(labelled, &pair)
    } else {
        (Arc::from(OTHER), Arc::from(OTHER))
    }
}

type Pairs = BTreeSet<(Arc<str>, Arc<str>)>;

fn held(floor: &Floor, labelled: &Labelled, pairs: &Pairs) -> ByPair<u64> {
    let mut held: ByPair<u64> = pairs.iter().map(|pair| (pair.clone(), 0)).collect();
    for load in floor.loads() {
        let department = load.department.as_ref();
        *held
            .entry(label_within_cap(
                floor,
                labelled,
                &load.agent.id,
                department,
            ))
            .or_default() += load.chats;
    }
    held
}

fn serving(floor: &Floor, labelled: &Labelled, phase: Phase, pairs: &Pairs) -> ByPair<u64> {
    let mut serving: ByPair<u64> = pairs.iter().map(|pair| (pair.clone(), 0)).collect();
    for chat in floor.chats().filter(|chat| chat.phase == phase) {
        if let Some(agent) = &chat.agent {
            let department = chat.department.as_ref();
            *serving
                .entry(label_within_cap(floor, labelled, agent, department))
                .or_default() += 1;
        }
    }
    serving
}

fn awaiting_reply(floor: &Floor, labelled: &Labelled) -> BTreeMap<Arc<str>, u64> {
    let known = floor
        .agent_names
        .ids()
        .map(|id| (Arc::clone(labelled.agents.of(id)), 0));
    let mut awaiting: BTreeMap<_, u64> = known.collect();
    let waiting = floor
        .chats()
        .filter(|chat| chat.phase == Phase::InProgress && chat.awaits_reply);
    for agent in waiting.filter_map(|chat| chat.agent.as_ref()) {
        *awaiting
            .entry(Arc::clone(labelled.agents.of(agent)))
            .or_default() += 1;
    }
    awaiting
}

/// The directory where it is fresh, else those who hold chats. `other` has no presence of its own.
fn presence(
    floor: &Floor,
    labelled: &Labelled,
    moment: Moment,
) -> BTreeMap<Arc<str>, (Status, bool)> {
    let listed = floor
        .agents()
        .iter()
        .filter(|_| moment.fresh.contains(List::Agents));
    let held = floor.loads().iter().map(|load| &load.agent);
    let holding = held.filter(|_| moment.fresh.contains(List::Queue));
    let mut presence = BTreeMap::new();
    for agent in listed.chain(holding) {
        let label = labelled.agents.of(&agent.id);
        if &**label != OTHER {
            presence
                .entry(Arc::clone(label))
                .or_insert((agent.status, agent.accepting));
        }
    }
    presence
}

/// Σ over agents and departments of the difference between what the two endpoints say is held.
pub(super) fn load_mismatch(floor: &Floor, rules: &Rules, moment: Moment) -> Option<u64> {
    let known = moment.knows(Phase::InProgress) && moment.knows(Phase::OnHold);
    if !rules.compares_loads || !known || !moment.fresh.contains(List::Queue) {
        return None;
    }
    let mut balance: BTreeMap<(&str, Option<&str>), i64> = BTreeMap::new();
    for load in floor.loads() {
        let chats = i64::try_from(load.chats).unwrap_or(i64::MAX);
        *balance
            .entry((&load.agent.id, load.department.as_deref()))
            .or_default() += chats;
    }
    for chat in floor.chats().filter(|chat| chat.phase != Phase::Queued) {
        if let Some(agent) = &chat.agent {
            *balance
                .entry((agent, chat.department.as_deref()))
                .or_default() -= 1;
        }
    }
    Some(
        balance
            .values()
            .map(|difference| difference.unsigned_abs())
            .sum(),
    )
}
