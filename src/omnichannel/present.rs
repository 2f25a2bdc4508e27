//! What is true of a workspace at this moment, as figures: the gauges, without a word of Prometheus.
//!
//! A pure function of the floor, the rules of the workspace, the lists that are fresh and the server's
//! time. Called at each render, so that ages grow between polls. A figure whose list is stale is `None`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::business_hours::BusinessHours;
use super::floor::Floor;
use super::list::{List, Lists};
use super::names::{Labels, OTHER, PUBLIC, Shown};
use super::present_agents::{self, AgentsPresent, Headcount};
use super::present_calls::{self, CallsPresent};
use super::present_chats::ChatFigures;
use super::room::{Phase, Source};
use super::service_level::ServiceLevels;

/// What of the agents is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing about a single agent.
    Off,
    /// Chats held.
    Load,
    /// And whether they are there.
    Presence,
}

/// The rules of a workspace that its gauges depend on.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Thresholds, objectives, business hours.
    pub service_levels: ServiceLevels,
    /// What of the agents is shown.
    pub detail: Detail,
    /// Whether agents are shown by name or by id.
    pub agent_label: Shown,
}

/// The present state of a workspace.
#[derive(Debug, Clone)]
pub struct Present {
    /// Every known department, `Public` included.
    pub departments: Vec<DepartmentPresent>,
    /// Single agents, as far as the rules show them, and the workspace's headcount.
    pub agents: AgentsPresent,
    /// Calls; `None` when the server has none or the list is stale.
    pub calls: Option<CallsPresent>,
    /// Chats that `livechat/queue` and `livechat/rooms` disagree on; `None` unless both are fresh.
    pub load_mismatch_chats: Option<u64>,
}

/// One department, or `Public`, or `other`.
#[derive(Debug, Clone, Default)]
pub struct DepartmentPresent {
    /// The label value.
    pub label: Arc<str>,
    /// The ids behind it; none for `Public`.
    pub ids: Vec<Arc<str>>,
    /// Figures of its chats.
    pub chats: ChatFigures,
    /// Distinct agents holding chats of it, and chats whose agent is offline; `None` while `queue` is stale.
    pub holding: Option<Holding>,
    /// Its members; `None` where the directory may not be read.
    pub members: Option<Headcount>,
    /// Target time, seconds.
    pub threshold_seconds: f64,
    /// Share of chats to be answered in time.
    pub objective_ratio: f64,
    /// Whether its business hours are open; `None` where none are configured: always open.
    pub is_open: Option<bool>,
}

/// Who holds the chats of a department.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    /// Distinct agents by status and whether they accept.
    pub agents: Headcount,
    /// Chats held by agents who are offline.
    pub offline_chats: u64,
}

/// The shape of one moment: which lists may be relied on, and the time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Lists refreshed recently enough.
    pub fresh: Lists,
    /// The list the waiting chats come from: `Open` below 6.11.
    pub queue_comes_from: List,
    /// Whether the server knows chats on hold.
    pub has_on_hold: bool,
    /// The server's time.
    pub now: Timestamp,
}

impl Moment {
    /// Whether figures about chats of this phase may be relied on.
    pub fn knows(&self, phase: Phase) -> bool {
        match phase {
            Phase::Queued => self.fresh.contains(self.queue_comes_from),
            Phase::InProgress => self.fresh.contains(List::Open),
            Phase::OnHold => !self.has_on_hold || self.fresh.contains(List::OnHold),
            Phase::Closed => false,
        }
    }
}

/// The labels of everything at one moment.
pub(crate) struct Labelled {
    pub(crate) departments: Labels,
    pub(crate) agents: Labels,
    priorities: Labels,
    sources: BTreeMap<Source, Arc<str>>,
    other: Arc<str>,
    public: Arc<str>,
}

impl Labelled {
    fn of(floor: &Floor, rules: &Rules) -> Self {
        let shows_agents = rules.detail > Detail::Off;
        let agents = shows_agents.then(|| floor.agent_names.labels(rules.agent_label));
        Self {
            departments: floor.departments.labels(Shown::Name),
            agents: agents.unwrap_or_default(),
            priorities: floor.priorities.labels(Shown::Id),
            sources: source_labels(floor),
            other: Arc::from(OTHER),
            public: Arc::from(PUBLIC),
        }
    }

    pub(crate) fn department(&self, id: Option<&Arc<str>>) -> &Arc<str> {
        id.map_or(&self.public, |id| self.departments.of(id))
    }

    fn source(&self, source: &Source) -> &Arc<str> {
        self.sources.get(source).unwrap_or(&self.other)
    }

    fn priority(&self, id: &str) -> &Arc<str> {
        self.priorities.of(id)
    }
}

