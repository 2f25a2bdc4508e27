//! The steps from samples to the bytes of a page.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus::TextEncoder;
use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;

use super::format::Format;
use super::openmetrics::{self, page::Created};
use super::page_builder::PageBuilder;
use super::page_part::PagePart;
use crate::cycle::scrape_mark::ScrapeMark;
use crate::encoded::Encoded;

/// The source of the samples of a page. Its functions must neither block nor wait; they read snapshots that exist
/// already.
pub trait PageSource: Send + Sync {
    /// Fills a page with all workspaces.
    fn fill(&self, page: &mut PageBuilder);

    /// Fills a page with the workspace that has this label; false if there is none.
    fn fill_workspace(&self, page: &mut PageBuilder, label: &str) -> bool;

    /// The labels of all workspaces, in their order.
    fn workspaces(&self) -> Vec<String>;

    /// The number of all workspaces.
    fn workspace_count(&self) -> usize;
}

/// Samples that no part of a page selects.
impl<F: Fn(&mut PageBuilder) + Send + Sync> PageSource for F {
    fn fill(&self, page: &mut PageBuilder) {
        self(page);
    }

    fn fill_workspace(&self, _: &mut PageBuilder, _: &str) -> bool {
        false
    }

    fn workspaces(&self) -> Vec<String> {
        Vec::new()
    }

    fn workspace_count(&self) -> usize {
        0
    }
}

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

/// The reason why a page could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The encoder refused the page. A [`PageBuilder`] cannot cause it, a defect here can.
    #[error("cannot render the metrics page: {0}")]
    Encode(#[from] prometheus::Error),
    /// A thread that rendered a page has panicked.
    #[error("the rendering of the metrics page ended unexpectedly: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

/// The reason why a part of the page could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// No workspace has this label.
    #[error("no workspace has the name {0:?}")]
    Unknown(String),
    /// The page could not be rendered.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Renders pages.
///
/// The collectors are read one after another and not through a registry: a registry would hold the samples of all
/// families at once and sort them a second time.
pub(super) struct Renderer {
    process: ProcessCollector,
    pub(super) source: Box<dyn PageSource>,
    /// The most samples that were missing from one page.
    refused: AtomicU64,
}

impl Renderer {
    pub(super) fn new(source: Box<dyn PageSource>) -> Self {
        Self { process: ProcessCollector::for_self(), source, refused: AtomicU64::new(0) }
    }

    /// Renders the whole page. A page is about as long as the page before; the reserve avoids a copy when it grows.
    pub(super) fn whole(
        &self,
        format: Format,
        previous_bytes: usize,
    ) -> Result<Exposition, PublishError> {
        let mut builder = PageBuilder::new();
        self.source.fill(&mut builder);
        let reserve = previous_bytes + previous_bytes / 16;
        self.finish(builder, &self.process_text()?, String::with_capacity(reserve), format)
    }

    /// Renders a part of the page.
    pub(super) fn part(&self, part: &PagePart, format: Format) -> Result<Exposition, PartError> {
        let mut builder = PageBuilder::new();
        for label in &part.workspaces {
            if !self.source.fill_workspace(&mut builder, label) {
                return Err(PartError::Unknown(label.clone()));
            }
        }
        let process = if part.process { self.process_text()? } else { String::new() };
        Ok(self.finish(builder, &process, String::new(), format)?)
    }

    /// The families about the process in the text format.
    fn process_text(&self) -> Result<String, PublishError> {
        let mut text = String::new();
        TextEncoder::new().encode_utf8(&self.process.collect(), &mut text)?;
        Ok(text)
    }

    fn finish(
        &self,
        builder: PageBuilder,
        process: &str,
        mut page: String,
        format: Format,
    ) -> Result<Exposition, PublishError> {
        let mut rendered = builder.finish();
        let total = rendered.refused.total();
        if self.refused.fetch_max(total, Ordering::Relaxed) < total {
            tracing::error!(refused = ?rendered.refused, "Samples are missing from the metrics page.");
        }
        let scrape_marks = std::mem::take(&mut rendered.scrape_marks);
        match format {
            Format::Text => {
                page += process;
                rendered.encode(&mut page)?;
            }
            Format::OpenMetrics { created } => {
                openmetrics::page::append(process, &Created::default(), &mut page);
                rendered.encode_openmetrics(created, &mut page)?;
                page += openmetrics::END;
            }
        }
        page.shrink_to_fit();
        Ok(Exposition { text: Encoded::new(page), scrape_marks })
    }
}
