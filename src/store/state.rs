//! What the state of a workspace holds, and whether one that was found may be continued.
//!
//! The cycle encodes its book here before a commit and decodes what was found at its start. An old state is a
//! danger: values lower than what Prometheus has seen turn one event into thousands, so in doubt counting
//! begins anew at zero, which Prometheus takes for a restart.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Loaded;
use super::format::Unsealed;
use crate::omnichannel::book::Book;
use crate::omnichannel::ledger::{CallLedger, Ledger};
use crate::omnichannel::names::Names;
use crate::omnichannel::totals::{Layouts, StateError, Totals, TotalsState};

/// How the payload is encoded; a release that changes it reads the one before as well.
const VERSION: u16 = 1;
/// A state that is older may be one of a backup, whose values Prometheus has seen higher.
const OLDEST_VALUES: SignedDuration = SignedDuration::from_hours(1);

/// Why a state that was found is not continued.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    /// The file is damaged.
    #[error("the state file {0}")]
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

#[derive(Debug, Serialize, Deserialize)]
struct State<'a> {
    identity: Cow<'a, str>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    saved_at: Timestamp,
    departments: Vec<Department>,
    chats: Cow<'a, Ledger>,
    totals: TotalsState<'a>,
}

/// A department by id and name: one whose name comes late would change its label.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Department {
    id: Arc<str>,
    name: Option<Arc<str>>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    last_seen: Timestamp,
}

/// A state that is continued.
#[derive(Debug)]
pub struct Continued {
    /// The book.
    pub book: Book,
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

/// The sealed state of a workspace. `identity` names the workspace and its filter, `now` is our clock, `expected_bytes`
/// how large the one before was.
pub fn encode(
    identity: &str,
    now: Timestamp,
    departments: &Names,
    book: &Book,
    expected_bytes: usize,
) -> Option<Vec<u8>> {
    let departments = departments.entries();
    let state = State {
        identity: Cow::Borrowed(identity),
        saved_at: now,
        departments: departments
            .map(|(id, name, last_seen)| Department {
                id: Arc::clone(id),
                name: name.cloned(),
                last_seen,
            })
            .collect(),
        chats: Cow::Borrowed(&book.chats),
        totals: book.totals.to_state(),
    };
    let unsealed =
        postcard::to_io(&state, Unsealed::with_capacity(expected_bytes + expected_bytes / 16))
            .ok()?;
    Some(unsealed.seal(VERSION))
}

/// The state that was found, if it may be continued; `None` where there is none. `now` is our clock.
pub fn decode(
    loaded: Loaded,
    identity: &str,
    now: Timestamp,
    layouts: Layouts,
) -> Result<Option<Continued>, Doubt> {
    let payload = match loaded {
        Loaded::Missing => return Ok(None),
        Loaded::Damaged(damage) => return Err(Doubt::Damaged(damage)),
        Loaded::Found { version: VERSION, payload } => payload,
        Loaded::Found { version, .. } => return Err(Doubt::Version(version)),
    };
    let state: State<'_> = postcard::from_bytes(&payload).map_err(|_| Doubt::Undecodable)?;
    if state.identity != identity {
        return Err(Doubt::Foreign);
    }
    let (mut totals, mut are_values_reset) =
        Totals::from_state(&state.totals, layouts, std::time::Duration::ZERO)?;
    if now.duration_since(state.saved_at) > OLDEST_VALUES {
        totals.reset_values();
        are_values_reset = true;
    }
    let chats = state.chats.into_owned();
    let calls = CallLedger::begin(chats.coverage.watermark());
    let book = Book::of(chats, calls, totals);
    Ok(Some(Continued { book, are_values_reset, departments: state.departments }))
}