fn source_labels(floor: &Floor) -> BTreeMap<Source, Arc<str>> {
    let apps = floor.apps.labels(Shown::Id);
    let label = |source: &Source| match source {
        Source::Known(kind) => Arc::from(*kind),
        Source::App(alias) => Arc::from(format!("app:{}", apps.of(alias))),
    };
    let sources = floor.sources();
    sources
        .map(|source| (source.clone(), label(source)))
        .collect()
}

/// The present state of a workspace.
pub fn present(floor: &Floor, rules: &Rules, moment: Moment) -> Present {
    let labelled = Labelled::of(floor, rules);
    let mut departments = known_departments(floor, rules, &labelled, moment);
    count_chats(floor, rules, &labelled, moment, &mut departments);
    present_agents::count_holding(floor, &labelled, moment, &mut departments);
    present_agents::count_members(floor, moment, &mut departments);
    Present {
        departments: departments.in_order(),
        agents: present_agents::agents(floor, rules, &labelled, moment),
        calls: moment
            .fresh
            .contains(List::Calls)
            .then(|| present_calls::calls(floor, moment.now)),
        load_mismatch_chats: present_agents::load_mismatch(floor, moment),
    }
}

/// The departments under construction, found by label once and by place from then on.
#[derive(Default)]
pub(crate) struct ByLabel {
    departments: Vec<DepartmentPresent>,
    places: HashMap<Arc<str>, usize>,
}

impl ByLabel {
    /// The place of a label; a label met for the first time gets one.
    pub(crate) fn place(&mut self, label: &Arc<str>) -> usize {
        if let Some(place) = self.places.get(label) {
            return *place;
        }
        let place = self.departments.len();
        self.places.insert(Arc::clone(label), place);
        self.departments.push(DepartmentPresent {
            label: Arc::clone(label),
            ..DepartmentPresent::default()
        });
        place
    }

    pub(crate) fn at(&mut self, place: usize) -> Option<&mut DepartmentPresent> {
        self.departments.get_mut(place)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut DepartmentPresent> {
        self.departments.iter_mut()
    }

    fn in_order(mut self) -> Vec<DepartmentPresent> {
        self.departments
            .sort_unstable_by(|a, b| a.label.cmp(&b.label));
        self.departments
    }
}

fn known_departments(floor: &Floor, rules: &Rules, labelled: &Labelled, moment: Moment) -> ByLabel {
    let mut departments = ByLabel::default();
    let public = [(Arc::clone(&labelled.public), None)];
    let named = floor
        .departments
        .ids()
        .map(|id| (Arc::clone(labelled.departments.of(id)), Some(id)));
    for (label, id) in public.into_iter().chain(named) {
        let place = departments.place(&label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let name = id
            .and_then(|id| floor.departments.name(id))
            .unwrap_or(&label);
        let level = rules.service_levels.of(name);
        department.ids.extend(id.cloned());
        department.threshold_seconds = level.threshold.as_secs_f64();
        department.objective_ratio = level.objective;
        department.is_open = (level.business_hours != BusinessHours::Always)
            .then(|| level.business_hours.is_open(moment.now));
    }
    zero_first(floor, labelled, &mut departments);
    departments
}

/// Every known department has every channel and priority in use, with nothing in it.
fn zero_first(floor: &Floor, labelled: &Labelled, departments: &mut ByLabel) {
    let sources: Vec<Arc<str>> = floor
        .sources()
        .map(|source| Arc::clone(labelled.source(source)))
        .collect();
    let priorities: Vec<&Arc<str>> = floor
        .priorities
        .ids()
        .map(|priority| labelled.priority(priority))
        .collect();
    for department in departments.iter_mut() {
        department.chats.zero(&sources, &priorities);
    }
}

fn count_chats(
    floor: &Floor,
    rules: &Rules,
    labelled: &Labelled,
    moment: Moment,
    departments: &mut ByLabel,
) {
    for run in floor.chats_in_runs() {
        let Some(first) = run.first() else { continue };
        let id = first.department.as_ref();
        let label = labelled.department(id);
        let name = id.and_then(|id| floor.departments.name(id));
        let level = rules.service_levels.of(name.unwrap_or(label));
        let place = departments.place(label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let (mut phases, figures) = ([0; 3], &mut department.chats);
        for chat in run.iter().filter(|chat| moment.knows(chat.phase)) {
            let priority = chat.priority.as_ref().map(|id| labelled.priority(id));
            let applies = |began| level.applies_to(chat.source.kind(), began);
            figures.count(chat, priority, applies, moment.now);
            if let Some(count) = phases.get_mut(chat.phase as usize) {
                *count += 1;
            }
        }
        figures.count_source(labelled.source(&first.source), phases);
    }
}
