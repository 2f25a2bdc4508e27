//! The finished bytes of the page, rendered on request and at most once a second.

use std::sync::{Arc, Mutex, TryLockError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::time::Instant;

use super::document::document;
use super::facts::Status;

/// The function that reads the facts. It must neither block nor wait.
pub type Source = Box<dyn Fn() -> Status + Send + Sync>;

/// Longest time for which the same bytes are served.
const KEPT: Duration = Duration::from_secs(1);

/// The page and its facts as bytes.
#[derive(Debug, Clone)]
pub struct RenderedStatus {
    /// The page.
    pub html: Bytes,
    /// The facts as JSON.
    pub json: Bytes,
    rendered: Instant,
}

/// The page for people.
///
/// A page that nobody reads costs nothing. While one request renders it, the others get the bytes before.
pub struct StatusPage {
    source: Source,
    telemetry_path: String,
    latest: ArcSwap<RenderedStatus>,
    rendering: Mutex<()>,
}

impl StatusPage {
    /// A page with a link to the metrics at `telemetry_path`. The first page is rendered at once.
    pub fn new(telemetry_path: &str, source: Source) -> Self {
        let latest = ArcSwap::from_pointee(render(&source, telemetry_path));
        Self {
            source,
            telemetry_path: telemetry_path.to_owned(),
            latest,
            rendering: Mutex::new(()),
        }
    }

    /// The bytes to serve now.
    pub fn current(&self) -> Arc<RenderedStatus> {
        if self.is_old() {
            let turn = self.rendering.try_lock();
            let is_taken = matches!(turn, Err(TryLockError::WouldBlock));
            if !is_taken && self.is_old() {
                self.latest.store(Arc::new(render(&self.source, &self.telemetry_path)));
            }
        }
        self.latest.load_full()
    }

    fn is_old(&self) -> bool {
        self.latest.load().rendered.elapsed() >= KEPT
    }
}

fn render(source: &Source, telemetry_path: &str) -> RenderedStatus {
    let rendered = Instant::now();
    let status = source();
    // The facts are numbers, texts and times, which JSON can write in every case.
    let json = serde_json::to_vec(&status).unwrap_or_default();
    let html = document(&status, telemetry_path);
    RenderedStatus { html: html.into(), json: json.into(), rendered }
}
