//! The finished bytes of the page, rendered on request, at most once a second, and only if they would differ.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::document::document;
use super::facts::StatusFacts;
use crate::encoded::Encoded;

/// The source of the facts. Its functions must neither block nor wait.
pub trait FactsSource: Send {
    /// The facts now.
    fn facts(&mut self) -> StatusFacts;

    /// True if something else than the time has changed since the facts were read.
    fn has_changed(&self) -> bool;
}

/// Facts that may differ at each reading.
impl<F: FnMut() -> StatusFacts + Send> FactsSource for F {
    fn facts(&mut self) -> StatusFacts {
        self()
    }

    fn has_changed(&self) -> bool {
        true
    }
}

/// Shortest time for which the same bytes are served.
const KEPT: Duration = Duration::from_secs(1);
/// Longest time for which the same bytes are served while only the time passes. Browsers renew the page every five
/// seconds, all at the same moment; a shorter time gives all of them the same page, at most four seconds old.
const LONGEST_KEPT: Duration = Duration::from_secs(4);

/// The page and its facts as bytes.
#[derive(Debug)]
pub struct RenderedStatus {
    /// The page.
    pub html: Encoded,
    status: StatusFacts,
    /// The facts as JSON, which browsers that renew the page do not read.
    json: OnceLock<Encoded>,
    rendered: Instant,
}

impl RenderedStatus {
    /// The facts of the page as JSON.
    pub fn json(&self) -> &Encoded {
        // The facts are numbers, texts and times, which JSON can write in every case.
        let json = || Encoded::new(serde_json::to_vec(&self.status).unwrap_or_default());
        self.json.get_or_init(json)
    }
}

/// The page for people.
///
/// A page that nobody reads costs nothing.
pub struct StatusPage {
    telemetry_path: String,
    latest: ArcSwap<RenderedStatus>,
    source: Mutex<Box<dyn FactsSource>>,
}

impl StatusPage {
    /// A page with a link to the metrics at `telemetry_path`. The first page is rendered at once.
    pub fn new(telemetry_path: &str, mut source: Box<dyn FactsSource>) -> Self {
        let latest = ArcSwap::from_pointee(render(&mut *source, telemetry_path));
        Self { telemetry_path: telemetry_path.to_owned(), latest, source: Mutex::new(source) }
    }

    /// The bytes to serve now.
    pub fn current(&self) -> Arc<RenderedStatus> {
        let age = || self.latest.load().rendered.elapsed();
        if age() >= KEPT
            // Otherwise another request renders the page.
            && let Ok(mut source) = self.source.try_lock()
            && (age() >= LONGEST_KEPT || (age() >= KEPT && source.has_changed()))
        {
            self.latest.store(Arc::new(render(&mut **source, &self.telemetry_path)));
        }
        self.latest.load_full()
    }
}

fn render(source: &mut dyn FactsSource, telemetry_path: &str) -> RenderedStatus {
    let rendered = Instant::now();
    let status = source.facts();
    let html = Encoded::new(document(&status, telemetry_path));
    RenderedStatus { html, status, json: OnceLock::new(), rendered }
}
