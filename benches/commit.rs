//! Benchmark: one commit. The `Accounting` is encoded, sealed, written, and replaces the previous file.
//!
//! Goal: 5 ms of CPU for 10 000 tracked chats and 10 000 series of totals. Only the CPU time of this thread is
//! measured, including system time. The time that the disk takes is not measured.

mod counted;
mod cpu;
mod saved_state;

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use counted::CHATS;
use rocketchat_omnichannel_exporter::catalog::Metric;
use rocketchat_omnichannel_exporter::omnichannel::totals::{Totals, Value};
use saved_state::KeptState;

const ROUNDS: usize = 9;
const COMMITS_A_ROUND: u32 = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let mut kept = KeptState::begin()?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&mut kept)?);
    }
    // The first round creates the file and fills the caches.
    let mut rounds = rounds.split_off(1);
    rounds.sort_by(|a, b| a.whole.total_cmp(&b.whole));
    let best = rounds.first().copied().ok_or("no round")?;
    let median = rounds.get(rounds.len() / 2).copied().ok_or("no round")?;
    tell(&mut kept, best, median)
}

fn tell(kept: &mut KeptState, best: Round, median: Round) -> Result<(), Box<dyn Error>> {
    let totals = &kept.accounting.totals;
    let series: usize = totals.metrics().map(|metric| series(totals, metric)).sum();
    writeln!(
        std::io::stdout(),
        "commit: {CHATS} tracked chats, {series} series of totals, a file of {} kB; CPU a commit: \
         best {:.2} ms ({:.2} ms of it encoding), median {:.2} ms, goal 5 ms",
        kept.encode()?.len() / 1000,
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

fn round(kept: &mut KeptState) -> Result<Round, Box<dyn Error>> {
    let begun = cpu::of_thread()?;
    for _ in 0..COMMITS_A_ROUND {
        std::hint::black_box(kept.encode()?);
    }
    let encoded = cpu::of_thread()?;
    for _ in 0..COMMITS_A_ROUND {
        kept.commit()?;
    }
    let committed = cpu::of_thread()?;
    let each = |spent: Duration| spent.as_secs_f64() * 1e3 / f64::from(COMMITS_A_ROUND);
    Ok(Round {
        whole: each(committed.saturating_sub(encoded)),
        encoding: each(encoded.saturating_sub(begun)),
    })
}

/// Number of lines of a family on a page.
fn series(totals: &Totals, metric: &Metric) -> usize {
    let lines = |value: &Value| match value {
        Value::Count(_) => 1,
        Value::Sum { .. } => 2,
        Value::Distribution(buckets) => buckets.cumulative().count() + 3,
    };
    totals.shown(metric).map(|(_, value)| lines(&value)).sum()
}
