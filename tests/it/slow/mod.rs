//! Tests that take minutes, with the parts of them that do not.

mod backfill;
mod endurance;
mod faults;
mod limits;
mod recorded;
mod stories;
mod viewers;
