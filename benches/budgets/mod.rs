//! The budgets of the jobs, as measured with Rust 1.95 on an x86_64 with AVX2.
//!
//! CONTRIBUTING.md tells how a budget is set anew.

/// Part of a measured value by which a job may exceed the value, per cent.
const TOLERANCE: u64 = 3;

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
/// Instructions of the poll of 100 small workspaces, heap of the poll of 1,000.
pub(crate) const POLL: Budget = Budget { instructions: 222_071_001, heap: 20_010_122 };
pub(crate) const ADVANCE: Budget = Budget { instructions: 75_290_857, heap: 1_729_976 };
pub(crate) const RENDER: Budget = Budget { instructions: 148_284_740, heap: 4_463_410 };
pub(crate) const OPENMETRICS: Budget = Budget { instructions: 180_126_573, heap: 6_425_630 };
pub(crate) const COMMIT: Budget = Budget { instructions: 14_072_754, heap: 1_512_618 };
pub(crate) const SERVE: Budget = Budget { instructions: 50_742, heap: 34_363 };

/// The most that is allowed where this value was measured.
pub(crate) fn limit(measured: u64) -> u64 {
    measured + measured * TOLERANCE / 100
}
