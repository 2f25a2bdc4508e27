//! Growth: the same job with more open chats, and with more workspaces in one process.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::call_centre::{SMALL_WORKSPACE, Size};
use crate::centre::{Centre, Clocks};
use crate::figure::{short, table, whole};
use crate::http::PAGE;
use crate::job::{self, Job, Side, poll_section};
use crate::processes::{Programs, Running};

/// One in a hundred chats changes between two polls.
const CHATS: [(usize, u64, usize); 3] = [(1_000, 10, 8), (10_000, 10, 8), (100_000, 60, 3)];
const WORKSPACES: [(usize, u32); 3] = [(1, 8), (100, 4), (1_000, 4)];
const INTERVAL: Duration = Duration::from_secs(30);
/// The greatest age of a list that is wanted, as a multiple of the interval.
const OLDEST: f64 = 1.5;
/// The lists without which `up` is 0.
const MANDATORY: [&str; 5] = ["queue", "queued", "open", "onhold", "closed"];

const UP: &str = "rocketchat_omnichannel_up{";

/// The table of open chats.
pub fn chats(runtime: &Runtime, programs: &Programs) -> Result<String> {
    let mut rows = Vec::new();
    for (rooms, seconds, polls) in CHATS {
        let interval = Duration::from_secs(seconds);
        let size = Size { rooms, ..job::SIZE };
        let job = Job { size, interval, changed: rooms / 100, polls };
        let cost = job.measure(runtime, programs, Side::Exporter)?;
        rows.push(vec![
            whole(rooms as f64),
            short(cost.series as f64),
            format!("{seconds} s"),
            short(cost.cpu_ms),
            short(cost.cpu_ms * 1000.0 / rooms as f64),
            short(cost.peak_mib),
        ]);
    }
    let head = [
        "open chats",
        "series",
        "interval",
        "CPU a poll, ms",
        "CPU a chat, µs",
        "memory at most, MiB",
    ];
    Ok(table(&head, &rows))
}

/// The table of workspaces, below their size. Fails if a list was older than [`OLDEST`].
pub fn workspaces(runtime: &Runtime, programs: &Programs) -> Result<String> {
    let mut rows = Vec::new();
    let mut single = None;
    for (count, intervals) in WORKSPACES {
        let cost = Many::start(runtime, programs, count)?.measure(intervals)?;
        ensure!(cost.oldest_list <= OLDEST, "with {count} workspaces, at most {OLDEST}: {cost:?}");
        let first: &Cost = single.get_or_insert(cost);
        let more = (count > 1).then(|| (cost.peak_mib - first.peak_mib) / (count - 1) as f64);
        rows.push(vec![
            whole(count as f64),
            short(cost.series as f64),
            short(cost.cpu_ms),
            short(cost.peak_mib),
            more.map_or("–".to_owned(), |mib| format!("{} KiB", short(mib * 1024.0))),
            format!("{:.2}", cost.oldest_list),
        ]);
    }
    let head = [
        "workspaces",
        "series",
        "CPU a poll of a workspace, ms",
        "memory at most, MiB",
        "a workspace more",
        "age of the oldest list, intervals",
    ];
    let Size { departments, agents, rooms } = SMALL_WORKSPACE;
    let size =
        format!("Each has {departments} departments, {agents} agents and {rooms} open chats.");
    Ok(format!("{size}\n\n{}", table(&head, &rows)))
}

#[derive(Debug, Clone, Copy)]
struct Cost {
    series: usize,
    /// CPU time a poll of one workspace, scrapes included, ms.
    cpu_ms: f64,
    peak_mib: f64,
    /// Age of the oldest mandatory list at any scrape, as a multiple of the interval.
    oldest_list: f64,
}

/// An exporter that polls many workspaces.
struct Many {
    running: Running,
    _clocks: Clocks,
    centres: Vec<Centre>,
}

impl Many {
    fn start(runtime: &Runtime, programs: &Programs, count: usize) -> Result<Self> {
        let centres = (0..count).map(|_| Centre::start(runtime, SMALL_WORKSPACE));
        let centres = centres.collect::<Result<Vec<_>>>()?;
        let entry = |(number, centre): (usize, &Centre)| {
            let Centre { login, .. } = centre;
            let (name, url) = (name(number), centre.url());
            let (user, token) = (&login.user_id, &login.token);
            format!("  - {{name: {name}, url: '{url}', user_id: {user}, auth_token: {token}}}\n")
        };
        let entries: String = centres.iter().enumerate().map(entry).collect();
        let config = format!("{}workspaces:\n{entries}", poll_section(INTERVAL));
        let clocks = Clocks::of(&centres);
        let mut running = Running::exporter(programs, &config)?;
        for number in 0..count {
            running.until(&page_of(number), Duration::from_secs(1), |page| {
                let mut lines = page.lines();
                lines.any(|line| line.starts_with(UP) && line.ends_with(" 1"))
            })?;
        }
        Ok(Self { running, _clocks: clocks, centres })
    }

    /// In each interval, one chat of each workspace changes, and the page of each workspace is scraped once, in turn, as
    /// Prometheus spreads the workspaces of `/sd`.
    fn measure(&self, intervals: u32) -> Result<Cost> {
        std::thread::sleep(INTERVAL);
        let (began, before) = (Instant::now(), self.running.cpu()?);
        let (mut series, mut oldest_list) = (0, 0.0_f64);
        let pause = INTERVAL / u32::try_from(self.centres.len())?;
        for interval in 0..intervals {
            series = 0;
            for (turn, (number, centre)) in (1..).zip(self.centres.iter().enumerate()) {
                let due = INTERVAL * interval + pause * turn;
                std::thread::sleep(due.saturating_sub(began.elapsed()));
                centre.change(1);
                let page = self.running.scrape(&page_of(number))?;
                series += page.lines().filter(|line| !line.starts_with('#')).count();
                oldest_list = oldest_list.max(oldest(&page));
            }
        }
        let spent = self.running.cpu()?.saturating_sub(before);
        let polls = self.centres.iter().map(|centre| centre.requests("/api/info", &[], began));
        let polls: usize = polls.sum();
        Ok(Cost {
            series,
            cpu_ms: spent.as_secs_f64() * 1000.0 / polls as f64,
            peak_mib: self.running.peak_mib()?,
            oldest_list,
        })
    }
}

fn name(number: usize) -> String {
    format!("w{number:04}")
}

/// The path of the page of a workspace.
fn page_of(number: usize) -> String {
    format!("{PAGE}?workspace={}", name(number))
}

/// The age of the oldest mandatory list on the page, as a multiple of the interval.
fn oldest(page: &str) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the page has the time of this machine")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_secs_f64();
    let ages = page.lines().filter_map(|line| {
        let sample =
            line.strip_prefix("rocketchat_omnichannel_exporter_last_success_timestamp_seconds{")?;
        let (labels, at) = sample.split_once("} ")?;
        let is_of = |list: &str| labels.contains(&format!("collector=\"{list}\""));
        MANDATORY.into_iter().find(|list| is_of(list))?;
        Some(now - at.parse::<f64>().ok()?)
    });
    ages.fold(0.0, f64::max) / INTERVAL.as_secs_f64()
}
