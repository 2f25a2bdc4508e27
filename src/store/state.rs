//! The content of a workspace's state, and the decision if a found state may be continued.
//!
//! An old state is dangerous. If a value is lower than the value that Prometheus has seen, Prometheus assumes a restart
//! and counts the whole value again: one event becomes thousands. Therefore, in doubt, counting begins again at zero,
//! which Prometheus takes for a restart without a false increase.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Loaded;
use super::format::Unsealed;
use crate::omnichannel::accounting::Accounting;
use crate::omnichannel::labels::names::{Names, Shown};
use crate::omnichannel::ledger::{CallLedger, Ledger, LedgerOfFormat2};
use crate::omnichannel::totals::state::{StateError, TotalsState};
use crate::omnichannel::totals::{HistogramBuckets, Totals};

/// Format of the payload. A release that changes the format must also read the previous format.
const VERSION: u16 = 3;
/// Oldest age of a state whose values are continued. An older state may come from a backup, and Prometheus may have
/// seen higher values.
const OLDEST_VALUES: SignedDuration = SignedDuration::from_hours(1);

/// Uptime of the process at which a state is decoded.
const START: Duration = Duration::ZERO;

/// The reason not to continue a found state.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is damaged.
    #[error("the saved state cannot be used: {0}")]
    Damaged(String),
    /// Another release wrote the state.
    #[error("the saved state has format {0}, which this release cannot read")]
    Version(u16),
    /// The payload cannot be decoded, although its checksum is right.
    #[error("the saved state does not match its format")]
    Undecodable,
    /// The totals of the state do not fit together.
    #[error(transparent)]
    Totals(#[from] StateError),
    /// The state belongs to another workspace, or the filter has changed.
    #[error("the saved state belongs to another workspace, or to another filter of this workspace")]
    Foreign,
}

/// The subject of a state. Only a state with the same `identity` is continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateIdentity {
    /// The workspace and its filter.
    pub identity: String,
    /// Form of the agent labels in the totals, name or id; `None` if the totals have no series by agent. If a found
    /// state has another form, its series by agent are dropped.
    pub agents: Option<Shown>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State<'a> {
    pub(super) identity: Cow<'a, str>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(super) saved_at: Timestamp,
    pub(super) agents: Option<Shown>,
    pub(super) departments: Vec<Department>,
    pub(super) chats: Cow<'a, Ledger>,
    pub(super) calls: Cow<'a, CallLedger>,
    pub(super) totals: TotalsState<'a>,
}

/// A department with id and name. The name is kept because a name that comes late would change the label.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Department {
    id: Arc<str>,
    name: Option<Arc<str>>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    last_seen: Timestamp,
}

/// A state that may be continued.
#[derive(Debug)]
pub struct Continued {
    /// Ledgers and totals.
    pub accounting: Accounting,
    /// Some or all values begin again at zero.
    pub are_values_reset: bool,
    departments: Vec<Department>,
}

impl Continued {
    /// Adds the kept departments and their names to `departments`.
    pub fn name(&self, departments: &mut Names) {
        for Department { id, name, last_seen } in &self.departments {
            departments.see(id, name.as_ref(), *last_seen);
        }
    }
}

/// The sealed state of a workspace; `None` if it cannot be encoded. `now` is the local clock, `expected_bytes` the size
/// of the previous sealed state.
pub fn encode(
    subject: &StateIdentity,
    now: Timestamp,
    departments: &Names,
    accounting: &Accounting,
    expected_bytes: usize,
) -> Option<Vec<u8>> {
    let departments = departments.entries();
    let state = State {
        identity: Cow::Borrowed(&subject.identity),
        saved_at: now,
        agents: subject.agents,
        departments: departments
            .map(|(id, name, last_seen)| Department {
                id: Arc::clone(id),
                name: name.cloned(),
                last_seen,
            })
            .collect(),
        chats: Cow::Borrowed(&accounting.chats),
        calls: Cow::Borrowed(&accounting.calls),
        totals: accounting.totals.to_state(),
    };
    let mut unsealed = Unsealed::with_capacity(expected_bytes + expected_bytes / 16);
    postcard::to_io(&state, &mut unsealed.0).ok()?;
    Some(unsealed.seal(VERSION))
}

/// The found state if it may be continued; `None` if there is no state. `now` is the local clock.
pub fn decode(
    loaded: Loaded,
    subject: &StateIdentity,
    now: Timestamp,
    histogram_buckets: HistogramBuckets,
) -> Result<Option<Continued>, RestoreError> {
    let state = match loaded {
        Loaded::Missing => return Ok(None),
        Loaded::Damaged(damage) => return Err(RestoreError::Damaged(damage)),
        Loaded::Found { version, payload } => read(version, &payload, subject)?,
    };
    if state.identity != subject.identity {
        return Err(RestoreError::Foreign);
    }
    let (mut totals, mut are_values_reset) =
        Totals::from_state(&state.totals, histogram_buckets, START)?;
    if now.duration_since(state.saved_at) > OLDEST_VALUES {
        totals.reset_values(START);
        are_values_reset = true;
    }
    if state.agents != subject.agents {
        totals.forget_agents();
    }
    let accounting = Accounting::of(state.chats.into_owned(), state.calls.into_owned(), totals);
    Ok(Some(Continued { accounting, are_values_reset, departments: state.departments }))
}

fn read(
    version: u16,
    payload: &[u8],
    subject: &StateIdentity,
) -> Result<State<'static>, RestoreError> {
    let state = match version {
        VERSION => postcard::from_bytes(payload),
        1 => from_first(payload, subject),
        2 => from_second(payload),
        other => return Err(RestoreError::Version(other)),
    };
    state.map_err(|_| RestoreError::Undecodable)
}

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
fn from_first(payload: &[u8], subject: &StateIdentity) -> Result<State<'static>, postcard::Error> {
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
fn from_second(payload: &[u8]) -> Result<State<'static>, postcard::Error> {
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
