//! The integration tests, in one binary so that they link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::float_cmp,
    missing_docs,
    unreachable_pub,
    reason = "a test that meets the unexpected should stop there, and counts are exact"
)]

mod authority;
#[path = "../../benches/call_centre/mod.rs"]
mod call_centre;
mod counts;
mod crashing_disk;
mod encodings;
mod external;
mod inside;
mod openssl;
mod page_reader;
mod plain_http;
mod process;
mod programs;
mod prometheus_server;
mod served;
mod slow;
mod strict_reader;
mod watching;
