//! Chats and calls of a workspace, and their totals by the workspace's own record.

use std::collections::BTreeMap;

use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{
    Channel, Direction, EndedBy, Fact, FactKind, RoomCloser,
};

use crate::watching::{Numbers, of_family};

const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];
const CLOSERS: [RoomCloser; 2] = [RoomCloser::User, RoomCloser::Visitor];

/// Values by family and one label.
pub type Totals = BTreeMap<(&'static str, String), f64>;

/// The families that are compared with the record, each with its distinguishing label.
const COUNTED: [(&str, &str); 4] = [
    ("chats_started_total", "department"),
    ("chats_closed_total", "closer"),
    ("voip_calls_started_total", "direction"),
    ("voip_calls_closed_total", "closer"),
];

/// The traffic of one workspace.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Chats under way.
    chats: Vec<String>,
    calls: Vec<String>,
    happened: Totals,
    /// Number that varies the labels of chats and calls.
    turns: usize,
}

impl Traffic {
    /// Ends all chats and calls. Starts two chats and ends them at once; starts three chats and a call of each
    /// direction that stay open.
    pub fn turn(&mut self, world: &mut World) {
        self.turns += 1;
        let (agents, departments): (Vec<_>, Vec<_>) =
            (world.agents.keys().cloned().collect(), world.departments.keys().cloned().collect());
        let pick = |from: &[String], number: usize| from[number % from.len()].clone();
        for chat in std::mem::take(&mut self.chats) {
            assert!(world.close(&chat, self.closer()));
            self.turns += 1;
        }
        for call in std::mem::take(&mut self.calls) {
            assert!(world.end_call(&call, self.closer()));
        }
        for number in self.turns..self.turns + 5 {
            let department = (number % 4 > 0).then(|| pick(&departments, number));
            let channel = Channel::ALL[number % Channel::ALL.len()];
            let chat = world.arrive(department.as_deref(), channel);
            if number % 3 > 0 {
                assert!(world.assign(&chat, &pick(&agents, number)) && world.reply(&chat));
            }
            if number - self.turns < 2 {
                assert!(world.close(&chat, self.closer()));
            } else {
                self.chats.push(chat);
            }
        }
        for direction in DIRECTIONS {
            let call = world.start_call("support-line", direction, &pick(&agents, self.turns));
            self.calls.extend(call);
        }
    }

    fn closer(&self) -> RoomCloser {
        CLOSERS[self.turns % CLOSERS.len()]
    }

    /// The totals since the record began; `world` records its history.
    pub fn happened(&mut self, world: &mut World) -> &Totals {
        for fact in world.take_history() {
            let counted = counted(&fact, world);
            if let Some(key) = counted {
                *self.happened.entry(key).or_default() += 1.0;
            }
        }
        &self.happened
    }
}

fn counted(fact: &Fact, world: &World) -> Option<(&'static str, String)> {
    let [started, ended, calls_started, calls_ended] = COUNTED.map(|(family, _)| family);
    match &fact.happening {
        FactKind::Arrived => {
            let department = fact.department.as_ref().and_then(|id| world.departments.get(id));
            let label = department.map_or("Public", |department| &department.name);
            Some((started, label.to_owned()))
        }
        FactKind::Closed(close) => {
            let closer = match close.by {
                EndedBy::Agent => "agent",
                EndedBy::Visitor => "visitor",
                EndedBy::System => "system",
            };
            Some((ended, closer.to_owned()))
        }
        FactKind::CallStarted { direction, .. } => {
            Some((calls_started, direction.as_str().to_owned()))
        }
        FactKind::CallClosed(close) => {
            let closer = match close.closer {
                RoomCloser::User => "agent",
                RoomCloser::Visitor => "visitor",
            };
            Some((calls_ended, closer.to_owned()))
        }
        _ => None,
    }
}

/// The same families on a page, without zeros.
pub fn shown(page: &Numbers) -> Totals {
    let mut totals = Totals::new();
    for (family, label) in COUNTED {
        for (series, value) in of_family(page, family) {
            let Some((_, rest)) = series.split_once(&format!("(\"{label}\", \"")) else { continue };
            let (label, _) = rest.split_once('"').unwrap();
            *totals.entry((family, label.to_owned())).or_default() += value;
        }
    }
    totals.retain(|_, value| *value > 0.0);
    totals
}

/// The totals by family alone, for pages on which the fault has changed names.
pub fn by_family(totals: &Totals) -> BTreeMap<&'static str, f64> {
    let mut families = BTreeMap::new();
    for ((family, _), value) in totals {
        *families.entry(*family).or_default() += value;
    }
    families
}
