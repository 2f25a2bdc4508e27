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
use crate::omnichannel::labels::names::{KnownIds, LabelContent};
use crate::omnichannel::ledger::{CallLedger, Ledger, LedgerOfFormat2};
use crate::omnichannel::totals::beginnings::{Beginnings, BeginningsState};
use crate::omnichannel::totals::service_level_history::ServiceLevelHistory;
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

/// The identity of a state. Only a state with the same `identity` is continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateIdentity {
    /// The workspace and its filter.
    pub identity: String,
    /// Form of the agent labels in the totals, name or id; `None` if the totals have no series by agent. If a found
    /// state has another form, its series by agent are dropped.
    pub agents: Option<LabelContent>,
}

/// A state; earlier formats differ in the form `L` of the ledger of chats.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State<'a, L = Cow<'a, Ledger>> {
    pub(super) identity: Cow<'a, str>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(super) saved_at: Timestamp,
    pub(super) agents: Option<LabelContent>,
    pub(super) departments: Vec<SavedDepartment>,
    pub(super) chats: L,
    pub(super) calls: Cow<'a, CallLedger>,
    pub(super) totals: TotalsState<'a>,
    /// Stands after the rest of the payload. An earlier release ignores it, and a state of an earlier release lacks it.
    #[serde(skip)]
    pub(super) appendix: Appendix,
}

/// Parts of the state that earlier releases did not have, in the order of their releases.
#[derive(Debug, Default)]
pub(super) struct Appendix {
    pub(super) service_level_history: ServiceLevelHistory,
    beginnings: BeginningsState,
}

impl Appendix {
    /// Reads the parts that are there. A part that cannot be read gets its default, and so do all later parts.
    fn read(bytes: &[u8]) -> Self {
        let Ok((service_level_history, rest)) = postcard::take_from_bytes(bytes) else {
            return Self::default();
        };
        let beginnings = postcard::from_bytes(rest).unwrap_or_default();
        Self { service_level_history, beginnings }
    }

    fn append(totals: &Totals, payload: &mut Vec<u8>) -> postcard::Result<()> {
        postcard::to_io(&*totals.service_level_history, &mut *payload)?;
        postcard::to_io(&totals.beginnings.to_state(), payload)?;
        Ok(())
    }
}

/// A department with id and name. The name is kept because a name that comes late would change the label.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SavedDepartment {
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
    departments: Vec<SavedDepartment>,
}

impl Continued {
    /// Adds the kept departments and their names to `departments`.
    pub fn name(&self, departments: &mut KnownIds) {
        for SavedDepartment { id, name, last_seen } in &self.departments {
            departments.see(id, name.as_ref(), *last_seen);
        }
    }
}

/// The sealed state of a workspace; `None` if it cannot be encoded. `now` is the local clock, `expected_bytes` the size
/// of the previous sealed state.
pub fn encode(
    state_identity: &StateIdentity,
    now: Timestamp,
    departments: &KnownIds,
    accounting: &Accounting,
    expected_bytes: usize,
) -> Option<Vec<u8>> {
    let departments = departments.entries();
    let state = State {
        identity: Cow::Borrowed(&state_identity.identity),
        saved_at: now,
        agents: state_identity.agents,
        departments: departments
            .map(|(id, name, last_seen)| SavedDepartment {
                id: Arc::clone(id),
                name: name.cloned(),
                last_seen,
            })
            .collect(),
        chats: Cow::Borrowed(&accounting.chats),
        calls: Cow::Borrowed(&accounting.calls),
        totals: accounting.totals.to_state(),
        appendix: Appendix::default(),
    };
    let mut unsealed = Unsealed::with_capacity(expected_bytes + expected_bytes / 16);
    postcard::to_io(&state, &mut unsealed.0).ok()?;
    Appendix::append(&accounting.totals, &mut unsealed.0).ok()?;
    Some(unsealed.seal(VERSION))
}

/// The found state if it may be continued; `None` if there is no state. `now` is the local clock.
pub fn decode(
    loaded: Loaded,
    state_identity: &StateIdentity,
    now: Timestamp,
    histogram_buckets: HistogramBuckets,
) -> Result<Option<Continued>, RestoreError> {
    let state = match loaded {
        Loaded::Missing => return Ok(None),
        Loaded::Damaged(damage) => return Err(RestoreError::Damaged(damage)),
        Loaded::Found { version, payload } => read(version, &payload, state_identity)?,
    };
    if state.identity != state_identity.identity {
        return Err(RestoreError::Foreign);
    }
    let beginnings = Beginnings::from_state(&state.appendix.beginnings);
    let (mut totals, mut are_values_reset) =
        Totals::from_state(&state.totals, beginnings, histogram_buckets, START, now)?;
    if now.duration_since(state.saved_at) > OLDEST_VALUES {
        totals.reset_values(START, now);
        are_values_reset = true;
    }
    totals.service_level_history = Arc::new(state.appendix.service_level_history);
    if state.agents != state_identity.agents {
        totals.forget_agents(now);
    }
    let accounting = Accounting::of(state.chats.into_owned(), state.calls.into_owned(), totals);
    Ok(Some(Continued { accounting, are_values_reset, departments: state.departments }))
}

