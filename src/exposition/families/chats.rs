//! The families of one department's chats.

use std::sync::Arc;

use super::super::page_builder::WorkspacePage;
use super::flag::{flag, yes_no};
use crate::catalog::{self, Family, Gauge};
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::Headcount;
use crate::omnichannel::gauges::{AT_RISK_WITHIN_SECONDS, ChatFigures, WAITING_OVER_SECONDS};
use crate::omnichannel::gauges::{DepartmentGauges, ViewContext};
use crate::omnichannel::labels::names::OTHER;
use crate::omnichannel::list::List;
use crate::sanitize;

/// The phases in the order of their labels; samples filled in this order need no sorting.
const IN_LABEL_ORDER: [Phase; 3] = [Phase::InProgress, Phase::OnHold, Phase::Queued];

/// Fills one department of one workspace.
pub(super) fn fill(page: &mut WorkspacePage<'_>, department: &DepartmentGauges, view: ViewContext) {
    let d = &*department.label;
    fill_phases(page, d, &department.chats, view);
    if view.knows(Phase::Queued) {
        fill_queue(page, d, &department.chats);
        if view.fresh.contains(List::Slas) {
            fill_slas(page, d, &department.chats);
        }
    }
    if view.knows(Phase::InProgress) {
        fill_in_progress(page, d, &department.chats);
    }
    if view.knows(Phase::InProgress) && view.knows(Phase::OnHold) {
        fill_assigned(page, d, &department.chats);
    }
    if Phase::OPEN.into_iter().all(|phase| view.knows(phase)) {
        fill_at_risk(page, d, &department.chats);
    }
    fill_agents(page, d, department);
    fill_rules(page, d, department);
}

/// Fills the gauges of one department that follow from the rows of closed chats.
pub(super) fn fill_past(
    page: &mut WorkspacePage<'_>,
    department: &DepartmentGauges,
    view: ViewContext,
) {
    fill_phases(page, &department.label, &department.chats, view);
    fill_queue(page, &department.label, &department.chats);
}

fn fill_phases(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures, view: ViewContext) {
    let known = IN_LABEL_ORDER.into_iter().filter(|phase| view.knows(*phase));
    for phase in known.clone() {
        page.gauge(catalog::OPEN_CHATS, [d, phase.as_ref()], chats.all.in_phase(phase) as f64);
    }
    for (source, figures) in &chats.by_source {
        for phase in known.clone() {
            let labels = [d, source, phase.as_ref()];
            let count = figures.in_phase(phase) as f64;
            page.gauge(catalog::OPEN_CHATS_BY_SOURCE, labels, count);
        }
    }
}

fn fill_queue(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures) {
    for (over, count) in WAITING_OVER_SECONDS.iter().zip(chats.waiting_over) {
        let over = over.to_string();
        page.gauge(catalog::QUEUED_CHATS_WAITING_OVER, [d, &over], count as f64);
    }
    page.gauge(catalog::QUEUE_OLDEST_WAIT_SECONDS, [d], chats.oldest_wait_seconds);
    let level_wait = chats.service_level_oldest_wait_seconds;
    page.gauge(catalog::SERVICE_LEVEL_OLDEST_WAIT_SECONDS, [d], level_wait);
    let overdue = chats.service_level_overdue as f64;
    page.gauge(catalog::SERVICE_LEVEL_OVERDUE_CHATS, [d], overdue);
    page.gauge(catalog::QUEUE_OLDEST_AGE_SECONDS, [d], chats.oldest_age_seconds);
    for (priority, count) in &chats.queued_by_priority {
        page.gauge(catalog::QUEUED_CHATS_BY_PRIORITY, [d, priority], *count as f64);
    }
}

fn fill_slas(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures) {
    for (sla, figures) in &chats.queued_by_sla {
        page.gauge(catalog::QUEUED_CHATS_BY_SLA, [d, sla], figures.chats as f64);
        page.gauge(catalog::QUEUED_CHATS_OVER_SLA, [d, sla], figures.over as f64);
    }
}

fn fill_at_risk(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures) {
    for (within, count) in AT_RISK_WITHIN_SECONDS.iter().zip(chats.at_risk_within) {
        let within = within.to_string();
        page.gauge(catalog::SERVICE_LEVEL_AT_RISK_CHATS, [d, &within], count as f64);
    }
}

fn fill_assigned(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures) {
    let average = chats.response_average_seconds();
    page.gauge(catalog::OPEN_CHATS_RESPONSE_AVERAGE_SECONDS, [d], average);
    page.gauge(catalog::AWAITING_FIRST_RESPONSE_CHATS, [d], chats.awaiting_first_response as f64);
}

