//! This exporter: the series go through its page builder and its publisher, as the series of a cycle do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use rocketchat_omnichannel_exporter::catalog::{AGENT_CHATS, AGENT_STATUS, OPEN_CHATS};
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::publisher::{Published, Publisher};

use tokio::runtime::Builder;

use crate::series::{Family, Series, WORKSPACE, series};

/// The publisher and the handle from which scrapes are answered.
pub struct Exporter {
    publisher: Publisher,
    pub pages: Published,
    rounds: Arc<AtomicU32>,
}

impl Exporter {
    /// An exporter with this many series and its first page.
    pub fn with(count: usize) -> Result<Self> {
        let series: Vec<Series> = series(count).collect();
        let rounds = Arc::new(AtomicU32::new(0));
        let round = Arc::clone(&rounds);
        let source = move |builder: &mut PageBuilder| fill(builder, &series, &round);
        let publisher = Publisher::new(Box::new(source));
        let pages = publisher.published();
        // The first scrape: from then on the page is kept for the next one.
        Builder::new_current_thread().build()?.block_on(pages.whole(Format::Text))?;
        Ok(Self { publisher, pages, rounds })
    }

    /// Renders the page after a change of every value: the text and the compressed text.
    pub fn render(&self) -> Result<()> {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.publisher.render(Format::Text)?;
        Ok(())
    }

    /// What each value has more than at the beginning.
    pub fn offset(&self) -> u32 {
        self.rounds.load(Ordering::Relaxed)
    }
}

fn fill(builder: &mut PageBuilder, series: &[Series], round: &AtomicU32) {
    let offset = round.load(Ordering::Relaxed);
    let mut page = builder.workspace(WORKSPACE);
    for Series { family, labels, value } in series {
        let (labels, value) = (labels.values(), f64::from(value + offset));
        match family {
            Family::OpenChats => page.gauge(OPEN_CHATS, labels, value),
            Family::AgentChats => page.gauge(AGENT_CHATS, labels, value),
            Family::AgentStatus => page.gauge(AGENT_STATUS, labels, value),
        }
    }
}
