//! What the state of a workspace holds, and whether one that was found may be continued.
//!
//! The cycle encodes its book here before a commit and decodes what was found at its start. An old state is a
//! danger: values lower than what Prometheus has seen turn one event into thousands, so in doubt counting
//! begins anew at zero, which Prometheus takes for a restart.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Loaded;
use super::format::Unsealed;
use super::migration;
use crate::omnichannel::accounting::Accounting;
use crate::omnichannel::ledger::{CallLedger, Ledger};
use crate::omnichannel::names::{Names, Shown};
use crate::omnichannel::totals::{HistogramBuckets, StateError, Totals, TotalsState};

/// How the payload is encoded; a release that changes it reads the one before as well.
const VERSION: u16 = 3;
/// A state that is older may be one of a backup, whose values Prometheus has seen higher.
const OLDEST_VALUES: SignedDuration = SignedDuration::from_hours(1);

/// The uptime at which a state is decoded.
const START: Duration = Duration::ZERO;

/// Why a state that was found is not continued.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is damaged.
    #[error("the kept state is unusable: {0}")]
    Damaged(String),
    /// Another release wrote it.
    #[error("the state has format {0}, which this release does not read")]
    Version(u16),
    /// It does not decode, though its checksum is right.
    #[error("the state is not what its format says")]
    Undecodable,
    /// Its totals do not fit together.
    #[error(transparent)]
    Totals(#[from] StateError),
    /// It is another workspace's, or the filter has changed.
    #[error("the state belongs to another workspace, or to another filter of this one")]
    Foreign,
}

/// What a state is about: only the same may be continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateIdentity {
    /// The workspace, and the filter it is seen through.
    pub identity: String,
    /// How single agents are called in the totals; `None` where nothing is counted of them.
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

/// A department by id and name: one whose name comes late would change its label.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Department {
    id: Arc<str>,
    name: Option<Arc<str>>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    last_seen: Timestamp,
}

/// A state that is continued.
#[derive(Debug)]
pub struct Continued {
    /// The book.
    pub accounting: Accounting,
    /// Its values began again at zero.
    pub are_values_reset: bool,
    departments: Vec<Department>,
}

impl Continued {
    /// Notes the departments that were known under their names.
    pub fn name(&self, departments: &mut Names) {
        for Department { id, name, last_seen } in &self.departments {
            departments.see(id, name.as_ref(), *last_seen);
        }
    }
}

/// The sealed state of a workspace. `now` is our clock, `expected_bytes` how large the one before was.
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
    let unsealed =
        postcard::to_io(&state, Unsealed::with_capacity(expected_bytes + expected_bytes / 16))
            .ok()?;
    Some(unsealed.seal(VERSION))
}

/// The state that was found, if it may be continued; `None` where there is none. `now` is our clock.
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
        1 => migration::from_first(payload, subject),
        2 => migration::from_second(payload),
        other => return Err(RestoreError::Version(other)),
    };
    state.map_err(|_| RestoreError::Undecodable)
}
