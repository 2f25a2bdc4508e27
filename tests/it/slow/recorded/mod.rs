//! The exporter against timelines recorded from Rocket.Chat's own server code: every number must be true.
//!
//! The timelines are in `tests/timelines`; a program there plays a timeline and answers the API as its release does. A
//! run takes as long as the recording and mostly waits, so many run side by side. A machine that is too slow for the pace
//! of a recording makes the exporter miss changes, or the test read the page of another moment; only then is a timeline
//! with differences played again.

mod compare;
pub mod timeline;

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use crate::counts::{self, Counted};
use crate::process::binary::{Exporter, PATIENCE, ask, until};
use compare::Comparison;
use timeline::{Point, Timeline};

const SIDE_BY_SIDE: usize = 8;
/// Interval of scrapes, as of a Prometheus: a new series stays 0 until it was scraped.
const SCRAPE_EVERY: Duration = Duration::from_secs(1);
/// Shortest time for which the values of a point hold; a machine under load may be late.
const HOLDS_FOR_MS: f64 = 1_300.0;
/// Longest time between two readings of a list beyond the interval: a chat changes again after 2.55 s at the earliest, and
/// a wait that begins with a reopening has this tolerance.
const LATE_READING_MS: f64 = 500.0;
/// Longest lateness of a page: at some points the next change comes after one second.
const LATE_PAGE: Duration = Duration::from_millis(500);
/// Number of times that a timeline is played while the machine is too slow for it.
const ATTEMPTS: usize = 3;

/// A program that plays a timeline; it ends when dropped.
struct Server {
    child: Child,
    url: String,
    user: String,
    token: String,
}

impl Server {
    fn start(file: &Path) -> Self {
        let mut child = Command::new("node")
            .arg(timeline::folder().join("replay.mjs"))
            .arg(file)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("node plays the timelines");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let word = |before: &str| {
            let rest =
                line.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in {line:?}"));
            rest.split_ascii_whitespace().next().unwrap().to_owned()
        };
        Self { url: word(" on "), user: word(" user "), token: word(" token "), child }
    }

    /// The moment of the timeline, its requests so far, and those that its release refuses.
    async fn standing(&self) -> Value {
        let reply = ask(reqwest::Method::GET, &format!("{}/__replay", self.url)).await.unwrap();
        serde_json::from_str(&reply.text).unwrap()
    }

