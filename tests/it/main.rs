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

mod agreement;
mod architecture;
mod authority;
mod binary;
mod calls;
mod clock_model;
mod clocks;
mod command_line;
mod config;
mod contract;
mod counting;
mod crashing_disk;
mod cycle;
mod deploy;
mod directory;
mod docs_links;
mod documentation;
mod encodings;
mod endurance;
mod exposition;
mod faults;
mod figures;
mod grafana;
mod http;
mod in_process;
mod model;
mod openssl;
mod programs;
mod promql;
mod quick_loop;
mod recorded;
mod released;
mod served;
mod server_versions;
mod simulator;
mod store;
mod tally;
mod upgrade;
mod watching;
mod web_config;
mod why_not_counted;
