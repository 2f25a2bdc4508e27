//! The `LiveState`: the lists of a workspace at this moment.
//!
//! A complete scan replaces its list as a whole; an incomplete scan leaves the list as it is. If two lists contain a
//! chat, the later row is valid; of a closed row and an open row of the same cycle, the closed row is valid. A
//! department, agent, pair, channel, priority or call queue that has vanished is remembered for an hour, so that its
//! gauges are 0 before they disappear. The module sends no request and reads no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::agent::{Agent, Load};
use super::agent_department_loads::{AgentDepartmentLoads, LoadCounts};
use super::call::Call;
use super::chat::{Chat, Phase, Source};
use super::contradicted;
use super::event::{CallEvent, Event};
use super::labels::combinations::{Combined, KnownNames};
use super::labels::names::{Names, SeenNames, is_called};
use super::list::List;
use crate::rocketchat::key::Key;

pub use super::labels::limits::LabelLimits;

/// Time for which something that has vanished, such as a department or an agent, is still served as 0.
const MEMORY: SignedDuration = SignedDuration::from_hours(1);

/// The complete new content of one list.
#[derive(Debug)]
pub enum Update {
    /// Open chats of `List::Queued`, `List::OnHold` or `List::Open`.
    Chats(List, Vec<Chat>),
    /// Keys of recently closed chats.
    Closed(Vec<Key>),
    /// Chats held per agent and department.
    Loads(Vec<Load>),
    /// Calls that go on.
    Calls(Vec<Call>),
    /// Ids of all departments.
    Departments(Vec<Arc<str>>),
    /// Ids of the members of one department, from a request for this department.
    Members(Arc<str>, Vec<Arc<str>>),
    /// Ids of the members of every department that has members, from the list of agents.
    AllMembers(BTreeMap<Arc<str>, Vec<Arc<str>>>),
    /// All agents.
    Agents(Vec<Agent>),
}

impl Update {
    /// Applies `amend` to each chat of a list of chats; other lists stay unchanged.
    pub fn amend(&mut self, amend: impl FnMut(&mut Chat)) {
        if let Self::Chats(_, chats) = self {
            chats.iter_mut().for_each(amend);
        }
    }
}

/// The lists of a workspace at one moment. A clone is cheap, because clones share the lists.
#[derive(Debug, Clone)]
pub struct LiveState {
    chats: BTreeMap<List, Arc<Vec<Chat>>>,
    /// Closed chats, with the cycle and the time at which the close was noted.
    closed: Arc<HashMap<Key, (u64, Timestamp)>>,
    loads: Arc<Vec<Load>>,
    calls: Arc<Vec<Call>>,
    agents: Arc<Vec<Agent>>,
    listed_departments: Arc<BTreeSet<Arc<str>>>,
    members: BTreeMap<Arc<str>, Arc<Vec<Arc<str>>>>,
    /// True if the members of all departments come from the list of agents.
    has_all_members: bool,
    pairs: AgentDepartmentLoads,
    most_pairs: usize,
    pairs_folded: u64,
    pub(crate) departments: Names,
    pub(crate) agent_names: Names,
    pub(crate) apps: Names,
    pub(crate) priorities: Names,
    pub(crate) call_queues: Names,
    sources: BTreeMap<Source, Timestamp>,
    pub(super) combined: Combined,
}

impl LiveState {
    /// An empty `LiveState`.
    pub fn new(label_limits: LabelLimits) -> Self {
        Self {
            chats: BTreeMap::new(),
            closed: Arc::default(),
            loads: Arc::default(),
            calls: Arc::default(),
            agents: Arc::default(),
            listed_departments: Arc::default(),
            members: BTreeMap::new(),
            has_all_members: false,
            pairs: AgentDepartmentLoads::default(),
            most_pairs: label_limits.pairs,
            pairs_folded: 0,
            departments: Names::new(label_limits.departments),
            agent_names: Names::new(label_limits.agents),
            apps: Names::new(label_limits.others),
            priorities: Names::new(label_limits.others),
            call_queues: Names::new(label_limits.others),
            sources: BTreeMap::new(),
            combined: Combined::new(label_limits.combinations),
        }
    }

    /// Notes the names that a cycle has read. `now` is the time by the server's clock.
    pub fn name(&mut self, seen_names: &SeenNames, now: Timestamp) {
        for (id, name) in seen_names.departments() {
            self.departments.see(id, name, now);
        }
        for (id, name) in seen_names.agents() {
            self.agent_names.see(id, name, now);
        }
    }

    /// Replaces the lists that a cycle has read. `cycle` is the number of the cycle and only increases; `now` is the
    /// time by the server's clock.
    pub fn advance(&mut self, updates: Vec<Update>, cycle: u64, now: Timestamp) {
        for update in updates {
            self.replace(update, cycle, now);
        }
        self.drop_contradicted();
        self.see_all(now);
        self.forget_before(now.checked_sub(MEMORY).unwrap_or(Timestamp::MIN));
        let pairs = self.pairs.len() + self.idle_members().count();
        self.pairs_folded = self.pairs_folded.max(pairs.saturating_sub(self.most_pairs) as u64);
    }

