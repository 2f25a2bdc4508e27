//! The kept state of a large call centre, in a folder that is removed at the end.
//!
//! The state has 10 000 tracked chats and 10 000 series of totals.

use std::error::Error;
use std::time::Duration;

use rocketchat_omnichannel_exporter::omnichannel::accounting::Accounting;
use rocketchat_omnichannel_exporter::omnichannel::chat::Source;
use rocketchat_omnichannel_exporter::omnichannel::event::{Closer, Closing, QueueOutcome};
use rocketchat_omnichannel_exporter::omnichannel::event::{ENDINGS, Event, EventKind, Outcome};
use rocketchat_omnichannel_exporter::omnichannel::labels::labelled::{Countable, EventLabels};
use rocketchat_omnichannel_exporter::omnichannel::labels::names::KnownIds;
use rocketchat_omnichannel_exporter::omnichannel::ledger::CallLedger;
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevels;
use rocketchat_omnichannel_exporter::omnichannel::totals::{
    CountingTime, HistogramBuckets, Totals,
};
use rocketchat_omnichannel_exporter::store::state::{self, StateIdentity};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use strum::VariantArray;

use crate::counted::{DEPARTMENTS, at, id, ledger, rows};

const IDENTITY: &str = "https://chat.example.org/ 0123456789abcdef";
const SOURCES: [&str; 3] = ["api", "email", "widget"];

/// An accounting and the store that keeps it.
pub(crate) struct KeptState {
    pub(crate) accounting: Accounting,
    identity: StateIdentity,
    departments: KnownIds,
    store: Store,
    /// Size of the last encoded state.
    state_bytes: usize,
    _folder: tempfile::TempDir,
}

impl KeptState {
    /// The accounting, and a store that has no state yet.
    pub(crate) fn begin() -> Result<Self, Box<dyn Error>> {
        // Cargo names a folder on the disk of the build, but not to an example.
        let folder = match option_env!("CARGO_TARGET_TMPDIR") {
            Some(built) => tempfile::tempdir_in(built),
            None => tempfile::tempdir(),
        }?;
        let disk = StateDirectory::open(folder.path(), LockMode::Alone)?.claim("acme")?;
        let ledger = ledger(&rows(2_000));
        Ok(Self {
            accounting: Accounting::of(ledger, CallLedger::begin(at(0)), totals()),
            identity: StateIdentity { identity: IDENTITY.to_owned(), agents: None },
            departments: departments(),
            store: Store::new(Box::new(disk)),
            state_bytes: 0,
            _folder: folder,
        })
    }

    /// The sealed state.
    pub(crate) fn encode(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let Self { identity, departments, accounting, state_bytes, .. } = self;
        let sealed = state::encode(identity, at(2_000), departments, accounting, *state_bytes)
            .ok_or("no state")?;
        *state_bytes = sealed.len();
        Ok(sealed)
    }

    /// Encodes the state, and replaces the kept state by it.
    pub(crate) fn commit(&mut self) -> Result<(), Box<dyn Error>> {
        let sealed = self.encode()?;
        Ok(self.store.commit(&sealed)?)
    }
}

fn departments() -> KnownIds {
    let mut departments = KnownIds::new(DEPARTMENTS);
    for number in 0..DEPARTMENTS {
        let name = name(number).into();
        departments.see(&id("department", number).into(), Some(&name), at(0));
    }
    departments
}

fn name(number: usize) -> String {
    format!("Customer care {number}")
}

/// Totals in which every label set has values.
fn totals() -> Totals {
    let when = CountingTime { now: at(2_000), uptime: Duration::ZERO };
    let names: Vec<String> = (0..DEPARTMENTS).map(name).collect();
    let mut totals = Totals::new(HistogramBuckets::of(&ServiceLevels::default()));
    let departments = names.iter().map(String::as_str).collect();
    let sources = SOURCES.into_iter().collect();
    totals.introduce(&Countable { departments, sources, ..Countable::default() }, when);
    for (number, department) in names.iter().enumerate() {
        for source in SOURCES {
            let labels = EventLabels { department, source, agent: None };
            for seconds in 0..400 {
                for kind in day(f64::from(seconds * seconds) + number as f64 / 7.0) {
                    totals.record(&event(kind), &labels, when);
                }
            }
        }
    }
    totals.first_zero.mark_shown(1);
    totals.first_zero.release(Some(1), Duration::ZERO);
    totals
}

/// All kinds of events that can happen to a chat, with this duration in seconds.
fn day(seconds: f64) -> impl Iterator<Item = EventKind> {
    let left =
        move |outcome| EventKind::LeftQueue { outcome, wait_seconds: seconds, is_estimated: false };
    let first = EventKind::FirstResponse { seconds, reaction_seconds: Some(seconds) };
    let responses = EventKind::Responses { seconds, count: 3.0 };
    let before = [EventKind::Started, first, responses, EventKind::Held];
    let closed = ENDINGS.map(|ending| EventKind::Closed(closing(ending, seconds)));
    before.into_iter().chain(QueueOutcome::VARIANTS.iter().copied().map(left)).chain(closed)
}

fn closing((closer, outcome): (Closer, Outcome), seconds: f64) -> Closing {
    Closing {
        closer,
        outcome,
        duration_seconds: Some(seconds),
        handle_seconds: Some(seconds),
        messages: 12,
        tags: Vec::new(),
    }
}

fn event(kind: EventKind) -> Event {
    Event { kind, department: None, agent: None, source: Source::OTHER }
}
