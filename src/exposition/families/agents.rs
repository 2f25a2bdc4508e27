//! The families of single agents, and of the number of agents of the workspace.

use strum::VariantArray;

use super::super::page_builder::WorkspacePage;
use super::flag::{flag, yes_no};
use crate::catalog;
use crate::omnichannel::agent::Status;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::AgentGauges;

/// Fills the agents of one workspace, as far as its rules show them.
pub(super) fn fill(page: &mut WorkspacePage<'_>, agents: &AgentGauges) {
    if let Some(headcount) = &agents.workspace {
        for (status, accepting, count) in headcount.counts() {
            let labels = [status.as_ref(), yes_no(accepting)];
            page.gauge(catalog::WORKSPACE_AGENTS, labels, count as f64);
        }
    }
    for ((agent, department), chats) in agents.held.iter().flatten() {
        page.gauge(catalog::AGENT_CHATS, [agent, department], *chats as f64);
    }
    let states = [(Phase::InProgress, &agents.in_progress), (Phase::OnHold, &agents.on_hold)];
    for (phase, serving) in states {
        for ((agent, department), chats) in serving.iter().flatten() {
            let labels = [agent, department, phase.as_ref()];
            page.gauge(catalog::AGENT_OPEN_CHATS, labels, *chats as f64);
        }
    }
    for (agent, awaiting) in agents.awaiting_reply.iter().flatten() {
        page.gauge(catalog::AGENT_AWAITING_REPLY_CHATS, [agent], awaiting.chats as f64);
        let oldest = awaiting.oldest_seconds;
        page.gauge(catalog::AGENT_AWAITING_REPLY_OLDEST_SECONDS, [agent], oldest);
    }
    for (agent, (status, accepting)) in &agents.presence {
        for &known in Status::VARIANTS {
            page.gauge(catalog::AGENT_STATUS, [agent, known.as_ref()], flag(known == *status));
        }
        page.gauge(catalog::AGENT_ACCEPTING, [agent], flag(*accepting));
    }
}
