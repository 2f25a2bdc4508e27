//! A Prometheus exporter for the Omnichannel (live chat and VoIP) of Rocket.Chat.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cycle;
#[cfg(feature = "simulator")]
pub mod demo;
pub mod exposition;
pub mod histogram;
pub mod http;
pub mod omnichannel;
pub mod rocketchat;
pub mod self_metrics;
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod telemetry;
pub mod watch;
