//! Simulated days of a call centre of six departments, and the incidents in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::cli::Demo;
use rocketchat_omnichannel_exporter::config::{AgentDetail, Flags, Workspace};
use rocketchat_omnichannel_exporter::demo::history::{Script, record_script};
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::simulator::world::{Agent, Channel, ChatState, Room, World};
use rocketchat_omnichannel_exporter::simulator::{Fault, Simulator, SimulatorSettings};

pub const STEP: Duration = Duration::from_secs(60);
const DAY: usize = 24 * 60;
/// The target time of every department: the exporter's default.
const THRESHOLD: SignedDuration = SignedDuration::from_secs(60);
/// A target time that leaves time to act before it passes.
const LONG_THRESHOLD: SignedDuration = SignedDuration::from_secs(5 * 60);
/// Minutes for which a state lasts that is an incident.
const LASTING: usize = 5;

/// What is special about a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    Normal,
    /// On every day from 8 to 18 h, four fifths of the agents of two departments are absent.
    Understaffed,
    /// Teams are absent for a while, and Rocket.Chat does not answer for a while.
    Outage,
    /// Two departments have one to three visitors an hour.
    Quiet,
    /// As understaffed, with a target time of five minutes, business hours and a widget. One more department, with few
    /// visitors, has no agent for an hour.
    Patient,
}

impl Story {
    fn threshold(self) -> SignedDuration {
        if self == Self::Patient { LONG_THRESHOLD } else { THRESHOLD }
    }
}

/// The days of one workspace.
#[derive(Debug, Clone, Copy)]
pub struct Week {
    pub story: Story,
    pub seed: u64,
    pub days: usize,
}

/// A state of a department that must cause a page. Times are minutes since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub department: String,
    pub from: usize,
    pub until: usize,
    pub is_deserted: bool,
}

impl Week {
    pub fn workspace(&self) -> String {
        format!("{:?}-{}", self.story, self.seed).to_lowercase()
    }

    pub fn minutes(&self) -> usize {
        self.days * DAY
    }

    /// Simulates the time before `end`, writes the series with these names, and returns the incidents.
    pub fn write(&self, end: Timestamp, series: BTreeSet<String>, file: &Path) -> Vec<Incident> {
        let demo = Demo {
            flags: Flags::default(),
            server_version: "7.13.0".to_owned(),
            seed: Some(self.seed),
            poll_interval: Some(STEP),
            history: None,
            output: Some(file.to_owned()),
        };
        let mut life = Life {
            week: *self,
            minute: 0,
            series,
            running: BTreeMap::new(),
            incidents: Vec::new(),
        };
        // The latencies of the answers.
        fastrand::seed(self.seed);
        let length = STEP * u32::try_from(self.minutes()).unwrap();
        record_script(&demo, length, end, &mut life).unwrap();
        life.end();
        life.incidents
    }
}

/// A week that runs.
struct Life {
    week: Week,
    minute: usize,
    series: BTreeSet<String>,
    /// The first minute of states that last, by department and by whether nobody accepts.
    running: BTreeMap<(String, bool), usize>,
    incidents: Vec<Incident>,
}

impl Script for Life {
    /// A quarter of the demo's visitors, so that a week takes less time.
    fn adjust_world(&self, world: &mut SimulatorSettings) {
        world.arrivals_per_hour = 150.0;
        world.retention = Duration::from_secs(90 * 60);
    }

    fn adjust_workspace(&self, workspace: &mut Workspace) {
        workspace.name = self.week.workspace();
        workspace.agents.detail = AgentDetail::Off;
        workspace.agents.chat_limit = Some(2);
        let level = &mut workspace.service_levels.default;
        level.threshold = self.week.story.threshold().unsigned_abs();
        if self.week.story == Story::Patient {
            workspace.widget = true;
            level.business_hours = BusinessHours::parse("UTC", &["mon-sun 00:00-24:00"]).unwrap();
        }
    }

    fn live(&mut self, simulator: &Simulator, step: Duration) {
        self.change(simulator);
        simulator.world(|world| world.live(step));
        self.minute += 1;
        let threshold = self.week.story.threshold();
        let states = simulator.world(|world| states(world, threshold));
        self.note(&states);
    }

    fn records(&self, series: &str) -> bool {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        // Most of the series are failures, by every reason that there is.
        let is_failure = labels.contains("reason=");
        let is_refusal = labels.contains("unauthorized") || labels.contains("forbidden");
        self.series.contains(name) && (is_refusal || !is_failure)
    }
}

