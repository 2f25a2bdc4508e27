//! The commands of an operator: `check` before a start, `inspect` of what the API shows, and `healthcheck`.
//!
//! All of them only read, within the request budget of the workspace.

pub mod check;
mod client;
pub mod healthcheck;
pub mod inspect;
