//! A department of two agents whose chats follow a scenario, by the workspace's own clock.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser, Status, World};
use rocketchat_omnichannel_exporter::simulator::{self, Simulator, SimulatorSettings};

pub const AGENTS: [&str; 2] = ["kim", "lee"];

/// A workspace without generated traffic.
pub async fn found() -> CallCentre {
    let settings = SimulatorSettings {
        departments: 0,
        agents: 0,
        calls: false,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        // Today's date: a clock that is months off raises an alert of its own.
        clock: simulator::ClockSettings::Manual(Clock::system().now()),
        ..SimulatorSettings::default()
    };
    let simulator = Simulator::start(settings).await.unwrap();
    let department = simulator.world(|world| {
        let department = world.add_department("Sales");
        for agent in AGENTS {
            world.add_agent(agent, agent, std::slice::from_ref(&department));
        }
        department
    });
    CallCentre { simulator, department, served: VecDeque::new(), waiting: VecDeque::new() }
}

/// A chat with an agent, and the start of its service.
#[derive(Debug)]
struct Served {
    room: String,
    since: Timestamp,
    is_answered: bool,
}

/// The workspace, and its open chats in the order of their arrival.
#[derive(Debug)]
pub struct CallCentre {
    pub simulator: Simulator,
    department: String,
    served: VecDeque<Served>,
    waiting: VecDeque<String>,
}

impl CallCentre {
    /// Advances time. A served chat gets an answer after 200 ms and ends after two seconds.
    pub fn live(&mut self, time: Duration) {
        let served = &mut self.served;
        self.simulator.world(|world| {
            world.advance(time);
            let now = world.now();
            for chat in served.iter_mut().filter(|chat| !chat.is_answered) {
                if now.duration_since(chat.since) >= SignedDuration::from_millis(200) {
                    chat.is_answered = world.reply(&chat.room);
                }
            }
            served.retain(|chat| {
                let is_over = now.duration_since(chat.since) >= SignedDuration::from_secs(2);
                !(is_over && world.close(&chat.room, RoomCloser::User))
            });
        });
    }

    /// A visitor arrives and waits.
    pub fn arrive(&mut self) {
        let room =
            self.simulator.world(|world| world.arrive(Some(&self.department), Channel::Widget));
        self.waiting.push_back(room);
    }

    /// One of the agents, in turns, takes the chat that waits longest.
    pub fn take(&mut self) {
        if let Some(room) = self.waiting.pop_front() {
            let agent = AGENTS[self.served.len() % AGENTS.len()];
            let since = self.simulator.world(|world| {
                assert!(world.assign(&room, agent));
                world.now()
            });
            self.served.push_back(Served { room, since, is_answered: false });
        }
    }

    /// Agents take all waiting chats.
    pub fn take_all(&mut self) {
        while !self.waiting.is_empty() {
            self.take();
        }
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Ends all served chats.
    pub fn end_served(&mut self) {
        let rooms: Vec<_> = self.served.drain(..).map(|chat| chat.room).collect();
        self.relieve(&rooms);
    }

    /// Sets the presence of both agents.
    pub fn set_presence(&self, status: Status, accepting: bool) {
        self.simulator.world(|world| {
            for agent in AGENTS {
                assert!(world.set_status(agent, status, accepting));
            }
        });
    }

    /// Gives chats to an agent who answers once and then no more.
    pub fn neglect(&self, agent: &str, chats: usize) -> Vec<String> {
        self.simulator.world(|world| {
            let give = |world: &mut World| {
                let room = world.arrive(Some(&self.department), Channel::Widget);
                assert!(world.assign(&room, agent) && world.reply(&room));
                assert!(world.visitor_writes(&room));
                room
            };
            (0..chats).map(|_| give(world)).collect()
        })
    }

    /// Ends these chats.
    pub fn relieve(&self, rooms: &[String]) {
        self.simulator.world(|world| world.close_together(rooms, RoomCloser::User));
    }
}
