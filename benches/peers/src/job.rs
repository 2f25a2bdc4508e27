//! The whole job: poll a call centre, of which some chats change between two polls, and answer a scrape after each
//! poll. CPU time and memory of the process of the exporter.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::call_centre::Size;
use crate::centre::{Centre, Clocks};
use crate::figure::{Figure, short, table};
use crate::http::PAGE;
use crate::processes::{Programs, Running};

pub const SIZE: Size = Size { departments: 32, agents: 280, rooms: 10_000 };
const INTERVAL: Duration = Duration::from_secs(10);
const CHANGED: usize = 100;
const POLLS: usize = 5;
const ROUNDS: usize = 3;
/// How often the beginning of a poll is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// The exporters that do the job.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    Exporter,
    /// The exporter in Python, which keeps the rows of a list in this way.
    Python(Rows),
}

/// How the exporter in Python keeps rows.
#[derive(Debug, Clone, Copy)]
pub enum Rows {
    /// All rows of a list at once.
    WholeLists,
    /// The rows of one page.
    PageByPage,
}

const SIDES: [Side; 3] =
    [Side::Exporter, Side::Python(Rows::WholeLists), Side::Python(Rows::PageByPage)];

/// What a job costs.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// CPU time a poll, with the scrape after it, ms.
    pub cpu_ms: f64,
    pub peak_mib: f64,
    /// Series of the page.
    pub series: usize,
}

/// A job: a call centre, an interval, and what happens between two polls.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    pub size: Size,
    pub interval: Duration,
    pub changed: usize,
    pub polls: usize,
}

impl Job {
    /// Lets an exporter do the job for this number of polls, from the begin of a poll to the begin of a poll.
    pub fn measure(&self, runtime: &Runtime, programs: &Programs, side: Side) -> Result<Cost> {
        let centre = Centre::start(runtime, self.size)?;
        let _clocks = Clocks::of(std::slice::from_ref(&centre));
        let mut running = self.start(programs, side, &centre)?;
        let rooms = self.size.rooms;
        let page =
            running.until(PAGE, Duration::from_secs(1), |page| side.open_chats(page) == rooms)?;
        let mut polls = Polls { side, centre: &centre, since: Instant::now(), seen: 0 };
        polls.wait(1);
        let before = running.cpu()?;
        for poll in 1..=self.polls {
            // The poll has ended by then.
            std::thread::sleep(self.interval * 2 / 3);
            centre.change(self.changed);
            running.scrape(PAGE)?;
            polls.wait(1 + poll);
        }
        let spent = running.cpu()?.saturating_sub(before);
        let polled = polls.seen - 1;
        Ok(Cost {
            cpu_ms: spent.as_secs_f64() * 1000.0 / polled as f64,
            peak_mib: running.peak_mib()?,
            series: page.lines().filter(|line| !line.starts_with('#')).count(),
        })
    }

    fn start(&self, programs: &Programs, side: Side, centre: &Centre) -> Result<Running> {
        let (url, login) = (centre.url(), &centre.login);
        match side {
            Side::Exporter => {
                let poll = poll_section(self.interval);
                let config = format!(
                    "{poll}workspaces:\n  - {{name: acme, url: '{url}', user_id: {}, auth_token: {}}}\n",
                    login.user_id, login.token
                );
                Running::exporter(programs, &config)
            }
            Side::Python(rows) => {
                let rows = match rows {
                    Rows::WholeLists => "whole lists",
                    Rows::PageByPage => "page by page",
                };
                let variables = [
                    ("ROWS", rows.to_owned()),
                    ("ROCKETCHAT_URL", url),
                    ("ROCKETCHAT_USER_ID", login.user_id.clone()),
                    ("ROCKETCHAT_AUTH_TOKEN", login.token.clone()),
                    ("INTERVAL", self.interval.as_secs().to_string()),
                ];
                Running::python(programs, &variables)
            }
        }
    }
}

/// The settings of polling: the server sets no limit.
pub fn poll_section(interval: Duration) -> String {
    let seconds = interval.as_secs();
    format!(
        "poll: {{interval: {seconds}s, timeout: 30s, max_pages: 10000, \
         max_requests_per_minute: 1000000}}\n"
    )
}

impl Side {
    /// The open chats on its page.
    fn open_chats(self, page: &str) -> usize {
        let name = match self {
            Self::Exporter => "rocketchat_omnichannel_open_chats{",
            Self::Python(_) => "rocketchat_open_chats{",
        };
        let samples = page.lines().filter(|line| line.starts_with(name));
        let values = samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        let sum: f64 = values.sum();
        format!("{sum:.0}").parse().unwrap_or_default()
    }
}

/// The polls that have begun, as the call centre sees them.
struct Polls<'c> {
    side: Side,
    centre: &'c Centre,
    since: Instant,
    seen: usize,
}

impl Polls<'_> {
    /// Waits until this many polls have begun.
    fn wait(&mut self, polls: usize) {
        while self.seen < polls {
            std::thread::sleep(LOOK);
            self.seen = match self.side {
                Side::Exporter => self.centre.requests("/api/info", &[], self.since),
                Side::Python(_) => {
                    let first = [("open", "true"), ("offset", "0")];
                    self.centre.requests("/api/v1/livechat/rooms", &first, self.since)
                }
            };
        }
    }
}

/// The table of the job.
pub fn measure(runtime: &Runtime, programs: &Programs) -> Result<String> {
    let job = Job { size: SIZE, interval: INTERVAL, changed: CHANGED, polls: POLLS };
    let mut costs = SIDES.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (side, costs) in SIDES.into_iter().zip(&mut costs) {
            costs.push(job.measure(runtime, programs, side)?);
        }
    }
    let figures = |of: fn(&Cost) -> f64| {
        costs.each_ref().map(|costs| Figure::of(costs.iter().map(of).collect()))
    };
    let row = |name: &str, goal: &str, [ours, lists, pages]: [f64; 3]| {
        let ratio = |python: f64| format!("{} ×", short(python / ours));
        [name, &short(ours), &short(lists), &ratio(lists), &short(pages), &ratio(pages), goal]
            .map(str::to_owned)
            .to_vec()
    };
    let head = [
        "10 k open chats, 100 changed, one scrape a poll",
        "this exporter",
        "Python, whole lists",
        "ratio",
        "Python, page by page",
        "ratio",
        "goal",
    ];
    let best = |figure: Figure| figure.best;
    let [ours, lists, pages] = figures(|cost| cost.series as f64).map(best).map(short);
    let series = ["series on the page", &ours, &lists, "–", &pages, "–", "–"];
    let rows = [
        row("CPU a poll, ms", "10 ×", figures(|cost| cost.cpu_ms).map(best)),
        // The least of several peaks would be no peak of all rounds.
        row("memory at most, MiB", "4 ×", figures(|cost| cost.peak_mib).map(|it| it.highest)),
        series.map(str::to_owned).to_vec(),
    ];
    Ok(table(&head, &rows))
}
