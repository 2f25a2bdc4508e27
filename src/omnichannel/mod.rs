//! The meaning of the numbers, pure: from rows of the API to figures.
//!
//! Called by `cycle` (rows become chats, calls and agents; the floor advances; the book counts events), by `store` (the
//! book becomes plain data and back) and by `exposition` (the floor becomes figures, totals are read). No I/O, no
//! clock, no Prometheus.

pub mod agent;
pub mod answers;
pub mod book;
pub mod business_hours;
pub mod call;
mod caps;
mod combinations;
mod contradicted;
pub mod event;
pub mod floor;
pub mod labelled;
pub mod ledger;
pub mod list;
pub mod millisecond;
pub mod names;
pub mod pairs;
pub mod present;
pub mod room;
pub mod service_level;
pub mod sight;
pub mod totals;
