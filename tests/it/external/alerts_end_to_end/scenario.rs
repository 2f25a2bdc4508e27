//! Seven ways in which a workspace goes wrong, and the alerts that each must raise.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::Status;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, SimulatorSettings};

use super::call_centre::CallCentre;

/// A way in which a workspace goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Deserted,
    Stalled,
    Overrun,
    Revoked,
    Down,
    Limited,
    Neglected,
}

impl Scenario {
    pub const ALL: [Self; 7] = [
        Self::Deserted,
        Self::Stalled,
        Self::Overrun,
        Self::Revoked,
        Self::Down,
        Self::Limited,
        Self::Neglected,
    ];

    /// The name of the workspace.
    pub fn workspace(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// The alerts that must fire; no others may.
    pub fn alerts(self) -> &'static [&'static str] {
        match self {
            Self::Deserted => &[
                "NoAgentsWhileChatsWait",
                "QueueOldestWaitCritical",
                "QueueOldestWaitHigh",
                "QueueOverdue",
            ],
            Self::Stalled => {
                &["QueueOldestWaitCritical", "QueueOldestWaitHigh", "QueueOverdue", "QueueStalled"]
            }
            Self::Overrun => &["QueueBacklogGrowing"],
            Self::Revoked => &["ExporterAuthFailing", "ExporterStale"],
            Self::Down => &["ExporterStale"],
            Self::Limited => &["ExporterRateLimited"],
            Self::Neglected => &["AwaitingReplyTooLong"],
        }
    }

    /// Keys of the exporter's configuration for this workspace alone.
    pub fn settings(self) -> &'static str {
        match self {
            // The queue can grow for a while before a chat is late.
            Self::Overrun => "service_level: {threshold: 600s}",
            _ => "agents: {detail: load}",
        }
    }
}

/// Phase of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Well,
    Wrong,
}

/// A workspace and its scenario.
#[derive(Debug)]
pub struct ScenarioRun {
    pub scenario: Scenario,
    pub centre: CallCentre,
    steps: u32,
    phase: Phase,
    neglected: Vec<String>,
}

impl ScenarioRun {
    pub fn new(scenario: Scenario, centre: CallCentre) -> Self {
        Self { scenario, centre, steps: 0, phase: Phase::Well, neglected: Vec::new() }
    }

    /// Advances by one step, a tenth of a second.
    pub fn step(&mut self, time: Duration, phase: Phase) {
        if phase != self.phase {
            self.phase = phase;
            match phase {
                Phase::Wrong => self.begin(),
                Phase::Well => self.end(),
            }
        }
        self.centre.live(time);
        self.steps += 1;
        match (phase, self.scenario) {
            (Phase::Wrong, Scenario::Deserted | Scenario::Stalled) => self.wait_in_vain(),
            (Phase::Wrong, Scenario::Overrun) => self.be_overrun(),
            (Phase::Wrong, Scenario::Limited) => {
                self.serve();
                self.limit();
            }
            _ => self.serve(),
        }
    }

    /// One visitor arrives each second, and an agent takes the chat at once.
    fn serve(&mut self) {
        if self.steps.is_multiple_of(10) {
            self.centre.arrive();
        }
        self.centre.take_all();
    }

    /// Three visitors arrive, and no agent takes their chats.
    fn wait_in_vain(&mut self) {
        if self.centre.waiting() < 3 {
            self.centre.arrive();
        }
    }

    /// Two visitors arrive each second; agents take every fourth chat.
    fn be_overrun(&mut self) {
        if self.steps.is_multiple_of(5) {
            self.centre.arrive();
        }
        if self.steps.is_multiple_of(20) {
            self.centre.take();
        }
    }

    /// Another client uses up the server's rate limit, again every three seconds.
    fn limit(&self) {
        let text = "Error, too many requests. You must wait 1 seconds before trying again.";
        let is_used_up = self.steps % 30 < 3;
        let fault = is_used_up.then(|| Fault::Status(429, text.to_owned()));
        self.centre.simulator.set_fault(Route::Rooms, fault);
    }

    fn begin(&mut self) {
        let simulator = &self.centre.simulator;
        match self.scenario {
            // An agent who answers while all are offline contradicts the presence, which silences the alert for minutes.
            Scenario::Deserted => {
                self.centre.end_served();
                self.centre.set_presence(Status::Offline, false);
            }
            Scenario::Revoked => simulator.set_token("another one"),
            Scenario::Down => {
                let page = "<html>bad gateway</html>".to_owned();
                simulator.set_fault_everywhere(Some(Fault::Status(502, page)));
            }
            Scenario::Neglected => self.neglected = self.centre.neglect("kim", 4),
            Scenario::Stalled | Scenario::Overrun | Scenario::Limited => {}
        }
    }

    fn end(&mut self) {
        let simulator = &self.centre.simulator;
        match self.scenario {
            Scenario::Deserted => self.centre.set_presence(Status::Online, true),
            Scenario::Revoked => simulator.set_token(&SimulatorSettings::default().token),
            Scenario::Down => simulator.set_fault_everywhere(None),
            Scenario::Limited => simulator.set_fault(Route::Rooms, None),
            Scenario::Neglected => self.centre.relieve(&self.neglected),
            Scenario::Stalled | Scenario::Overrun => {}
        }
    }
}
