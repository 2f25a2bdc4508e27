//! The gauges as the world itself has them, computed without code of the exporter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::world::{
    Agent, ChatState, Department, Room, Status, World,
};

use crate::watching::{Numbers, series};

/// The threshold of every service level: within it, chats are at risk for each of the three times.
pub const THRESHOLD: Duration = Duration::from_secs(310);

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

/// The label of a department by its id.
pub fn department_label(labels: &Labels, id: Option<&String>) -> String {
    id.map_or("Public".to_owned(), |id| labels.get(id).unwrap_or(id).clone())
}

/// Every gauge of the present state.
pub fn gauges(world: &World, labels: &Labels, generation: (u32, u32)) -> Numbers {
    let mut truth = Truth { world, labels, generation, numbers: Numbers::new() };
    truth.chats();
    truth.loads();
    truth.directory();
    if generation >= (6, 0) {
        truth.promises();
    }
    if generation >= (6, 5) {
        truth.licence();
    }
    truth.slots();
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
        department_label(self.labels, id)
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
            self.at_risk(room, d);
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
            if wait > THRESHOLD.as_secs_f64() {
                self.add("service_level_overdue_chats", &[d], 1.0);
            }
        }
        for over in [30, 60, 120, 300, 600, 1800, 3600] {
            if wait > f64::from(over) {
                self.add("queued_chats_waiting_over", &[d, ("seconds", &over.to_string())], 1.0);
            }
        }
        if let Some(priority) = &room.priority_id {
            let name = self.priority(priority);
            self.add("queued_chats_by_priority", &[d, ("priority", &name)], 1.0);
        }
    }

    fn promises(&mut self) {
        let world = self.world;
        for policy in &world.administration.slas {
            let due = f64::from(policy.due_minutes) * 60.0;
            self.add("sla_due_seconds", &[("sla", &policy.name)], due);
        }
        for room in world.rooms.values().filter(|room| room.state() == ChatState::Queued) {
            let Some(policy) = world.sla_of(room) else { continue };
            let department = self.department(room.department_id.as_ref());
            let labels = [("department", department.as_str()), ("sla", policy.name.as_str())];
            let is_over = f64::from(u8::from(world.is_over_sla(room)));
            self.add("queued_chats_by_sla", &labels, 1.0);
            self.add("queued_chats_over_sla", &labels, is_over);
        }
    }

    fn licence(&mut self) {
        let licence = self.world.administration.licence;
        let is_reached = f64::from(u8::from(licence.stops_the_queue()));
        self.add("contacts_limit_reached", &[], is_reached);
        self.add("contacts_used", &[], licence.contacts_used as f64);
        if let Some(limit) = licence.contacts_limit {
            self.add("contacts_limit", &[], limit as f64);
        }
    }

    /// The name of a priority that an administrator sees; the id on servers that do not tell it.
    fn priority(&self, id: &str) -> String {
        let mut priorities = self.world.administration.priorities.iter();
        let told = priorities.find(|it| it.id == id).filter(|_| self.generation >= (6, 0));
        let name = told.map(|it| it.name.clone().unwrap_or_else(|| it.level.to_lowercase()));
        name.unwrap_or_else(|| id.to_owned())
    }

    fn in_progress(&mut self, room: &Room, d: (&str, &str)) {
        if room.waiting_response {
            self.add("awaiting_reply_chats", &[d], 1.0);
            // The server keeps a question that nobody had answered when the chat was closed.
            let since = room.metrics.last_question.unwrap_or(room.ts).max(room.opening.0);
            let age = seconds(since, self.world.now());
            self.raise("awaiting_reply_oldest_seconds", &[d], age);
            let s = ("source", &*source(room));
            self.raise("awaiting_reply_oldest_by_source_seconds", &[d, s], age);
            if let Some(served_by) = &room.served_by {
                let a = ("agent", served_by.agent.username.as_str());
                self.add("agent_awaiting_reply_chats", &[a], 1.0);
                self.raise("agent_awaiting_reply_oldest_seconds", &[a], age);
            }
        }
    }

    /// A chat that nobody has answered in its present opening, before its threshold.
    fn at_risk(&mut self, room: &Room, d: (&str, &str)) {
        let (opened, answered) = room.opening;
        let left = THRESHOLD.as_secs_f64() - self.world.now().duration_since(opened).as_secs_f64();
        if source(room) == "email" || answered.is_some() || left < 0.0 {
            return;
        }
        for within in [30, 60, 300].into_iter().filter(|within| left <= f64::from(*within)) {
            let labels = [d, ("within", &*within.to_string())];
            self.add("service_level_at_risk_chats", &labels, 1.0);
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

    fn slots(&mut self) {
        let world = self.world;
        let everybody: Vec<&Agent> = world.agents.values().collect();
        self.slots_of("Public", &everybody, None);
        for department in world.departments.values() {
            let members = department.members.iter().filter_map(|id| world.agents.get(id));
            let label = self.department(Some(&department.id));
            self.slots_of(&label, &members.collect::<Vec<_>>(), Some(department));
        }
    }

    fn slots_of(&mut self, label: &str, agents: &[&Agent], department: Option<&Department>) {
        let is_held = |room: &&Room| room.state() == ChatState::InProgress;
        let held: Vec<&Room> = self.world.rooms.values().filter(is_held).collect();
        let limit_here = department.and_then(|it| it.chat_limit);
        for agent in agents.iter().filter(|agent| accepts(agent)) {
            let serves = |room: &&&Room| room.served_by.as_ref().unwrap().agent.id == agent.id;
            let all = held.iter().filter(serves);
            let here =
                all.clone().filter(|it| it.department_id.as_ref() == department.map(|it| &it.id));
            let (all, here) = (all.count(), here.count());
            let (slots, free) = match limit_here {
                None => (agent.chat_limit, agent.chat_limit.saturating_sub(all)),
                Some(limit) if self.generation < (7, 6) => (limit, limit.saturating_sub(all)),
                Some(limit) => {
                    let free = limit.saturating_sub(here);
                    (limit.min(agent.chat_limit), free.min(agent.chat_limit.saturating_sub(all)))
                }
            };
            self.add("chat_slots", &[("department", label)], slots as f64);
            self.add("chat_slots_free", &[("department", label)], free as f64);
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
