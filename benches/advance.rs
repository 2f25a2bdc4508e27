//! Benchmark: the ledger takes one round of rows of 10 000 chats, with and without changes in the rows.
//!
//! Goal: one million tracked chats per second and core. Rows and their ids are made before the measured time.

mod counted;

use counted::{CHATS, DEPARTMENTS, at, ledger, rows};
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::SignedDuration;
use rocketchat_omnichannel_exporter::omnichannel::chat::Phase;
use rocketchat_omnichannel_exporter::omnichannel::event::Closer;
use rocketchat_omnichannel_exporter::omnichannel::labels::names::Names;
use rocketchat_omnichannel_exporter::omnichannel::ledger::Promises;
use rocketchat_omnichannel_exporter::omnichannel::observation::{ChatObservation, Ending};
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevels;
use rocketchat_omnichannel_exporter::rocketchat::key::Key;

/// Seconds after counting began. The last chat began before 1 000 s, so every service level promise is judged by
/// then.
const FIRST: i64 = 2_000;
const NEXT: i64 = FIRST + 30;

fn main() {
    divan::main();
}

/// Nothing has happened to any chat since the last round.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn nothing_changed(bencher: Bencher<'_, '_>) {
    advance(bencher, &rows(NEXT));
}

/// One chat in a hundred was answered, handed on, put on hold, closed or is new.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn one_in_a_hundred_changed(bencher: Bencher<'_, '_>) {
    let mut rows = rows(NEXT);
    for (number, row) in rows.iter_mut().skip(1).step_by(100).enumerate() {
        change(row, number);
    }
    advance(bencher, &rows);
}

/// Every round starts from the same ledger. The copy of the ledger is made and dropped outside the measured time.
fn advance(bencher: Bencher<'_, '_>, rows: &[ChatObservation]) {
    let before = ledger(&counted::rows(FIRST));
    let (levels, departments) = (ServiceLevels::default(), Names::new(DEPARTMENTS));
    bencher.counter(ItemsCount::new(CHATS)).with_inputs(|| before.clone()).bench_local_values(
        |mut ledger| {
            let promises = Promises { levels: &levels, departments: &departments };
            let events = ledger.advance(rows, promises);
            (ledger, events)
        },
    );
}

fn change(row: &mut ChatObservation, number: usize) {
    match number % 5 {
        0 => {
            row.answers.last_reply_at = Some(at(NEXT - 5).into());
            row.responses = Some(4.0);
            row.response_seconds = Some(80.0);
        }
        1 => {
            row.agent = Some("agent-of-the-night".into());
            row.taken_at = Some(at(NEXT - 5).into());
        }
        2 if row.phase == Phase::OnHold => row.phase = Phase::InProgress,
        2 => row.phase = Phase::OnHold,
        3 => {
            let ended = row.read_at.later(SignedDuration::from_secs(-7));
            row.lived_seconds = row.began.map(|began| ended.seconds_since(began));
            row.ending = Some(Box::new(Ending {
                at: ended,
                closer: Closer::Agent,
                is_served: true,
                tags: Vec::new(),
            }));
        }
        _ => row.key = Key::of(&format!("new-{number}")),
    }
}
