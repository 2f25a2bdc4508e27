//! What a workspace shows to the outside: replaced as a whole at the end of each cycle.
//!
//! Made by the cycle, read by `exposition` at each render together with the time of the render, so that
//! ages grow and stale gauges go between cycles.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use tokio::time::Instant;

pub use super::audit::Audited;
use super::status::ListStatus;
use crate::omnichannel::gauges::{Rules, ViewContext};
use crate::omnichannel::list::{List, Lists};
use crate::omnichannel::live_state::LiveState;
use crate::omnichannel::totals::Totals;
use crate::rocketchat::capabilities::{Capabilities, OnHoldForm, Support};
use crate::rocketchat::request_stats::RequestStats;
use crate::rocketchat::server_clock::ServerClock;

/// The state of one workspace after a cycle.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The label `workspace`.
    pub workspace: Arc<str>,
    /// The workspace's URL, without anything secret.
    pub url: Arc<str>,
    /// Cycles that have ended; 0 before the first.
    pub cycles: u64,
    /// The latest cycle that a scrape has been answered with; every snapshot of a workspace shares it.
    pub scraped: Arc<AtomicU64>,
    /// What is known of the workspace.
    pub live_state: LiveState,
    /// The rules its gauges depend on.
    pub rules: Arc<Rules>,
    /// Every list's status.
    pub lists: Vec<ListStatus>,
    /// What the server is known to accept.
    pub capabilities: Capabilities,
    /// Whether rooms carry the names of their departments.
    pub names_departments: bool,
    /// The members of departments can be read, by either of the two ways.
    pub reads_members: bool,
    /// The server's clock.
    pub clock: Arc<ServerClock>,
    /// The traffic with the server.
    pub request_stats: Arc<RequestStats>,
    /// Open chats are asked for by their agents: below 6.11 no waiting chat comes along.
    pub is_filtered_by_agents: bool,
    /// Configured limit of simultaneous chats and the concurrency factor, where set.
    pub capacity: Capacity,
    /// Everything counted; as of the last durable generation.
    pub totals: Totals,
    /// How counting goes.
    pub counting: Counting,
    /// Cycles that ended in a panic, since the start of the process.
    pub panics: u64,
}

/// How counting goes, beside the totals themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counting {
    /// Totals survive the process.
    pub is_persistent: bool,
    /// What became of the state found at the start; `None` where none is kept.
    pub restored: Option<Restored>,
    /// Times the state could not be written.
    pub write_failures: u64,
    /// Up to where closed chats have been counted, the server's clock.
    pub watermark: Option<Timestamp>,
    /// Chats whose events are followed.
    pub tracked_chats: u64,
    /// Chats that no list showed for a week.
    pub given_up_chats: u64,
    /// Time that no poll ever covered, seconds, over all lives of the state.
    pub unobserved_seconds: f64,
    /// Closed chats that became visible after the watermark had passed them.
    pub late_records: u64,
    /// Values of chats that cannot be, such as negative durations.
    pub invalid_chats: u64,
    /// The same of calls.
    pub invalid_calls: u64,
    /// What the last audit found.
    pub audit: Option<Audited>,
}

/// What became of the state found at the start; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restored {
    /// It is continued.
    Ok,
    /// Its values began again at zero; what was counted is still known.
    ValuesReset,
    /// There was none, or none that may be trusted: counting begins with the start.
    Cold,
}

impl Restored {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Ok, Self::ValuesReset, Self::Cold];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ValuesReset => "values_reset",
            Self::Cold => "cold",
        }
    }
}

/// What the configuration says of an agent's capacity.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Capacity {
    /// Most chats an agent is given at once.
    pub chat_limit: Option<u32>,
    /// Chats an agent really works on at once.
    pub concurrency_factor: Option<f64>,
}

impl Snapshot {
    /// Whether the last attempt of every mandatory list that the server offers worked and is not too long ago, and no
    /// panic came since; `None` before the first cycle has ended.
    pub fn is_up(&self) -> Option<bool> {
        if self.cycles == 0 {
            return (self.panics > 0).then_some(false);
        }
        let mandatory = self.lists.iter().filter(|status| status.list.is_mandatory());
        let mut attempts = mandatory.filter_map(ListStatus::works).peekable();
        let attempted = attempts.peek().is_some();
        Some(attempted && attempts.all(|works| works))
    }

    /// What may be relied on at this instant.
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
            now: self.clock.now(),
        }
    }
}
