//! States that an earlier release wrote, read into the present form.
//!
//! An upgrade goes on counting where the release before stopped. What a format did not keep begins where that is right
//! for it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;

use super::state::{Department, State, StateIdentity};
use crate::omnichannel::ledger::{CallLedger, LedgerOfFormat2};
use crate::omnichannel::names::Shown;
use crate::omnichannel::totals::TotalsState;

/// The first format: nothing of calls, and not how agents are called.
#[derive(Debug, Deserialize)]
struct First {
    identity: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    saved_at: Timestamp,
    departments: Vec<Department>,
    chats: LedgerOfFormat2,
    totals: TotalsState<'static>,
}

/// The second format: of a chat neither when its agent took it nor which messages were counted.
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

/// A state of the first format: calls are counted from where the chats were read to, agents are called as they
/// are by now.
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

/// A state of the second format.
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
