//! The facts of the page: the body of `/status.json`.
//!
//! A value that is not known is `null`. Durations are in seconds; times are by the clock of the exporter, except the
//! watermark, which is by the clock of the server.

use jiff::Timestamp;
use serde::Serialize;

/// The condition of a workspace, or of all workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Everything is read.
    Well,
    /// The first poll has not ended yet.
    Starting,
    /// The workspace is read, but a part is missing.
    Incomplete,
    /// The workspace cannot be read.
    Unreadable,
}

/// All facts of the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusFacts {
    /// The worst condition of all workspaces.
    pub condition: Condition,
    /// The first line of the page: one sentence for each workspace with a problem.
    pub summary: String,
    /// The version of the exporter.
    pub exporter_version: &'static str,
    /// Time of these facts.
    pub rendered_at: Timestamp,
    /// The latest reload of the configuration.
    pub reload: ReloadStatus,
    /// The workspaces, by name.
    pub workspaces: Vec<WorkspaceStatus>,
}

/// The outcome of the latest reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReloadStatus {
    /// True if the latest reload succeeded; the start counts as a success.
    pub is_successful: bool,
    /// Time of the last success.
    pub succeeded_at: Timestamp,
}

/// One workspace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkspaceStatus {
    /// The name.
    pub name: String,
    /// The address of Rocket.Chat.
    pub url: String,
    /// The condition.
    pub condition: Condition,
    /// The condition as a sentence, with the remedy of a problem.
    pub summary: String,
    /// The version of the server.
    pub server_version: Option<String>,
    /// The board, by department.
    pub departments: Vec<DepartmentStatus>,
    /// The lists that the exporter reads.
    pub lists: Vec<ListHealth>,
    /// The request budget, by route of the API.
    pub routes: Vec<RouteBudget>,
    /// The state of counting.
    pub counting: CountingStatus,
}

/// The waiting chats of a department, compared with the configured target time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetComparison {
    /// No chat has waited longer than the target time.
    Within,
    /// A chat has waited longer than the target time.
    Over,
    /// A chat has waited longer than three times the target time, or three chats have waited longer than it.
    FarOver,
    /// The waiting chats are not known.
    Unknown,
}

/// One department; each number is the value of a gauge at `/metrics`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DepartmentStatus {
    /// The value of the label `department`.
    pub name: String,
    /// The comparison with the target time.
    pub target_time: TargetComparison,
    /// The target time: threshold of the service level, seconds.
    pub target_seconds: f64,
    /// Waiting chats to which the service level applies and that have waited longer than the target time.
    pub overdue_chats: Option<u64>,
    /// Chats in the queue.
    pub waiting_chats: Option<u64>,
    /// Longest wait of these chats, seconds; 0 if the queue is empty.
    pub oldest_wait_seconds: Option<f64>,
    /// Chats in progress.
    pub chats_in_progress: Option<u64>,
    /// Chats on hold.
    pub chats_on_hold: Option<u64>,
    /// Members who accept chats.
    pub accepting_agents: Option<u64>,
    /// Chats that these members may still take.
    pub free_slots: Option<u64>,
    /// False outside of the business hours; `null` without business hours.
    pub is_open: Option<bool>,
    /// The share of chats that met the service level.
    pub service_level: ServiceLevelStatus,
}

/// The share of chats that met the service level of a department.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceLevelStatus {
    /// Share of the chats to be answered within the target time.
    pub objective_ratio: f64,
    /// The time zone of the day.
    pub time_zone: String,
    /// The chats that were judged in this minute and the 29 minutes before it; `null` before the first poll.
    pub last_30_minutes: Option<ServiceLevelSpan>,
    /// The chats that were judged since midnight; `null` before the first poll.
    pub today: Option<ServiceLevelSpan>,
}

/// The chats that were judged in a span of time, by the time at which the exporter counted them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceLevelSpan {
    /// Beginning of the span, by the clock of the server.
    pub since: Timestamp,
    /// True if the exporter did not count from the beginning of the 30 minutes or of the day.
    pub is_partial: bool,
    /// Chats with the result `met` or `missed`.
    pub judged_chats: u64,
    /// Chats with the result `met`.
    pub met_chats: u64,
    /// Share of these chats; `null` without a judged chat.
    pub met_ratio: Option<f64>,
    /// The comparison with the objective; `null` without a judged chat.
    pub attainment: Option<Attainment>,
}

/// A share compared with the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attainment {
    /// The objective is met.
    Met,
    /// The share is below the objective.
    Below,
    /// The share is ten percentage points below the objective, or more.
    FarBelow,
}

/// The success of reading a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListReading {
    /// The last attempt worked.
    Works,
    /// The last attempt failed, or the last success is too old.
    Fails,
    /// The server does not offer the list, or the exporter's user may not read it.
    Refused,
    /// No attempt has ended yet.
    Untried,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListHealth {
    /// The value of the label `collector`.
    pub name: &'static str,
    /// True if the workspace cannot be read without this list.
    pub is_mandatory: bool,
    /// The success of reading.
    pub reading: ListReading,
    /// Time since the last complete reading, seconds.
    pub age_seconds: Option<f64>,
    /// Effective interval between two readings, seconds.
    pub interval_seconds: Option<f64>,
    /// Pages of the last complete reading.
    pub pages: u32,
    /// True if the limit of pages cut the last reading.
    pub is_truncated: bool,
    /// Failures since the start.
    pub failures: u64,
    /// True if the last attempt failed or was refused, or if the list waits for too long.
    pub has_failed: bool,
    /// The latest failure with its remedy.
    pub last_failure: Option<String>,
}

/// The request budget of one route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteBudget {
    /// The route.
    pub route: &'static str,
    /// Requests since the start.
    pub requests: u64,
    /// Requests that the server allows in one window.
    pub limit: Option<u32>,
    /// Requests that are left in this window.
    pub remaining: Option<u32>,
    /// Time that requests waited for the budget since the start, seconds.
    pub throttled_seconds: f64,
}

/// The state of counting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CountingStatus {
    /// True if totals survive the process.
    pub is_persistent: bool,
    /// Outcome of restoring the state at the start; `null` if no state is kept.
    pub restored: Option<String>,
    /// Failed attempts to write the state since the start.
    pub write_failures: u64,
    /// The reason why the last attempt failed; `null` after a success.
    pub write_failure: Option<String>,
    /// The reason why a found state was not continued at the start, for a day after it.
    pub lost_state: Option<String>,
    /// Time up to which closed chats have been counted.
    pub watermark: Option<Timestamp>,
    /// Time that no poll covered, seconds.
    pub unobserved_seconds: f64,
    /// Chats that the last audit found missing; `null` before the first audit.
    pub audit_missing_chats: Option<u64>,
    /// Counted chats that the server has no more, by the last audit.
    pub audit_vanished_chats: Option<u64>,
}
