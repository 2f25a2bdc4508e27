//! The gauges of calls that go on.
//!
//! There is no gauge of waiting calls: the server creates the room of a call at the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inputs::Inputs;
use crate::omnichannel::age::age_seconds;

/// The calls of a workspace, by PBX queue.
pub type CallGauges = BTreeMap<Arc<str>, CallFigures>;

/// The calls of one PBX queue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CallFigures {
    /// Number of calls that go on, by [`Direction`](crate::omnichannel::event::Direction).
    pub active: [u64; 3],
    /// Duration of the longest call so far, seconds.
    pub longest_seconds: f64,
}

pub(super) fn calls(inputs: Inputs<'_>) -> CallGauges {
    let Inputs { live_state, labelled, view, .. } = inputs;
    let label = |queue: &Arc<str>| Arc::clone(labelled.call_queue(queue));
    let known =
        labelled.registry.call_queues.ids().map(|queue| (label(queue), CallFigures::default()));
    let mut calls: CallGauges = known.collect();
    for call in live_state.calls.iter().filter(|call| call.active) {
        let figures = calls.entry(label(&call.queue)).or_default();
        if let Some(count) = figures.active.get_mut(call.direction as usize) {
            *count += 1;
        }
        figures.longest_seconds = figures.longest_seconds.max(age_seconds(call.began, view.now));
    }
    calls
}
