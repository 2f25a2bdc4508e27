//! The publisher: hands out the whole page and its parts, and renders what is asked for.
//!
//! One [`Source`] fills a page with samples. The whole page is kept until a change or until its ages are too old. While
//! somebody asks for it, it is rendered ahead of the next request, as far as this costs little. A part is rendered when
//! it is asked for, and is not kept: a thousand kept parts would take more memory than all states together, and each is
//! asked for less often than its workspace changes. The publisher depends neither on HTTP nor on the time of a poll.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::part::Part;
use super::rendering::Renderer;
pub use super::rendering::{Exposition, PartError, PublishError, Source};

/// The content type of the page, in the exact form Prometheus 3 accepts.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Shortest time between two pages, so that a burst of changes becomes one page.
const PAUSE: Duration = Duration::from_millis(100);
/// Time after a request in which the whole page is rendered ahead: longer than the time between two scrapes.
const WANTED: Duration = Duration::from_secs(300);
/// The time between two pages that are rendered ahead, in times of their rendering: one per cent of a core.
const SHARE: u32 = 100;
/// The most workspaces of a page that is rendered on the thread of the polls: about 20 ms. A larger page would delay
/// polls.
const FEW: usize = 10;

/// A handle to the current pages; clones share them.
#[derive(Clone)]
pub struct Published(Arc<Pages>);

struct Pages {
    renderer: Renderer,
    whole: ArcSwapOption<Kept>,
    /// Number of the latest change; a page of an earlier change is not handed out any more.
    change: AtomicU64,
    /// Time of the latest request for the whole page.
    asked: Mutex<Option<Instant>>,
    /// The turn to render a large page.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A whole page.
struct Kept {
    page: Arc<Exposition>,
    /// The latest change before the page was rendered.
    change: u64,
    begun: Instant,
}

impl Published {
    /// The whole page: it shows each change that is older than [`PAUSE`], and the time of the rendering of a page.
    pub async fn whole(&self) -> Result<Arc<Exposition>, PublishError> {
        let asked = Instant::now();
        *self.0.asked() = Some(asked);
        if let Some(kept) = self.0.kept(|_| false) {
            return Ok(kept);
        }
        if self.0.is_small() {
            return self.0.render();
        }
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        // A page that was begun after the request is as good as a page of this request's own.
        if let Some(kept) = self.0.kept(|kept| kept.begun >= asked) {
            return Ok(kept);
        }
        let pages = Arc::clone(&self.0);
        let rendered = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            pages.render()
        });
        rendered.await?
    }

    /// A part of the page, as of now.
    pub async fn part(&self, part: Part) -> Result<Exposition, PartError> {
        if part.workspaces.len() <= FEW {
            return self.0.renderer.part(&part);
        }
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        let pages = Arc::clone(&self.0);
        let rendered = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            pages.renderer.part(&part)
        });
        rendered.await.map_err(PublishError::from)?
    }

    /// The labels of the workspaces on the whole page.
    pub fn workspaces(&self) -> Vec<String> {
        self.0.renderer.source.workspaces()
    }
}

impl Pages {
    fn asked(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_wanted(&self) -> bool {
        self.asked().is_some_and(|asked| asked.elapsed() < WANTED)
    }

    fn is_small(&self) -> bool {
        self.renderer.source.workspaces().len() <= FEW
    }

    /// The kept page, if no change followed, or if it is good enough.
    fn kept(&self, is_enough: impl FnOnce(&Kept) -> bool) -> Option<Arc<Exposition>> {
        let kept = self.whole.load();
        let kept = kept.as_deref()?;
        let is_current = kept.change == self.change.load(Ordering::Acquire);
        (is_current || is_enough(kept)).then(|| Arc::clone(&kept.page))
    }

    /// Renders the whole page and keeps it.
    fn render(&self) -> Result<Arc<Exposition>, PublishError> {
        let (change, begun) = (self.change.load(Ordering::Acquire), Instant::now());
        let previous_bytes =
            self.whole.load().as_deref().map_or(0, |kept| kept.page.text.plain.len());
        let page = Arc::new(self.renderer.whole(previous_bytes)?);
        self.whole.store(Some(Arc::new(Kept { page: Arc::clone(&page), change, begun })));
        Ok(page)
    }
}

/// Keeps the whole page current.
pub struct Publisher(Published);

impl Publisher {
    /// A publisher that has rendered nothing yet.
    pub fn new(source: Box<dyn Source>) -> Self {
        Self(Published(Arc::new(Pages {
            renderer: Renderer::new(source),
            whole: ArcSwapOption::empty(),
            change: AtomicU64::new(0),
            asked: Mutex::new(None),
            turn: Arc::default(),
        })))
    }

    /// The handle through which pages are read.
    pub fn published(&self) -> Published {
        self.0.clone()
    }

    /// Until cancelled, lets no page be older than a change or than `every`. Renders the page ahead where it is wanted.
    pub async fn run<T>(
        self,
        mut changes: watch::Receiver<T>,
        every: Duration,
        cancel: CancellationToken,
    ) {
        let mut earliest = Instant::now();
        while !cancel.is_cancelled() {
            self.expire();
            if Instant::now() >= earliest {
                earliest = self.render_ahead();
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(every) => {}
                () = next_change(&mut changes) => {}
            }
        }
    }

    /// Renders the whole page and keeps it.
    pub fn render(&self) -> Result<Arc<Exposition>, PublishError> {
        self.expire();
        self.0.0.render()
    }

    /// Hands the kept page out no more.
    fn expire(&self) {
        self.0.0.change.fetch_add(1, Ordering::AcqRel);
        if !self.0.0.is_wanted() || !self.0.0.is_small() {
            self.0.0.whole.store(None);
        }
    }

    /// Renders the page, if somebody wants it; returns the time from which the next page may be rendered ahead.
    fn render_ahead(&self) -> Instant {
        let pages = &*self.0.0;
        let begun = Instant::now();
        if pages.is_wanted()
            && pages.is_small()
            && let Err(error) = pages.render()
        {
            tracing::error!(%error, "The metrics page could not be rendered.");
        }
        begun + begun.elapsed() * SHARE
    }
}

/// Waits for the pause, so that all changes of a burst are in the next page, and then for a change.
async fn next_change<T>(changes: &mut watch::Receiver<T>) {
    tokio::time::sleep(PAUSE).await;
    if changes.changed().await.is_err() {
        // The sender has ended: there are no more changes.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
