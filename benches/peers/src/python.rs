//! The series in Python's prometheus_client, in another process that takes commands.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::http::{Client, PAGE};
use crate::series::{Series, WORKSPACE, series};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python_series.py");

pub struct Python {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    page: tempfile::NamedTempFile,
}

impl Python {
    /// Starts this Python with this many series.
    pub fn with(python: &Path, count: usize) -> Result<Self> {
        let page = tempfile::NamedTempFile::new()?;
        let mut child = Command::new(python)
            .arg(SCRIPT)
            .arg(page.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", python.display()))?;
        let commands = child.stdin.take().context("no standard input")?;
        let answers = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut python = Self { child, commands, answers, page };
        let mut lines: String = series(count).map(|it| line(&it)).collect();
        lines.push('\n');
        python.commands.write_all(lines.as_bytes())?;
        Ok(python)
    }

    fn ask<T: FromStr>(&mut self, command: &str, number: usize) -> Result<T> {
        writeln!(self.commands, "{command} {number}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        answer.trim().parse().map_err(|_| anyhow!("Python answers {command} by {answer:?}"))
    }

    /// CPU time for encoding the page this often.
    pub fn encode(&mut self, times: usize) -> Result<Duration> {
        Ok(Duration::from_secs_f64(self.ask("encode", times)?))
    }

    pub fn page(&mut self) -> Result<String> {
        self.ask::<String>("page", 0)?;
        Ok(std::fs::read_to_string(self.page.path())?)
    }

    /// Begins to serve the page.
    pub fn serve(&mut self) -> Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, self.ask("serve", 0)?).into())
    }

    /// CPU time of the server for this many scrapes. It closes the connection after each answer.
    pub fn scrape(&mut self, address: SocketAddr, times: usize) -> Result<Duration> {
        let before: f64 = self.ask("cpu", 0)?;
        for _ in 0..times {
            Client::connect(address, PAGE, "gzip")?.scrape()?;
        }
        Ok(Duration::from_secs_f64(self.ask::<f64>("cpu", 0)? - before))
    }

    /// The most memory so far, KiB.
    pub fn peak_kib(&mut self) -> Result<u64> {
        self.ask("memory", 0)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ended = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

fn line(Series { family, labels, value }: &Series) -> String {
    let (metric, [first, second]) = (family.metric(), labels.values());
    let help = metric.help.split_whitespace().collect::<Vec<_>>().join(" ");
    let names = family.label_names().join(",");
    format!("{}\t{help}\t{names}\t{WORKSPACE},{first},{second}\t{value}\n", metric.name)
}
