//! A Prometheus exporter for the Omnichannel (live chat and VoIP) of Rocket.Chat.
//!
//! ```text
//! config ─► app ─► cycle:  gather ──► advance ──► publish          http: GET /metrics
//!                        rocketchat  omnichannel  Arc<Snapshot> ──► publisher ──► Exposition ──► clone of Bytes
//!                          (rows)      (pure)    (per workspace)  (one, renders all)
//! ```

pub mod config;
pub mod exposition;
pub mod http;
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
