//! Small workspaces that are polled with recorded answers, so that a poll contains no work of the simulator.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use rocketchat_omnichannel_exporter::clock::{Clock, ManualClock};
use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::cycle::Cycle;
use rocketchat_omnichannel_exporter::demo::in_process::InProcess;
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::wiring;
use tokio::runtime::Runtime;
use url::Url;

use crate::call_centre::{self, SMALL_WORKSPACE};
use crate::watched_call_centre;

/// Default interval of the exporter.
const INTERVAL: SignedDuration = SignedDuration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(300);

/// Equal workspaces that nobody watches yet, with the answers to two polls of each.
pub(crate) struct Unwatched {
    runtime: Runtime,
    workspace: Workspace,
    start: Timestamp,
    answers: Vec<Arc<Replayed>>,
}

impl Unwatched {
    pub(crate) fn recorded(count: usize) -> Result<Self, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let (workspace, start, recorded) = runtime.block_on(record())?;
        let replayed = || Arc::new(Replayed(Mutex::new(recorded.clone())));
        let answers = std::iter::repeat_with(replayed).take(count).collect();
        Ok(Self { runtime, workspace, start, answers })
    }

    /// Creates a cycle for each workspace and polls each once; the next poll is due.
    pub(crate) fn watch(self) -> SmallWorkspaces {
        let Self { runtime, workspace, start, answers } = self;
        let cycles = runtime.block_on(async {
            let over = |replayed| Polled::over(&workspace, start, replayed);
            let mut cycles: Vec<_> = answers.into_iter().map(|it| over(it as _)).collect();
            for polled in &mut cycles {
                polled.cycle.once(PATIENCE).await;
                polled.clock.advance(INTERVAL);
            }
            tokio::time::advance(INTERVAL.unsigned_abs()).await;
            cycles.into_iter().map(|polled| polled.cycle).collect()
        });
        SmallWorkspaces { runtime, cycles }
    }
}

/// Equal workspaces, each polled once, whose next poll is due.
pub(crate) struct SmallWorkspaces {
    runtime: Runtime,
    cycles: Vec<Cycle>,
}

impl SmallWorkspaces {
    /// Polls each workspace once. Returns true if every poll has succeeded.
    pub(crate) fn poll(&mut self) -> bool {
        let Self { runtime, cycles } = self;
        runtime.block_on(async {
            for cycle in &mut *cycles {
                cycle.once(PATIENCE).await;
            }
        });
        cycles.iter().all(|cycle| {
            let snapshot = cycle.snapshot();
            (snapshot.cycles, snapshot.is_up()) == (2, Some(true))
        })
    }
}

/// A workspace, the time of its first poll, and the answers to its first two polls.
async fn record() -> Result<(Workspace, Timestamp, Answers), Box<dyn Error>> {
    let login = call_centre::settings(SMALL_WORKSPACE);
    let simulator = Arc::new(Simulator::detached(login.clone()));
    call_centre::populate(&simulator, SMALL_WORKSPACE);
    let start = simulator.world(|world| world.now());
    let workspace = watched_call_centre::workspace(&simulator, login)?;
    let wire = InProcess::new(Arc::clone(&simulator), workspace.poll.timeout);
    let recording = Arc::new(Recording { wire, answers: Mutex::default() });
    let mut recorded = Polled::over(&workspace, start, Arc::clone(&recording) as _);
    recorded.cycle.once(PATIENCE).await;
    simulator.world(|world| world.advance(INTERVAL.unsigned_abs()));
    recorded.clock.advance(INTERVAL);
    tokio::time::advance(INTERVAL.unsigned_abs()).await;
    recorded.cycle.once(PATIENCE).await;
    let answers = recording.answers();
    Ok((workspace, start, answers))
}

/// A cycle and its clock.
struct Polled {
    cycle: Cycle,
    clock: ManualClock,
}

impl Polled {
    fn over(workspace: &Workspace, start: Timestamp, transport: Arc<dyn Transport>) -> Self {
        let (time, clock) = Clock::manual(start);
        let mut limiters = wiring::RateLimiters::default();
        let cycle = wiring::cycle_over(workspace, time, &mut limiters, None, transport);
        Self { cycle, clock }
    }
}

/// The answers to each request, in their order.
type Answers = HashMap<Url, VecDeque<(StatusCode, HeaderMap, Bytes)>>;

/// A transport that keeps every answer.
#[derive(Debug)]
struct Recording {
    wire: InProcess,
    answers: Mutex<Answers>,
}

impl Recording {
    fn answers(&self) -> Answers {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Recording {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        Box::pin(async move {
            let url = request.url.clone();
            let Answer { status, headers, body } = self.wire.get(request).await?;
            let body = body.await?;
            let answer = (status, headers.clone(), body.clone());
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.entry(url).or_default().push_back(answer);
            Ok(Answer { status, headers, body: Box::pin(std::future::ready(Ok(body))) })
        })
    }
}

/// A transport that gives recorded answers at once, each once.
#[derive(Debug)]
struct Replayed(Mutex<Answers>);

impl Transport for Replayed {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let TransportRequest { endpoint, url, .. } = request;
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.get_mut(&url).and_then(VecDeque::pop_front);
        let replayed = answer.map(|(status, headers, body)| Answer {
            status,
            headers,
            body: Box::pin(std::future::ready(Ok(body))),
        });
        let missing = || {
            let told = format!("no answer is recorded to {url}");
            Failure::new(endpoint, Reason::Connect, told)
        };
        Box::pin(std::future::ready(replayed.ok_or_else(missing)))
    }
}
