//! A cycle whose requests pass a gateway or proxy in front of the server.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::wiring;
use url::Url;

use crate::inside::in_process::InProcess;
use crate::watching::{Watched, workspace};

/// The answer of Rocket.Chat's validator to a parameter that it does not know.
const UNKNOWN: &str = r#"{"success":false,"error":"must NOT have additional properties [invalid-params]","errorType":"invalid-params"}"#;

/// The passage of a request through the gateway or proxy.
pub enum Passage {
    Through,
    Without(&'static str),
    Refused(u16, &'static str),
}

/// Decides on the passage of a request.
pub type Guard = fn(&Url) -> Passage;

/// A transport with a gateway or proxy in it.
#[derive(Debug)]
struct Guarded {
    wire: InProcess,
    guard: Guard,
}

impl Transport for Guarded {
    fn get(&self, mut request: TransportRequest) -> TransportFuture<'_, Answer> {
        match (self.guard)(&request.url) {
            Passage::Through => {}
            Passage::Without(parameter) => {
                let pairs: Vec<_> = request.url.query_pairs().into_owned().collect();
                let others = pairs.iter().filter(|(name, _)| name != parameter);
                request.url.query_pairs_mut().clear().extend_pairs(others);
            }
            Passage::Refused(status, body) => {
                let status = StatusCode::from_u16(status).unwrap();
                let body = Box::pin(async move { Ok(bytes::Bytes::from_static(body.as_bytes())) });
                let answer = Answer { status, headers: HeaderMap::new(), body };
                return Box::pin(async move { Ok(answer) });
            }
        }
        self.wire.get(request)
    }
}

pub fn guarded(settings: &SimulatorSettings, guard: Guard) -> Watched {
    guarded_at(settings, Duration::from_nanos(1), 100_000_000, guard)
}

pub fn guarded_at(
    settings: &SimulatorSettings,
    interval: Duration,
    requests_per_minute: u32,
    guard: Guard,
) -> Watched {
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let mut workspace = workspace(&simulator, settings);
    workspace.poll.interval = interval;
    workspace.poll.max_requests_per_minute = requests_per_minute;
    let (clock, hands) = Clock::manual(simulator.world(|world| world.now()));
    let wire = InProcess::new(Arc::clone(&simulator), workspace.poll.timeout);
    let transport = Arc::new(Guarded { wire, guard });
    let cycle = wiring::cycle_over(
        &workspace,
        clock,
        &mut wiring::RateLimiters::default(),
        None,
        transport,
    );
    Watched { simulator, cycle, clock: hands }
}

fn asks_for_queue(url: &Url) -> bool {
    url.query_pairs().any(|(name, _)| name == "queued")
}

pub fn firewall(url: &Url) -> Passage {
    if asks_for_queue(url) {
        Passage::Refused(403, "<html>blocked</html>")
    } else {
        Passage::Through
    }
}

pub fn block_page(url: &Url) -> Passage {
    if asks_for_queue(url) {
        Passage::Refused(200, "<html>blocked</html>")
    } else {
        Passage::Through
    }
}

pub fn gateway(url: &Url) -> Passage {
    if asks_for_queue(url) { Passage::Refused(400, UNKNOWN) } else { Passage::Through }
}

pub fn stripping_proxy(url: &Url) -> Passage {
    if asks_for_queue(url) { Passage::Without("queued") } else { Passage::Through }
}
