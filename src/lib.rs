//! A Prometheus exporter for the Omnichannel (live chat and VoIP) of Rocket.Chat.
//!
//! # One way through the house
//!
//! ```text
//!  config ─► app ─► cycle:  gather ─►  advance ─►  commit ─► publish             http: GET /metrics
//!                          rocketchat  omnichannel  store     Snapshot ─► publisher ─► Exposition ─► clone of Bytes
//!                          (rows)      (pure: book  (durable)  (a workspace) (renders all)
//!                                      and floor)
//! ```
//!
//! * [`config`] turns files, environment and flags into settings that hold, or into all that is wrong with them.
//! * [`watch`] makes the cycle of a workspace of its settings; [`app`] binds, wires, starts and stops.
//! * [`supervisor`] keeps the cycles that run and begins one again that panicked; [`reload`] reads the configuration
//!   again and tells the roster what is to be watched; [`service_manager`] is what systemd hears of it.
//! * [`shard`] chooses the workspaces of this replica, where several share one configuration.
//! * [`cycle`] asks for the lists that are due, within the budget of each route, and decides when.
//! * [`rocketchat`] is the one place that sends; it knows what each server version takes, and no metric.
//! * [`omnichannel`] is the meaning of the numbers, pure. Rows become chats on the floor, which figures come of; they
//!   become events in the book, whose ledger knows what was told before and whose totals add it up.
//! * [`store`] keeps the book of a workspace whole on disk and says whether one that was found may be continued.
//! * [`exposition`] knows every family's name and HELP, maps figures to them and renders once per change.
//! * [`http`] hands out finished bytes; it never asks Rocket.Chat.
//! * [`operator`] has the commands of an operator: `check` before a start, `inspect` of what the API shows, `healthcheck`.
//! * `x509` trusts the certificates that webpki refuses and openssl takes, on both sides of TLS.
//! * `bounded_file` is how files are read, `reading` how nobody waits for that for ever; [`reachable`] makes the ways to
//!   workspaces of their settings and certificate files.
//! * `descriptors` are divided between clients and our own work; `exposure` is what other users of the machine reach;
//!   [`histogram`] is the one shape of a distribution; [`shutdown`], [`telemetry`] and [`cli`] are what `main` needs.
//! * `simulator` is a Rocket.Chat to run against: for `demo`, tests and benches.
//!
//! Nothing points backwards: `rocketchat` knows no domain and no Prometheus, `omnichannel` no I/O, `exposition`
//! no HTTP, `http` no Rocket.Chat. One word goes back: a page that is handed out signs a receipt for the cycle it
//! shows, which lets new counters leave their zero. Wall clock is read in [`clock`] only, ages are taken against the
//! server's.
//!
//! # What holds everywhere
//!
//! A gauge is the state at the last poll, by each row's own fields. A counter counts each event once: what is shown
//! of it is durable where a state is kept, so that no restart counts it again. What could not be seen is said: `up`,
//! success and age of each list, truncation, withdrawal of stale gauges, unobserved time, what the audit misses.
//! Every await, buffer and label set is bounded.

pub mod app;
mod bounded_file;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cycle;
#[cfg(feature = "simulator")]
pub mod demo;
mod descriptors;
pub mod exposition;
mod exposure;
mod file_reader;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
pub mod histogram;
pub mod http;
mod invisible;
pub mod omnichannel;
pub mod operator;
pub mod reload;
pub mod rocketchat;
pub mod shard;
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
pub mod supervisor;
pub mod systemd;
pub mod targets;
pub mod telemetry;
mod terminal;
pub mod wiring;
mod x509;