fn fill_in_progress(page: &mut WorkspacePage<'_>, d: &str, chats: &ChatFigures) {
    page.gauge(catalog::AWAITING_REPLY_CHATS, [d], chats.awaiting_reply as f64);
    let oldest = chats.all.awaiting_reply_oldest_seconds;
    page.gauge(catalog::AWAITING_REPLY_OLDEST_SECONDS, [d], oldest);
    for (source, figures) in &chats.by_source {
        let oldest = figures.awaiting_reply_oldest_seconds;
        page.gauge(catalog::AWAITING_REPLY_OLDEST_BY_SOURCE_SECONDS, [d, source], oldest);
    }
}

fn fill_agents(page: &mut WorkspacePage<'_>, d: &str, department: &DepartmentGauges) {
    let mut count = |family: Family<Gauge, 3>, headcount: &Headcount| {
        for (status, accepting, agents) in headcount.counts() {
            page.gauge(family, [d, status.as_ref(), yes_no(accepting)], agents as f64);
        }
    };
    if let Some(holding) = &department.holding {
        count(catalog::AGENTS_WITH_CHATS, &holding.agents);
    }
    if let Some(members) = &department.members {
        count(catalog::AGENTS, members);
    }
    if let Some(slots) = department.slots {
        page.gauge(catalog::CHAT_SLOTS, [d], slots.total as f64);
        page.gauge(catalog::CHAT_SLOTS_FREE, [d], slots.free as f64);
    }
    let held = department.holding.as_ref().map(|holding| holding.offline_chats as f64);
    page.gauge(catalog::CHATS_HELD_BY_OFFLINE_AGENTS, [d], held);
}

fn fill_rules(page: &mut WorkspacePage<'_>, d: &str, department: &DepartmentGauges) {
    page.gauge(catalog::SERVICE_LEVEL_THRESHOLD_SECONDS, [d], department.threshold_seconds);
    page.gauge(catalog::SERVICE_LEVEL_OBJECTIVE_RATIO, [d], department.objective_ratio);
    page.gauge(catalog::BUSINESS_HOURS_OPEN, [d], department.is_open.map(flag));
    let is_online = department.widget_is_online.filter(|_| d != OTHER);
    page.gauge(catalog::WIDGET_ONLINE, [d], is_online.map(flag));
    // `other` can stand for thousands of ids; listing them would make the label limit useless.
    for id in department.ids.iter().filter(|_| d != OTHER) {
        let id = if id.is_ascii() { Arc::clone(id) } else { sanitize::terminal(id).into() };
        page.gauge(catalog::DEPARTMENT_INFO, [d, &id], 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::page_builder::PageBuilder;
    use super::*;

    fn rendered(label: &str, fresh: &[List]) -> Vec<String> {
        let department = DepartmentGauges {
            label: Arc::from(label),
            ids: vec![Arc::from("a"), Arc::from("b")],
            chats: ChatFigures { responses: 1.0, ..ChatFigures::default() },
            ..DepartmentGauges::default()
        };
        let view = ViewContext {
            fresh: fresh.iter().copied().collect(),
            queue_comes_from: Some(List::Queued),
            has_on_hold: true,
            chat_limit: None,
            has_joint_chat_limits: true,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let mut builder = PageBuilder::new();
        fill(&mut builder.workspace("acme"), &department, view);
        let families = builder.finish().families;
        families.iter().map(|it| it.metric.name.to_owned()).collect()
    }

    #[test]
    fn figures_over_assigned_chats_are_shown_only_while_both_their_lists_are_fresh() {
        let mixed = [
            catalog::OPEN_CHATS_RESPONSE_AVERAGE_SECONDS.metric.name,
            catalog::AWAITING_FIRST_RESPONSE_CHATS.metric.name,
        ];
        for (fresh, shown) in [
            (&[List::Open, List::OnHold][..], true),
            (&[List::Open], false),
            (&[List::OnHold], false),
        ] {
            let families = rendered("Sales", fresh);
            for family in mixed {
                assert_eq!(families.iter().any(|it| it == family), shown, "{fresh:?}");
            }
        }
    }

    #[test]
    fn the_ids_behind_other_are_not_told() {
        let info = catalog::DEPARTMENT_INFO.metric.name.to_owned();
        assert!(rendered("Sales", &[]).contains(&info));
        assert!(!rendered("other", &[]).contains(&info));
    }
}
