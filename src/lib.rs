//! A Prometheus exporter for the Omnichannel (live chat and VoIP) of Rocket.Chat.
//!
//! # One way through the house
//!
//! ```text
//!  config ─► app ─► cycle:   gather ──►  advance ──► publish                http: GET /metrics
//!                           rocketchat   omnichannel   Snapshot ──► publisher ──► Exposition ──► clone of Bytes
//!                           (rows)       (pure)        (a workspace) (renders all)
//! ```
//!
//! * [`config`] turns files, environment and flags into settings that hold, or into all that is wrong with them.
//! * [`watch`] makes the cycle of a workspace of its settings; [`app`] binds, wires, starts and stops.
//! * [`cycle`] asks for the lists that are due, within the budget of each route, and decides when.
//! * [`rocketchat`] is the one place that sends; it knows what each server version takes, and no metric.
//! * [`omnichannel`] is the meaning of the numbers, pure: rows become chats, the floor advances, figures come of it.
//! * [`store`] keeps the state of a workspace whole on disk; it does not know what is in it.
//! * [`exposition`] knows every family's name and HELP, maps figures to them and renders once per change.
//! * [`http`] hands out finished bytes; it never asks Rocket.Chat.
//! * [`histogram`] is the one shape of a distribution; [`shutdown`], [`telemetry`] and [`cli`] are what `main` needs.
//! * `simulator` is a Rocket.Chat to run against: for `demo`, tests and benches.
//!
//! Nothing points backwards: `rocketchat` knows no domain and no Prometheus, `omnichannel` no I/O, `exposition`
//! no HTTP, `http` no Rocket.Chat. Wall clock is read in [`clock`] only, ages are taken against the server's.
//!
//! # What holds everywhere
//!
//! A gauge is the state at the last poll, by each row's own fields. What could not be seen is said: `up`, success
//! and age of each list, truncation, withdrawal of stale gauges. Every await, buffer and label set is bounded.

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
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod watch;
