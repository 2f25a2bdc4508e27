//! Tests that take minutes, with the parts of them that do not.

mod endurance;
mod faults;
mod limits;
mod recorded;
mod stories;
mod viewers;
