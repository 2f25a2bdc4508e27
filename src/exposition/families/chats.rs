//! The families of one department's chats.

use std::sync::Arc;

use super::super::catalog;
use super::super::page_builder::PageBuilder;
use super::yes_no;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::Headcount;
use crate::omnichannel::gauges::{ChatFigures, WAITING_OVER_SECONDS};
use crate::omnichannel::gauges::{DepartmentPresent, ViewContext};
use crate::omnichannel::labels::names::OTHER;
use crate::sanitize;

/// The phases in the order of their labels; samples filled in this order need no sorting.
const IN_LABEL_ORDER: [Phase; 3] = [Phase::InProgress, Phase::OnHold, Phase::Queued];

/// Fills one department of one workspace.
pub(super) fn fill(
    builder: &mut PageBuilder,
    workspace: &str,
    department: &DepartmentPresent,
    view: ViewContext,
) {
    let labels = [workspace, &*department.label];
    fill_phases(builder, labels, &department.chats, view);
    if view.knows(Phase::Queued) {
        fill_queue(builder, labels, &department.chats);
    }
    if view.knows(Phase::InProgress) {
        fill_in_progress(builder, labels, &department.chats);
    }
    if view.knows(Phase::InProgress) && view.knows(Phase::OnHold) {
        fill_assigned(builder, labels, &department.chats);
    }
    fill_agents(builder, labels, department);
    fill_rules(builder, labels, department);
}

fn fill_phases(
    builder: &mut PageBuilder,
    [w, d]: [&str; 2],
    chats: &ChatFigures,
    view: ViewContext,
) {
    let known = IN_LABEL_ORDER.into_iter();
    let known = known.filter(|phase| view.knows(*phase));
    for phase in known.clone() {
        let count = chats.in_phase(phase) as f64;
        builder.gauge(&catalog::OPEN_CHATS, &[w, d, phase.label()], count);
    }
    for (source, counts) in &chats.by_source {
        for phase in known.clone() {
            let labels = [w, d, source, phase.label()];
            let count = counts.get(phase as usize).copied().unwrap_or_default();
            builder.gauge(&catalog::OPEN_CHATS_BY_SOURCE, &labels, count as f64);
        }
    }
}

fn fill_queue(builder: &mut PageBuilder, labels: [&str; 2], chats: &ChatFigures) {
    let [w, d] = labels;
    for (over, count) in WAITING_OVER_SECONDS.iter().zip(chats.waiting_over) {
        let labels = [w, d, &over.to_string()];
        builder.gauge(&catalog::QUEUED_CHATS_WAITING_OVER, &labels, count as f64);
    }
    builder.gauge(&catalog::QUEUE_OLDEST_WAIT_SECONDS, &labels, chats.oldest_wait_seconds);
    let level_wait = chats.service_level_oldest_wait_seconds;
    builder.gauge(&catalog::SERVICE_LEVEL_OLDEST_WAIT_SECONDS, &labels, level_wait);
    builder.gauge(&catalog::QUEUE_OLDEST_AGE_SECONDS, &labels, chats.oldest_age_seconds);
    for (priority, count) in &chats.queued_by_priority {
        builder.gauge(&catalog::QUEUED_CHATS_BY_PRIORITY, &[w, d, priority], *count as f64);
    }
}

fn fill_assigned(builder: &mut PageBuilder, labels: [&str; 2], chats: &ChatFigures) {
    if let Some(average) = chats.response_average_seconds() {
        builder.gauge(&catalog::OPEN_CHATS_RESPONSE_AVERAGE_SECONDS, &labels, average);
    }
    let unanswered = chats.awaiting_first_response as f64;
    builder.gauge(&catalog::AWAITING_FIRST_RESPONSE_CHATS, &labels, unanswered);
}

fn fill_in_progress(builder: &mut PageBuilder, labels: [&str; 2], chats: &ChatFigures) {
    builder.gauge(&catalog::AWAITING_REPLY_CHATS, &labels, chats.awaiting_reply as f64);
    let oldest = chats.awaiting_reply_oldest_seconds;
    builder.gauge(&catalog::AWAITING_REPLY_OLDEST_SECONDS, &labels, oldest);
}

fn fill_agents(builder: &mut PageBuilder, labels: [&str; 2], department: &DepartmentPresent) {
    let [w, d] = labels;
    let mut count = |family, headcount: &Headcount| {
        for (status, accepting, agents) in headcount.counts() {
            builder.gauge(family, &[w, d, status.label(), yes_no(accepting)], agents as f64);
        }
    };
    if let Some(holding) = &department.holding {
        count(&catalog::AGENTS_WITH_CHATS, &holding.agents);
    }
    if let Some(members) = &department.members {
        count(&catalog::AGENTS, members);
    }
    if let Some(holding) = &department.holding {
        let chats = holding.offline_chats as f64;
        builder.gauge(&catalog::CHATS_HELD_BY_OFFLINE_AGENTS, &labels, chats);
    }
}

fn fill_rules(builder: &mut PageBuilder, labels: [&str; 2], department: &DepartmentPresent) {
    let threshold = department.threshold_seconds;
    builder.gauge(&catalog::SERVICE_LEVEL_THRESHOLD_SECONDS, &labels, threshold);
    builder.gauge(&catalog::SERVICE_LEVEL_OBJECTIVE_RATIO, &labels, department.objective_ratio);
    if let Some(is_open) = department.is_open {
        let is_open = f64::from(u8::from(is_open));
        builder.gauge(&catalog::BUSINESS_HOURS_OPEN, &labels, is_open);
    }
    let [w, d] = labels;
    // `other` can stand for thousands of ids; listing them would make the label limit useless.
    let named = department.ids.iter().filter(|_| d != OTHER);
    for id in named {
        let id = if id.is_ascii() { Arc::clone(id) } else { sanitize::terminal(id).into() };
        builder.gauge(&catalog::DEPARTMENT_INFO, &[w, d, &id], 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnichannel::list::List;

    fn rendered(label: &str, fresh: &[List]) -> Vec<String> {
        let department = DepartmentPresent {
            label: Arc::from(label),
            ids: vec![Arc::from("a"), Arc::from("b")],
            chats: ChatFigures { responses: 1.0, ..ChatFigures::default() },
            ..DepartmentPresent::default()
        };
        let view = ViewContext {
            fresh: fresh.iter().copied().collect(),
            queue_comes_from: Some(List::Queued),
            has_on_hold: true,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let mut builder = PageBuilder::new();
        fill(&mut builder, "acme", &department, view);
        let families = builder.finish().families;
        families.iter().map(|it| it.family().name.to_owned()).collect()
    }

    #[test]
    fn figures_over_assigned_chats_are_shown_only_while_both_their_lists_are_fresh() {
        let mixed = [
            catalog::OPEN_CHATS_RESPONSE_AVERAGE_SECONDS.name,
            catalog::AWAITING_FIRST_RESPONSE_CHATS.name,
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
        let info = catalog::DEPARTMENT_INFO.name.to_owned();
        assert!(rendered("Sales", &[]).contains(&info));
        assert!(!rendered("other", &[]).contains(&info));
    }
}