    /// Notes the departments, agents, sources and queues of events: a chat that began and ended between two polls is in
    /// no list.
    pub fn see_events(&mut self, events: &[Event], calls: &[CallEvent], now: Timestamp) {
        for Event { department, agent, source, .. } in events {
            if let Some(id) = department {
                self.departments.see(id, None, now);
            }
            if let Some(id) = agent {
                self.agent_names.see(id, None, now);
            }
            self.sources.insert(source.clone(), now);
        }
        for call in calls {
            self.call_queues.see(&call.queue, None, now);
        }
        self.see_apps(now);
        self.combine(|combined, live_state| combined.see_events(events, &live_state.known(), now));
    }

    fn see_apps(&mut self, now: Timestamp) {
        for source in self.sources.keys() {
            if let Source::App(alias) = source {
                self.apps.see(alias, None, now);
            }
        }
    }

    fn replace(&mut self, update: Update, cycle: u64, now: Timestamp) {
        match update {
            Update::Chats(list, mut chats) => {
                chats.sort_unstable_by(|a, b| kin(a).cmp(&kin(b)));
                let closed = chats.iter().filter(|chat| chat.phase == Phase::Closed);
                let closed: Vec<_> = closed.map(|chat| (chat.key, chat.read_in)).collect();
                self.note_closed(closed, now);
                chats.shrink_to_fit();
                self.chats.insert(list, Arc::new(chats));
            }
            Update::Closed(keys) => self.note_closed(keys.into_iter().map(|key| (key, cycle)), now),
            Update::Loads(loads) => self.loads = Arc::new(loads),
            Update::Calls(calls) => self.calls = Arc::new(calls),
            Update::Departments(ids) => self.list_departments(ids),
            Update::Members(department, members) => {
                self.has_all_members = false;
                self.members.insert(department, Arc::new(members));
            }
            Update::AllMembers(members) => {
                let members = members.into_iter();
                self.has_all_members = true;
                self.members = members.map(|(id, members)| (id, Arc::new(members))).collect();
            }
            Update::Agents(agents) => self.agents = Arc::new(agents),
        }
    }

    fn list_departments(&mut self, ids: Vec<Arc<str>>) {
        let listed: BTreeSet<_> = ids.into_iter().collect();
        self.members.retain(|id, _| listed.contains(id));
        self.listed_departments = Arc::new(listed);
    }

    fn note_closed(&mut self, closed: impl IntoIterator<Item = (Key, u64)>, now: Timestamp) {
        let mut closed = closed.into_iter().peekable();
        if closed.peek().is_some() {
            Arc::make_mut(&mut self.closed).extend(closed.map(|(key, cycle)| (key, (cycle, now))));
        }
    }

    /// Removes the rows that a later row, or a closed row of the same or a later cycle, contradicts.
    fn drop_contradicted(&mut self) {
        for (list, keys) in contradicted::keys(&self.chats, &self.closed) {
            if let Some(chats) = self.chats.get_mut(&list) {
                Arc::make_mut(chats).retain(|chat| !keys.contains(&chat.key));
            }
        }
    }

    fn see_all(&mut self, now: Timestamp) {
        for id in self.listed_departments.iter() {
            self.departments.see(id, None, now);
        }
        for agent in self.agents.iter() {
            self.agent_names.see(&agent.id, None, now);
        }
        for call in self.calls.iter() {
            self.call_queues.see(&call.queue, None, now);
        }
        for load in self.loads.iter() {
            self.agent_names.see(&load.agent.id, None, now);
        }
        for chat in self.chats.values().flat_map(|chats| chats.iter()) {
            see_chat(chat, now, &mut self.departments, &mut self.agent_names, &mut self.priorities);
            self.sources.insert(chat.source.clone(), now);
        }
        self.pairs.recount(&self.loads, self.chats.values().flat_map(|it| it.iter()), now);
        self.see_apps(now);
        self.combine(|combined, live_state| {
            combined.see_chats(live_state.chats_in_runs(), &live_state.known(), now);
        });
    }

    fn combine(&mut self, see: impl FnOnce(&mut Combined, &Self)) {
        let mut combined = std::mem::take(&mut self.combined);
        see(&mut combined, self);
        self.combined = combined;
    }

