//! The context of one round of requests (client, plan, capabilities, deadline), and the outcome of the round.
//!
//! The context limits the patience of each request, so that a long scan does not delay the complete lists.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::plan::{self, Plan};
use crate::omnichannel::accounting::{Accounting, ObservedChats};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::call::CallObservation;
use crate::omnichannel::labels::names::SeenNames;
use crate::omnichannel::ledger::Coverage;
use crate::omnichannel::list::Lists;
use crate::omnichannel::live_state::Update;
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::server_hours::ServerHours;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::client::Client;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::Signs;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::query::Query;
use crate::rocketchat::retry::Backoff;

/// Longest wait of a longer scan for the budget. The scan resumes in the next cycle instead of delaying complete lists.
const PATIENCE_OF_THE_REST: Duration = Duration::from_secs(1);

/// The priority of a list whose route keeps no requests free for another list.
pub(crate) const UNRESERVED: RequestPriority = RequestPriority::Rest { reserved: 0 };

/// Context of one round of requests.
pub(crate) struct PollContext<'a> {
    pub(crate) client: &'a Arc<Client>,
    pub(crate) plan: &'a Plan,
    pub(crate) capabilities: Capabilities,
    /// Ids of the wanted departments; empty for all.
    pub(crate) departments: Vec<String>,
    pub(crate) cycle: u64,
    /// Start of the round.
    pub(crate) began: Instant,
    /// Everything counted so far. Reading continues from its watermarks.
    pub(crate) accounting: &'a Accounting,
    /// End of the round: the lists that are complete by then are published.
    pub(crate) deadline: Instant,
    /// The lists of a round that webhooks ask for, which begins no other list; `None` in a regular round.
    pub(crate) nudged: Option<Lists>,
}

/// Result of a request for a page.
pub(crate) enum PageOutcome<R> {
    /// A page, and the server's time at the request.
    Page(Page<R>, Timestamp),
    /// The budget or the time of this round does not allow the request.
    Later,
    Failed(Failure),
}

impl PollContext<'_> {
    pub(crate) async fn page<R: Row>(
        &self,
        endpoint: Endpoint,
        priority: RequestPriority,
        id: Option<&str>,
        query: &Query,
    ) -> PageOutcome<R> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let patience = match priority {
            RequestPriority::First => left,
            RequestPriority::Rest { .. } => left.min(PATIENCE_OF_THE_REST),
        };
        if left.is_zero() {
            return PageOutcome::Later;
        }
        match self.client.permit(endpoint, priority, patience).await {
            None => PageOutcome::Later,
            Some(permit) => {
                let asked_at = self.client.clock().now();
                let page = self.client.page(permit, id, query).await;
                let read_at = self.client.clock().time_of_request(asked_at);
                match page {
                    Ok(page) => PageOutcome::Page(page, read_at),
                    Err(failure) => PageOutcome::Failed(
                        failure.of_server(self.plan.own_chats_only, self.capabilities.version()),
                    ),
                }
            }
        }
    }

    /// The observation of a room by its row, which was requested at `read_at`.
    pub(crate) fn observe(
        &self,
        row: &RoomRow,
        read_at: Timestamp,
        seen_names: &mut SeenNames,
    ) -> Arc<ChatObservation> {
        let rules = &self.plan.observation_rules;
        let answers_from = AnswersFrom::by(self.capabilities);
        Arc::new(ChatObservation::of(row, read_at, rules, answers_from, seen_names))
    }

    /// Budget of the route of rooms, requests a minute.
    pub(crate) fn rooms_budget(&self) -> u32 {
        self.client.per_minute(Endpoint::LivechatRooms)
    }

    pub(crate) fn wants_department(&self, id: Option<&str>) -> bool {
        plan::wants(&self.departments, id)
    }
}

