//! What is true of a workspace at this moment, as figures: the gauges, without a word of Prometheus.
//!
//! A pure function of the floor, the rules of the workspace, the lists that are fresh and the server's
//! time. Called at each render, so that ages grow between polls. A figure whose list is stale is `None`.

mod agents;
mod calls;
mod chats;
mod department;
mod headcount;
mod moment;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::agents::{AgentsPresent, ByPair};
pub use self::calls::{CallFigures, CallsPresent};
pub use self::chats::{ChatFigures, WAITING_OVER_SECONDS};
pub use self::department::{DepartmentPresent, Holding};
pub use self::headcount::Headcount;
pub use self::moment::{Detail, Moment, Rules};

use self::department::ByLabel;
use super::business_hours::BusinessHours;
use super::floor::Floor;
use super::labelled::Labelled;
use super::list::List;

/// The present state of a workspace.
#[derive(Debug, Clone)]
pub struct Present {
    /// Every known department, and `Public` where the rules show it.
    pub departments: Vec<DepartmentPresent>,
    /// Single agents, as far as the rules show them, and the workspace's headcount.
    pub agents: AgentsPresent,
    /// Calls; `None` when the server has none or the list is stale.
    pub calls: Option<CallsPresent>,
    /// Chats that `livechat/queue` and `livechat/rooms` disagree on; `None` unless both are fresh.
    pub load_mismatch_chats: Option<u64>,
}

/// The present state of a workspace.
pub fn present(floor: &Floor, rules: &Rules, moment: Moment) -> Present {
    let labelled = Labelled::of(floor, rules);
    let mut departments = known_departments(floor, rules, &labelled, moment);
    count_chats(floor, rules, &labelled, moment, &mut departments);
    agents::count_holding(floor, rules, &labelled, moment, &mut departments);
    agents::count_members(floor, moment, &mut departments);
    Present {
        departments: departments.in_order(),
        agents: agents::agents(floor, rules, &labelled, moment),
        calls: moment
            .fresh
            .contains(List::Calls)
            .then(|| calls::calls(floor, &labelled, moment.now)),
        load_mismatch_chats: agents::load_mismatch(floor, rules, moment),
    }
}

fn known_departments(floor: &Floor, rules: &Rules, labelled: &Labelled, moment: Moment) -> ByLabel {
    let mut departments = ByLabel::default();
    let public = (Arc::clone(labelled.department(None)), None);
    let public = rules.shows_public.then_some(public);
    let named =
        floor.departments.ids().map(|id| (Arc::clone(labelled.departments.of(id)), Some(id)));
    for (label, id) in public.into_iter().chain(named) {
        let place = departments.place(&label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let name = id.and_then(|id| floor.departments.name(id)).unwrap_or(&label);
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

/// Every known department has every channel and priority in use, with nothing in it, as far as those are few.
fn zero_first(floor: &Floor, labelled: &Labelled, departments: &mut ByLabel) {
    let count = departments.iter_mut().count();
    for department in departments.iter_mut() {
        let (sources, priorities) = labelled.idle(&department.label, floor, count);
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
        if id.is_none() && !rules.shows_public {
            continue;
        }
        let label = labelled.department(id);
        let name = id.and_then(|id| floor.departments.name(id));
        let level = rules.service_levels.of(name.unwrap_or(label));
        let place = departments.place(label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let (mut phases, figures) = ([0; 3], &mut department.chats);
        for chat in run.iter().filter(|chat| moment.knows(chat.phase)) {
            let priority = chat.priority.as_ref().map(|id| labelled.priority_in(label, id));
            let applies = |began| level.applies_to(chat.source.kind(), began);
            figures.count(chat, priority, applies, moment.now);
            if let Some(count) = phases.get_mut(chat.phase as usize) {
                *count += 1;
            }
        }
        figures.count_source(labelled.source_in(label, &first.source), phases);
    }
}
