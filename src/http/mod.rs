//! The HTTP server for Prometheus, health probes and browsers.
//!
//! The server serves data that exists already: the published page, the masked configuration and the state of the
//! heartbeats. It renders a page for a request only if the page that it has is out of date, and never sends a request to
//! Rocket.Chat; a webhook is noted. `bind` runs first, so that an address already in use ends the start. `router` maps
//! paths to handlers. `access` admits or refuses requests. `server` runs the connections within their limits.

mod accept;
mod access;
mod activity;
mod bind;
mod connection;
mod connection_slots;
mod cross_site;
mod deadline_stream;
mod discovery;
mod encoding;
mod health;
mod human;
mod landing;
mod lifecycle;
mod limits;
mod metrics;
mod plain_text;
mod router;
mod server;
mod tls;
pub mod web_config;
mod webhook;

pub use access::{AccessControl, AccessControlError};
pub use bind::{BindError, bind};
#[cfg(any(fuzzing, test))]
pub(crate) use encoding::prefers_gzip;
pub use health::{Health, Heartbeat};
pub use lifecycle::{Lifecycle, ReloadOutcome, ReloadRequest, WaitingForDisk, lifecycle};
pub use limits::Limits;
pub use router::{AppState, router};
pub use server::serve;
pub use tls::TlsError;
