//! The rules that turn rows of the API into figures.
//!
//! Rows become chats, calls and agents. [`live_state::LiveState`] holds the chats, calls and agents of this moment;
//! [`accounting::Accounting`] counts events; [`labels::registry::LabelRegistry`] gives their ids labels; [`gauges`]
//! computes the figures of this moment. Everything here is a pure computation without I/O, clock and Prometheus: the
//! same rows and times always give the same figures.

pub mod accounting;
mod age;
pub mod agent;
pub mod agent_department_loads;
pub mod answers;
pub mod business_hours;
pub mod call;
pub mod chat;
pub mod closed_days;
mod contradicted;
pub mod event;
pub mod gauges;
pub mod labels;
pub mod ledger;
pub mod licence;
pub mod list;
pub mod live_state;
pub mod observation;
pub mod observation_rules;
pub mod past_observation;
mod presence;
pub mod rules;
pub mod server_hours;
pub mod service_level;
pub mod totals;
pub mod urgency;
