//! The page for people in a real Chromium, alone and below a sub-path of a real nginx.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use rocketchat_omnichannel_exporter::http::Limits;
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use rocketchat_omnichannel_exporter::status::facts::{ReloadStatus, StatusFacts};
use rocketchat_omnichannel_exporter::status::health;
use rocketchat_omnichannel_exporter::status::page::StatusPage;
use serde::Deserialize;
use tokio::time::Instant;

use super::proxies::nginx;
use crate::process::binary::ask;
use crate::served::Server;
use crate::watching::{Numbers, Watched, numbers, series, small};

/// A name that is markup, and longer than any column.
const HOSTILE: &str =
    "<img src=x onerror=alert(1)>\"'&amp;aVeryLongNameOfADepartmentWithoutASpaceInIt";

/// The findings of Chromium.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    first: String,
    renewed: String,
    is_kept: bool,
    /// Times of the renewals that were planned, in milliseconds.
    planned: Vec<u64>,
    cells: BTreeMap<String, BTreeMap<String, String>>,
    links: Vec<String>,
    widths: BTreeMap<String, u64>,
    before: String,
    after: String,
    without_script: String,
    console: Vec<String>,
    requests: Vec<String>,
}

/// The command that opens the page in this script, which takes pictures into this folder below `target`.
pub fn opens(script: &str, url: &str, folder: &str) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/external").join(script);
    let mut command = Command::new("node");
    command.arg(script).arg(url).arg(folder);
    command
}