/// Results of one round.
#[expect(clippy::struct_excessive_bools, reason = "findings that do not exclude each other")]
#[derive(Debug, Default)]
pub(crate) struct PollOutcome {
    pub(crate) updates: Vec<Update>,
    pub(crate) seen_names: SeenNames,
    /// The server's business hours, if they were read.
    pub(crate) hours: Option<ServerHours>,
    /// Observations of chats, in the order they were fetched.
    pub(crate) chats: Observations<ObservedChats>,
    /// Rows of calls, in the order they were fetched.
    pub(crate) calls: Observations<Vec<CallObservation>>,
    /// Signs of the server's release in the answers.
    pub(crate) signs: Signs,
    /// True if the lists are correct only for the version they were asked by.
    pub(crate) depends_on_version: bool,
    /// True if the server did not answer, answered 5xx, or rejected a parameter that its version should accept: it may
    /// have been replaced.
    pub(crate) version_is_doubtful: bool,
    /// True if the server refused the token.
    pub(crate) token_is_doubtful: bool,
    /// True if at least one list of rooms was answered, which proves that the API exists.
    pub(crate) api_answers: bool,
}

/// Rows for a ledger, and the time that a round has covered.
#[derive(Debug)]
pub(crate) struct Observations<P> {
    /// The pages in the order of fetching, each on its own: the process would not return the memory of one vector for a
    /// whole round.
    pub(crate) pages: Vec<P>,
    /// Closes have been read at least up to here.
    pub(crate) read_until: Option<Timestamp>,
    /// Closes have been read up to here and no further.
    pub(crate) read_to_the_end: Option<Timestamp>,
    /// Every list of open chats, or calls, has been read completely since this instant.
    pub(crate) saw_all_since: Option<Timestamp>,
}

impl<P> Default for Observations<P> {
    fn default() -> Self {
        Self { pages: Vec::new(), read_until: None, read_to_the_end: None, saw_all_since: None }
    }
}

impl<P> Observations<P> {
    /// Raises the time up to which closes have been read.
    pub(crate) fn read_to(&mut self, until: Option<Timestamp>) {
        self.read_until = self.read_until.max(until);
    }

    /// Applies the covered time to the coverage of a ledger.
    pub(crate) fn cover(&self, coverage: &mut Coverage) {
        self.read_until.iter().for_each(|until| coverage.read_until(*until));
        self.read_to_the_end.iter().for_each(|end| coverage.read_to_the_end(*end));
        self.saw_all_since.iter().for_each(|since| coverage.saw_all_since(*since));
    }

    fn join(mut self, other: Self) -> Self {
        self.pages.extend(other.pages);
        self.read_to(other.read_until);
        self.read_to_the_end = self.read_to_the_end.max(other.read_to_the_end);
        self.saw_all_since = self.saw_all_since.max(other.saw_all_since);
        self
    }
}

impl PollOutcome {
    /// Records the meaning of a failure for the server as a whole.
    pub(crate) fn note(&mut self, failure: &Failure) {
        // A server that answers again after an outage may have a newer version.
        let was_away = matches!(failure.reason, Reason::Connect | Reason::Server | Reason::Timeout);
        self.version_is_doubtful |= failure.unknown_parameter || was_away;
        self.depends_on_version |= failure.reason == Reason::Rejected;
        self.token_is_doubtful |= failure.reason == Reason::Unauthorized;
    }

    /// Keeps the rows, which are correct for every version, but not the claim that no other open chats exist.
    pub(crate) fn outdated(mut self) -> Self {
        self.chats.saw_all_since = None;
        self
    }

    pub(crate) fn join(mut self, other: Self) -> Self {
        self.updates.extend(other.updates);
        self.seen_names.absorb(&other.seen_names);
        self.hours = other.hours.or(self.hours);
        self.chats = self.chats.join(other.chats);
        self.calls = self.calls.join(other.calls);
        self.signs = self.signs.and(other.signs);
        self.depends_on_version |= other.depends_on_version;
        self.version_is_doubtful |= other.version_is_doubtful;
        self.token_is_doubtful |= other.token_is_doubtful;
        self.api_answers |= other.api_answers;
        self
    }
}

/// A pause of a whole route, or of all of them, after a failure that concerns all its lists.
#[derive(Debug)]
pub(crate) struct Pause {
    backoff: Backoff,
    pub(crate) until: Option<Instant>,
}

impl Pause {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { backoff: Backoff::new(interval), until: None }
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    pub(crate) fn succeeded(&mut self) {
        self.backoff.succeeded();
        self.until = None;
    }

    pub(crate) fn failed(&mut self, now: Instant) {
        self.until = Some(now + self.backoff.failed(fastrand::f64()));
    }
}
