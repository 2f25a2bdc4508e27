//! The commands of an operator: `check` before a start, `inspect` of the data in the API, and `healthcheck`.
//!
//! All of them only read. Their requests to a workspace stay within its request budget.

pub mod check;
pub(crate) mod client;
pub mod healthcheck;
pub mod inspect;

use jiff::SignedDuration;

/// Default period for chats and calls that have ended.
const RECENT: SignedDuration = SignedDuration::from_hours(1);