/// Opens the page and takes pictures of it into this folder below `target`.
async fn opened(url: String, folder: &str) -> Seen {
    let mut command = opens("page.mjs", &url, folder);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = output.expect("node is missing: apt-get install nodejs chromium");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The facts of a workspace at one moment, and its metrics at the same moment.
pub async fn frozen() -> (StatusFacts, Numbers) {
    let settings = SimulatorSettings {
        departments: 5,
        arrivals_per_hour: 200.0,
        warm_up: Duration::from_secs(7_200),
        ..small("8.1.0")
    };
    let mut watched = Watched::in_process(&settings, |_| {});
    watched.simulator.world(|world| world.add_department(HOSTILE));
    let mut began = Instant::now();
    for _ in 0..15 {
        began = Instant::now();
        watched.polled().await;
        watched.mark_scraped();
        watched.simulator.world(|world| world.advance(Duration::from_secs(60)));
    }
    let now = "2026-03-02T10:15:00Z".parse().unwrap();
    let reload = ReloadStatus { is_successful: true, succeeded_at: now };
    let status = health::status(&[watched.cycle.snapshot()], reload, began, now);
    (status, numbers(&watched.page(began)))
}

/// A page with these facts, and in its first line the number of its renderings.
pub fn page(status: StatusFacts) -> Arc<StatusPage> {
    let rendered = AtomicU64::new(0);
    let source = move || {
        let number = rendered.fetch_add(1, Ordering::SeqCst) + 1;
        StatusFacts { summary: format!("Rendered {number} times."), ..status.clone() }
    };
    Arc::new(StatusPage::new("/metrics", Box::new(source)))
}

async fn serving(status: StatusFacts) -> Server {
    Server::with_page(Some(page(status)), Limits::default()).await
}

/// Asserts that the numbers of the board are those of the metrics.
fn assert_equal_numbers(seen: &Seen, metrics: &Numbers) {
    assert_eq!(seen.cells.len(), 7, "five departments, the hostile one, Public: {:?}", seen.cells);
    for (department, cells) in &seen.cells {
        let gauge = |family: &str, labels: &[(&str, &str)]| {
            let labels: Vec<_> =
                [("department", department.as_str())].iter().chain(labels).copied().collect();
            metrics.get(&series(family, &labels)).map(ToString::to_string)
        };
        let shown = |column: &str| Some(cells[column].split(',').next().unwrap().to_owned());
        for (column, phase) in
            [("Waiting", "queued"), ("In progress", "in_progress"), ("On hold", "on_hold")]
        {
            let expected = gauge("open_chats", &[("state", phase)]);
            assert_eq!(shown(column), expected, "{column} of {department}");
        }
        let accepting = ["online", "away", "busy", "offline"].into_iter().filter_map(|status| {
            let labels = [("status", status), ("accepting", "true")];
            gauge("agents", &labels)?.parse::<f64>().ok()
        });
        let accepting: Option<f64> = accepting.reduce(|one, other| one + other);
        let accepting = accepting.map_or_else(|| "–".to_owned(), |agents| agents.to_string());
        assert_eq!(shown("Accepting"), Some(accepting), "{department}");
        let wait: f64 = gauge("queue_oldest_wait_seconds", &[]).unwrap().parse().unwrap();
        let shown_wait: SignedDuration = shown("Oldest wait").unwrap().parse().unwrap();
        // From an hour on, the page shows no seconds.
        let unit = if wait < 3600.0 { 1.0 } else { 60.0 };
        assert_eq!(shown_wait.as_secs_f64(), (wait / unit).floor() * unit, "{department}");
        let free = gauge("chat_slots_free", &[]).unwrap_or_else(|| "–".to_owned());
        assert_eq!(shown("Free slots"), Some(free), "{department}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chromium and node: tests/run runs it"]
async fn the_page_shows_the_metrics_and_renews_itself_with_and_without_script() {
    let (status, metrics) = frozen().await;
    let server = serving(status).await;
    let origin = format!("http://{}/", server.address);
    let seen = opened(origin.clone(), "chromium").await;
    assert_ne!(seen.first, seen.renewed);
    assert!(seen.is_kept, "the document was replaced, or its details were closed");
    assert!(seen.planned.len() >= 2, "{:?}", seen.planned);
    let together = seen.planned.iter().all(|at| at.is_multiple_of(5000));
    assert!(together, "pages beside each other are renewed apart: {:?}", seen.planned);
    assert_equal_numbers(&seen, &metrics);
    assert_ne!(seen.before, seen.after, "without script");
    for department in seen.cells.keys() {
        let name = department.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(seen.without_script.contains(&name), "{name} without script");
    }
    assert_eq!(seen.console, Vec::<String>::new());
    let elsewhere = |url: &&String| !url.starts_with(&origin) && *url != "data:,";
    assert_eq!(seen.requests.iter().find(elsewhere), None, "a request elsewhere");
    for (width, needed) in &seen.widths {
        assert_eq!(width, &needed.to_string(), "the page is wider than its window");
    }
    assert_eq!(seen.widths.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chromium, node and nginx: tests/run runs it"]
async fn the_page_works_below_a_sub_path_of_a_proxy() {
    let server = serving(crate::served::facts()).await;
    let pass = format!("location /rocketchat/ {{ proxy_pass http://{}/; }}", server.address);
    let proxy = nginx("", &pass);
    let begins = format!("http://{}/rocketchat/", proxy.address);
    let seen = opened(begins.clone(), "chromium-sub-path").await;
    assert_ne!(seen.first, seen.renewed);
    assert_ne!(seen.before, seen.after, "without script");
    assert_eq!(seen.console, Vec::<String>::new());
    let elsewhere = |url: &&String| !url.starts_with(&begins) && *url != "data:,";
    assert_eq!(seen.requests.iter().find(elsewhere), None, "a request elsewhere");
    let own: Vec<_> = seen.links.iter().filter(|it| it.starts_with(&begins)).collect();
    assert_eq!(own.len(), 6, "{:?}", seen.links);
    for link in own.into_iter().filter(|it| !it.ends_with("/ready")) {
        let answer = ask(Method::GET, link).await.unwrap();
        assert_eq!(answer.status, 200, "{link}: {}", answer.text);
    }
}
