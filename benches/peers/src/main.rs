//! The exporter beside other libraries and beside an exporter in Python, and the exporter as it grows.
//!
//! `benches/peers/run` builds what this program needs and calls it. The program prints the tables of docs/figures.md.

mod centre;
mod conditions;
mod cpu;
mod encoding;
mod figure;
mod growth;
mod http;
mod job;
mod memory;
mod processes;
mod python;
mod series;
mod sides;

#[path = "../../call_centre/mod.rs"]
mod call_centre;
#[expect(dead_code, reason = "the server alone is used here")]
#[path = "../../scrape/mod.rs"]
mod scrape;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use conditions::{Libraries, MachineTime};
use figure::Figure;
use processes::Programs;
use sides::Library;

const USAGE: &str =
    "usage: peers EXPORTER PYTHON [--update FIGURES] encoding|memory|job|chats|workspaces...";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [memory::COMMAND, side, count] => {
            tell(&memory::of_this_process(side, count.parse()?)?.to_string())
        }
        [exporter, python, "--update", figures, ref parts @ ..] if !parts.is_empty() => {
            let programs = Programs { exporter: exporter.into(), python: python.into() };
            parts.iter().try_for_each(|part| run(&programs, part, Some(Path::new(figures))))
        }
        [exporter, python, ref parts @ ..] if !parts.is_empty() => {
            let programs = Programs { exporter: exporter.into(), python: python.into() };
            parts.iter().try_for_each(|part| run(&programs, part, None))
        }
        _ => bail!(USAGE),
    }
}

/// The other libraries in the tables of a part.
fn libraries(part: &str) -> Libraries {
    let rust = || Library::ALL.map(Library::name).to_vec();
    match part {
        "encoding" | "memory" => Libraries { rust: rust(), python: vec!["prometheus_client"] },
        "job" => Libraries { rust: Vec::new(), python: vec!["prometheus_client", "requests"] },
        _ => Libraries::default(),
    }
}

/// Measures a part and prints its tables, which also take the place of the tables on the page. Each part has its own
/// conditions, since two parts can be measured on two machines.
fn run(programs: &Programs, part: &str, figures: Option<&Path>) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let began = MachineTime::now()?;
    let tables = match part {
        "encoding" => encoding(programs)?,
        "memory" => memory::measure(&programs.python)?,
        "job" => job::measure(&runtime, programs)?,
        "chats" => growth::chats(&runtime, programs)?,
        "workspaces" => growth::workspaces(&runtime, programs)?,
        _ => bail!(USAGE),
    };
    let conditions = conditions::lines(began, &libraries(part), &programs.python)?;
    let tables = format!("{tables}\n{conditions}");
    tell(&tables)?;
    if let Some(path) = figures {
        let page = std::fs::read_to_string(path)?;
        let (start, end) =
            (format!("<!-- peers: {part} -->\n"), format!("<!-- /peers: {part} -->"));
        let (before, rest) = page.split_once(&start).context(start.clone())?;
        let (_, after) = rest.split_once(&end).context(end.clone())?;
        std::fs::write(path, format!("{before}{start}{tables}{end}{after}"))?;
    }
    Ok(())
}

/// The tables of the best rounds; the tables of the medians go to standard error.
fn encoding(programs: &Programs) -> Result<String> {
    let measure = |count| encoding::measure(&programs.python, count);
    let costs = encoding::SIZES.into_iter().map(measure).collect::<Result<Vec<_>>>()?;
    let medians = encoding::tables(&costs, |figure: &Figure| figure.median);
    writeln!(std::io::stderr(), "Medians:\n\n{}", medians.join("\n"))?;
    Ok(encoding::tables(&costs, |figure| figure.best).join("\n"))
}

fn tell(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
