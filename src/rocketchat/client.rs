//! The client of a workspace: the only code that sends a request to Rocket.Chat.
//!
//! The client takes each request out of the budget of its route and decides what the answer means. The [`Transport`]
//! limits time, size and connections. A request is sent twice in two cases only: it was refused and the token's file
//! now contains another token, or its connection ended before the head of an answer was complete and time and budget
//! are left.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderValue, LOCATION};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::auth::Auth;
use super::budget::{Budget, BudgetShare};
use super::endpoint::Endpoint;
use super::error::{Failure, Reason};
use super::http_settings::HttpSettings;
use super::instant::epoch_seconds;
use super::limiter::{Limiter, PlannedPolls, RequestCount, RequestPriority};
use super::page::{self, Page, PageError, Row};
use super::query::Query;
use super::request_stats::{NO_ANSWER, RequestStats};
use super::server_clock::ServerClock;
use super::server_time::ClockSample;
use super::transport::{Transport, TransportRequest};
use super::{rate_limit_headers, refusal};

/// The right to send one request now; it is already counted in the budget of its route.
#[derive(Debug)]
pub struct Permit {
    endpoint: Endpoint,
}

/// The body of a successful answer, and a sample of the server's clock if the answer has a `Date`.
type SuccessfulAnswer = (Bytes, Option<ClockSample>);

/// The client of one workspace.
#[derive(Debug)]
pub struct Client {
    transport: Arc<dyn Transport>,
    base: Url,
    auth: Auth,
    clock: Arc<ServerClock>,
    budget: BudgetShare,
    /// Timeout of a whole request, a second sending included.
    timeout: Duration,
    max_requests_per_minute: u32,
    request_stats: Arc<RequestStats>,
}

impl Client {
    /// A client that has sent nothing yet, over any transport. Of `http_settings` it uses the URL, the timeout and our
    /// own cap of requests per minute.
    pub fn new(
        transport: Arc<dyn Transport>,
        http_settings: &HttpSettings,
        auth: Auth,
        clock: Arc<ServerClock>,
        request_stats: Arc<RequestStats>,
        budget: Arc<Budget>,
    ) -> Self {
        Self {
            transport,
            base: http_settings.url.clone(),
            auth,
            clock,
            budget: BudgetShare::of(budget),
            timeout: http_settings.timeout,
            max_requests_per_minute: http_settings.max_requests_per_minute,
            request_stats,
        }
    }

    /// The user of the token that is sent.
    pub fn user_id(&self) -> &str {
        &self.auth.user_id
    }

    /// The server's clock, as learned from answers.
    pub fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// Requests per minute that the route of this endpoint may plan with.
    pub fn per_minute(&self, endpoint: Endpoint) -> u32 {
        self.limiter(endpoint, |limiter| limiter.per_minute())
    }

    /// True unless the server is known to limit no requests of this endpoint.
    pub fn is_limited(&self, endpoint: Endpoint) -> bool {
        self.limiter(endpoint, |limiter| limiter.is_limited())
    }

    /// True if the budget of this endpoint allows `extra` requests now, in addition to the planned polls.
    pub(crate) fn allows_extra(
        &self,
        endpoint: Endpoint,
        extra: RequestCount,
        reserved: u32,
        planned: &[PlannedPolls],
    ) -> bool {
        let now = Instant::now();
        // The plans of the other clients of the server are taken for the same as this one.
        let planned = planned.repeat(self.budget.clients());
        self.limiter(endpoint, |limiter| limiter.allows_extra(extra, reserved, &planned, now))
    }

    /// Waits at most `patience` for the budget; `None` if the budget does not allow a request in that time.
    pub async fn permit(
        &self,
        endpoint: Endpoint,
        priority: RequestPriority,
        patience: Duration,
    ) -> Option<Permit> {
        let wait = self.limiter(endpoint, |limiter| limiter.wait(priority, Instant::now()));
        if !wait.is_zero() {
            self.limiter(endpoint, |limiter| limiter.hold(Instant::now()));
        }
        if wait > patience {
            return None;
        }
        // A timer has a resolution of one millisecond, so a sleep of zero would take that long.
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let held = self.limiter(endpoint, |limiter| limiter.sent(priority, Instant::now()));
        if !held.is_zero() {
            self.request_stats.throttled(endpoint, held);
        }
        Some(Permit { endpoint })
    }

