//! The public state of a workspace, replaced as a whole at the end of each cycle.
//!
//! A page combines it with the time of the render, so that ages grow and stale gauges disappear between cycles.

use std::sync::Arc;

use jiff::Timestamp;
use strum::{AsRefStr, VariantArray};
use tokio::time::Instant;

pub use super::audit::Audited;
use super::scrape_mark::ScrapeMark;
use super::status::ListStatus;
use crate::omnichannel::gauges::ViewContext;
use crate::omnichannel::labels::registry::LabelRegistry;
use crate::omnichannel::list::{List, Lists};
use crate::omnichannel::live_state::LiveState;
use crate::omnichannel::rules::Rules;
use crate::omnichannel::totals::Totals;
use crate::rocketchat::capabilities::{Capabilities, OnHoldForm, Support};
use crate::rocketchat::request_stats::RequestStats;
use crate::rocketchat::server_clock::ServerClock;
use crate::webhook::nudges::Nudges;

/// The state of one workspace after a cycle.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The label `workspace`.
    pub workspace: Arc<str>,
    /// The workspace's URL, without anything secret.
    pub url: Arc<str>,
    /// Time of the snapshot.
    pub taken: Instant,
    /// Cycles that have ended; 0 before the first.
    pub cycles: u64,
    /// The mark to set when a page with this snapshot answers a scrape.
    pub scrape_mark: ScrapeMark,
    /// The lists of the workspace.
    pub live_state: LiveState,
    /// The remembered label values.
    pub labels: LabelRegistry,
    /// Rules that the gauges depend on.
    pub rules: Arc<Rules>,
    /// Status of every list.
    pub lists: Vec<ListStatus>,
    /// Capabilities of the server.
    pub capabilities: Capabilities,
    /// True if rooms carry the names of their departments.
    pub names_departments: bool,
    /// True if the members of departments can be read, in either of the two ways.
    pub reads_members: bool,
    /// The server's clock.
    pub clock: Arc<ServerClock>,
    /// Statistics of the requests to the server.
    pub request_stats: Arc<RequestStats>,
    /// True if open chats are filtered by their agents: below 6.11 such a list contains no waiting chat.
    pub is_filtered_by_agents: bool,
    /// Configured chat limit and concurrency factor of an agent.
    pub capacity: Capacity,
    /// All totals, as of the last durable generation.
    pub totals: Totals,
    /// State of counting.
    pub counting: Counting,
    /// Cycles that ended in a panic, since the start of the process.
    pub panics: u64,
    /// The webhooks of the workspace; `None` if it has no token for them.
    pub nudges: Option<Arc<Nudges>>,
}

/// State of counting, beside the totals.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counting {
    /// True if the totals survive the process.
    pub is_persistent: bool,
    /// Result of restoring the state at the start; `None` if no state is kept.
    pub restored: Option<Restored>,
    /// Failed attempts to write the state.
    pub write_failures: u64,
    /// The reason why the last attempt to write the state failed; `None` after a success.
    pub write_failure: Option<String>,
    /// The reason why a found state was not continued at the start, for a day after it.
    pub lost_state: Option<String>,
    /// Time up to which closed chats have been counted, by the server's clock.
    pub watermark: Option<Timestamp>,
    /// Chats whose events are followed.
    pub tracked_chats: u64,
    /// Chats that were given up because no list showed them for a week.
    pub given_up_chats: u64,
    /// Time that no poll covered, seconds, over all processes that used the state.
    pub unobserved_seconds: f64,
    /// Closed chats that became visible after the watermark had passed them.
    pub late_records: u64,
    /// Impossible values of chats, such as negative durations.
    pub invalid_chats: u64,
    /// Impossible values of calls.
    pub invalid_calls: u64,
    /// Result of the last audit.
    pub audit: Option<Audited>,
}

/// Result of restoring the state at the start; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Restored {
    /// The state is continued.
    Ok,
    /// The values began again at zero; the events that were counted before are still known.
    ValuesReset,
    /// No usable state was found: counting begins at the start.
    Cold,
}

/// Configured capacity of an agent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Capacity {
    /// Highest number of chats that an agent is given at once.
    pub chat_limit: Option<u32>,
    /// Number of chats that an agent really works on at once.
    pub concurrency_factor: Option<f64>,
}

impl Snapshot {
    /// True if the last attempt of every mandatory list that the server offers worked and is not too old. Before the
    /// first cycle has ended it is false after a panic, otherwise `None`.
    pub fn is_up(&self) -> Option<bool> {
        if self.cycles == 0 {
            return (self.panics > 0).then_some(false);
        }
        let mandatory = self.lists.iter().filter(|status| status.list.is_mandatory());
        let mut attempts = mandatory.filter_map(ListStatus::works).peekable();
        let attempted = attempts.peek().is_some();
        Some(attempted && attempts.all(|works| works))
    }

    /// The context of the gauges at `now`: the fresh lists, and the list that holds the queue.
    pub fn view(&self, now: Instant) -> ViewContext {
        let fresh =
            self.lists.iter().filter(|status| status.is_fresh(now)).map(|status| status.list);
        let has_queued = self.capabilities.queued_filter() != Support::No;
        ViewContext {
            fresh: fresh.collect::<Lists>(),
            queue_comes_from: match (has_queued, self.is_filtered_by_agents) {
                (true, _) => Some(List::Queued),
                (false, false) => Some(List::Open),
                (false, true) => None,
            },
            has_on_hold: self.capabilities.onhold() != OnHoldForm::Unknown,
            chat_limit: self.capacity.chat_limit.map(u64::from),
            has_joint_chat_limits: self.capabilities.joint_chat_limits(),
            now: self.clock.now(),
        }
    }
}
