//! The members of departments, read one department at a time.
//!
//! They are read only if the list of agents does not contain the departments of each agent, or if the token may not
//! read that list. Without a permission, `livechat/department/:id` leaves its members out. The permission belongs to
//! the token, so the request is repeated after ten minutes and not for each department.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::poll_context::{PageOutcome, PollContext, PollOutcome, UNRESERVED};
use super::single::SingleList;
use super::status::REFUSED_FOR;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::departments::MemberRow;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::page::Page;
use crate::rocketchat::query::Query;

/// The members of departments, and the time of the last request for each department.
#[derive(Debug)]
pub(crate) struct Members {
    every: Duration,
    asked: BTreeMap<Arc<str>, Option<Instant>>,
    refused_until: Option<Instant>,
    /// True if the last answer contained members; `None` before the first answer.
    are_sent: Option<bool>,
}

impl Members {
    /// Creates a reader that wants the members of each department once in `every`.
    pub(crate) fn new(every: Duration) -> Self {
        Self { every, asked: BTreeMap::new(), refused_until: None, are_sent: None }
    }

    /// True if the last answer contained members.
    pub(crate) fn are_sent(&self) -> bool {
        self.are_sent == Some(true)
    }

    /// The existing departments.
    pub(crate) fn departments(&self) -> impl Iterator<Item = &Arc<str>> {
        self.asked.keys()
    }

    /// Sets the existing departments.
    pub(crate) fn list(&mut self, departments: &[Arc<str>]) {
        let mut known = std::mem::take(&mut self.asked);
        let keep = |id: &Arc<str>| (Arc::clone(id), known.remove(id).flatten());
        self.asked = departments.iter().map(keep).collect();
    }

    /// Asks for members one department at a time; the department with the oldest request is first. A failure that
    /// concerns the whole route is a failure of `list`.
    pub(crate) async fn gather(
        &mut self,
        context: &PollContext<'_>,
        list: &mut SingleList,
    ) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        while list.may_go_on(Instant::now()) {
            let Some(id) = self.next(Instant::now()) else {
                break;
            };
            match context.page(Endpoint::Department, UNRESERVED, Some(&id), &Query::default()).await
            {
                PageOutcome::Later => break,
                PageOutcome::Page(page, _) => self.take(id, &page, &mut outcome),
                PageOutcome::Failed(failure) if failure.reason.concerns_the_route() => {
                    list.fail(failure, &mut outcome);
                    break;
                }
                PageOutcome::Failed(failure) => {
                    self.fail(id, &failure, context);
                    break;
                }
            }
        }
        outcome
    }

    fn next(&self, now: Instant) -> Option<Arc<str>> {
        if self.refused_until.is_some_and(|until| now < until) {
            return None;
        }
        let due = |asked: &Option<Instant>| {
            asked.is_none_or(|at| now.saturating_duration_since(at) >= self.every)
        };
        let waiting = self.asked.iter().filter(|(_, asked)| due(asked));
        waiting.min_by_key(|(_, asked)| **asked).map(|(id, _)| Arc::clone(id))
    }

    fn take(&mut self, id: Arc<str>, page: &Page<MemberRow>, outcome: &mut PollOutcome) {
        (self.refused_until, self.are_sent) = (None, Some(true));
        self.asked.insert(Arc::clone(&id), Some(Instant::now()));
        let agent = |row: &MemberRow| {
            outcome.seen_names.agents.note(&row.agent_id, row.username.as_deref())
        };
        let members = page.rows.iter().map(agent).collect();
        outcome.updates.push(Update::Members(id, members));
    }

    /// Records a failed request. Without members, for example because the department was deleted meanwhile, it is no
    /// failure of the list.
    fn fail(&mut self, id: Arc<str>, failure: &Failure, context: &PollContext<'_>) {
        let (workspace, now) = (&*context.plan.workspace, Instant::now());
        if failure.reason != Reason::Forbidden {
            tracing::debug!(workspace, "Cannot read the members of a department: {failure}");
            self.asked.insert(id, Some(now));
            return;
        }
        if self.are_sent != Some(false) {
            tracing::info!(
                workspace,
                collectors = "departments",
                "These lists are not available: {failure}"
            );
        }
        (self.refused_until, self.are_sent) = (Some(now + REFUSED_FOR), Some(false));
    }
}
