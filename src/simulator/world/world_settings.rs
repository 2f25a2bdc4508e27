//! The initial settings of a world.

use std::time::Duration;

use jiff::Timestamp;

use crate::simulator::version::ServerVersion;

/// Initial settings of a world.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    /// Seed of the random numbers.
    pub seed: u64,
    /// The server version, which decides the effect of some operations on a chat.
    pub version: ServerVersion,
    /// First instant of the simulated clock.
    pub start: Timestamp,
    /// Number of departments.
    pub departments: usize,
    /// Number of agents.
    pub agents: usize,
    /// `_id` of the first agent.
    pub first_agent_id: String,
    /// True if [`World::live`](super::World::live) generates calls too.
    pub calls: bool,
    /// Mean number of new chats per hour.
    pub arrivals_per_hour: f64,
    /// Percentage of closed e-mail and text message chats that are opened again.
    pub reopened_percent: u32,
    /// Retention of closed chats and calls.
    pub retention: Duration,
    /// True for an Enterprise server with a licence.
    pub enterprise: bool,
}
