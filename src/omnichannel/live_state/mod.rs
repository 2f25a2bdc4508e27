//! The `LiveState`: the lists of a workspace at this moment.
//!
//! A complete scan replaces its list as a whole; an incomplete scan leaves the list as it is. If two lists contain a
//! chat, the later row is valid; of a closed row and an open row of the same cycle, the closed row is valid. A pair of
//! agent and department that has vanished is remembered as long as their labels. The module sends no request and reads
//! no clock.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::agent::{Agent, Load};
use super::agent_department_loads::{AgentDepartmentLoads, LoadCounts};
use super::call::Call;
use super::chat::{Chat, Phase};
use super::contradicted;
use super::labels::registry::{LabelRegistry, VANISHED_KEPT_FOR};
use super::licence::Licence;
use super::list::List;
use super::observation::ChatObservation;
use super::presence::PresenceCheck;
use crate::rocketchat::instant::earlier;
use crate::rocketchat::key::Key;

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
    /// Chat limits of the departments that have one: the chats that an agent may hold at once in the department.
    ChatLimits(BTreeMap<Arc<str>, u64>),
    /// Ids of the members of one department, from a request for this department.
    Members(Arc<str>, Vec<Arc<str>>),
    /// Ids of the members of every department that has members, from the list of agents.
    AllMembers(BTreeMap<Arc<str>, Vec<Arc<str>>>),
    /// All agents.
    Agents(Vec<Agent>),
    /// The longest wait that each SLA policy promises, seconds, by id.
    Slas(BTreeMap<Arc<str>, f64>),
    /// The licence.
    Licence(Licence),
    /// True for each department whose widget offers a chat; `None` stands for no department.
    Widget(BTreeMap<Option<Arc<str>>, bool>),
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
#[derive(Debug, Clone, Default)]
pub struct LiveState {
    chats: BTreeMap<List, Arc<Vec<Chat>>>,
    /// Closed chats, with the cycle and the time at which the close was noted.
    closed: Arc<HashMap<Key, (u64, Timestamp)>>,
    /// Chats held per agent and department, by `livechat/queue`.
    pub(super) loads: Arc<Vec<Load>>,
    /// Calls that go on.
    pub(super) calls: Arc<Vec<Call>>,
    /// The directory of agents.
    pub(super) agents: Arc<Vec<Agent>>,
    listed_departments: Arc<BTreeSet<Arc<str>>>,
    /// The SLA policies by id, each with the longest wait that it promises, seconds.
    pub(super) slas: Arc<BTreeMap<Arc<str>, f64>>,
    /// The licence; `None` before it was read.
    pub(super) licence: Option<Licence>,
    widget: Arc<BTreeMap<Option<Arc<str>>, bool>>,
    /// The chat limits of the departments that have one.
    pub(super) chat_limits: Arc<BTreeMap<Arc<str>, u64>>,
    members: BTreeMap<Arc<str>, Arc<Vec<Arc<str>>>>,
    /// True if the members of all departments come from the list of agents.
    has_all_members: bool,
    /// The chats of every remembered pair of agent and department.
    pub(super) pairs: AgentDepartmentLoads,
    /// The check of the presence against assigned and answered chats.
    pub(super) presence: PresenceCheck,
}

impl LiveState {
    /// Replaces the lists that a cycle has read, and notes their ids in the labels. `cycle` is the number of the cycle
    /// and only increases; `now` is the time by the server's clock.
    pub fn advance(
        &mut self,
        updates: Vec<Update>,
        labels: &mut LabelRegistry,
        cycle: u64,
        now: Timestamp,
    ) {
        for update in updates {
            self.replace(update, cycle, now);
        }
        self.drop_contradicted();
        self.note_presence(now);
        self.see_all(labels, now);
        let horizon = earlier(now, VANISHED_KEPT_FOR);
        labels.forget_before(horizon);
        self.forget_before(horizon);
        labels.see_pairs(self.pairs.len() + self.idle_members(labels).count());
    }

