//! The budgets of the jobs, as measured with Rust 1.95 on an x86_64 with AVX2.
//!
//! CONTRIBUTING.md tells how a budget is set anew.

use std::ops::RangeInclusive;

/// Part of a measured value by which a job may exceed the value, per mille.
const ABOVE: u64 = 30;
/// Part of a measured value by which a job may stay below the value, per mille. A job that became cheaper has to get a new
/// value, or a later change could make it dearer by as much.
const BELOW: u64 = 15;

/// The measured values of one job.
#[derive(Debug, Clone, Copy)]
#[expect(dead_code, reason = "each of the two benches reads one of the fields")]
pub(crate) struct Budget {
    /// Instructions, by `cargo run --profile bench --features instructions --example instructions`.
    pub(crate) instructions: u64,
    /// Most bytes of the heap that the job holds at once, by `cargo bench --profile test --bench heap`.
    pub(crate) heap: u64,
}

pub(crate) const DECODE: Budget = Budget { instructions: 5_030_879, heap: 73_468 };
/// Heap of creating 1,000 small workspaces and polling each twice: all that they keep, and the memory of one poll.
#[allow(dead_code, reason = "only the bench of the heap has this job")]
pub(crate) const WATCH_HEAP: u64 = 140_428_370;
/// Instructions of one more poll of 100 small workspaces, heap of one more poll of 1,000.
pub(crate) const POLL: Budget = Budget { instructions: 222_071_001, heap: 20_010_122 };
pub(crate) const ADVANCE: Budget = Budget { instructions: 51_508_932, heap: 1_729_976 };
pub(crate) const RENDER: Budget = Budget { instructions: 148_284_740, heap: 4_463_410 };
pub(crate) const OPENMETRICS: Budget = Budget { instructions: 180_126_573, heap: 6_425_630 };
pub(crate) const COMMIT: Budget = Budget { instructions: 14_072_754, heap: 1_512_618 };
pub(crate) const SERVE: Budget = Budget { instructions: 50_742, heap: 34_363 };

/// All that is allowed where this value was measured.
pub(crate) fn limits(measured: u64) -> RangeInclusive<u64> {
    measured - measured * BELOW / 1000..=measured + measured * ABOVE / 1000
}
