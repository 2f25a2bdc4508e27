//! Tests that take minutes, with the parts of them that do not.

mod backfill;
mod endurance;
mod faults;
mod limits;
pub mod recorded;
mod stories;
mod viewers;
