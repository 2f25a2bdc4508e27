//! The rules of a workspace by which figures and labels are made.

use super::labels::names::LabelContent;
use super::service_level::ServiceLevels;

/// The detail of the figures of single agents; each level includes the level before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentDetail {
    /// Nothing about a single agent.
    Off,
    /// Chats of each agent.
    #[default]
    Load,
    /// Also the presence of each agent.
    Presence,
    /// Also the performance of each agent: times and closed chats.
    Performance,
}

/// The rules of a workspace.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Thresholds, objectives, business hours.
    pub service_levels: ServiceLevels,
    /// The detail of the figures of single agents.
    pub detail: AgentDetail,
    /// The label of agents: the name or the id.
    pub agent_label: LabelContent,
    /// True if chats without a department are shown; false if the configuration names departments.
    pub shows_public: bool,
    /// True if the same filter applies to loads and rooms: `livechat/queue` has no filter for tags, names and custom
    /// fields.
    pub compares_loads: bool,
}
