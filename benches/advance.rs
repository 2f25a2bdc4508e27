//! Benchmark: the ledger takes one round of rows of 10 000 chats, with and without changes in the rows.
//!
//! Goal: one million tracked chats per second and core. Rows and their ids are made before the measured time.

mod counted;
mod next_round;

use counted::{CHATS, DEPARTMENTS, ledger, rows};
use divan::Bencher;
use divan::counter::ItemsCount;
use next_round::{FIRST, NEXT};
use rocketchat_omnichannel_exporter::omnichannel::labels::names::KnownIds;
use rocketchat_omnichannel_exporter::omnichannel::ledger::ServiceLevelsById;
use rocketchat_omnichannel_exporter::omnichannel::observation::ChatObservation;
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevels;

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
    advance(bencher, &next_round::rows());
}

/// Every round starts from the same ledger. The copy of the ledger is made and dropped outside the measured time.
fn advance(bencher: Bencher<'_, '_>, rows: &[ChatObservation]) {
    let before = ledger(&counted::rows(FIRST));
    let (levels, departments) = (ServiceLevels::default(), KnownIds::new(DEPARTMENTS));
    bencher.counter(ItemsCount::new(CHATS)).with_inputs(|| before.clone()).bench_local_values(
        |mut ledger| {
            let service_levels = ServiceLevelsById { levels: &levels, departments: &departments };
            let events = ledger.advance(rows, service_levels);
            (ledger, events)
        },
    );
}
