//! The sample value and the label value of a flag.

/// The sample value of a flag.
pub(super) fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// The label value of a flag.
pub(super) fn yes_no(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
