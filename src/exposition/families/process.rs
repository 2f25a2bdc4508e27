//! The families about the whole process: the reload of its configuration, the dropped lines of its log, its state
//! directory, and its shard.

use jiff::Timestamp;

use super::super::page_builder::WorkspacePage;
use super::flag::flag;
use crate::catalog;
use crate::rocketchat::instant::epoch_seconds;
use crate::shard::Shard;

/// Fills the outcome of the latest reload and the time of the last successful one, which are the same under the label of
/// every workspace.
pub fn fill_reload(page: &mut WorkspacePage<'_>, is_successful: bool, succeeded_at: Timestamp) {
    let succeeded_at = epoch_seconds(succeeded_at);
    page.gauge(catalog::CONFIG_LAST_RELOAD_SUCCESSFUL, [], flag(is_successful));
    page.gauge(catalog::CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS, [], succeeded_at);
}

/// Fills the number of dropped log lines, under the label of every workspace.
pub fn fill_log(page: &mut WorkspacePage<'_>, dropped: u64) {
    page.counter(catalog::LOG_LINES_DROPPED_TOTAL, [], dropped as f64);
}

/// Fills the setting of a state that does not outlive the process, under the label of every workspace.
pub fn fill_volatile(page: &mut WorkspacePage<'_>, is_volatile: bool) {
    page.gauge(catalog::STATE_VOLATILE, [], flag(is_volatile));
}

/// Fills index and count of the shard of this replica, under the label of every workspace that it watches.
pub fn fill_shard(page: &mut WorkspacePage<'_>, shard: Shard) {
    let (index, count) = (shard.index().to_string(), shard.count().to_string());
    page.gauge(catalog::SHARD_INFO, [&index, &count], 1.0);
}
