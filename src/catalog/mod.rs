//! The catalogue: every family that this exporter can serve, as data.
//!
//! All that is fixed about a family is in its one entry, so that a name, a label, a HELP text or a key of the state
//! exists once. The page, the totals, the documentation and the tests of names read this table. It holds no values, it
//! does not decide when a family is served, and it depends on no other module.

mod agents;
mod calls;
mod chats;
mod events;
mod exporter;
mod family;
pub mod label_set;
mod scale;

use std::sync::LazyLock;

pub use agents::*;
pub use calls::*;
pub use chats::*;
pub use events::*;
pub use exporter::*;
pub use family::{
    Counter, Family, Gauge, Histogram, Kind, Metric, Summary, TargetBounds, Total, WORKSPACE_LABEL,
};

/// Every family in the order of the documentation.
pub static ALL: LazyLock<Vec<&'static Metric>> = LazyLock::new(|| {
    let events = events::FAMILIES;
    [chats::FAMILIES, events, agents::FAMILIES, calls::FAMILIES, exporter::FAMILIES].concat()
});

#[cfg(test)]
mod tests;
