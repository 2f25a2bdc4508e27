//! Benchmark: the instructions that each job takes, counted by valgrind. The bench fails if a job exceeds its budget.

#![expect(clippy::expect_used, reason = "a bench that cannot set its scene has nothing to measure")]
#![allow(missing_docs, reason = "the macros of gungraun make public items")]

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

use std::any::Any;
use std::io::Write;
use std::process::Command;

use budgets::{Budget, limits};
use gungraun::{
    Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use jobs::Job;

/// Number of small workspaces of the poll. Valgrind takes 40 s for a thousand, and each of a thousand takes as many
/// instructions as each of a hundred.
const SMALL_WORKSPACES: usize = 100;

#[library_benchmark]
#[bench::decode(args = (), setup = jobs::decode, config = within(budgets::DECODE))]
#[bench::poll(args = (SMALL_WORKSPACES,), setup = jobs::poll, config = within(budgets::POLL))]
#[bench::advance(args = (), setup = jobs::advance, config = within(budgets::ADVANCE))]
#[bench::render(args = (), setup = jobs::render, config = within(budgets::RENDER))]
#[bench::openmetrics(args = (), setup = jobs::openmetrics, config = within(budgets::OPENMETRICS))]
#[bench::commit(args = (), setup = jobs::commit, config = within(budgets::COMMIT))]
#[bench::serve(args = (), setup = jobs::serve, config = within(budgets::SERVE))]
fn job(job: Job) -> Box<dyn Any> {
    job()
}

library_benchmark_group!(name = jobs_group, benchmarks = job);
main!(config = with_programs(); library_benchmark_groups = jobs_group);

/// The programs that this bench needs, each with the command that installs it on Debian.
const PROGRAMS: [(&str, &str); 2] = [
    ("valgrind", "apt-get install valgrind"),
    ("gungraun-runner", "cargo install --locked gungraun-runner@0.19.4"),
];

/// Ends the process if a program is missing.
fn with_programs() -> LibraryBenchmarkConfig {
    for (program, remedy) in PROGRAMS {
        if let Err(error) = Command::new(program).arg("--version").output() {
            let told = format!("This bench needs {program}: {error}; run: {remedy}");
            let _is_told = writeln!(std::io::stderr(), "{told}").is_ok();
            std::process::exit(1);
        }
    }
    LibraryBenchmarkConfig::default()
}

/// Refuses more instructions than the budget allows. Another architecture has other counts and no budget.
fn within(budget: Budget) -> LibraryBenchmarkConfig {
    // Without the simulation of caches: it takes most of the time and depends on the caches of the machine.
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    if cfg!(target_arch = "x86_64") {
        callgrind.hard_limits([(EventKind::Ir, *limits(budget.instructions).end())]);
    }
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}