    fn known(&self) -> KnownNames<'_> {
        let Self { departments, apps, priorities, .. } = self;
        KnownNames { departments, apps, priorities }
    }

    fn forget_before(&mut self, horizon: Timestamp) {
        let names = [
            &mut self.departments,
            &mut self.agent_names,
            &mut self.apps,
            &mut self.priorities,
            &mut self.call_queues,
        ];
        for names in names {
            names.forget_before(horizon);
        }
        self.pairs.forget_before(horizon);
        self.combined.forget_before(horizon);
        self.sources.retain(|_, seen| *seen >= horizon);
        if self.closed.values().any(|(_, at)| *at < horizon) {
            Arc::make_mut(&mut self.closed).retain(|_, (_, at)| *at >= horizon);
        }
    }

    /// The remembered departments and their names.
    pub fn department_names(&self) -> &Names {
        &self.departments
    }

    /// Gives `note` the departments, to restore those of an earlier process.
    pub fn restore_departments(&mut self, note: impl FnOnce(&mut Names)) {
        note(&mut self.departments);
    }

    /// Every open chat, once.
    pub fn chats(&self) -> impl Iterator<Item = &Chat> {
        self.chats.values().flat_map(|chats| chats.iter())
    }

    /// Every open chat, once, in runs of one department and source.
    pub fn chats_in_runs(&self) -> impl Iterator<Item = &[Chat]> {
        let lists = self.chats.values();
        lists.flat_map(|chats| chats.chunk_by(|a, b| kin(a) == kin(b)))
    }

    /// Chats held per agent and department, by `livechat/queue`.
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// Calls that go on.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The directory of agents.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// Ids of the remembered departments with this name or id.
    pub fn departments_named(&self, name: &str) -> Vec<String> {
        let is_named =
            |id: &&Arc<str>| is_called(id, self.departments.name(id).map(|known| &**known), name);
        self.departments.ids().filter(is_named).map(ToString::to_string).collect()
    }

    /// The members of a department; `None` if they could not be read or the directory does not list the department.
    pub fn members(&self, department: &str) -> Option<&[Arc<str>]> {
        let told = self.members.get(department).map(|members| members.as_slice());
        told.or(self.has_all_members.then_some(&[])).filter(|_| self.is_listed(department))
    }

    /// The lists from which the members of departments come.
    pub fn members_come_from(&self) -> &'static [List] {
        if self.has_all_members { &[List::Agents] } else { &[List::Agents, List::Departments] }
    }

    /// True if the directory lists the department, or lists none. Agents may be members of departments outside the
    /// directory: archived departments, or departments outside the filter.
    fn is_listed(&self, department: &str) -> bool {
        self.listed_departments.is_empty() || self.listed_departments.contains(department)
    }

    /// Ids of the departments in the directory.
    pub fn listed_departments(&self) -> impl Iterator<Item = &Arc<str>> {
        self.listed_departments.iter()
    }

    /// Chats by agent and department: first the remembered pairs, then members without chats, up to the limit of pairs.
    pub fn tallies(&self) -> impl Iterator<Item = (&Arc<str>, Option<&Arc<str>>, LoadCounts)> {
        let seen = self.pairs.iter();
        let seen = seen.map(|((agent, department), tally)| (agent, department.as_ref(), tally));
        let idle = self.idle_members().take(self.most_pairs.saturating_sub(self.pairs.len()));
        seen.chain(idle.map(|(agent, department)| (agent, Some(department), LoadCounts::default())))
    }

    /// Largest number of pairs of agent and department with labels of their own.
    pub fn most_pairs(&self) -> usize {
        self.most_pairs
    }

    fn idle_members(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let shown = self.members.iter().filter(|(department, _)| {
            self.is_listed(department) && self.departments.knows(department)
        });
        let members = shown.flat_map(|(department, members)| {
            members.iter().map(move |member| (member, department))
        });
        members.filter(|(agent, department)| {
            self.agent_names.knows(agent) && !self.pairs.contains(agent, department)
        })
    }

    /// Number of chats by which the two endpoints differ, summed over all agents and departments.
    pub fn load_mismatch(&self) -> u64 {
        self.pairs.iter().map(|(_, tally)| tally.mismatch()).sum()
    }

    /// Number of values that were ever counted under `other`, by label or combination of labels.
    pub fn folded_label_values(&self) -> [(&'static str, u64); 8] {
        [
            ("department", self.departments.folded_ever()),
            ("agent", self.agent_names.folded_ever()),
            ("pair", self.pairs_folded),
            ("department_source", self.combined.sources.folded_ever()),
            ("department_priority", self.combined.priorities.folded_ever()),
            ("source", self.apps.folded_ever()),
            ("priority", self.priorities.folded_ever()),
            ("queue", self.call_queues.folded_ever()),
        ]
    }

    /// The channels seen within the last hour.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.keys()
    }
}

/// The department and the source of a chat, by which chats are grouped.
fn kin(chat: &Chat) -> (Option<&str>, &Source) {
    (chat.department.as_deref(), &chat.source)
}

fn see_chat(
    chat: &Chat,
    now: Timestamp,
    departments: &mut Names,
    agents: &mut Names,
    priorities: &mut Names,
) {
    let noted =
        [(&chat.department, departments), (&chat.agent, agents), (&chat.priority, priorities)];
    for (id, names) in noted {
        if let Some(id) = id {
            names.see(id, None, now);
        }
    }
}

#[cfg(test)]
mod tests;
