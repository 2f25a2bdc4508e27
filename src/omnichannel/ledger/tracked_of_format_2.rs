//! A followed chat, as the state formats 1 and 2 kept it.

use std::sync::Arc;

use serde::Deserialize;

use super::queue_stay::QueueStay;
use super::response_timer::ResponseTimer;
use crate::omnichannel::chat::Source;
use crate::rocketchat::unix_millis::UnixMillis;

#[derive(Debug, Deserialize)]
pub(super) struct TrackedOfFormat2 {
    pub(super) department: Option<Arc<str>>,
    pub(super) agent: Option<Arc<str>>,
    pub(super) source: Source,
    pub(super) reported_until: UnixMillis,
    pub(super) last_seen: UnixMillis,
    pub(super) auto_transferred_at: Option<UnixMillis>,
    pub(super) is_on_hold: bool,
    pub(super) response_seconds: f64,
    pub(super) responses: f64,
    pub(super) lived_seconds: Option<f64>,
    pub(super) queue_stay: QueueStay,
    pub(super) response_timer: ResponseTimer,
}
