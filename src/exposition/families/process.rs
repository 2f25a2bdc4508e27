//! The families about the whole process: the reload of its configuration, the dropped lines of its log, its state
//! directory, and its shard.

use std::sync::Arc;

use super::super::page_builder::PageBuilder;
use super::flag;
use crate::catalog;
use crate::cycle::snapshot::Snapshot;
use crate::shard::Shard;

/// Fills the outcome of the latest reload, which is the same under the label of every workspace.
///
/// `succeeded_at`: time of the last successful reload, seconds since 1970.
pub fn fill_reload(
    builder: &mut PageBuilder,
    snapshots: &[Arc<Snapshot>],
    is_successful: bool,
    succeeded_at: f64,
) {
    for snapshot in snapshots {
        let mut page = builder.workspace(&snapshot.workspace);
        page.gauge(catalog::CONFIG_LAST_RELOAD_SUCCESSFUL, [], flag(is_successful));
        page.gauge(catalog::CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS, [], succeeded_at);
    }
}

/// Fills the number of dropped log lines, under the label of every workspace.
pub fn fill_log(builder: &mut PageBuilder, snapshots: &[Arc<Snapshot>], dropped: u64) {
    for snapshot in snapshots {
        let mut page = builder.workspace(&snapshot.workspace);
        page.counter(catalog::LOG_LINES_DROPPED_TOTAL, [], dropped as f64);
    }
}

/// Fills the setting of a state that does not outlive the process, under the label of every workspace.
pub fn fill_volatile(builder: &mut PageBuilder, snapshots: &[Arc<Snapshot>], is_volatile: bool) {
    for snapshot in snapshots {
        let mut page = builder.workspace(&snapshot.workspace);
        page.gauge(catalog::STATE_VOLATILE, [], flag(is_volatile));
    }
}

/// Fills index and count of the shard of this replica, under the label of every workspace that it watches.
pub fn fill_shard(builder: &mut PageBuilder, snapshots: &[Arc<Snapshot>], shard: Shard) {
    let (index, count) = (shard.index().to_string(), shard.count().to_string());
    for snapshot in snapshots {
        let mut page = builder.workspace(&snapshot.workspace);
        page.gauge(catalog::SHARD_INFO, [&index, &count], 1.0);
    }
}