    fn replace(&mut self, update: Update, cycle: u64, now: Timestamp) {
        match update {
            Update::Chats(list, mut chats) => {
                chats.sort_unstable_by(by_department_and_source);
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
            Update::ChatLimits(limits) => self.chat_limits = Arc::new(limits),
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
            Update::Slas(slas) => self.slas = Arc::new(slas),
            Update::Widget(online) => self.widget = Arc::new(online),
            Update::Licence(licence) => self.licence = Some(licence),
        }
    }

    fn list_departments(&mut self, ids: Vec<Arc<str>>) {
        let listed: BTreeSet<_> = ids.into_iter().collect();
        self.members.retain(|id, _| listed.contains(id));
        self.listed_departments = Arc::new(listed);
    }

    fn note_presence(&mut self, now: Timestamp) {
        match self.presence_comes_from() {
            List::Agents => self.presence.note_agents(self.agents.iter(), now),
            _ => self.presence.note_agents(self.loads.iter().map(|load| &load.agent), now),
        }
    }

    /// Notes the assignments and answers in the rows of a cycle, before the cycle's lists.
    pub fn note_work<'a>(&mut self, observations: impl Iterator<Item = &'a ChatObservation>) {
        observations.for_each(|observation| self.presence.note_work(observation));
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

    fn see_all(&mut self, labels: &mut LabelRegistry, now: Timestamp) {
        let holders = self.loads.iter().map(|load| &load.agent);
        labels.departments.see_all(self.listed_departments.iter(), now);
        labels.agents.see_all(self.agents.iter().chain(holders).map(|agent| &agent.id), now);
        labels.call_queues.see_all(self.calls.iter().map(|call| &call.queue), now);
        self.pairs.recount(&self.loads, self.chats.values().flat_map(|it| it.iter()), now);
        labels.agents.see_all(self.pairs.agents_seen_at(now), now);
        labels.see_chats(&self.chats_in_runs().collect::<Vec<_>>(), now);
    }

    fn forget_before(&mut self, horizon: Timestamp) {
        self.pairs.forget_before(horizon);
        if self.closed.values().any(|(_, at)| *at < horizon) {
            Arc::make_mut(&mut self.closed).retain(|_, (_, at)| *at >= horizon);
        }
    }

    /// Every open chat, once.
    pub fn chats(&self) -> impl Iterator<Item = &Chat> {
        self.chats.values().flat_map(|chats| chats.iter())
    }

    /// Every open chat, once, in runs of one department and source.
    pub fn chats_in_runs(&self) -> impl Iterator<Item = &[Chat]> {
        let lists = self.chats.values();
        lists.flat_map(|chats| {
            chats.chunk_by(|a, b| a.department == b.department && a.source == b.source)
        })
    }

    /// The members of a department; `None` if they could not be read or the directory does not list the department.
    pub fn members(&self, department: &str) -> Option<&[Arc<str>]> {
        let known = self.members.get(department).map(|members| members.as_slice());
        known.or(self.has_all_members.then_some(&[])).filter(|_| self.is_listed(department))
    }

    /// The list from which the presence of the agents comes: of all agents, or of agents with chats if the other list
    /// may not be read.
    pub fn presence_comes_from(&self) -> List {
        if self.agents.is_empty() { List::Queue } else { List::Agents }
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

    /// True if the widget of a department, or of none, offers a chat; `None` if no recent answer tells it.
    pub fn widget_is_online(&self, department: Option<&Arc<str>>) -> Option<bool> {
        self.widget.get(&department.cloned()).copied()
    }

    /// Chats by agent and department: first the remembered pairs, then members without chats, up to the limit of pairs.
    pub fn load_counts(
        &self,
        labels: &LabelRegistry,
    ) -> impl Iterator<Item = (&Arc<str>, Option<&Arc<str>>, LoadCounts)> {
        let seen = self.pairs.iter();
        let seen = seen.map(|((agent, department), counts)| (agent, department.as_ref(), counts));
        let most_idle = labels.most_pairs.saturating_sub(self.pairs.len());
        let idle = self.idle_members(labels).take(most_idle);
        seen.chain(idle.map(|(agent, department)| (agent, Some(department), LoadCounts::default())))
    }

    /// The members of known departments without chats.
    fn idle_members(&self, labels: &LabelRegistry) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let shown = self.members.iter().filter(|(department, _)| {
            self.is_listed(department) && labels.departments.knows(department)
        });
        let members = shown.flat_map(|(department, members)| {
            members.iter().map(move |member| (member, department))
        });
        members.filter(|(agent, department)| {
            labels.agents.knows(agent) && !self.pairs.contains(agent, department)
        })
    }
}

/// The order in which chats of one department and source are together.
fn by_department_and_source(a: &Chat, b: &Chat) -> Ordering {
    // Equal ids mostly share their text, which need not be compared then.
    let departments = if a.department == b.department {
        Ordering::Equal
    } else {
        a.department.cmp(&b.department)
    };
    departments.then_with(|| a.source.cmp(&b.source))
}

#[cfg(test)]
mod tests;
