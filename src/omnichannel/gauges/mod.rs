//! The gauges: figures of a workspace at this moment, without anything of Prometheus.
//!
//! The gauges are a pure function of the `LiveState`, its labels, the rules of the workspace, the fresh lists and the
//! server's time, so that ages grow between polls. A figure whose list is stale is `None`.

mod agents;
mod calls;
mod chats;
mod department;
mod headcount;
mod inputs;
mod slots;
#[cfg(test)]
mod tests;
mod view_context;

use std::sync::Arc;

pub use self::agents::{AgentGauges, AwaitingReply, ByPair};
pub use self::calls::{CallFigures, CallGauges};
use self::chats::UrgencyLabels;
pub use self::chats::{
    AT_RISK_WITHIN_SECONDS, ChatFigures, SlaFigures, SourceFigures, WAITING_OVER_SECONDS,
};
pub use self::department::{DepartmentGauges, Holding, Slots};
pub use self::headcount::Headcount;
pub use self::view_context::ViewContext;

use self::department::ByLabel;
use self::inputs::Inputs;
use super::labels::labelled::Labelled;
use super::labels::registry::LabelRegistry;
use super::licence::Licence;
use super::list::List;
use super::live_state::LiveState;
use super::rules::Rules;

/// The gauges of a workspace at one moment.
#[derive(Debug, Clone)]
pub struct CurrentGauges {
    /// Every known department, and `Public` if the rules show it.
    pub departments: Vec<DepartmentGauges>,
    /// The figures of single agents, as far as the rules show them, and the headcount of the workspace.
    pub agents: AgentGauges,
    /// Calls; `None` if the server has no calls endpoint or the list is stale.
    pub calls: Option<CallGauges>,
    /// The longest wait that each SLA policy promises, seconds, by label; none while the list is stale.
    pub slas: Vec<(Arc<str>, f64)>,
    /// The licence; `None` while it may not be read or is stale.
    pub licence: Option<Licence>,
    /// Number of chats by which `livechat/queue` and `livechat/rooms` differ; `None` unless both are fresh and the
    /// rules compare them.
    pub load_mismatch_chats: Option<u64>,
    /// True if every agent looks offline while chats are assigned or answered; `None` if the list with the presence is
    /// stale.
    pub is_presence_contradicted: Option<bool>,
}

/// The gauges of a workspace at the time of the view.
pub fn current(
    live_state: &LiveState,
    labels: &LabelRegistry,
    rules: &Rules,
    view: ViewContext,
) -> CurrentGauges {
    let inputs = Inputs { live_state, rules, labelled: &Labelled::of(labels, rules), view };
    let mut departments = known_departments(inputs);
    count_chats(inputs, &mut departments);
    agents::count_holding(inputs, &mut departments);
    agents::count_members(inputs, &mut departments);
    slots::count(inputs, &mut departments);
    let is_fresh = |list| view.fresh.contains(list);
    CurrentGauges {
        departments: departments.into_values().collect(),
        agents: agents::agents(inputs),
        calls: is_fresh(List::Calls).then(|| calls::calls(inputs)),
        slas: slas(inputs),
        licence: live_state.licence.filter(|_| is_fresh(List::Licence)),
        load_mismatch_chats: agents::load_mismatch(inputs),
        is_presence_contradicted: is_fresh(live_state.presence_comes_from())
            .then(|| live_state.presence.is_contradicted(view.now)),
    }
}

fn slas(inputs: Inputs<'_>) -> Vec<(Arc<str>, f64)> {
    let Inputs { live_state, labelled, view, .. } = inputs;
    let known = live_state.slas.iter().filter(|_| view.fresh.contains(List::Slas));
    let labelled = known.filter_map(|(id, due)| Some((Arc::clone(labelled.sla(id)?), *due)));
    labelled.collect()
}

fn known_departments(inputs: Inputs<'_>) -> ByLabel {
    let Inputs { live_state, rules, labelled, view } = inputs;
    let known = &labelled.registry.departments;
    let mut departments = ByLabel::default();
    let public = (Arc::clone(labelled.department(None)), None);
    let public = rules.shows_public.then_some(public);
    let named = known.ids().map(|id| (Arc::clone(labelled.departments.of(id)), Some(id)));
    for (label, id) in public.into_iter().chain(named) {
        let department = department::of(&mut departments, &label);
        let name = id.and_then(|id| known.name(id)).unwrap_or(&label);
        let level = rules.service_levels.of(name);
        department.ids.extend(id.cloned());
        let online = live_state.widget_is_online(id).filter(|_| view.fresh.contains(List::Widget));
        department.widget_is_online = online.or(department.widget_is_online);
        department.threshold_seconds = level.threshold.as_secs_f64();
        department.objective_ratio = level.objective;
        department.is_open = level.business_hours.as_weekly().map(|hours| hours.is_open(view.now));
    }
    // Every channel, priority and SLA policy in use has 0 chats at first, up to the limit of combinations.
    let count = departments.len();
    for department in departments.values_mut() {
        department.chats.zero(labelled.idle(&department.label, count));
    }
    departments
}

fn count_chats(inputs: Inputs<'_>, departments: &mut ByLabel) {
    let Inputs { live_state, rules, labelled, view } = inputs;
    for run in live_state.chats_in_runs() {
        let Some(first) = run.first() else { continue };
        let id = first.department.as_ref();
        if id.is_none() && !rules.shows_public {
            continue;
        }
        let label = labelled.department(id);
        let name = id.and_then(|id| labelled.registry.departments.name(id));
        let level = rules.service_levels.of(name.unwrap_or(label));
        let figures = &mut department::of(departments, label).chats;
        let mut of_source = SourceFigures::default();
        for chat in run.iter().filter(|chat| view.knows(chat.phase)) {
            let urgency = UrgencyLabels {
                priority: chat.urgency.priority().map(|id| labelled.priority_in(label, id)),
                sla: chat.urgency.sla().map(|id| labelled.sla_in(label, id)),
                due_seconds: chat.urgency.sla().and_then(|id| live_state.slas.get(id).copied()),
            };
            figures.count(chat, urgency, level, view.now);
            of_source.count(chat, view.now);
        }
        figures.count_source(labelled.source_in(label, &first.source), of_source);
    }
}