fn read(
    version: u16,
    payload: &[u8],
    state_identity: &StateIdentity,
) -> Result<State<'static>, RestoreError> {
    let state = match version {
        VERSION => from_third(payload),
        1 => from_first(payload, state_identity).map(State::upgraded),
        2 => postcard::from_bytes(payload).map(State::upgraded),
        other => return Err(RestoreError::Version(other)),
    };
    state.map_err(|_| RestoreError::Undecodable)
}

/// Reads a state of the third format, and what stands after it if an earlier release has not written the state.
fn from_third(payload: &[u8]) -> Result<State<'static>, postcard::Error> {
    let (state, rest) = postcard::take_from_bytes::<State<'static>>(payload)?;
    Ok(State { appendix: Appendix::read(rest), ..state })
}

impl State<'static, LedgerOfFormat2> {
    /// The state in the third format. The second lacks the time at which the agent took a chat, and the number of counted
    /// messages.
    fn upgraded(self) -> State<'static> {
        State {
            identity: self.identity,
            saved_at: self.saved_at,
            agents: self.agents,
            departments: self.departments,
            chats: Cow::Owned(self.chats.into()),
            calls: self.calls,
            totals: self.totals,
            appendix: self.appendix,
        }
    }
}

#[derive(Deserialize)]
struct SavedAt(#[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")] Timestamp);

/// Reads a state of the first format, which lacks calls and the form of the agent labels. Calls are counted from the
/// watermark of the chats. The form of the agent labels is the form that is configured now.
fn from_first(
    payload: &[u8],
    state_identity: &StateIdentity,
) -> Result<State<'static, LedgerOfFormat2>, postcard::Error> {
    let (identity, SavedAt(saved_at), departments, chats, totals): (_, _, _, LedgerOfFormat2, _) =
        postcard::from_bytes(payload)?;
    let calls = Cow::Owned(CallLedger::begin(chats.coverage.watermark()));
    let (agents, appendix) = (state_identity.agents, Appendix::default());
    Ok(State { identity, saved_at, agents, departments, chats, calls, totals, appendix })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnichannel::labels::names::KnownIds;
    use crate::omnichannel::service_level::ServiceLevels;
    use crate::store::format;

    fn histogram_buckets() -> HistogramBuckets {
        HistogramBuckets::of(&ServiceLevels::default())
    }

    fn state_identity() -> StateIdentity {
        StateIdentity { identity: "acme".to_owned(), agents: None }
    }

    /// The payload of a state whose history and values began at the beginning of the Unix time, and the lengths of its
    /// appended parts.
    fn payload() -> (Vec<u8>, usize, usize) {
        let mut accounting = Accounting::begin(Timestamp::UNIX_EPOCH, histogram_buckets());
        accounting.totals.begin_history(Timestamp::UNIX_EPOCH);
        accounting.totals.beginnings = Beginnings::at(Timestamp::UNIX_EPOCH);
        let (now, departments) = (Timestamp::UNIX_EPOCH, KnownIds::new(1));
        let sealed = encode(&state_identity(), now, &departments, &accounting, 0).unwrap();
        let history = postcard::to_allocvec(&*accounting.totals.service_level_history).unwrap();
        let beginnings = postcard::to_allocvec(&accounting.totals.beginnings.to_state()).unwrap();
        (format::open(&sealed).unwrap().1.to_vec(), history.len(), beginnings.len())
    }

    /// The beginnings of the history and of the values of the state with this payload.
    fn begun(payload: &[u8]) -> (Option<Timestamp>, Option<Timestamp>) {
        let loaded = Loaded::Found { version: VERSION, payload: payload.to_vec() };
        let now = Timestamp::UNIX_EPOCH;
        let continued =
            decode(loaded, &state_identity(), now, histogram_buckets()).unwrap().unwrap();
        let totals = continued.accounting.totals;
        let values = totals.beginnings.of(crate::catalog::CHATS_STARTED_TOTAL.metric);
        (totals.service_level_history.since(), values)
    }

    #[test]
    fn a_state_without_appended_parts_is_continued_and_so_is_one_with_unknown_parts() {
        let (payload, history, beginnings) = payload();
        let epoch = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(begun(&payload), (epoch, epoch));
        let without_beginnings = &payload[..payload.len() - beginnings];
        assert_eq!(begun(without_beginnings), (epoch, None));
        let before = &without_beginnings[..without_beginnings.len() - history];
        assert_eq!(begun(before), (None, None));
        assert_eq!(begun(&[before, &[0xff; 20]].concat()), (None, None));
        assert_eq!(begun(&[without_beginnings, &[0xff; 20]].concat()), (epoch, None));
    }

    #[test]
    fn an_earlier_release_reads_a_state_with_the_appended_parts() {
        let (payload, history, beginnings) = payload();
        let earlier: State<'static> = postcard::from_bytes(&payload).unwrap();
        let before: State<'static> =
            postcard::from_bytes(&payload[..payload.len() - history - beginnings]).unwrap();
        assert_eq!(format!("{earlier:?}"), format!("{before:?}"));
    }
}
