//! The workspace behind the listener: world, API, faults, hook and log under one lock.

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

use super::{
    api::{Api, ApiAnswer, Fault, Faults, Incoming},
    request::Request,
    settings::{ClockSettings, SimulatorSettings, WebhookSettings},
    world::World,
};

/// Number of requests in the log; older requests are dropped.
const LOG_LENGTH: usize = 10_000;

type Hook = Box<dyn FnMut(&mut World) + Send>;

pub(super) struct ServedWorkspace {
    pub(super) world: World,
    pub(super) api: Api,
    pub(super) faults: Faults,
    pub(super) hook: Option<Hook>,
    pub(super) log: VecDeque<Request>,
    /// The settings of webhooks that are in effect.
    pub(super) webhook: Option<WebhookSettings>,
    clock: ClockSettings,
    serving_since: Instant,
}

impl fmt::Debug for ServedWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedWorkspace").field("now", &self.world.now()).finish_non_exhaustive()
    }
}

impl ServedWorkspace {
    pub(super) fn new(settings: &SimulatorSettings) -> Self {
        let mut world = World::new(&settings.world_settings());
        world.live(settings.warm_up);
        Self {
            world,
            api: Api::new(settings.policy(), settings.rate_limit, settings.rate_window),
            faults: Faults::default(),
            hook: None,
            log: VecDeque::new(),
            webhook: None,
            clock: settings.clock,
            serving_since: Instant::now(),
        }
    }

    /// With a living clock, simulates the world up to the present.
    pub(super) fn catch_up(&mut self) {
        if let ClockSettings::Living { start, speed } = self.clock {
            let present = start + self.serving_since.elapsed().mul_f64(speed.max(0.0));
            let missed = present.duration_since(self.world.lived_until());
            self.world.live(Duration::try_from(missed).unwrap_or_default());
        }
    }

    /// The answer after the fault in force has changed it, and the fault, which also decides the timing.
    pub(super) fn answer(&mut self, incoming: &Incoming) -> (ApiAnswer, Option<Fault>) {
        self.catch_up();
        if let Some(hook) = &mut self.hook {
            hook(&mut self.world);
        }
        let fault = self.faults.on(&incoming.path).cloned();
        let answer = self.api.answer(&mut self.world, incoming);
        let answer = match &fault {
            Some(fault) => fault.spoil(answer),
            None => answer,
        };
        (answer, fault)
    }

    pub(super) fn remember(&mut self, request: Request) {
        if self.log.len() == LOG_LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(request);
    }
}
