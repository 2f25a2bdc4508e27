//! The input of an endpoint.

use super::policy::Policy;
use super::query::QueryParameters;
use crate::simulator::{
    version::ServerVersion,
    world::{Agent, Status},
};

/// Input of an endpoint.
pub(super) struct EndpointRequest<'a> {
    pub(super) policy: &'a Policy,
    pub(super) version: ServerVersion,
    pub(super) path: &'a str,
    pub(super) query: QueryParameters,
    pub(super) authenticated: bool,
    /// Rows with equal sort keys come in an order that depends on this number.
    pub(super) tie_breaker: usize,
}

impl EndpointRequest<'_> {
    /// The presence of an agent as the token's user may see it.
    pub(super) fn presence_of(&self, agent: &Agent) -> Status {
        let is_hidden = self.policy.presence_hidden && self.version.can_hide_presence();
        if is_hidden { Status::Offline } else { agent.status }
    }
}
