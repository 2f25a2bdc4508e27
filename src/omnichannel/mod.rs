//! The meaning of the numbers, pure: from rows of the API to figures.
//!
//! Called by `cycle` (rows become chats, calls and agents; the floor advances; the book counts events), by `store` (the
//! book becomes plain data and back) and by `exposition` (the floor becomes figures, totals are read). No I/O, no
//! clock, no Prometheus.

pub mod accounting;
pub mod agent;
pub mod agent_department_loads;
pub mod answers;
pub mod business_hours;
pub mod call;
pub mod chat;
mod combinations;
mod contradicted;
pub mod event;
pub mod gauges;
mod label_limits;
pub mod labelled;
pub mod ledger;
pub mod list;
pub mod live_state;
pub mod millisecond;
pub mod names;
pub mod observation;
pub mod service_level;
pub mod totals;