impl Life {
    fn change(&self, simulator: &Simulator) {
        let minute = self.minute % DAY;
        if self.minute == 0 {
            simulator.world(limit_chats);
        }
        match (self.week.story, minute) {
            (Story::Understaffed | Story::Patient, 480) => simulator.world(|world| {
                leave(world, "Support", 4, 5);
                leave(world, "Sales", 4, 5);
            }),
            (Story::Understaffed | Story::Patient, 1080) | (Story::Patient, 300) => {
                simulator.world(come_back);
            }
            (Story::Patient, 0) => simulator.world(|world| set_visitors(world, "Returns", 3)),
            (Story::Patient, 240) => simulator.world(|world| leave(world, "Returns", 1, 1)),
            (Story::Outage, _) => change_outage(simulator, minute),
            (Story::Quiet, 0) => simulator.world(|world| {
                set_visitors(world, "Returns", 3);
                set_visitors(world, "Billing", 1);
            }),
            _ => {}
        }
    }

    fn note(&mut self, states: &[(String, bool, bool)]) {
        for (department, is_deserted, is_bad) in states {
            let key = (department.clone(), *is_deserted);
            if *is_bad {
                self.running.entry(key).or_insert(self.minute);
            } else if let Some(from) = self.running.remove(&key) {
                self.add(key, from);
            }
        }
    }

    fn add(&mut self, (department, is_deserted): (String, bool), from: usize) {
        if self.minute > from + LASTING {
            let until = self.minute;
            self.incidents.push(Incident { department, from, until, is_deserted });
        }
    }

    fn end(&mut self) {
        for (key, from) in std::mem::take(&mut self.running) {
            self.add(key, from);
        }
    }
}

/// Lets agents hold one or two chats at once: as busy as in the demo, with fewer visitors.
fn limit_chats(world: &mut World) {
    for (number, agent) in world.agents.values_mut().enumerate() {
        agent.chat_limit = 1 + number % 2;
    }
}

/// Teams leave for 25 to 45 minutes, and Rocket.Chat answers with an error for 20 minutes.
fn change_outage(simulator: &Simulator, minute: usize) {
    match minute {
        180 => simulator.world(|world| leave(world, "Support", 1, 1)),
        600 => simulator.world(|world| leave(world, "Billing", 1, 1)),
        780 => {
            let fault = Fault::Status(502, "<html>bad gateway</html>".to_owned());
            simulator.set_fault_everywhere(Some(fault));
        }
        800 => simulator.set_fault_everywhere(None),
        960 => simulator.world(|world| {
            let names: Vec<_> = world.departments.values().map(|it| it.name.clone()).collect();
            for department in &names {
                leave(world, department, 1, 1);
            }
        }),
        205 | 645 | 990 => simulator.world(come_back),
        _ => {}
    }
}

/// This share of the department's agents is absent from now on.
fn leave(world: &mut World, department: &str, part: usize, of: usize) {
    let found = world.departments.values().find(|it| it.name == department).unwrap();
    let members: Vec<_> = found.members.iter().cloned().collect();
    for agent in &members[..(members.len() * part).div_ceil(of)] {
        assert!(world.stay_away(agent));
    }
}

fn come_back(world: &mut World) {
    for agent in world.agents.keys().cloned().collect::<Vec<_>>() {
        assert!(world.return_to_work(&agent));
    }
}

fn set_visitors(world: &mut World, department: &str, percent: u32) {
    let found = world.departments.values().find(|it| it.name == department);
    let id = found.unwrap().id.clone();
    world.set_visitors_percent(&id, percent);
}

/// For every department: three visitors wait for too long; and nobody accepts although a visitor waits.
fn states(world: &World, threshold: SignedDuration) -> Vec<(String, bool, bool)> {
    let mut states = Vec::new();
    for department in world.departments.values() {
        let waiting = || {
            let queued = world.chats(ChatState::Queued);
            queued.filter(|room| room.department_id.as_ref() == Some(&department.id))
        };
        // Service levels do not apply to e-mail.
        let is_late = |room: &&Room| {
            let is_mail = room.source.as_ref().is_some_and(|it| it.channel == Channel::Email);
            !is_mail && world.now().duration_since(room.waiting_since()) > threshold
        };
        let accepts = |agent: &String| world.agents.get(agent).is_some_and(Agent::takes_chats);
        let is_deserted = !department.members.iter().any(accepts) && waiting().next().is_some();
        states.push((department.name.clone(), false, waiting().filter(is_late).count() >= 3));
        states.push((department.name.clone(), true, is_deserted));
    }
    states
}