    /// Requests a page of a list.
    pub async fn page<R: Row>(
        &self,
        permit: Permit,
        id: Option<&str>,
        query: &Query,
    ) -> Result<Page<R>, Failure> {
        let endpoint = permit.endpoint;
        let (body, sample) = self.send(permit, id, query).await?;
        let page = page::decode(&body).map_err(|error| undecodable(endpoint, &error))?;
        self.learn_time(sample);
        Ok(page)
    }

    /// Requests a single object.
    pub async fn object<T: DeserializeOwned>(&self, permit: Permit) -> Result<T, Failure> {
        let endpoint = permit.endpoint;
        let (body, sample) = self.send(permit, None, &Query::default()).await?;
        let object = page::decode_object(&body).map_err(|error| undecodable(endpoint, &error))?;
        self.learn_time(sample);
        Ok(object)
    }

    async fn send(
        &self,
        permit: Permit,
        id: Option<&str>,
        query: &Query,
    ) -> Result<SuccessfulAnswer, Failure> {
        let endpoint = permit.endpoint;
        let sent = self.headers(endpoint).await?;
        let outcome = Box::pin(self.send_once(endpoint, id, query, sent.clone())).await;
        let is_refused = matches!(&outcome, Err(failure) if failure.reason == Reason::Unauthorized);
        if !is_refused || !self.auth.renewed(endpoint, &sent).await {
            return outcome;
        }
        self.limiter(endpoint, |limiter| limiter.sent(RequestPriority::First, Instant::now()));
        Box::pin(self.send_once(endpoint, id, query, self.headers(endpoint).await?)).await
    }

