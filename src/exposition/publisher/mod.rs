//! The publisher: hands out the whole page and its parts, and renders what is asked for.
//!
//! One [`PageSource`] fills a page with samples. The whole page is kept until a change or until its ages are too old.
//! While somebody asks for it, it is rendered ahead of the next request, as far as this costs little. A part is
//! rendered when it is asked for, and is not kept: a thousand kept parts would take more memory than all states
//! together, and each is asked for less often than its workspace changes. The publisher depends neither on HTTP nor on
//! the time of a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::format::Format;
use super::page_part::PagePart;
use super::rendering::Renderer;
pub use super::rendering::{Exposition, PageSource, PartError, PublishError};

/// Shortest time between two pages, so that a burst of changes becomes one page.
const PAUSE: Duration = Duration::from_millis(100);
/// Time after a request in which the whole page is rendered ahead: longer than the time between two scrapes.
const RENDERED_AHEAD_FOR: Duration = Duration::from_secs(300);
/// Least time between the starts of two renderings ahead of a request, as a multiple of the rendering time: ten, so at
/// most a tenth of a core.
const RENDERING_PAUSE_FACTOR: u32 = 10;
/// The most workspaces of a page that is rendered on the thread of the polls: about 20 ms. A larger page would delay
/// polls.
const MOST_WORKSPACES_INLINE: usize = 10;

/// A handle to the current pages; clones share them.
#[derive(Clone)]
pub struct Published(Arc<Pages>);

struct Pages {
    renderer: Renderer,
    text: Whole,
    openmetrics: Whole,
    /// In OpenMetrics without `_created`.
    without_created: Whole,
    /// Number of the latest change; a page of an earlier change is not handed out any more.
    change: AtomicU64,
    /// The permit to render a large page or a part.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The whole page in one format.
#[derive(Default)]
struct Whole {
    kept: ArcSwapOption<KeptPage>,
    /// Time of the latest request for the page.
    asked: ArcSwapOption<Instant>,
}

/// The whole page that is kept for the next requests.
struct KeptPage {
    page: Arc<Exposition>,
    /// The latest change before the page was rendered.
    change: u64,
    begun: Instant,
}

impl Published {
    /// The whole page: it shows each change that is older than a tenth of a second. Its ages are those at
    /// the time of rendering.
    pub async fn whole(&self, format: Format) -> Result<Arc<Exposition>, PublishError> {
        let asked = Instant::now();
        let whole = self.0.whole(format);
        whole.asked.store(Some(Arc::new(asked)));
        if let Some(kept) = self.0.kept(whole, |_| false) {
            return Ok(kept);
        }
        if self.0.is_small() {
            return self.0.render(format);
        }
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        // A page whose rendering began after this request is fresh enough.
        if let Some(kept) = self.0.kept(whole, |kept| kept.begun >= asked) {
            return Ok(kept);
        }
        self.aside(turn, move |pages| pages.render(format)).await?
    }

    /// A part of the page, as of now. Parts are rendered one after another and not on the thread of the polls: nothing is
    /// kept of them, so that each request costs a rendering.
    pub async fn part(&self, part: PagePart, format: Format) -> Result<Exposition, PartError> {
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        self.aside(turn, move |pages| pages.renderer.part(&part, format)).await?
    }

    /// The outcome of work on a thread of its own. The permit moves into the work, so the end of the work releases it
    /// even if the request was cancelled.
    async fn aside<T: Send + 'static>(
        &self,
        turn: OwnedMutexGuard<()>,
        work: impl FnOnce(&Pages) -> T + Send + 'static,
    ) -> Result<T, PublishError> {
        let pages = Arc::clone(&self.0);
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&pages)
        });
        Ok(working.await?)
    }

    /// The labels of the workspaces on the whole page.
    pub fn workspaces(&self) -> Vec<String> {
        self.0.renderer.source.workspaces()
    }
}

impl Whole {
    fn is_wanted(&self) -> bool {
        self.asked.load().as_deref().is_some_and(|asked| asked.elapsed() < RENDERED_AHEAD_FOR)
    }
}

impl Pages {
    fn whole(&self, format: Format) -> &Whole {
        match format {
            Format::Text => &self.text,
            Format::OpenMetrics { created: true } => &self.openmetrics,
            Format::OpenMetrics { created: false } => &self.without_created,
        }
    }

    fn is_small(&self) -> bool {
        self.renderer.source.workspace_count() <= MOST_WORKSPACES_INLINE
    }

    /// The kept page, if no change followed, or if it is good enough.
    fn kept(
        &self,
        whole: &Whole,
        is_enough: impl FnOnce(&KeptPage) -> bool,
    ) -> Option<Arc<Exposition>> {
        let kept = whole.kept.load();
        let kept = kept.as_deref()?;
        let is_current = kept.change == self.change.load(Ordering::Acquire);
        (is_current || is_enough(kept)).then(|| Arc::clone(&kept.page))
    }

    /// Renders the whole page and keeps it.
    fn render(&self, format: Format) -> Result<Arc<Exposition>, PublishError> {
        let (change, begun) = (self.change.load(Ordering::Acquire), Instant::now());
        let kept = &self.whole(format).kept;
        let previous_bytes = kept.load().as_deref().map_or(0, |kept| kept.page.text.plain.len());
        let page = Arc::new(self.renderer.whole(format, previous_bytes)?);
        kept.store(Some(Arc::new(KeptPage { page: Arc::clone(&page), change, begun })));
        Ok(page)
    }
}

/// Keeps the whole page current.
pub struct Publisher(Published);

impl Publisher {
    /// A publisher that has rendered nothing yet.
    pub fn new(source: Box<dyn PageSource>) -> Self {
        Self(Published(Arc::new(Pages {
            renderer: Renderer::new(source),
            text: Whole::default(),
            openmetrics: Whole::default(),
            without_created: Whole::default(),
            change: AtomicU64::new(0),
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
    pub fn render(&self, format: Format) -> Result<Arc<Exposition>, PublishError> {
        self.expire();
        self.0.0.render(format)
    }

    /// Stops serving the kept pages.
    fn expire(&self) {
        let pages = &*self.0.0;
        pages.change.fetch_add(1, Ordering::AcqRel);
        let is_small = pages.is_small();
        for whole in Format::ALL.map(|format| pages.whole(format)) {
            if !whole.is_wanted() || !is_small {
                whole.kept.store(None);
            }
        }
    }

    /// Renders the page, if somebody wants it; returns the time from which the next page may be rendered ahead.
    fn render_ahead(&self) -> Instant {
        let pages = &*self.0.0;
        let begun = Instant::now();
        let is_wanted = |format: &Format| pages.whole(*format).is_wanted();
        for format in Format::ALL.into_iter().filter(is_wanted).filter(|_| pages.is_small()) {
            if let Err(error) = pages.render(format) {
                tracing::error!(%error, "The metrics page could not be rendered.");
            }
        }
        begun + begun.elapsed() * RENDERING_PAUSE_FACTOR
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
