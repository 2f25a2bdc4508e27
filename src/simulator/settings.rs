//! Settings of a simulated workspace.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use super::{
    api::{Permission, Policy},
    version::ServerVersion,
    world::{NoticeType, WorldSettings},
};

/// The settings of the clock of the workspace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockSettings {
    /// A clock that stands still. Operations, `advance` and `live` move it.
    Manual(Timestamp),
    /// A clock that runs from `start`, `speed` simulated seconds per real second.
    Living {
        /// Simulated instant at which serving begins.
        start: Timestamp,
        /// Simulated seconds per real second.
        speed: f64,
    },
}

impl ClockSettings {
    const fn start(self) -> Timestamp {
        match self {
            Self::Manual(start) | Self::Living { start, .. } => start,
        }
    }
}

/// The settings under Omnichannel > Webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// `Livechat_webhookUrl`.
    pub url: String,
    /// `Livechat_secret_token`; without it no header is sent.
    pub secret_token: Option<String>,
    /// `Send request on`.
    pub send_on: BTreeSet<NoticeType>,
}

/// Settings of a simulated workspace. The default is a busy workspace of 8.1.0 without a rate limit and with a manual
/// clock.
#[expect(clippy::struct_excessive_bools, reason = "settings that do not exclude each other")]
#[derive(Debug, Clone)]
pub struct SimulatorSettings {
    /// Seed of the random numbers. The same seed gives the same world.
    pub seed: u64,
    /// The server generation.
    pub version: ServerVersion,
    /// True if `/api/info` does not show the version.
    pub version_hidden: bool,
    /// True if `open` has the opposite meaning, as possibly in some builds of 8.x.
    pub open_inverted: bool,
    /// Number of departments.
    pub departments: usize,
    /// Number of agents. The id of the first agent is [`SimulatorSettings::user_id`].
    pub agents: usize,
    /// True if there are calls too. The API shows calls from 4.5 to 7.x.
    pub calls: bool,
    /// Mean number of new chats per hour over a day.
    pub arrivals_per_hour: f64,
    /// Percentage of closed e-mail and text message chats that the visitor opens again.
    pub reopened_percent: u32,
    /// Simulated time before the workspace serves. With zero there are no chats at the start.
    pub warm_up: Duration,
    /// Retention of closed chats and calls in simulated time.
    pub retention: Duration,
    /// The settings of the clock of the workspace.
    pub clock: ClockSettings,
    /// Maximum number of rows of a page (`API_Upper_Count_Limit`).
    pub page_limit: usize,
    /// Maximum number of requests per window and route. `None`: the token bypasses the limiter, and no rate limit
    /// headers are sent.
    pub rate_limit: Option<u32>,
    /// Length of the rate limiter's window, in real time.
    pub rate_window: Duration,
    /// The valid `X-Auth-Token`.
    pub token: String,
    /// The valid `X-User-Id`.
    pub user_id: String,
    /// Permissions that the token lacks. The default are the permissions that docs/operating.md does not require on
    /// every server. Since 6.10 the list of agents is refused only if both of its permissions are missing.
    pub refused: BTreeSet<Permission>,
    /// True for an Enterprise server with a licence, false for a community build, which lacks some routes.
    pub enterprise: bool,
    /// Sub-path of the workspace, such as `/chat`; empty for none.
    pub path_prefix: String,
    /// The settings of webhooks; `None` sends none.
    pub webhook: Option<WebhookSettings>,
}

impl Default for SimulatorSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            version: ServerVersion::new(8, 1, 0),
            version_hidden: false,
            open_inverted: false,
            departments: 5,
            agents: 25,
            calls: true,
            arrivals_per_hour: 600.0,
            reopened_percent: 15,
            warm_up: Duration::from_secs(2 * 3600),
            retention: Duration::from_secs(24 * 3600),
            clock: ClockSettings::Manual(Timestamp::constant(1_772_445_600, 0)),
            page_limit: 100,
            rate_limit: None,
            rate_window: Duration::from_secs(60),
            token: "simulated-token".to_owned(),
            user_id: "rbAXPnMktTFbNpwtJ".to_owned(),
            refused: BTreeSet::from([
                Permission::ViewStatistics,
                Permission::ViewLivechatDepartments,
                Permission::ViewLivechatBusinessHours,
                Permission::ViewPrivilegedSetting,
            ]),
            enterprise: true,
            path_prefix: String::new(),
            webhook: None,
        }
    }
}

impl SimulatorSettings {
    pub(super) fn world_settings(&self) -> WorldSettings {
        WorldSettings {
            seed: self.seed,
            version: self.version,
            start: self.clock.start() - self.warm_up,
            departments: self.departments,
            agents: self.agents,
            first_agent_id: self.user_id.clone(),
            calls: self.calls,
            arrivals_per_hour: self.arrivals_per_hour,
            reopened_percent: self.reopened_percent,
            retention: self.retention,
            enterprise: self.enterprise,
        }
    }

    pub(super) fn policy(&self) -> Policy {
        Policy {
            token: self.token.clone(),
            user_id: self.user_id.clone(),
            refused: self.refused.clone(),
            page_limit: self.page_limit,
            version_hidden: self.version_hidden,
            presence_hidden: false,
            open_inverted: self.open_inverted,
        }
    }
}
