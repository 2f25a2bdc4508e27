//! The families of single agents, and of the number of agents of the workspace.

use super::super::catalog;
use super::super::page_builder::PageBuilder;
use super::yes_no;
use crate::omnichannel::agent::Status;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::AgentsPresent;

/// Fills the agents of one workspace, as far as its rules show them.
pub(super) fn fill(builder: &mut PageBuilder, workspace: &str, agents: &AgentsPresent) {
    if let Some(headcount) = &agents.workspace {
        for (status, accepting, count) in headcount.counts() {
            let labels = [workspace, status.label(), yes_no(accepting)];
            builder.gauge(&catalog::WORKSPACE_AGENTS, &labels, count as f64);
        }
    }
    for ((agent, department), chats) in agents.held.iter().flatten() {
        builder.gauge(&catalog::AGENT_CHATS, &[workspace, agent, department], *chats as f64);
    }
    let states = [(Phase::InProgress, &agents.in_progress), (Phase::OnHold, &agents.on_hold)];
    for (phase, serving) in states {
        for ((agent, department), chats) in serving.iter().flatten() {
            let labels = [workspace, agent, department, phase.label()];
            builder.gauge(&catalog::AGENT_OPEN_CHATS, &labels, *chats as f64);
        }
    }
    for (agent, chats) in agents.awaiting_reply.iter().flatten() {
        builder.gauge(&catalog::AGENT_AWAITING_REPLY_CHATS, &[workspace, agent], *chats as f64);
    }
    for (agent, (status, accepting)) in &agents.presence {
        for &known in Status::ALL {
            let value = f64::from(u8::from(known == *status));
            builder.gauge(&catalog::AGENT_STATUS, &[workspace, agent, known.label()], value);
        }
        let value = f64::from(u8::from(*accepting));
        builder.gauge(&catalog::AGENT_ACCEPTING, &[workspace, agent], value);
    }
}
