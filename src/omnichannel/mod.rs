//! The meaning of the numbers, pure: from rows of the API to figures.
//!
//! Called by `cycle` (rows become chats, calls and agents; the floor advances; events are counted) and by `exposition` (the
//! floor becomes figures). No I/O, no clock, no Prometheus.

pub mod agent;
pub mod book;
pub mod business_hours;
pub mod call;
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