    async fn send_once(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        query: &Query,
        headers: HeaderMap,
    ) -> Result<SuccessfulAnswer, Failure> {
        let url = self.address(endpoint, id, query);
        let request = TransportRequest { endpoint, url, headers, anew: None };
        let (mut sent, mut started) = (self.clock.elapsed(), Instant::now());
        let mut answer = self.transport.get(request.clone()).await;
        if let Err(failure) = &answer
            && failure.connection_died
            && let Some(left) = self.left_for_another(endpoint, started)
        {
            self.request_stats.requested(endpoint, NO_ANSWER, started.elapsed());
            self.request_stats.retried(endpoint);
            (sent, started) = (self.clock.elapsed(), Instant::now());
            let anew = Some(left);
            answer = self.transport.get(TransportRequest { anew, ..request }).await;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                self.request_stats.requested(endpoint, NO_ANSWER, started.elapsed());
                return Err(failure);
            }
        };
        let sample = self.sample(sent, &answer.headers);
        let (status, headers) = (answer.status, answer.headers);
        let body = answer.body.await;
        let code = if body.is_ok() { status.as_u16() } else { NO_ANSWER };
        self.request_stats.requested(endpoint, code, started.elapsed());
        self.learn_budget(endpoint, status, &headers);
        Ok((self.judge(endpoint, status, &headers, body?)?, sample))
    }

    /// The time that is left for a second sending, which is then counted in the budget; `None` if time or budget is
    /// used up.
    fn left_for_another(&self, endpoint: Endpoint, started: Instant) -> Option<Duration> {
        let left = self.timeout.saturating_sub(started.elapsed());
        let is_allowed = self.limiter(endpoint, |limiter| {
            let now = Instant::now();
            let is_allowed = !left.is_zero() && limiter.wait(RequestPriority::First, now).is_zero();
            if is_allowed {
                limiter.sent(RequestPriority::First, now);
            }
            is_allowed
        });
        is_allowed.then_some(left)
    }

    fn address(&self, endpoint: Endpoint, id: Option<&str>, query: &Query) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(endpoint.segments(id));
        }
        url.set_query(query.encoded().as_deref());
        url
    }

    async fn headers(&self, endpoint: Endpoint) -> Result<HeaderMap, Failure> {
        let mut headers = if endpoint.needs_token() {
            self.auth.headers(endpoint).await?
        } else {
            HeaderMap::new()
        };
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(headers)
    }

    fn sample(&self, sent: SignedDuration, headers: &HeaderMap) -> Option<ClockSample> {
        Some(ClockSample { sent, received: self.clock.elapsed(), date: said_at(headers)? })
    }

    /// The server's time of an answer: its `Date`, or our own time without one. The other times of the answer are
    /// relative to it.
    fn time_of(&self, headers: &HeaderMap) -> Timestamp {
        said_at(headers).unwrap_or_else(|| self.clock.now())
    }

    /// Only an answer that decodes as the API's own is a sample of the server's time: a proxy may write its own `Date`.
    fn learn_time(&self, sample: Option<ClockSample>) {
        if let Some(sample) = sample {
            self.clock.observe(sample);
        }
    }

    /// Only the API's own answers announce its rate limit: an error page of a proxy has no such headers either.
    fn learn_budget(&self, endpoint: Endpoint, status: StatusCode, headers: &HeaderMap) {
        let announced = rate_limit_headers::announcement(headers, self.time_of(headers));
        if announced.is_none() && !status.is_success() {
            return;
        }
        let reset_in = announced.map_or(Duration::ZERO, |announced| announced.reset_in);
        let now_s = epoch_seconds(self.clock.now());
        self.request_stats.announced(endpoint, announced, now_s + reset_in.as_secs_f64());
        self.limiter(endpoint, |limiter| {
            limiter.observe(announced, Instant::now());
        });
    }

    fn judge(
        &self,
        endpoint: Endpoint,
        status: StatusCode,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Bytes, Failure> {
        if status.is_success() {
            self.limiter(endpoint, |limiter| limiter.heed(None, Instant::now()));
            return Ok(body);
        }
        let text = String::from_utf8_lossy(body.get(..body.len().min(2_000)).unwrap_or_default());
        let mut failure = refusal::failure(endpoint, status.as_u16(), &text);
        if failure.reason == Reason::Redirected {
            failure.what.push_str(&leads_to(headers, &self.base));
        }
        failure.retry_after = match failure.reason {
            Reason::RateLimited => {
                Some(rate_limit_headers::refusal(headers, &text, self.time_of(headers)))
            }
            _ => rate_limit_headers::retry_after(headers, self.time_of(headers)),
        };
        self.limiter(endpoint, |limiter| limiter.heed(failure.retry_after, Instant::now()));
        Err(failure)
    }

    fn limiter<T>(&self, endpoint: Endpoint, action: impl FnOnce(&mut Limiter) -> T) -> T {
        let new = || Limiter::new(self.max_requests_per_minute, Instant::now());
        self.budget.limiter(endpoint, new, action)
    }
}

/// The `Date` header of an answer.
fn said_at(headers: &HeaderMap) -> Option<Timestamp> {
    headers.get(DATE).and_then(|date| rate_limit_headers::date(date.to_str().ok()?))
}

/// The origin that a redirection leads to; the rest of the address may contain a secret.
fn leads_to(headers: &HeaderMap, base: &Url) -> String {
    let location = headers.get(LOCATION).and_then(|it| base.join(it.to_str().ok()?).ok());
    match location.map(|it| it.origin()) {
        Some(origin) if origin == base.origin() => " to another path of the same host".to_owned(),
        Some(origin) if origin.is_tuple() => format!(" to {}", origin.ascii_serialization()),
        _ => String::new(),
    }
}

fn undecodable(endpoint: Endpoint, error: &PageError) -> Failure {
    let reason = match error {
        PageError::NotAPage(_) => Reason::Decode,
        PageError::Unsuccessful => Reason::Unsuccessful,
        PageError::Withheld(_) => Reason::Forbidden,
    };
    Failure::new(endpoint, reason, error.to_string())
}
