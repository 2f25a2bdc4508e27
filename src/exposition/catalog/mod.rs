//! The catalogue: every family that this exporter can serve, as data.
//!
//! The mapping, the documentation and the naming test read this one table, so that a name, a label or a HELP text
//! exists once. The table holds no values, and it does not decide when a family is served.

mod agents;
mod calls;
mod chats;
mod events;
mod exporter;

use std::sync::LazyLock;

pub use agents::*;
pub use calls::*;
pub use chats::*;
pub use events::*;
pub use exporter::*;

/// The first label of every family: the configured name of the workspace.
pub const WORKSPACE_LABEL: &str = "workspace";

/// The behaviour of a family over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value that rises and falls.
    Gauge,
    /// A total that only grows, or begins again at zero.
    Counter,
    /// Observations sorted into cumulative buckets.
    Histogram,
    /// The sum and the number of observations; without quantiles, which cannot be added up.
    Summary,
}

/// One metric family, as dashboards and rules rely on it.
#[derive(Debug)]
pub struct Family {
    /// The full metric name, prefix included.
    pub name: &'static str,
    /// The behaviour of the family over time.
    pub kind: Kind,
    /// The HELP text: meaning, freshness and API field of the value.
    pub help: &'static str,
    /// The label names after [`WORKSPACE_LABEL`], in the order in which values are given.
    pub labels: &'static [&'static str],
    /// The lists that feed the family, as in the label `collector`. Empty if it comes from configuration or own
    /// counting.
    pub collectors: &'static [&'static str],
    /// The unit of the value: `seconds`, `chats`, `ratio`, `bool`, …
    pub unit: &'static str,
}

impl Family {
    /// All label names in exposition order, `workspace` first.
    pub fn label_names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(WORKSPACE_LABEL).chain(self.labels.iter().copied())
    }
}

/// Every family in the order of the documentation.
pub static ALL: LazyLock<Vec<&'static Family>> = LazyLock::new(|| {
    let events = events::FAMILIES;
    [chats::FAMILIES, events, agents::FAMILIES, calls::FAMILIES, exporter::FAMILIES].concat()
});

/// Declares families; the doc comment of each is its HELP text, so that the two cannot differ.
macro_rules! families {
    ($($(#[doc = $help:literal])+ $ident:ident = $kind:ident $name:literal
        [$($label:literal),*] in $unit:literal from [$($collector:literal),*];)+) => {
        $($(#[doc = $help])+
        pub static $ident: $crate::exposition::catalog::Family =
            $crate::exposition::catalog::Family {
                name: $name,
                kind: $crate::exposition::catalog::Kind::$kind,
                help: concat!($($help),+).trim_ascii(),
                labels: &[$($label),*],
                collectors: &[$($collector),*],
                unit: $unit,
            };)+

        pub(super) static FAMILIES: &[&$crate::exposition::catalog::Family] = &[$(&$ident),+];
    };
}
use families;

#[cfg(test)]
mod naming;
