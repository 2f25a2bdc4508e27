//! Benchmark: the heap that each job needs at most. The bench fails if a job exceeds its budget.
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

use budgets::{Budget, limit};
use jobs::Job;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Number of small workspaces of the poll.
const SMALL_WORKSPACES: usize = 1_000;

/// A job with its name and its budget.
type Budgeted = (&'static str, fn() -> Job, Budget);

const JOBS: [Budgeted; 7] = [
    ("decode", jobs::decode, budgets::DECODE),
    ("poll", || jobs::poll(SMALL_WORKSPACES), budgets::POLL),
    ("advance", jobs::advance, budgets::ADVANCE),
    ("render", jobs::render, budgets::RENDER),
    ("openmetrics", jobs::openmetrics, budgets::OPENMETRICS),
    ("commit", jobs::commit, budgets::COMMIT),
    ("serve", jobs::serve, budgets::SERVE),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut exceeded = Vec::new();
    for (name, job, budget) in JOBS {
        let (bytes, limit) = (peak(job()), limit(budget.heap));
        writeln!(std::io::stdout(), "{name}: {bytes} bytes, at most {limit}")?;
        if bytes > limit {
            exceeded.push(name);
        }
    }
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(format!("more heap than budgeted: {}; see CONTRIBUTING.md", exceeded.join(", ")).into())
}

/// Most bytes that the job held at once.
fn peak(job: Job) -> u64 {
    let _counting = dhat::Profiler::builder().testing().build();
    let _result = job();
    dhat::HeapStats::get().max_bytes as u64
}
