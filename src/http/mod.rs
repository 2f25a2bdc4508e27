//! The server that Prometheus, probes and people talk to.
//!
//! It hands out what others have finished: the published page, the masked configuration, the word
//! of the heartbeats. It renders nothing per request and never asks Rocket.Chat. `bind` runs first,
//! so that an address that is taken ends the start; `router` says what is where; `access` says who may ask; `server` runs
//! the connections within their limits.

mod access;
mod activity;
mod bind;
mod connection;
mod connection_slots;
mod cross_site;
mod deadline_stream;
mod encoding;
mod health;
mod landing;
mod lifecycle;
mod router;
mod server;
mod tls;
pub mod web_config;

pub use access::{AccessControl, AccessControlError};
pub use bind::{BindError, bind};
#[cfg(any(fuzzing, test))]
pub(crate) use encoding::prefers_gzip;
pub use health::{Health, Heartbeat};
pub use lifecycle::{Lifecycle, ReloadOutcome, ReloadRequest, lifecycle};
pub use router::{AppState, RouterError, router};
pub use server::{Limits, serve};
pub use tls::TlsError;
