//! The form of an entry of the catalogue.
//!
//! Kind and number of labels of a family are a part of its type, so that a sample of another kind, or with too few
//! labels, does not compile.

use std::cmp::Ordering;
use std::marker::PhantomData;

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

/// One metric family, as dashboards and rules rely on it. Families are ordered as in the catalogue.
#[derive(Debug)]
pub struct Metric {
    /// The place of the family in the catalogue.
    pub index: usize,
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
    /// The name of the family in the state, which never changes; `None` if the totals do not hold the family.
    pub key: Option<&'static str>,
    /// Number of labels of a family of the totals whose values people choose; these labels come first.
    pub open_labels: usize,
    /// The buckets of a histogram of the totals.
    pub scale: Option<&'static Scale>,
}

impl Metric {
    /// All label names in exposition order, `workspace` first.
    pub fn label_names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(WORKSPACE_LABEL).chain(self.labels.iter().copied())
    }

    /// True if the labels name single agents.
    pub fn is_personal(&self) -> bool {
        self.labels.contains(&"agent")
    }
}

impl Ord for Metric {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Metric {}

/// The upper bounds of the buckets of a histogram.
#[derive(Debug)]
pub struct Scale {
    /// The bounds, seconds.
    pub bounds: &'static [f64],
    /// The configured target times that are bounds too.
    pub targets: TargetBounds,
}

/// The target times of the configuration that are bounds, by what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetBounds {
    /// No target time.
    None,
    /// The thresholds of the service levels of all departments.
    OfChats,
    /// The threshold of calls.
    OfCalls,
}

/// Marks a family of gauges.
#[derive(Clone, Copy, Debug)]
pub struct Gauge;
/// Marks a family of counters.
#[derive(Clone, Copy, Debug)]
pub struct Counter;
/// Marks a family of histograms.
#[derive(Clone, Copy, Debug)]
pub struct Histogram;
/// Marks a family of summaries.
#[derive(Clone, Copy, Debug)]
pub struct Summary;
/// Marks a family of the totals, which only the totals fill.
#[derive(Clone, Copy, Debug)]
pub struct Total<K>(PhantomData<K>);

/// A family of the kind `K` with `N` labels after the label of the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Family<K, const N: usize> {
    /// The entry of the family.
    pub metric: &'static Metric,
    kind: PhantomData<K>,
}

impl<K, const N: usize> Family<K, N> {
    pub(super) const fn new(metric: &'static Metric) -> Self {
        Self { metric, kind: PhantomData }
    }
}

/// Declares families from the index `$first` on. The doc comment of each is its HELP text, so that the two cannot
/// differ.
///
/// A family of the totals is `kept as` its key in the state, and names the number of its open labels; a histogram also
/// names its bounds.
macro_rules! families {
    (first $first:expr; $($(#[doc = $help:literal])+ $ident:ident = $kind:ident $name:literal
        [$($label:literal),*] in $unit:literal from [$($collector:literal),*]
        $(kept as $key:literal, $open:literal open $(, bounds $scale:ident)?)?;)+) => {
        $($(#[doc = $help])+
        pub const $ident: $crate::catalog::family::Family<
            families!(@kind $kind $($key)?),
            { <[&str]>::len(&[$($label),*]) },
        > = {
            static METRIC: $crate::catalog::family::Metric = $crate::catalog::family::Metric {
                index: $first + FamilyIndex::$ident as usize,
                name: $name,
                kind: $crate::catalog::family::Kind::$kind,
                help: concat!($($help),+).trim_ascii(),
                labels: &[$($label),*],
                collectors: &[$($collector),*],
                unit: $unit,
                key: families!(@or None $(, Some($key))?),
                open_labels: families!(@or 0 $(, $open)?),
                scale: families!(@or None $($(, Some(&$scale))?)?),
            };
            $crate::catalog::family::Family::new(&METRIC)
        };)+

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum FamilyIndex { $($ident),+ }

        /// The families of this file, in their order.
        pub(super) static FAMILIES: &[&$crate::catalog::family::Metric] = &[$($ident.metric),+];
        /// The index after the last family of this file.
        #[allow(dead_code, reason = "no file follows the last one")]
        pub(super) const END: usize = $first + [$(FamilyIndex::$ident),+].len();
    };
    (@kind $kind:ident) => { $crate::catalog::family::$kind };
    (@kind $kind:ident $key:literal) => {
        $crate::catalog::family::Total<$crate::catalog::family::$kind>
    };
    (@or $default:expr) => { $default };
    (@or $default:expr, $value:expr) => { $value };
}
pub(super) use families;
