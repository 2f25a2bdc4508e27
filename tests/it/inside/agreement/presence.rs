//! Presence that the server hides is recognised by the work of the agents, and only then.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, Room, Status};

use super::{settings, with_presence};
use crate::watching::{Numbers, Watched};

const STEPS: usize = 60;
pub const FAMILY: &str = "exporter_presence_contradicted[]";

/// The work of the agents and the presence of the agents, as they are shown.
#[derive(Default)]
pub struct Shown {
    offline_since: Option<Timestamp>,
    worked_at: Option<Timestamp>,
}

fn worked_at(room: &Room) -> Option<Timestamp> {
    let taken = room.served_by.as_ref().map(|serving| serving.ts);
    let spoke = room.last_message.as_ref().filter(|message| !message.from_visitor);
    taken.max(spoke.map(|message| message.ts))
}

impl Shown {
    /// True if the presence is contradicted at this moment.
    pub fn is_contradicted(&mut self, world: &World, is_hidden: bool) -> bool {
        let now = world.now();
        let are_offline = world.agents.values().all(|agent| agent.status == Status::Offline);
        self.offline_since = self.offline_since.or(Some(now)).filter(|_| is_hidden || are_offline);
        let worked = world.rooms.values().filter_map(worked_at).max();
        self.worked_at = self.worked_at.max(worked);
        self.worked_at.zip(self.offline_since).is_some_and(|(worked, offline)| {
            worked > offline && now.duration_since(worked) <= SignedDuration::from_mins(10)
        })
    }
}

fn value(page: &Numbers) -> f64 {
    page[FAMILY]
}

async fn hidden_presence_is_recognised(version: &str) {
    let settings = settings(version, 100, 11);
    let mut watched = Watched::start(settings, with_presence).await;
    let (mut shown, mut seen) = (Shown::default(), [0; 2]);
    for step in 0..STEPS * 4 {
        let is_hidden = (step / STEPS) % 2 == 1;
        watched.simulator.hide_presence(is_hidden);
        if step % STEPS == STEPS / 2 {
            // Longer than an assignment or an answer contradicts the presence.
            watched.simulator.world(|world| world.advance(Duration::from_secs(700)));
        } else {
            watched.simulator.world(World::random_step);
        }
        let page = watched.poll().await;
        let is_contradicted =
            watched.simulator.world(|world| shown.is_contradicted(world, is_hidden));
        assert_eq!(value(&page), f64::from(u8::from(is_contradicted)), "{version}, step {step}");
        seen[usize::from(is_contradicted)] += 1;
    }
    assert!(seen.iter().all(|steps| *steps > STEPS / 4), "{seen:?}");
}

#[tokio::test]
async fn presence_that_an_8_8_server_hides_is_contradicted_by_work() {
    hidden_presence_is_recognised("8.8.0").await;
}

#[tokio::test]
async fn presence_that_a_9_0_server_hides_is_contradicted_by_work() {
    hidden_presence_is_recognised("9.0.0").await;
}

#[tokio::test]
async fn agents_who_leave_after_work_are_offline() {
    let mut watched = Watched::start(settings("8.8.0", 100, 11), with_presence).await;
    watched.poll().await;
    watched.simulator.world(|world| {
        let agents: Vec<String> = world.agents.keys().cloned().collect();
        let room = world.arrive(None, Channel::Widget);
        assert!(world.assign(&room, &agents[0]) && world.reply(&room));
        for agent in agents {
            world.set_status(&agent, Status::Offline, true);
        }
    });
    assert_eq!(value(&watched.poll().await), 0.0);
}
