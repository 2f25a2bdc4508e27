//! From snapshots to families: the name and the labels of each figure.
//!
//! Nothing is computed here: ages and counts come from `omnichannel::gauges`, counted events from its totals, polling
//! from the statuses of the cycle, and traffic from the statistics of the client.

mod agents;
mod chats;
mod counting;
mod exporter;
mod process;
mod totals;

use std::sync::Arc;

use tokio::time::Instant;

pub use process::{fill_log, fill_reload, fill_shard};

use super::catalog;
use super::page_builder::PageBuilder;
use crate::cycle::snapshot::Snapshot;
use crate::omnichannel::event::Direction;
use crate::omnichannel::gauges::{self, CurrentGauges};
use crate::omnichannel::list::List;
use crate::omnichannel::rules::Detail;
use crate::rocketchat::capabilities::Support;

/// Fills a page with all figures of these workspaces at the time `now`.
pub fn fill(builder: &mut PageBuilder, snapshots: &[Arc<Snapshot>], now: Instant) {
    for snapshot in snapshots {
        fill_workspace(builder, snapshot, now);
    }
}

fn fill_workspace(builder: &mut PageBuilder, snapshot: &Snapshot, now: Instant) {
    let workspace = &*snapshot.workspace;
    builder.expect_scrape_mark(snapshot.scrape_mark.clone());
    exporter::fill(builder, snapshot);
    counting::fill(builder, workspace, &snapshot.counting);
    let shows_agents = snapshot.rules.detail >= Detail::Performance;
    totals::fill(builder, workspace, &snapshot.totals, shows_agents);
    if snapshot.cycles == 0 {
        return;
    }
    let view = snapshot.view(now);
    let gauges = gauges::current(&snapshot.live_state, &snapshot.labels, &snapshot.rules, view);
    for department in &gauges.departments {
        chats::fill(builder, workspace, department, view);
    }
    agents::fill(builder, workspace, &gauges.agents);
    fill_calls(builder, snapshot, &gauges);
    fill_capacity(builder, snapshot);
    fill_mismatch(builder, workspace, &gauges);
}

fn fill_calls(builder: &mut PageBuilder, snapshot: &Snapshot, gauges: &CurrentGauges) {
    let workspace = &*snapshot.workspace;
    let status = snapshot.lists.iter().find(|status| status.list == List::Calls);
    let refused = status.is_some_and(|status| status.refused);
    match snapshot.capabilities.voip() {
        Support::Untried if !refused && gauges.calls.is_none() => {}
        support => {
            let supported = support != Support::No && !refused;
            builder.gauge(&catalog::VOIP_SUPPORTED, &[workspace], f64::from(u8::from(supported)));
        }
    }
    for (queue, figures) in gauges.calls.iter().flatten() {
        for (direction, active) in Direction::ALL.iter().zip(figures.active) {
            let labels = [workspace, queue, direction.label()];
            builder.gauge(&catalog::VOIP_ACTIVE_CALLS, &labels, active as f64);
        }
        let labels = [workspace, &**queue];
        builder.gauge(&catalog::VOIP_LONGEST_ACTIVE_CALL_SECONDS, &labels, figures.longest_seconds);
    }
}

fn fill_capacity(builder: &mut PageBuilder, snapshot: &Snapshot) {
    let workspace = &*snapshot.workspace;
    if let Some(limit) = snapshot.capacity.chat_limit {
        builder.gauge(&catalog::AGENT_CHAT_LIMIT, &[workspace], f64::from(limit));
    }
    if let Some(factor) = snapshot.capacity.concurrency_factor {
        builder.gauge(&catalog::AGENT_CONCURRENCY_FACTOR, &[workspace], factor);
    }
}

fn fill_mismatch(builder: &mut PageBuilder, workspace: &str, gauges: &CurrentGauges) {
    if let Some(chats) = gauges.load_mismatch_chats {
        builder.gauge(&catalog::LOAD_MISMATCH_CHATS, &[workspace], chats as f64);
    }
}

/// The sample value of a flag.
fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// The label value of a flag.
fn yes_no(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
