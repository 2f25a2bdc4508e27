//! The gauges as the world itself has them, computed without code of the exporter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::world::{Agent, ChatState, Room, Status, World};

use crate::watching::{Numbers, series};

/// Labels of departments on the page, by id.
pub type Labels = BTreeMap<String, String>;

fn seconds(since: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0)
}

/// The world at an instant, and the numbers computed from it so far.
pub struct Truth<'a> {
    world: &'a World,
    labels: &'a Labels,
    generation: (u32, u32),
    numbers: Numbers,
}

/// Every gauge of the present state.
pub fn gauges(world: &World, labels: &Labels, generation: (u32, u32)) -> Numbers {
    let mut truth = Truth { world, labels, generation, numbers: Numbers::new() };
    truth.chats();
    truth.loads();
    truth.directory();
    if generation >= (4, 5) && generation.0 < 8 {
        truth.calls();
    }
    truth.numbers
}

impl Truth<'_> {
    fn add(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        *self.numbers.entry(series(name, labels)).or_default() += value;
    }

    fn raise(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let entry = self.numbers.entry(series(name, labels)).or_default();
        *entry = entry.max(value);
    }

    fn department(&self, id: Option<&String>) -> String {
        id.map_or("Public".to_owned(), |id| self.labels.get(id).unwrap_or(id).clone())
    }

    fn chats(&mut self) {
        let mut responses: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let world = self.world;
        for room in world.rooms.values().filter(|room| room.open) {
            let state = room.state();
            let department = self.department(room.department_id.as_ref());
            let d = ("department", department.as_str());
            let label = match state {
                ChatState::Queued => "queued",
                ChatState::InProgress => "in_progress",
                ChatState::OnHold => "on_hold",
                ChatState::Closed => unreachable!("an open room"),
            };
            self.add("open_chats", &[d, ("state", label)], 1.0);
            let source = source(room);
            self.add("open_chats_by_source", &[d, ("source", &source), ("state", label)], 1.0);
            match state {
                ChatState::Queued => self.queued(room, d),
                ChatState::InProgress => self.in_progress(room, d),
                _ => {}
            }
            if room.served_by.is_some() && room.answered_at.is_none() {
                self.add("awaiting_first_response_chats", &[d], 1.0);
            }
            self.serving(room, d, label);
            if let Some(response) = room.metrics.response.filter(|_| self.generation >= (6, 12)) {
                // The server counts every agent message until the visitor writes; only the first is a response.
                let is_unasked = room.metrics.last_reply.is_none() && response.count > 1;
                let (total, count) = match room.answered_at.filter(|_| is_unasked) {
                    Some(first) => (seconds(room.ts, first), 1.0),
                    None => (response.total_seconds, response.count as f64),
                };
                let entry = responses.entry(department.clone()).or_default();
                *entry = (entry.0 + total, entry.1 + count);
            }
        }
        for (department, (total, count)) in
            responses.into_iter().filter(|(_, (_, count))| *count > 0.0)
        {
            let d = ("department", department.as_str());
            self.add("open_chats_response_average_seconds", &[d], total / count);
        }
    }

    fn queued(&mut self, room: &Room, d: (&str, &str)) {
        let now = self.world.now();
        let wait = seconds(room.entered_queue_at, now);
        self.raise("queue_oldest_wait_seconds", &[d], wait);
        self.raise("queue_oldest_age_seconds", &[d], seconds(room.ts, now));
        if source(room) != "email" {
            self.raise("service_level_oldest_wait_seconds", &[d], wait);
            // The exporter's default threshold.
            if wait > 60.0 {
                self.add("service_level_overdue_chats", &[d], 1.0);
            }
        }
        for over in [30, 60, 120, 300, 600, 1800, 3600] {
            if wait > f64::from(over) {
                self.add("queued_chats_waiting_over", &[d, ("seconds", &over.to_string())], 1.0);
            }
        }
        if let Some(priority) = &room.priority_id {
            self.add("queued_chats_by_priority", &[d, ("priority", priority)], 1.0);
        }
    }

    fn in_progress(&mut self, room: &Room, d: (&str, &str)) {
        if room.waiting_response {
            self.add("awaiting_reply_chats", &[d], 1.0);
            let since = room.metrics.last_question.unwrap_or(room.ts);
            self.raise("awaiting_reply_oldest_seconds", &[d], seconds(since, self.world.now()));
            if let Some(served_by) = &room.served_by {
                let agent = served_by.agent.username.clone();
                self.add("agent_awaiting_reply_chats", &[("agent", &agent)], 1.0);
            }
        }
    }

    fn serving(&mut self, room: &Room, d: (&str, &str), state: &str) {
        if let Some(served_by) = &room.served_by
            && state != "queued"
        {
            let agent = served_by.agent.username.clone();
            self.add("agent_open_chats", &[("agent", &agent), d, ("state", state)], 1.0);
        }
    }

    fn loads(&mut self) {
        let mut holders: BTreeSet<(String, String)> = BTreeSet::new();
        let world = self.world;
        for room in world.rooms.values().filter(|room| room.open) {
            let Some(served_by) = &room.served_by else {
                continue;
            };
            let Some(agent) = world.agents.get(&served_by.agent.id) else {
                continue;
            };
            let department = self.department(room.department_id.as_ref());
            let d = ("department", department.as_str());
            self.add("agent_chats", &[("agent", &agent.username), d], 1.0);
            if agent.status == Status::Offline {
                self.add("chats_held_by_offline_agents", &[d], 1.0);
            }
            if holders.insert((agent.id.clone(), department.clone())) {
                self.add("agents_with_chats", &presence(agent, Some(d)), 1.0);
            }
        }
    }

    fn directory(&mut self) {
        let world = self.world;
        for agent in world.agents.values() {
            self.add("workspace_agents", &presence(agent, None), 1.0);
            let a = ("agent", agent.username.as_str());
            self.add("agent_status", &[a, ("status", agent.status.as_str())], 1.0);
            self.add("agent_accepting", &[a], f64::from(u8::from(accepts(agent))));
        }
        for department in world.departments.values() {
            let label = self.department(Some(&department.id));
            let d = ("department", label.as_str());
            for agent in department.members.iter().filter_map(|id| world.agents.get(id)) {
                self.add("agents", &presence(agent, Some(d)), 1.0);
            }
        }
    }

    fn calls(&mut self) {
        let world = self.world;
        for call in world.calls.values().filter(|call| call.open) {
            let q = ("queue", call.queue.as_str());
            self.add("voip_active_calls", &[q, ("direction", call.direction.as_str())], 1.0);
            self.raise(
                "voip_longest_active_call_seconds",
                &[q],
                seconds(call.started, world.now()),
            );
        }
    }
}

fn accepts(agent: &Agent) -> bool {
    agent.accepting && agent.status != Status::Offline
}

fn presence<'a>(agent: &'a Agent, d: Option<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let accepting = if accepts(agent) { "true" } else { "false" };
    let labels = [("status", agent.status.as_str()), ("accepting", accepting)];
    d.into_iter().chain(labels).collect()
}

fn source(room: &Room) -> String {
    let Some(source) = &room.source else {
        return "other".to_owned();
    };
    match source.channel.as_str() {
        "app" => format!("app:{}", source.alias.as_deref().unwrap_or("unknown")),
        kind => kind.to_owned(),
    }
}
