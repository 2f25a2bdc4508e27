//! The families about the process as a whole: what became of its configuration and its log, which part of it is its own.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::super::catalog;
use super::super::page_builder::PageBuilder;
use super::flag;
use crate::cycle::snapshot::Snapshot;
use crate::shard::Shard;

/// Says how the latest reload went: the same for every workspace, under whose label it is found.
///
/// `succeeded_at`: seconds since 1970.
pub fn fill_reload(
    builder: &mut PageBuilder,
    workspaces: &[Arc<ArcSwap<Snapshot>>],
    is_successful: bool,
    succeeded_at: f64,
) {
    for published in workspaces {
        let labels = [&*published.load().workspace];
        builder.gauge(&catalog::CONFIG_LAST_RELOAD_SUCCESSFUL, &labels, flag(is_successful));
        let family = &catalog::CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS;
        builder.gauge(family, &labels, succeeded_at);
    }
}

/// Says how many lines of the log were dropped, under the label of every workspace.
pub fn fill_log(builder: &mut PageBuilder, workspaces: &[Arc<ArcSwap<Snapshot>>], dropped: u64) {
    for published in workspaces {
        let labels = [&*published.load().workspace];
        builder.counter(&catalog::LOG_LINES_DROPPED_TOTAL, &labels, dropped as f64);
    }
}

/// Says which of several replicas this is, under the label of every workspace that it watches.
pub fn fill_shard(builder: &mut PageBuilder, workspaces: &[Arc<ArcSwap<Snapshot>>], shard: Shard) {
    let (index, count) = (shard.index().to_string(), shard.count().to_string());
    for published in workspaces {
        let labels = [&*published.load().workspace, &index, &count];
        builder.gauge(&catalog::SHARD_INFO, &labels, 1.0);
    }
}
