//! The families about the process as a whole: what became of its configuration.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::super::catalog;
use super::super::sheet::Sheet;
use super::flag;
use crate::cycle::snapshot::Snapshot;

/// Says how the latest reload went: the same for every workspace, under whose label it is found.
///
/// `succeeded_at`: seconds since 1970.
pub fn fill_reload(
    sheet: &mut Sheet,
    workspaces: &[Arc<ArcSwap<Snapshot>>],
    is_successful: bool,
    succeeded_at: f64,
) {
    for published in workspaces {
        let labels = [&*published.load().workspace];
        sheet.gauge(&catalog::CONFIG_LAST_RELOAD_SUCCESSFUL, &labels, flag(is_successful));
        let family = &catalog::CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS;
        sheet.gauge(family, &labels, succeeded_at);
    }
}
