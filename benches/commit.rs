//! Benchmark: one commit. The `Accounting` is encoded, sealed, written, and replaces the previous file.
//!
//! Goal: 5 ms of CPU for 10 000 tracked chats and 10 000 series of totals. Only the CPU time of this thread is
//! measured, including system time. The time that the disk takes is not measured.

mod counted;
mod cpu;

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use counted::{CHATS, DEPARTMENTS, at, id, ledger, rows};
use rocketchat_omnichannel_exporter::catalog::Metric;
use rocketchat_omnichannel_exporter::omnichannel::accounting::Accounting;
use rocketchat_omnichannel_exporter::omnichannel::chat::Source;
use rocketchat_omnichannel_exporter::omnichannel::event::{Closer, Closing, QueueOutcome};
use rocketchat_omnichannel_exporter::omnichannel::event::{ENDINGS, Event, EventKind, Outcome};
use rocketchat_omnichannel_exporter::omnichannel::labels::labelled::{Countable, EventLabels};
use rocketchat_omnichannel_exporter::omnichannel::labels::names::Names;
use rocketchat_omnichannel_exporter::omnichannel::ledger::CallLedger;
use rocketchat_omnichannel_exporter::omnichannel::totals::{HistogramBuckets, Totals, Value, When};
use rocketchat_omnichannel_exporter::store::state::{self, StateIdentity};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

const ROUNDS: usize = 9;
const COMMITS_A_ROUND: u32 = 40;
const IDENTITY: &str = "https://chat.example.org/ 0123456789abcdef";
const SOURCES: [&str; 3] = ["api", "email", "widget"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let disk = StateDirectory::open(folder.path(), LockMode::Alone)?.claim("acme")?;
    let path = disk.path().to_owned();
    let (mut store, departments) = (Store::new(Box::new(disk)), departments());
    let accounting = Accounting::of(ledger(&rows(2_000)), CallLedger::begin(at(0)), totals());
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&mut store, &departments, &accounting)?);
    }
    // The first round creates the file and fills the caches.
    let mut rounds = rounds.split_off(1);
    rounds.sort_by(|a, b| a.whole.total_cmp(&b.whole));
    let best = rounds.first().copied().ok_or("no round")?;
    let median = rounds.get(rounds.len() / 2).copied().ok_or("no round")?;
    tell(&accounting, &path, best, median)
}

fn tell(
    accounting: &Accounting,
    path: &Path,
    best: Round,
    median: Round,
) -> Result<(), Box<dyn Error>> {
    let series: usize =
        accounting.totals.metrics().map(|metric| series(&accounting.totals, metric)).sum();
    writeln!(
        std::io::stdout(),
        "commit: {CHATS} tracked chats, {series} series of totals, a file of {} kB; CPU a commit: \
         best {:.2} ms ({:.2} ms of it encoding), median {:.2} ms, goal 5 ms",
        std::fs::metadata(path)?.len() / 1000,
        best.whole,
        best.encoding,
        median.whole
    )?;
    Ok(())
}

/// CPU time of one commit, milliseconds.
#[derive(Debug, Clone, Copy)]
struct Round {
    whole: f64,
    encoding: f64,
}

fn round(
    store: &mut Store,
    departments: &Names,
    accounting: &Accounting,
) -> Result<Round, Box<dyn Error>> {
    let subject = StateIdentity { identity: IDENTITY.to_owned(), agents: None };
    let mut expected = 0;
    let mut encode = || {
        let sealed = state::encode(&subject, at(2_000), departments, accounting, expected);
        expected = sealed.as_ref().map_or(0, Vec::len);
        sealed.ok_or("no state")
    };
    let begun = cpu::of_thread()?;
    for _ in 0..COMMITS_A_ROUND {
        std::hint::black_box(encode()?);
    }
    let encoded = cpu::of_thread()?;
    for _ in 0..COMMITS_A_ROUND {
        store.commit(&encode()?)?;
    }
    let committed = cpu::of_thread()?;
    let each = |spent: Duration| spent.as_secs_f64() * 1e3 / f64::from(COMMITS_A_ROUND);
    Ok(Round {
        whole: each(committed.saturating_sub(encoded)),
        encoding: each(encoded.saturating_sub(begun)),
    })
}

fn departments() -> Names {
    let mut names = Names::new(DEPARTMENTS);
    for number in 0..DEPARTMENTS {
        let name = name(number).into();
        names.see(&id("department", number).into(), Some(&name), at(0));
    }
    names
}

fn name(number: usize) -> String {
    format!("Customer care {number}")
}

/// Totals in which every label set has values.
fn totals() -> Totals {
    let when = When { now: at(2_000), uptime: Duration::ZERO };
    let names: Vec<String> = (0..DEPARTMENTS).map(name).collect();
    let mut totals = Totals::new(HistogramBuckets::new(std::iter::empty()));
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
    before.into_iter().chain(QueueOutcome::ALL.iter().copied().map(left)).chain(closed)
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

/// Number of lines of a family on a page.
fn series(totals: &Totals, metric: &Metric) -> usize {
    let lines = |value: &Value| match value {
        Value::Count(_) => 1,
        Value::Sum { .. } => 2,
        Value::Distribution(buckets) => buckets.counts().len() + 3,
    };
    totals.shown(metric).map(|(_, value)| lines(&value)).sum()
}
