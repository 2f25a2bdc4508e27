//! Scans of small lists by offset, resumable from page to page and from cycle to cycle.

use tokio::time::Instant;

use super::poll_context::{PageOutcome, PollContext};
use super::single::SingleList;
use super::status::Records;
use crate::rocketchat::error::Failure;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{OffsetPager, PageRequest};
use crate::rocketchat::query::Query;

/// The list of a route, and its scans, one after another, that are complete together.
#[derive(Debug)]
pub(crate) struct ListScans<R, const SCANS: usize = 1> {
    pub(crate) list: SingleList,
    priority: RequestPriority,
    under_way: Option<[OffsetPager<R>; SCANS]>,
    /// True if rows of the last scans could not be decoded or were left out.
    pub(crate) has_gaps: bool,
}

impl<R: Row, const SCANS: usize> ListScans<R, SCANS> {
    pub(crate) fn new(list: SingleList, priority: RequestPriority) -> Self {
        Self { list, priority, under_way: None, has_gaps: false }
    }

    /// True if no scan is under way, and the budget allows to read the list now, in addition to the planned polls.
    pub(crate) fn is_affordable(&self, context: &PollContext<'_>) -> bool {
        self.under_way.is_none() && self.list.is_affordable(context)
    }

    /// Continues until the scans are complete or the round allows no more requests. `query` receives the index of a
    /// scan; `see` receives every page. Returns the rows of each scan if all are complete.
    pub(crate) async fn run(
        &mut self,
        query: impl Fn(usize, PageRequest) -> Query,
        mut see: impl FnMut(&Page<R>),
        context: &PollContext<'_>,
    ) -> Result<Option<[Vec<R>; SCANS]>, Failure> {
        if self.under_way.is_none() && self.list.begin(context) {
            self.under_way = Some(std::array::from_fn(|_| OffsetPager::default()));
            self.has_gaps = false;
        }
        while let Some(scans) =
            self.under_way.as_mut().filter(|_| self.list.may_go_on(Instant::now()))
        {
            let pages = scans.iter().map(OffsetPager::pages).sum();
            let next = scans.iter_mut().enumerate().find_map(|(index, scan)| {
                let page = scan.next(context.plan.max_pages)?;
                Some((query(index, page), scan))
            });
            let Some((query, scan)) = next else {
                return Ok(self.complete(pages, context));
            };
            match context.page::<R>(self.list.endpoint, self.priority, None, &query).await {
                PageOutcome::Later => {
                    self.list.wait_after(pages, context);
                    break;
                }
                PageOutcome::Page(page, _) => {
                    see(&page);
                    let (rows, invalid) = (page.rows.len() as u64, page.invalid);
                    let duplicate = scan.absorb(page);
                    let new = rows - duplicate;
                    self.list.status.count(Records { new, duplicate, invalid });
                    self.has_gaps |= invalid > 0 || scan.is_doubtful();
                }
                PageOutcome::Failed(failure) => {
                    self.under_way = None;
                    return Err(failure);
                }
            }
        }
        Ok(None)
    }

    fn complete(&mut self, pages: u32, context: &PollContext<'_>) -> Option<[Vec<R>; SCANS]> {
        let scans = self.under_way.take()?;
        let is_truncated = !scans.iter().all(OffsetPager::is_complete);
        self.list.complete(pages, is_truncated, context);
        self.has_gaps |= is_truncated;
        Some(scans.map(|scan| scan.rows))
    }
}
