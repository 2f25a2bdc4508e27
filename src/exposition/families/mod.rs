//! From snapshots to families: the name and the labels of each figure.
//!
//! Nothing is computed here: ages and counts come from `omnichannel::gauges`, counted events from its totals, polling
//! from the statuses of the cycle, and traffic from the statistics of the client.

mod agents;
mod chats;
mod counting;
mod exporter;
mod flag;
mod process;
mod totals;

use std::borrow::Cow;
use std::sync::Arc;

use strum::VariantArray;
use tokio::time::Instant;

use flag::flag;
pub use process::{fill_log, fill_reload, fill_shard, fill_volatile};

use super::page_builder::{PageBuilder, WorkspacePage};
use crate::catalog;
use crate::cycle::snapshot::Snapshot;
use crate::omnichannel::event::Direction;
use crate::omnichannel::gauges::{self, CallFigures, CurrentGauges, ViewContext};
use crate::omnichannel::list::List;
use crate::omnichannel::rules::AgentDetail;
use crate::omnichannel::totals::Totals;
use crate::rocketchat::capabilities::Support;
use crate::sanitize;

/// Fills a page with all figures of these workspaces at the time `now`.
pub fn fill(builder: &mut PageBuilder, snapshots: &[Arc<Snapshot>], now: Instant) {
    for snapshot in snapshots {
        fill_workspace(builder, snapshot, now);
    }
}

/// The label of a workspace: its name, as the page shows it.
pub fn label_of(snapshot: &Snapshot) -> Cow<'_, str> {
    sanitize::label(&snapshot.workspace)
}

/// Fills a page with all figures of a workspace at the time `now`.
pub fn fill_workspace(builder: &mut PageBuilder, snapshot: &Snapshot, now: Instant) {
    builder.expect_scrape_mark(snapshot.scrape_mark.clone());
    let page = &mut builder.workspace(&snapshot.workspace);
    exporter::fill(page, snapshot);
    counting::fill(page, &snapshot.counting);
    totals::fill(page, &snapshot.totals, snapshot.rules.detail >= AgentDetail::Performance);
    if snapshot.cycles == 0 {
        return;
    }
    let view = snapshot.view(now);
    let gauges = gauges::current(&snapshot.live_state, &snapshot.labels, &snapshot.rules, view);
    for department in &gauges.departments {
        chats::fill(page, department, view);
    }
    agents::fill(page, &gauges.agents);
    fill_calls(page, snapshot, &gauges);
    fill_slas_and_licence(page, &gauges);
    page.gauge(catalog::AGENT_CHAT_LIMIT, [], snapshot.capacity.chat_limit.map(f64::from));
    page.gauge(catalog::AGENT_CONCURRENCY_FACTOR, [], snapshot.capacity.concurrency_factor);
    let mismatch = gauges.load_mismatch_chats.map(|chats| chats as f64);
    page.gauge(catalog::LOAD_MISMATCH_CHATS, [], mismatch);
    page.gauge(catalog::PRESENCE_CONTRADICTED, [], gauges.is_presence_contradicted.map(flag));
}

/// Fills a page with the figures of one workspace at a past time: all totals, and the gauges that follow from the rows
/// of closed chats and calls.
pub fn fill_past(
    page: &mut WorkspacePage<'_>,
    totals: &Totals,
    gauges: &CurrentGauges,
    view: ViewContext,
    detail: AgentDetail,
) {
    totals::fill(page, totals, detail >= AgentDetail::Performance);
    for department in &gauges.departments {
        chats::fill_past(page, department, view);
    }
    for (queue, figures) in gauges.calls.iter().flatten() {
        fill_active_calls(page, queue, figures);
    }
}

fn fill_calls(page: &mut WorkspacePage<'_>, snapshot: &Snapshot, gauges: &CurrentGauges) {
    let status = snapshot.lists.iter().find(|status| status.list == List::Calls);
    let refused = status.is_some_and(|status| status.refused);
    let support = snapshot.capabilities.voip();
    let is_unknown = support == Support::Untried && !refused && gauges.calls.is_none();
    let is_supported = flag(support != Support::No && !refused);
    page.gauge(catalog::VOIP_SUPPORTED, [], (!is_unknown).then_some(is_supported));
    for (queue, figures) in gauges.calls.iter().flatten() {
        fill_active_calls(page, queue, figures);
        let threshold = snapshot.rules.service_levels.voip_threshold.as_secs_f64();
        page.gauge(catalog::VOIP_WAIT_THRESHOLD_SECONDS, [queue], threshold);
    }
}

fn fill_active_calls(page: &mut WorkspacePage<'_>, queue: &str, figures: &CallFigures) {
    for (direction, active) in Direction::VARIANTS.iter().zip(figures.active) {
        page.gauge(catalog::VOIP_ACTIVE_CALLS, [queue, direction.as_ref()], active as f64);
    }
    page.gauge(catalog::VOIP_LONGEST_ACTIVE_CALL_SECONDS, [queue], figures.longest_seconds);
}

/// Fills the SLA policies and the licence.
fn fill_slas_and_licence(page: &mut WorkspacePage<'_>, gauges: &CurrentGauges) {
    for (sla, due) in &gauges.slas {
        page.gauge(catalog::SLA_DUE_SECONDS, [sla], *due);
    }
    let Some(licence) = gauges.licence else { return };
    page.gauge(catalog::CONTACTS_LIMIT_REACHED, [], flag(licence.limit_is_reached));
    page.gauge(catalog::CONTACTS_LIMIT, [], licence.contacts_limit);
    page.gauge(catalog::CONTACTS_USED, [], licence.contacts_used);
}
