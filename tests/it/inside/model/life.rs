//! Successive runs of an exporter on one disk: started, polled, killed, started again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use rocketchat_omnichannel_exporter::clock::{Clock, ManualClock};
use rocketchat_omnichannel_exporter::config::{AgentDetail, Workspace};
use rocketchat_omnichannel_exporter::cycle::Cycle;
use rocketchat_omnichannel_exporter::exposition::{families, page_builder::PageBuilder};
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::Store;
use rocketchat_omnichannel_exporter::wiring;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::step::{Counted, Deed, Trouble, happen};
use crate::crashing_disk::CrashingDisk;
use crate::inside::in_process::InProcess;
use crate::watching::workspace;

/// Faults and deeds during the requests of a poll.
#[derive(Debug)]
struct Plan {
    requests: u8,
    trouble: Option<(u8, Trouble)>,
    meanwhile: Vec<Deed>,
    counted: Counted,
}

/// A transport on which requests fail.
#[derive(Debug)]
struct Wire {
    inner: InProcess,
    simulator: Arc<Simulator>,
    plan: Arc<Mutex<Plan>>,
    /// Our clock, and its difference from the server's clock.
    clock: (ManualClock, SignedDuration),
    killed: Arc<Notify>,
}

impl Transport for Wire {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let (deed, counted, trouble) = {
            let mut plan = self.plan.lock().unwrap();
            let number = plan.requests;
            plan.requests = plan.requests.saturating_add(1);
            (plan.meanwhile.pop(), plan.counted, plan.trouble.filter(|(at, _)| *at == number))
        };
        if let Some(deed) = deed {
            self.simulator.world(|world| {
                happen(world, &deed, counted);
                self.clock.0.set(world.now() + self.clock.1);
            });
        }
        match trouble.map(|(_, trouble)| trouble) {
            None => self.inner.get(request),
            Some(Trouble::Killed) => {
                self.killed.notify_one();
                Box::pin(std::future::pending())
            }
            Some(Trouble::TargetError) => {
                let failure = Failure::new(request.endpoint, Reason::Connect, "nobody is there");
                Box::pin(std::future::ready(Err(failure)))
            }
            Some(Trouble::BadGateway) => answered(StatusCode::BAD_GATEWAY, "<html>"),
            Some(Trouble::CutOff) => answered(StatusCode::OK, "{\"rooms\":[{\"_id\":\"x\","),
        }
    }
}

fn answered(status: StatusCode, body: &'static str) -> TransportFuture<'static, Answer> {
    let body = Box::pin(std::future::ready(Ok(body.into())));
    Box::pin(std::future::ready(Ok(Answer { status, headers: HeaderMap::new(), body })))
}

/// An exporter and its disk; the exporter runs or is dead.
pub struct Exporter {
    pub simulator: Arc<Simulator>,
    pub disk: CrashingDisk,
    workspace: Workspace,
    life: Option<Life>,
    our_offset: SignedDuration,
    counted: Counted,
}

struct Life {
    cycle: Cycle,
    clock: ManualClock,
    plan: Arc<Mutex<Plan>>,
    killed: Arc<Notify>,
}

impl Exporter {
    pub fn new(settings: &SimulatorSettings, seed: u64) -> Self {
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        let now = simulator.world(|world| world.now());
        let mut workspace = workspace(&simulator, settings);
        workspace.poll.interval = Duration::from_nanos(1);
        workspace.poll.max_requests_per_minute = 100_000_000;
        workspace.agents.detail = AgentDetail::Off;
        Self {
            disk: CrashingDisk::new(seed),
            workspace,
            life: None,
            our_offset: SignedDuration::ZERO,
            counted: Counted { from: now, until: now },
            simulator,
        }
    }

    /// The interval whose events are durably counted.
    pub fn counted(&self) -> Counted {
        self.counted
    }

    pub fn put_our_clock(&mut self, by: SignedDuration) {
        self.our_offset += by;
    }

    fn begin(&self) -> Life {
        let (clock, hands) = Clock::manual(self.our_now());
        let plan = self.plan(&[], None);
        let (plan, killed) = (Arc::new(Mutex::new(plan)), Arc::new(Notify::new()));
        let wire = Wire {
            inner: InProcess::new(Arc::clone(&self.simulator), Duration::from_secs(10)),
            simulator: Arc::clone(&self.simulator),
            plan: Arc::clone(&plan),
            clock: (hands.clone(), self.our_offset),
            killed: Arc::clone(&killed),
        };
        let store = Store::new(Box::new(self.disk.clone()));
        let mut rate_limiters = wiring::RateLimiters::default();
        let wire = Arc::new(wire);
        let cycle =
            wiring::cycle_over(&self.workspace, clock, &mut rate_limiters, Some(store), wire);
        Life { cycle, clock: hands, plan, killed }
    }

    fn plan(&self, meanwhile: &[Deed], trouble: Option<(u8, Trouble)>) -> Plan {
        Plan { requests: 0, trouble, meanwhile: meanwhile.to_vec(), counted: self.counted }
    }

    fn our_now(&self) -> Timestamp {
        self.simulator.world(|world| world.now()) + self.our_offset
    }

    /// Marks the start of counting.
    pub fn counts_from_here(&mut self) {
        self.counted.from = self.counted.until;
    }

    pub fn die(&mut self) {
        self.life = None;
        self.disk.cut();
        self.disk.restart();
    }

    /// Polls once; a dead exporter is started first. The poll may kill the exporter.
    pub async fn poll(&mut self, meanwhile: &[Deed], trouble: Option<(u8, Trouble)>) {
        let mut life = match self.life.take() {
            Some(life) => life,
            None => self.begin(),
        };
        life.clock.set(self.our_now());
        *life.plan.lock().unwrap() = self.plan(meanwhile, trouble);
        let survived = tokio::select! {
            () = life.cycle.once(Duration::from_secs(60)) => !self.disk.is_off(),
            () = life.killed.notified() => false,
        };
        if survived {
            let counting = life.cycle.snapshot().counting.clone();
            self.counted.until = counting.watermark.unwrap_or(self.counted.until);
            self.life = Some(life);
        } else {
            drop(life);
            self.die();
        }
    }

    /// The page of a scrape; `None` if the exporter is dead.
    pub fn scraped(&self) -> Option<String> {
        let snapshot = self.life.as_ref()?.cycle.snapshot();
        let mut builder = PageBuilder::new();
        families::fill(&mut builder, &[Arc::clone(&snapshot)], Instant::now());
        let mut text = String::new();
        builder.finish().encode(&mut text).unwrap();
        snapshot.scrape_mark.set();
        Some(text)
    }
}
