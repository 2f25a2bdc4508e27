//! The gauges: figures of a workspace at this moment, without anything of Prometheus.
//!
//! The gauges are a pure function of the `LiveState`, its labels, the rules of the workspace, the fresh lists and the server's
//! time, so that ages grow between polls. A figure whose list is stale is `None`.

mod agents;
mod calls;
mod chats;
mod department;
mod headcount;
#[cfg(test)]
mod tests;
mod view_context;

use std::sync::Arc;

pub use self::agents::{AgentsPresent, ByPair};
pub use self::calls::{CallFigures, CallsPresent};
pub use self::chats::{ChatFigures, WAITING_OVER_SECONDS};
pub use self::department::{DepartmentPresent, Holding};
pub use self::headcount::Headcount;
pub use self::view_context::ViewContext;

use self::department::ByLabel;
use super::business_hours::BusinessHours;
use super::labels::labelled::Labelled;
use super::labels::registry::LabelRegistry;
use super::list::List;
use super::live_state::LiveState;
use super::rules::Rules;

/// The gauges of a workspace at one moment.
#[derive(Debug, Clone)]
pub struct CurrentGauges {
    /// Every known department, and `Public` if the rules show it.
    pub departments: Vec<DepartmentPresent>,
    /// The figures of single agents, as far as the rules show them, and the headcount of the workspace.
    pub agents: AgentsPresent,
    /// Calls; `None` if the server has no calls endpoint or the list is stale.
    pub calls: Option<CallsPresent>,
    /// Number of chats by which `livechat/queue` and `livechat/rooms` differ; `None` unless both are fresh and the
    /// rules compare them.
    pub load_mismatch_chats: Option<u64>,
}

/// The gauges of a workspace at the time of the view.
pub fn current(
    live_state: &LiveState,
    labels: &LabelRegistry,
    rules: &Rules,
    view: ViewContext,
) -> CurrentGauges {
    let labelled = Labelled::of(labels, rules);
    let mut departments = known_departments(rules, &labelled, view);
    count_chats(live_state, rules, &labelled, view, &mut departments);
    agents::count_holding(live_state, rules, &labelled, view, &mut departments);
    agents::count_members(live_state, view, &mut departments);
    CurrentGauges {
        departments: departments.in_order(),
        agents: agents::agents(live_state, rules, &labelled, view),
        calls: view
            .fresh
            .contains(List::Calls)
            .then(|| calls::calls(live_state, &labelled, view.now)),
        load_mismatch_chats: agents::load_mismatch(live_state, rules, view),
    }
}

fn known_departments(rules: &Rules, labelled: &Labelled<'_>, view: ViewContext) -> ByLabel {
    let known = &labelled.registry.departments;
    let mut departments = ByLabel::default();
    let public = (Arc::clone(labelled.department(None)), None);
    let public = rules.shows_public.then_some(public);
    let named = known.ids().map(|id| (Arc::clone(labelled.departments.of(id)), Some(id)));
    for (label, id) in public.into_iter().chain(named) {
        let place = departments.place(&label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let name = id.and_then(|id| known.name(id)).unwrap_or(&label);
        let level = rules.service_levels.of(name);
        department.ids.extend(id.cloned());
        department.threshold_seconds = level.threshold.as_secs_f64();
        department.objective_ratio = level.objective;
        department.is_open = (level.business_hours != BusinessHours::Always)
            .then(|| level.business_hours.is_open(view.now));
    }
    zero_first(labelled, &mut departments);
    departments
}

/// Adds every channel and priority in use to every known department, with 0 chats, up to the limit of combinations.
fn zero_first(labelled: &Labelled<'_>, departments: &mut ByLabel) {
    let count = departments.iter_mut().count();
    for department in departments.iter_mut() {
        let (sources, priorities) = labelled.idle(&department.label, count);
        department.chats.zero(&sources, &priorities);
    }
}

fn count_chats(
    live_state: &LiveState,
    rules: &Rules,
    labelled: &Labelled<'_>,
    view: ViewContext,
    departments: &mut ByLabel,
) {
    for run in live_state.chats_in_runs() {
        let Some(first) = run.first() else { continue };
        let id = first.department.as_ref();
        if id.is_none() && !rules.shows_public {
            continue;
        }
        let label = labelled.department(id);
        let name = id.and_then(|id| labelled.registry.departments.name(id));
        let level = rules.service_levels.of(name.unwrap_or(label));
        let place = departments.place(label);
        let Some(department) = departments.at(place) else {
            continue;
        };
        let (mut phases, figures) = ([0; 3], &mut department.chats);
        for chat in run.iter().filter(|chat| view.knows(chat.phase)) {
            let priority = chat.priority.as_ref().map(|id| labelled.priority_in(label, id));
            let threshold =
                |opened| level.applies_to(chat.source.kind(), opened).then_some(level.threshold);
            figures.count(chat, priority, threshold, view.now);
            if let Some(count) = phases.get_mut(chat.phase as usize) {
                *count += 1;
            }
        }
        figures.count_source(labelled.source_in(label, &first.source), phases);
    }
}
