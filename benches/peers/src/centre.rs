//! Simulated call centres to poll: their clocks run, and chats change only when they are told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;
use rocketchat_omnichannel_exporter::simulator::world::{RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::runtime::Runtime;

use crate::call_centre::{self, Size};

const TICK: Duration = Duration::from_secs(1);

/// A simulated Rocket.Chat with this size.
pub struct Centre {
    simulator: Arc<Simulator>,
    pub login: SimulatorSettings,
    changes: AtomicUsize,
}

impl Centre {
    pub fn start(runtime: &Runtime, size: Size) -> Result<Self> {
        let login = call_centre::settings(size);
        let simulator = runtime.block_on(Simulator::start(login.clone()))?;
        call_centre::populate(&simulator, size);
        Ok(Self { simulator: Arc::new(simulator), login, changes: AtomicUsize::new(0) })
    }

    pub fn url(&self) -> String {
        self.simulator.url()
    }

    /// Changes this many chats: in nine of ten, somebody writes; one in ten is closed, and another one begins.
    pub fn change(&self, chats: usize) {
        let number = self.changes.fetch_add(1, Ordering::Relaxed);
        self.simulator.world(|world| change(world, chats, number));
    }

    /// The number of requests with this path and this part of the query since this instant.
    pub fn requests(&self, path: &str, parameters: &[(&str, &str)], since: Instant) -> usize {
        let has = |query: &[(String, String)], (name, value): &(&str, &str)| {
            query.iter().any(|(its, is)| its == name && is == value)
        };
        let requests = self.simulator.requests();
        let wanted = requests.iter().rev().take_while(|request| request.at >= since);
        wanted
            .filter(|it| it.path == path && parameters.iter().all(|one| has(&it.query, one)))
            .count()
    }
}

fn change(world: &mut World, chats: usize, number: usize) {
    let open: Vec<String> =
        world.rooms.values().filter(|room| room.open).map(|room| room.id.clone()).collect();
    let stride = (open.len() / chats.max(1)).max(1);
    let chosen = open.iter().skip(number % stride).step_by(stride).take(chats);
    for (turn, room) in chosen.enumerate() {
        if turn.is_multiple_of(10) {
            replace(world, room);
        } else if turn.is_multiple_of(2) || !world.reply(room) {
            world.visitor_writes(room);
        }
    }
}

fn replace(world: &mut World, room: &str) {
    let Some(chat) = world.rooms.get(room) else { return };
    let (department, source) = (chat.department_id.clone(), chat.source.clone());
    let agent = chat.served_by.as_ref().map(|it| it.agent.id.clone());
    world.close(room, RoomCloser::User);
    let Some(source) = source else { return };
    let next = world.arrive(department.as_deref(), source);
    if let Some(agent) = agent {
        world.assign(&next, &agent);
    }
}

/// Moves the clocks of these call centres with the real time, until it is dropped.
pub struct Clocks {
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<()>>,
}

impl Clocks {
    pub fn of(centres: &[Centre]) -> Self {
        let simulators: Vec<_> = centres.iter().map(|it| Arc::clone(&it.simulator)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let running = std::thread::spawn(move || {
            let mut at = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                let passed = at.elapsed();
                at += passed;
                for simulator in &simulators {
                    simulator.world(|world| world.advance(passed));
                }
            }
        });
        Self { stop, running: Some(running) }
    }
}

impl Drop for Clocks {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ended = self.running.take().map(JoinHandle::join);
    }
}
