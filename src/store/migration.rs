//! The conversion of states that an earlier release wrote.
//!
//! After an upgrade, counting continues from the point at which the earlier release stopped. [`from_first`] and
//! [`LedgerOfFormat2`] state the start of the values that their formats did not keep.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;

use super::state::{Department, State, StateIdentity};
use crate::omnichannel::ledger::{CallLedger, LedgerOfFormat2};
use crate::omnichannel::names::Shown;
use crate::omnichannel::totals::TotalsState;

/// The first format: without calls, and without the form of the agent labels.
#[derive(Debug, Deserialize)]
struct First {
    identity: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    saved_at: Timestamp,
    departments: Vec<Department>,
    chats: LedgerOfFormat2,
    totals: TotalsState<'static>,
}

/// The second format: without the time at which the agent took a chat, and without the number of counted messages.
#[derive(Debug, Deserialize)]
struct Second {
    identity: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    saved_at: Timestamp,
    agents: Option<Shown>,
    departments: Vec<Department>,
    chats: LedgerOfFormat2,
    calls: CallLedger,
    totals: TotalsState<'static>,
}

/// Converts a state of the first format. Calls are counted from the watermark of the chats. The form of the agent
/// labels is the form that is configured now.
pub(super) fn from_first(
    payload: &[u8],
    subject: &StateIdentity,
) -> Result<State<'static>, postcard::Error> {
    let first: First = postcard::from_bytes(payload)?;
    let calls = CallLedger::begin(first.chats.coverage.watermark());
    Ok(State {
        identity: Cow::Owned(first.identity),
        saved_at: first.saved_at,
        agents: subject.agents,
        departments: first.departments,
        chats: Cow::Owned(first.chats.into()),
        calls: Cow::Owned(calls),
        totals: first.totals,
    })
}

/// Converts a state of the second format.
pub(super) fn from_second(payload: &[u8]) -> Result<State<'static>, postcard::Error> {
    let second: Second = postcard::from_bytes(payload)?;
    Ok(State {
        identity: Cow::Owned(second.identity),
        saved_at: second.saved_at,
        agents: second.agents,
        departments: second.departments,
        chats: Cow::Owned(second.chats.into()),
        calls: Cow::Owned(second.calls),
        totals: second.totals,
    })
}
