//! Faults of networks, servers and data against the real binary: its reports, its survival and its recovery.
//!
//! A proxy damages the answers of a simulated workspace; the workspace's own record is the truth.

mod expected;
mod harm;
mod matrix;
pub mod process;
mod proxy;
mod setup;
mod soak;
mod table;
mod traffic;
mod twist;
mod whole;
