//! The inputs of the gauges.

use super::view_context::ViewContext;
use crate::omnichannel::labels::labelled::Labelled;
use crate::omnichannel::live_state::LiveState;
use crate::omnichannel::rules::Rules;

/// The state, the rules, the labels and the view from which all gauges are computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) live_state: &'a LiveState,
    pub(super) rules: &'a Rules,
    pub(super) labelled: &'a Labelled<'a>,
    pub(super) view: ViewContext,
}
