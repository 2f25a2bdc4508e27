//! The publisher: renders the whole page after every change and swaps it in.
//!
//! One [`Source`] fills a [`PageBuilder`] with all workspaces and the exporter's own families; [`Published`] hands out
//! the finished page. So a scrape costs a clone of two handles, gets whole pages only, and never waits for Rocket.Chat.
//! The publisher depends neither on HTTP nor on the time of a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus::TextEncoder;
use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::page_builder::{PageBuilder, RenderedPage};
use crate::cycle::scrape_mark::ScrapeMark;
use crate::encoded::Encoded;

/// The function that fills a page. It runs once for each page, on the task of the publisher.
///
/// It must neither block nor wait; it reads snapshots that exist already.
pub type Source = Box<dyn Fn(&mut PageBuilder) + Send + Sync>;

/// The content type of the page, in the exact form Prometheus 3 accepts.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Shortest time between two pages, so that a burst of changes becomes one page.
const PAUSE: Duration = Duration::from_millis(100);

/// One rendered page.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    /// The page.
    pub text: Encoded,
    /// The marks of the snapshots on the page.
    scrape_marks: Vec<ScrapeMark>,
}

impl Exposition {
    /// Sets the mark of every snapshot on this page. Call it when a scrape is answered with this page.
    pub fn scraped(&self) {
        self.scrape_marks.iter().for_each(ScrapeMark::set);
    }
}

/// A handle to the current page.
#[derive(Clone, Debug, Default)]
pub struct Published(Arc<ArcSwap<Exposition>>);

impl Published {
    /// The current page.
    pub fn current(&self) -> Arc<Exposition> {
        self.0.load_full()
    }
}

/// The reason why a page could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The encoder refused the page. A [`PageBuilder`] cannot cause it, a defect here can.
    #[error("cannot render the metrics page: {0}")]
    Encode(#[from] prometheus::Error),
}

/// Renders pages and owns the handle to the current page.
///
/// The collectors are read one after another and not through a registry: a registry would hold the samples of all
/// families at once and sort them a second time.
pub struct Publisher {
    process: ProcessCollector,
    source: Source,
    refused: AtomicU64,
    published: Published,
}

impl Publisher {
    /// A publisher that has rendered its first page already, so that the server can answer its first request.
    pub fn new(source: Source) -> Result<Self, PublishError> {
        let publisher = Self {
            process: ProcessCollector::for_self(),
            source,
            refused: AtomicU64::new(0),
            published: Published::default(),
        };
        publisher.render()?;
        Ok(publisher)
    }

    /// The handle through which pages are read.
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    /// Renders at once, then after each change and at the latest after `every`, until cancelled. A change while a page
    /// is rendered gives another page.
    pub async fn run<T>(
        self,
        mut changes: watch::Receiver<T>,
        every: Duration,
        cancel: CancellationToken,
    ) {
        while !cancel.is_cancelled() {
            if let Err(error) = self.render() {
                tracing::error!(%error, "The metrics page stays the previous one.");
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(every) => {}
                () = next_change(&mut changes) => {}
            }
        }
    }

    /// Renders a page and swaps it in.
    pub fn render(&self) -> Result<(), PublishError> {
        // A page is about as long as the page before; the reserve avoids a copy when the page grows.
        let expected = self.published.current().text.plain.len();
        let mut text = String::with_capacity(expected + expected / 16);
        TextEncoder::new().encode_utf8(&self.process.collect(), &mut text)?;
        let mut rendered = self.rendered();
        let scrape_marks = std::mem::take(&mut rendered.scrape_marks);
        rendered.encode(&mut text)?;
        text.shrink_to_fit();
        let text = Encoded::new(text);
        self.published.0.store(Arc::new(Exposition { text, scrape_marks }));
        Ok(())
    }

    fn rendered(&self) -> RenderedPage {
        let mut builder = PageBuilder::new();
        (self.source)(&mut builder);
        let rendered = builder.finish();
        let total = rendered.refused.total();
        if self.refused.swap(total, Ordering::Relaxed) != total && total > 0 {
            tracing::error!(refused = ?rendered.refused, "Samples are missing from the metrics page.");
        }
        rendered
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
mod tests {
    use super::*;
    use crate::catalog::UP;

    const SOON: Duration = Duration::from_secs(5);

    /// A source that counts its calls and fills the number into the page.
    fn counting() -> (Source, Arc<AtomicU64>) {
        let pages = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&pages);
        let source = move |builder: &mut PageBuilder| {
            let page = seen.fetch_add(1, Ordering::SeqCst) + 1;
            builder.workspace("acme").gauge(UP, [], page as f64);
        };
        (Box::new(source), pages)
    }

    fn text(published: &Published) -> String {
        String::from_utf8(published.current().text.plain.to_vec()).unwrap()
    }

    async fn until(what: &str, condition: impl Fn() -> bool) {
        let poll = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, poll).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    #[test]
    fn the_first_page_is_there_before_anything_runs() {
        let publisher = Publisher::new(counting().0).unwrap();
        let page = text(&publisher.published());
        assert!(page.contains("rocketchat_omnichannel_up{workspace=\"acme\"} 1\n"), "{page}");
        assert!(page.contains("process_start_time_seconds "), "{page}");
    }

    #[tokio::test]
    async fn a_burst_of_changes_becomes_few_pages_and_the_last_change_is_in() {
        let (source, pages) = counting();
        let publisher = Publisher::new(source).unwrap();
        let (changed, cancel) = (watch::Sender::new(()), CancellationToken::new());
        let run = publisher.run(changed.subscribe(), Duration::from_secs(600), cancel.clone());
        let running = tokio::spawn(run);
        until("the page at the start", || pages.load(Ordering::SeqCst) == 2).await;
        for _ in 0..1000 {
            changed.send_replace(());
            tokio::task::yield_now().await;
        }
        until("the page of the burst", || pages.load(Ordering::SeqCst) >= 3).await;
        assert!(pages.load(Ordering::SeqCst) <= 4, "{pages:?}");
        cancel.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_page_is_rendered_without_any_change_when_its_time_has_come() {
        let (source, pages) = counting();
        let publisher = Publisher::new(source).unwrap();
        let page = publisher.published();
        let cancel = CancellationToken::new();
        let every = Duration::from_millis(10);
        let no_changes = watch::Sender::new(()).subscribe();
        let running = tokio::spawn(publisher.run(no_changes, every, cancel.clone()));
        until("four pages", || pages.load(Ordering::SeqCst) >= 4).await;
        cancel.cancel();
        running.await.unwrap();
        assert!(!text(&page).contains("up{workspace=\"acme\"} 1\n"));
    }
}
