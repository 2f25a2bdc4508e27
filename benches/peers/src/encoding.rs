//! CPU time for the page of 1 k, 10 k and 100 k series: rendering and scraping this exporter, encoding by the other
//! libraries, and scraping them.
//!
//! The rounds of all sides alternate, so that other load on the machine affects all sides.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::cpu;
use crate::figure::{Figure, short, table};
use crate::http::Server;
use crate::python::Python;
use crate::series::verify;
use crate::sides::{Encoder, Exporter, Library};

pub const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const ROUNDS: usize = 7;

/// Nanoseconds a series, for one size.
pub struct Costs {
    /// Rendering, once after a change.
    render: Figure,
    /// A scrape over HTTP, compressed, as Prometheus asks.
    scrape: Figure,
    /// A scrape over HTTP without compression.
    scrape_plain: Figure,
    /// Each library: encoding, and a scrape over HTTP, which is not compressed.
    libraries: Vec<[Figure; 2]>,
    /// Python: encoding, and a scrape over HTTP, compressed.
    python: [Figure; 2],
}

pub fn measure(python: &Path, count: usize) -> Result<Costs> {
    let mut sides = Sides::with(python, count)?;
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(sides.round()?);
    }
    let figure = |index: usize| {
        let of = rounds.iter().filter_map(|round| round.get(index).copied());
        Figure::of(of.map(|seconds| seconds * 1e9 / count as f64).collect())
    };
    let pairs = (0..=Library::ALL.len()).map(|number| [3, 4].map(|at| figure(at + 2 * number)));
    let mut libraries: Vec<[Figure; 2]> = pairs.collect();
    let python = libraries.remove(0);
    Ok(Costs { render: figure(0), scrape: figure(1), scrape_plain: figure(2), libraries, python })
}

/// All sides with the same series.
struct Sides {
    count: usize,
    exporter: Exporter,
    server: Server,
    libraries: Vec<Other>,
    python: Python,
    python_server: std::net::SocketAddr,
}

/// A library: its encoder, and a server with the same series.
struct Other {
    encoder: Box<dyn Encoder>,
    page: Vec<u8>,
    server: Server,
}

impl Sides {
    fn with(python: &Path, count: usize) -> Result<Self> {
        let exporter = Exporter::with(count)?;
        let server = Server::of_exporter(&exporter)?;
        exporter.render()?;
        verify_served(&server, count, exporter.offset())?;
        let libraries = Library::ALL.into_iter().map(|library| Other::with(library, count));
        let libraries = libraries.collect::<Result<_>>()?;
        let mut python = Python::with(python, count)?;
        verify(&python.page()?, count, 0)?;
        let python_server = python.serve()?;
        Ok(Self { count, exporter, server, libraries, python, python_server })
    }

    /// CPU time in seconds of every job, in a fixed order.
    fn round(&mut self) -> Result<Vec<f64>> {
        let times = (300_000 / self.count).clamp(3, 100);
        let python_times = (10_000 / self.count).clamp(1, 10);
        let each = |spent: Duration, times: usize| spent.as_secs_f64() / times as f64;
        let mut spent = vec![
            each(of_this_thread(times, || self.exporter.render())?, times),
            each(self.server.cpu("gzip", times)?, times),
            each(self.server.cpu("identity", times)?, times),
            each(self.python.encode(python_times)?, python_times),
            each(self.python.scrape(self.python_server, python_times)?, python_times),
        ];
        for Other { encoder, page, server } in &mut self.libraries {
            spent.push(each(of_this_thread(times, || encoder.encode(page))?, times));
            spent.push(each(server.cpu("gzip", times)?, times));
        }
        Ok(spent)
    }
}

impl Other {
    fn with(library: Library, count: usize) -> Result<Self> {
        let (mut encoder, mut page) = (library.with(count)?, Vec::new());
        encoder.encode(&mut page)?;
        verify(std::str::from_utf8(&page)?, count, 0)?;
        let server = Server::of_library(library.with(count)?)?;
        verify_served(&server, count, 0)?;
        Ok(Self { encoder, page, server })
    }
}

fn verify_served(server: &Server, count: usize, offset: u32) -> Result<()> {
    let mut client = server.client("identity")?;
    verify(std::str::from_utf8(client.scrape()?)?, count, offset)
}

fn of_this_thread(times: usize, mut job: impl FnMut() -> Result<()>) -> Result<Duration> {
    let before = cpu::of_this_thread();
    for _ in 0..times {
        job()?;
    }
    Ok(cpu::of_this_thread().saturating_sub(before))
}

/// The table of nanoseconds, and the table of ratios. `of` chooses the best round or the median.
pub fn tables(costs: &[Costs], of: fn(&Figure) -> f64) -> [String; 2] {
    let sizes = ["1 k", "10 k", "100 k"];
    let row = |name: &str, cost: &dyn Fn(&Costs) -> f64| {
        let cells = costs.iter().map(|it| short(cost(it)));
        std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let mut rows = vec![
        row("this exporter: a scrape", &|it| of(&it.scrape)),
        row("this exporter: a scrape without compression", &|it| of(&it.scrape_plain)),
        row("this exporter: rendering, once after a change", &|it| of(&it.render)),
        row("this exporter: rendering and one scrape", &|it| of(&it.render) + of(&it.scrape)),
    ];
    let others = others();
    for (name, pair) in &others {
        rows.push(row(&format!("{name}: encoding"), &|it| of(&pair(it)[0])));
        rows.push(row(&format!("{name}: a scrape"), &|it| of(&pair(it)[1])));
    }
    let nanoseconds = table(&[&["CPU a series, ns"], &sizes[..]].concat(), &rows);

    let ratio = |name: &str, other: &dyn Fn(&Costs) -> f64, goal: &str| {
        let scrape = costs.iter().map(|it| other(it) / of(&it.scrape));
        let both = costs.iter().map(|it| other(it) / (of(&it.render) + of(&it.scrape)));
        let cells = scrape.chain(both).map(|it| format!("{} ×", short(it)));
        let mut cells: Vec<String> = std::iter::once(name.to_owned()).chain(cells).collect();
        cells.insert(1, goal.to_owned());
        cells
    };
    let fastest =
        |it: &Costs| it.libraries.iter().map(|pair| of(&pair[0])).fold(f64::INFINITY, f64::min);
    let mut rows = vec![ratio("the fastest library: encoding", &fastest, "3 ×")];
    for (name, pair) in &others {
        let goal = if name == "`prometheus`" { "30 ×" } else { "–" };
        rows.push(ratio(&format!("{name}: encoding"), &|it| of(&pair(it)[0]), goal));
        rows.push(ratio(&format!("{name}: a scrape"), &|it| of(&pair(it)[1]), "–"));
    }
    let head = [
        "its CPU divided by ours",
        "goal",
        "a scrape: 1 k",
        "10 k",
        "100 k",
        "rendering and one scrape: 1 k",
        "10 k",
        "100 k",
    ];
    [nanoseconds, table(&head, &rows)]
}

type Pair = Box<dyn Fn(&Costs) -> [Figure; 2]>;

/// The names of the others, and where their figures are.
fn others() -> Vec<(String, Pair)> {
    let libraries = Library::ALL.into_iter().enumerate().map(|(number, library)| {
        let pair: Pair = Box::new(move |costs| costs.libraries[number]);
        (format!("`{}`", library.name()), pair)
    });
    let python: Pair = Box::new(|costs| costs.python);
    libraries.chain([("Python's `prometheus_client`".to_owned(), python)]).collect()
}
