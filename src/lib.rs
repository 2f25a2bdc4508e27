//! A Prometheus exporter for the Omnichannel (live chat and VoIP) of Rocket.Chat.
//!
//! # Map of the crate
//!
//! ```text
//!          settings          targets              one cycle per workspace
//!  config ──────────► app ──────────► supervisor ─────────────────────────► cycle
//!
//!         ┌──────────── one poll of one workspace ────────────┐
//!  cycle: poll ───────► observe ───────► commit ──────────────► publish ─────────────────► http: GET /metrics
//!         rocketchat    omnichannel      store                  exposition                 finished bytes
//!         rows of       LiveState and    state file,            Snapshot ─► page,
//!         the API       Accounting       durable                rendered once per change
//! ```
//!
//! * [`config`] parses files, environment variables and flags into valid settings, or into a list of all problems.
//! * [`app`] binds the addresses, builds the parts, starts them and stops them. [`wiring`] builds the cycle of a
//!   workspace from its settings.
//! * [`supervisor`] runs one cycle per workspace and restarts a cycle that panicked. [`reload`] reads the configuration
//!   again and gives the new targets to the supervisor. [`systemd`] sends readiness, reloads and the watchdog signal to
//!   systemd.
//! * [`shard`] chooses the workspaces of this replica if several replicas share one configuration.
//! * [`targets`] builds the transport of each workspace from its settings and certificate files.
//! * [`cycle`] decides when each list is polled, within the request budget of each route.
//! * [`rocketchat`] is the only module that sends requests to Rocket.Chat. It contains the differences between server
//!   versions, and no metric.
//! * [`omnichannel`] computes the numbers, without I/O. `LiveState` holds the open chats, from which the gauges are
//!   computed. `Accounting` holds the ledger of the events that are already counted, and the totals of the counters.
//! * [`store`] keeps the `Accounting` of each workspace on disk, and decides if a state that it finds may be continued.
//! * [`catalog`] is the table of all metrics. [`exposition`] fills the families and renders the page, or a part of it.
//! * [`status`] renders the page for people, and its facts as JSON, from the same snapshots.
//! * [`http`] serves the pages. It never sends a request to Rocket.Chat.
//! * [`webhook`] admits the webhooks of Rocket.Chat and decides which lists are polled earlier for them. It never reads a
//!   number from a webhook.
//! * [`operator`] contains the commands of an operator: `check` before a start, `inspect` of the data of the API, and
//!   `healthcheck`.
//! * [`backfill`] reads closed chats of past months and writes them as OpenMetrics files, through the same accounting.
//! * `x509` accepts the certificates that webpki refuses and openssl accepts, on both sides of TLS.
//! * `sanitize` makes text from outside safe to show. `bounded_file` reads files up to a size limit. `file_reader` limits
//!   the time of a reading.
//! * [`encoded`] is a text, plain and compressed. `descriptors` divides the file descriptors between clients and the
//!   exporter's own work. `file_permissions` reports files that other users of the machine can reach. `error_chain` lists the
//!   sources of an error. [`histogram`] is the data type of every distribution.
//! * [`shutdown`], [`telemetry`] and [`cli`] are the parts of the program around the exporter: signals, the log and the
//!   command line.
//! * `simulator` is a simulated Rocket.Chat for `demo`, tests and benches.
//!
//! Dependencies have one direction: `rocketchat` depends on neither the domain nor Prometheus, `omnichannel` does no
//! I/O, `exposition` does not depend on HTTP, `http` does not depend on Rocket.Chat. There are two exceptions: a page
//! that is sent to a client sets the `ScrapeMark` of its snapshot, which the cycle reads for the rule of the first zero
//! ([`omnichannel::totals::FirstZero`]); and a webhook asks the cycle for a poll ([`webhook::nudges::Nudges`]). The
//! wall clock is read in [`clock`] only. Ages are computed against the clock of the server.
//!
//! # Invariants of the crate
//!
//! A gauge is the state at the last poll, computed from the fields of each row. A counter counts each event once: a
//! value is served only after it is durable (if a state directory is configured), so that no restart counts an event
//! again. Data that could not be read is reported by metrics: `up`, success and age of each list, truncation, removal
//! of stale gauges, unobserved time, and the events that only the audit found. Every await, buffer and label set is
//! bounded.

pub mod app;
pub mod backfill;
mod bounded_file;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cycle;
#[cfg(feature = "simulator")]
pub mod demo;
mod descriptors;
pub mod encoded;
mod error_chain;
pub mod exposition;
mod file_permissions;
mod file_reader;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
pub mod histogram;
pub mod http;
pub mod omnichannel;
pub mod operator;
pub mod reload;
pub mod rocketchat;
mod sanitize;
pub mod shard;
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod status;
pub mod store;
pub mod supervisor;
pub mod systemd;
pub mod targets;
pub mod telemetry;
pub mod webhook;
pub mod wiring;
mod x509;
