//! The integration tests: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test that meets the unexpected should stop there"
)]

mod config;
#[cfg(feature = "simulator")]
mod contract;
#[cfg(feature = "simulator")]
mod simulator;