    async fn at(&self) -> f64 {
        self.standing().await["at"].as_f64().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The program may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn configuration(timeline: &Timeline, server: &Server, state: &Path) -> String {
    format!(
        "poll: {{ interval: {}, timeout: 5s, max_requests_per_minute: 60000 }}\n\
         state: {{ directory: {} }}\nworkspaces:\n  - name: real\n    url: {}/\n    user_id: {}\n    \
         auth_token: {}\n{}",
        timeline.exporter.interval,
        state.display(),
        server.url,
        server.user,
        server.token,
        timeline.exporter.config
    )
}

/// An exporter that polls a timeline.
struct Run {
    timeline: Timeline,
    server: Server,
    exporter: Exporter,
    /// Longest time by which a page came too late for its moment, or for the pace of the scrapes.
    page_late: Cell<Duration>,
    scraped: Cell<Option<Instant>>,
    _folder: tempfile::TempDir,
}

impl Run {
    fn start(file: &Path) -> Self {
        let timeline = timeline::read(file);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(file);
        let state = folder.path().join("state");
        let config = folder.path().join("config.yaml");
        std::fs::write(&config, configuration(&timeline, &server, &state)).unwrap();
        let exporter = Exporter::serve(&["--config.file", config.to_str().unwrap()], &[]);
        let (page_late, scraped) = (Cell::default(), Cell::default());
        Self { timeline, server, exporter, page_late, scraped, _folder: folder }
    }

    /// The moment of the timeline, and the page.
    async fn scrape(&self) -> (f64, Counted) {
        let at = self.server.at().await;
        let page = counts::page(&self.exporter.get("/metrics").await.text);
        if let Some(last) = self.scraped.replace(Some(Instant::now())) {
            self.note_late(last.elapsed().saturating_sub(SCRAPE_EVERY));
        }
        (at, page)
    }

    fn note_late(&self, late: Duration) {
        self.page_late.set(late.max(self.page_late.get()));
    }

    /// What the machine was too slow for, if it was.
    async fn too_slow(&self) -> Option<String> {
        let interval: f64 = self.timeline.exporter.interval.trim_end_matches('s').parse().unwrap();
        let longest = interval * 1_000.0 + LATE_READING_MS;
        let standing = self.server.standing().await;
        let pauses = standing["pauses"].as_object().unwrap();
        let is_slow = self.page_late.get() > LATE_PAGE
            || pauses.values().any(|pause| pause.as_f64().unwrap() > longest);
        let late = self.page_late.get();
        is_slow.then(|| format!("pages {late:?} late, ms between readings: {pauses:?}"))
    }

    /// Scrapes once a second until the timeline reaches this moment; returns the page of that moment.
    async fn scrape_until(&self, at: f64) -> (f64, Counted) {
        let patience = PATIENCE + Duration::from_secs_f64(at / 1_000.0);
        let mut scraped = tokio::time::interval_at(tokio::time::Instant::now(), SCRAPE_EVERY);
        until("the timeline comes to its point", patience, async || {
            let now = self.server.at().await;
            if at - now > SCRAPE_EVERY.as_secs_f64() * 1_000.0 {
                scraped.tick().await;
            }
            let asked = Instant::now();
            let (now, page) = self.scrape().await;
            if now < at {
                return Err(format!("{now} of {at} ms"));
            }
            self.note_late(Duration::from_secs_f64((now - at) / 1_000.0) + asked.elapsed());
            Ok((now, page))
        })
        .await
    }

    async fn differences(&self, point: &Point, at: f64, base: &Counted) -> Vec<String> {
        let (mut now, mut page) = self.scrape_until(at).await;
        loop {
            let Timeline { version, name, truth, .. } = &self.timeline;
            let facts = &truth.facts;
            let comparison = Comparison { version, name, facts, base, page: &page, at: now };
            let differences = comparison.differences(point);
            if differences.is_empty() || now > at + HOLDS_FOR_MS {
                return differences;
            }
            (now, page) = self.scrape_until(now + 100.0).await;
        }
    }

    /// All wrong values, each with its place.
    async fn wrong(&self) -> Vec<String> {
        let truth = &self.timeline.truth;
        let base_at = truth.base_at as f64;
        let (_, base) = self.scrape_until(base_at).await;
        let mut wrong = Vec::new();
        let mut note = |what: &str, differences: Vec<String>| {
            wrong.extend(differences.into_iter().map(|difference| format!("{what}: {difference}")));
        };
        note("at the base", self.differences(&truth.base, base_at, &base).await);
        for point in &truth.points {
            note(&point.what, self.differences(point, point.at as f64, &base).await);
        }
        let refused = self.server.standing().await["refused"].as_array().unwrap().clone();
        note("refused", refused.iter().map(ToString::to_string).collect());
        wrong
    }
}

/// The longest timelines first, so that the others run beside them.
fn by_length() -> Vec<PathBuf> {
    let mut files = timeline::all();
    let length = |file: &PathBuf| timeline::read(file).truth.points.last().map_or(0, |it| it.at);
    files.sort_by_key(|file| std::cmp::Reverse(length(file)));
    files
}

/// The differences of a timeline, each with its name.
async fn wrong(file: PathBuf) -> Vec<String> {
    let name = name(&file);
    let mut attempt = 1;
    loop {
        let started = file.clone();
        // Node takes a while to start; the pages of other timelines must come in time meanwhile.
        let run = tokio::task::spawn_blocking(move || Run::start(&started)).await.unwrap();
        let wrong = run.wrong().await;
        let too_slow = run.too_slow().await;
        if !wrong.is_empty()
            && attempt < ATTEMPTS
            && let Some(too_slow) = &too_slow
        {
            println!("{name}, attempt {attempt}: {too_slow}\n{}", wrong.join("\n"));
            attempt += 1;
            continue;
        }
        let told = |wrong| format!("{name}, attempt {attempt}, {too_slow:?}: {wrong}");
        return wrong.into_iter().map(told).collect();
    }
}

async fn all_wrong(files: Vec<PathBuf>) -> Vec<String> {
    let places = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut runs = JoinSet::new();
    for file in files {
        let places = Arc::clone(&places);
        runs.spawn_local(async move {
            let _place = places.acquire_owned().await.unwrap();
            wrong(file).await
        });
    }
    let mut wrong: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    wrong
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().replace(".json.gz", "")
}

/// `TIMELINE=8.6.1` plays only the timelines whose name contains it.
#[tokio::test]
#[ignore = "needs node and takes 5 minutes: tests/run runs it"]
async fn every_recorded_timeline_comes_out_as_it_really_was() {
    let only = std::env::var_os("TIMELINE").unwrap_or_default().to_string_lossy().into_owned();
    let files: Vec<_> = by_length().into_iter().filter(|file| name(file).contains(&only)).collect();
    assert!(!files.is_empty(), "no timeline is called {only:?}");
    let wrong = LocalSet::new().run_until(all_wrong(files)).await;
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
