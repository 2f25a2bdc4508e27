//! Memory for the page of 1 k, 10 k and 100 k series: the most resident memory of a process that holds one side and
//! takes three pages, without what the same process needs for no series. Of each size, the median of several processes.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::encoding::SIZES;
use crate::figure::{Figure, short, table};
use crate::processes::peak_kib;
use crate::python::Python;
use crate::sides::{Exporter, Library};

/// The argument by which this program is such a process.
pub const COMMAND: &str = "memory-of";
const PAGES: usize = 3;
const PROCESSES: usize = 5;
const EXPORTER: &str = "this exporter";

/// What the process of one side prints: its most resident memory, KiB.
pub fn of_this_process(side: &str, count: usize) -> Result<u64> {
    if side == EXPORTER {
        let exporter = Exporter::with(count)?;
        for _ in 0..PAGES {
            exporter.render()?;
        }
        return peak_kib(std::process::id());
    }
    let library = Library::ALL.into_iter().find(|library| library.name() == side);
    let mut encoder = library.context("no such side")?.with(count)?;
    let mut page = Vec::new();
    for _ in 0..PAGES {
        encoder.encode(&mut page)?;
    }
    std::hint::black_box(&page);
    peak_kib(std::process::id())
}

/// The table of bytes a series, with ratios.
pub fn measure(python: &Path) -> Result<String> {
    let ours = bytes_a_series(|count| in_a_process(EXPORTER, count))?;
    let mut rows = vec![row(EXPORTER, &ours, &ours)];
    for library in Library::ALL {
        let bytes = bytes_a_series(|count| in_a_process(library.name(), count))?;
        rows.push(row(&format!("`{}`", library.name()), &bytes, &ours));
    }
    let bytes = bytes_a_series(|count| {
        let mut python = Python::with(python, count)?;
        python.encode(PAGES)?;
        python.peak_kib()
    })?;
    rows.push(row("Python's `prometheus_client`", &bytes, &ours));
    let head =
        ["memory a series, bytes", "1 k", "10 k", "100 k", "divided by ours: 1 k", "10 k", "100 k"];
    Ok(table(&head, &rows))
}

fn row(name: &str, bytes: &[f64], ours: &[f64]) -> Vec<String> {
    let ratios = bytes.iter().zip(ours).map(|(bytes, ours)| format!("{} ×", short(bytes / ours)));
    let cells = bytes.iter().map(|bytes| short(*bytes)).chain(ratios);
    std::iter::once(name.to_owned()).chain(cells).collect()
}

fn bytes_a_series(peak: impl Fn(usize) -> Result<u64>) -> Result<Vec<f64>> {
    let median = |count: usize| {
        let peaks = (0..PROCESSES).map(|_| Ok(peak(count)? as f64)).collect::<Result<_>>()?;
        Ok::<_, anyhow::Error>(Figure::of(peaks).median)
    };
    let empty = median(0)?;
    let of = |count: usize| Ok((median(count)? - empty).max(0.0) * 1024.0 / count as f64);
    SIZES.into_iter().map(of).collect()
}

fn in_a_process(side: &str, count: usize) -> Result<u64> {
    let output = Command::new(std::env::current_exe()?)
        .args([COMMAND, side, &count.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{side} with {count} series: {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
