//! The bounds of the histograms of the totals.
//!
//! The bounds of waits are closest from 20 s to 60 s, because targets usually lie there and visitors give up there. The
//! long bounds repeat the bounds of the server's own queue metrics, so that both can be compared.

use super::family::{Scale, TargetBounds};

pub(super) static WAIT: Scale = Scale {
    bounds: &[
        5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0,
        3600.0, 14400.0, 86400.0,
    ],
    targets: TargetBounds::OfChats,
};
pub(super) static REACTION: Scale = scale(&[
    5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0,
]);
pub(super) static LONG: Scale = scale(&[
    30.0, 60.0, 120.0, 240.0, 360.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0, 7200.0,
    14400.0, 86400.0,
]);
pub(super) static CALL_WAIT: Scale = Scale {
    bounds: &[5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0],
    targets: TargetBounds::OfCalls,
};
pub(super) static CALL_DURATION: Scale = scale(&[
    15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0,
]);
pub(super) static CALL_HOLD: Scale =
    scale(&[1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0]);

const fn scale(bounds: &'static [f64]) -> Scale {
    Scale { bounds, targets: TargetBounds::None }
}
