//! What networks, servers and their data do to the real binary: what it says, survives and makes up for.
//!
//! A proxy does the harm on the wire, in front of a simulated workspace whose own record is the truth.

mod expected;
mod harm;
mod matrix;
mod process;
mod proxy;
mod soak;
mod stage;
mod table;
mod traffic;
mod twist;
mod whole;
