//! Tests through processes and sockets, with nothing but Rust: the binary, the HTTP server, and the client.
//!
//! A test that needs another program or root is marked.

pub mod backfill;
mod backfill_progress;
pub mod binary;
pub mod contract;
mod http;
mod released;
mod token_rotation;
pub mod web_config;
mod webhook;
