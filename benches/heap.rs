//! Benchmark: the heap that each job needs at most. The bench fails if a job needs more or clearly less than its budget.
//!
//! Counted are the bytes that the job allocates and holds at once, without the input of the job.

#![expect(clippy::expect_used, reason = "a bench that cannot set its scene has nothing to measure")]

mod budgets;
mod call_centre;
mod counted;
mod jobs;
mod next_round;
mod page;
mod saved_state;
mod scrape;
mod small_workspaces;
mod watched_call_centre;

use std::error::Error;
use std::io::Write;

use budgets::limits;
use jobs::Job;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Number of small workspaces that are watched and polled.
const SMALL_WORKSPACES: usize = 1_000;

/// A job with its name and the heap that is budgeted for it.
type Budgeted = (&'static str, fn() -> Job, u64);

const JOBS: [Budgeted; 8] = [
    ("decode", jobs::decode, budgets::DECODE.heap),
    ("watch", || jobs::watch(SMALL_WORKSPACES), budgets::WATCH_HEAP),
    ("poll", || jobs::poll(SMALL_WORKSPACES), budgets::POLL.heap),
    ("advance", jobs::advance, budgets::ADVANCE.heap),
    ("render", jobs::render, budgets::RENDER.heap),
    ("openmetrics", jobs::openmetrics, budgets::OPENMETRICS.heap),
    ("commit", jobs::commit, budgets::COMMIT.heap),
    ("serve", jobs::serve, budgets::SERVE.heap),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut wrong = Vec::new();
    for (name, job, heap) in JOBS {
        let (bytes, limits) = (peak(job()), limits(heap));
        let (least, most) = (limits.start(), limits.end());
        writeln!(std::io::stdout(), "{name}: {bytes} bytes, {least} to {most}")?;
        if !limits.contains(&bytes) {
            wrong.push(name);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("not the heap that is budgeted: {}; see CONTRIBUTING.md", wrong.join(", ")).into())
}

/// Most bytes that the job held at once.
fn peak(job: Job) -> u64 {
    let _counting = dhat::Profiler::builder().testing().build();
    let _result = job();
    dhat::HeapStats::get().max_bytes as u64
}
