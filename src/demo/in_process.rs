//! A [`Transport`] to a simulator in the same process: whole cycles without a socket.
//!
//! It carries the same requests and answers as the HTTP listener of the simulator. A request without an answer ends
//! with its timeout. Without sockets and with paused time, thousands of cycles take seconds.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderName, HeaderValue};

use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::transport::{Answer, Transport, TransportFuture, TransportRequest};
use crate::simulator::{Reply, Simulator, Timing};

/// The transport between a client and a simulator in the same process.
#[derive(Debug)]
pub struct InProcess {
    simulator: Arc<Simulator>,
    timeout: Duration,
    /// Latency of an answer, milliseconds.
    latency: Range<u64>,
}

impl InProcess {
    /// A transport without latency. A request fails with [`Reason::Timeout`] after `timeout`.
    pub fn new(simulator: Arc<Simulator>, timeout: Duration) -> Self {
        Self { simulator, timeout, latency: 0..0 }
    }

    /// The same transport with a random latency from this range, milliseconds.
    #[must_use]
    pub fn with_latency(mut self, latency: Range<u64>) -> Self {
        self.latency = latency;
        self
    }

    fn way(&self) -> Duration {
        if self.latency.is_empty() {
            return Duration::ZERO;
        }
        Duration::from_millis(fastrand::u64(self.latency.clone()))
    }
}

impl Transport for InProcess {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let TransportRequest { endpoint, url, headers, anew } = request;
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers: Vec<(String, String)> = headers
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
            .collect();
        let query = url.query().unwrap_or_default();
        let reply = self.simulator.answer("GET", url.path(), query, &headers);
        let most = anew.map_or(self.timeout, |at_most| at_most.min(self.timeout));
        let takes = takes(reply.timing).map(|time| time.saturating_add(self.way()));
        Box::pin(async move {
            let wait = takes.unwrap_or(most).min(most);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            if takes.is_none_or(|time| time > most) {
                return Err(Failure::new(endpoint, Reason::Timeout, "no answer in time"));
            }
            Ok(answer(reply))
        })
    }
}

/// Time until the answer without latency; `None` if it never comes.
fn takes(timing: Timing) -> Option<Duration> {
    match timing {
        Timing::AtOnce => Some(Duration::ZERO),
        Timing::After(time) => Some(time),
        Timing::Never => None,
    }
}

fn answer(reply: Reply) -> Answer {
    let header = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
    };
    Answer {
        status: StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers: reply.headers.into_iter().filter_map(header).collect(),
        body: Box::pin(std::future::ready(Ok(reply.body.into()))),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use tokio::time::Instant;
    use url::Url;

    use super::*;
    use crate::rocketchat::endpoint::Endpoint;
    use crate::simulator::{Fault, SimulatorSettings};

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_within_the_time_of_its_new_connection() {
        let simulator = Arc::new(Simulator::detached(SimulatorSettings::default()));
        simulator.set_fault_everywhere(Some(Fault::Hang));
        let timeout = Duration::from_secs(60);
        let slow = InProcess::new(simulator, timeout);
        let url: Url = "http://chat.invalid/api/info".parse().unwrap();
        for (anew, expected) in [
            (None, timeout),
            (Some(Duration::from_secs(7)), Duration::from_secs(7)),
            (Some(timeout * 2), timeout),
        ] {
            let (endpoint, headers, url) = (Endpoint::Info, HeaderMap::new(), url.clone());
            let request = TransportRequest { endpoint, url, headers, anew };
            let began = Instant::now();
            let answer = slow.get(request).await;
            assert_eq!(answer.unwrap_err().reason, Reason::Timeout);
            assert_eq!(began.elapsed(), expected, "{anew:?}");
        }
    }
}
