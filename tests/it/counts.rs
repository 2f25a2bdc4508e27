//! Expected counts of a world, computed from its rooms alone, and their comparison with a page.
//!
//! It uses no code of the exporter except the simulator. It is valid only for worlds that were empty at the start,
//! whose closed chats are not opened again and whose chats are not deleted before they are seen closed: there a
//! closed room contains the whole history of its chat.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rocketchat_omnichannel_exporter::simulator::world::{Room, RoomCloser, World};

use crate::page_reader;

/// The compared series: those that polling counts exactly.
const EXACT: [&str; 8] = [
    "chats_started_total",
    "chats_closed_total",
    "chat_duration_seconds_count",
    "chat_duration_seconds_sum",
    "chat_messages_total",
    "first_response_seconds_count",
    "handle_seconds_count",
    "service_level_chats_total",
];
const PREFIX: &str = "rocketchat_omnichannel_";
/// User name with which the server closes chats.
const SERVER: &str = "rocket.cat";

/// A series without the prefix of its name and without the labels that are the same for a whole target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
}

/// Values by series.
pub type Counted = BTreeMap<Series, f64>;

impl Series {
    /// A series by its name, with or without the common prefix, and its labels.
    pub fn new<'a>(name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let target = ["workspace", "instance", "job"];
        let own = labels.into_iter().filter(|(label, _)| !target.contains(label));
        Self {
            name: name.strip_prefix(PREFIX).unwrap_or(name).to_owned(),
            labels: own.map(|(label, value)| (label.to_owned(), value.to_owned())).collect(),
        }
    }

    /// True if polling counts this series exactly.
    pub fn is_exact(&self) -> bool {
        EXACT.contains(&self.name.as_str())
    }

    fn without(mut self, label: &str) -> Self {
        self.labels.remove(label);
        self
    }
}

/// All samples of a page by series. Buckets keep the bounds that they have on the page.
pub fn page(text: &str) -> Counted {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.map(page_reader::sample).map(|(name, labels, value)| {
        (Series::new(name, labels.iter().map(|(label, value)| (*label, &**value))), value)
    });
    samples.collect()
}

/// Sums of the exactly counted series, with the service level results added together.
fn exact(counted: &Counted) -> Counted {
    let mut sums = Counted::new();
    for (series, value) in counted.iter().filter(|(series, _)| series.is_exact()) {
        let is_service_level = series.name == "service_level_chats_total";
        let series =
            if is_service_level { series.clone().without("result") } else { series.clone() };
        *sums.entry(series).or_default() += value;
    }
    sums
}

/// The expected counts so far.
#[derive(Debug, Default)]
pub struct ExpectedCounts {
    /// Departments in which an open chat was seen, by chat id.
    homes: HashMap<String, BTreeSet<String>>,
    closed: HashSet<String>,
    of_closed: Sums,
    of_open: Sums,
}

#[derive(Debug, Clone, Default)]
struct Sums {
    /// Counts that are certain for a series.
    least: Counted,
    /// Counts that belong to this series or to a series of another department, because the chat changed the
    /// department.
    unsure: Counted,
    /// Counts over all departments.
    all: Counted,
}

impl ExpectedCounts {
    /// Reads the world. It must be called after every change of the world and before the exporter polls.
    pub fn watch(&mut self, world: &World) {
        self.of_open = Sums::default();
        for room in world.rooms.values() {
            if self.closed.contains(&room.id) {
                continue;
            }
            let homes = self.homes.entry(room.id.clone()).or_default();
            homes.insert(department(world, room));
            let sums = if room.open { &mut self.of_open } else { &mut self.of_closed };
            sums.begun(room, homes);
            if !room.open {
                sums.ended(room, &department(world, room));
                self.homes.remove(&room.id);
                self.closed.insert(room.id.clone());
            }
        }
    }

    /// Number of started chats and number of closed chats.
    pub fn chats(&self) -> (usize, usize) {
        (self.homes.len() + self.closed.len(), self.closed.len())
    }

    /// All differences between expected and actual counts. Valid after every chat has its service level result.
    pub fn differences(&self, counted: &Counted) -> Vec<String> {
        let counted = exact(counted);
        let sum = |one: fn(&Sums) -> &Counted, series: &Series| {
            let value = |sums| one(sums).get(series).copied().unwrap_or_default();
            value(&self.of_closed) + value(&self.of_open)
        };
        let mut all = Counted::new();
        for (series, value) in &counted {
            *all.entry(series.clone().without("department")).or_default() += value;
        }
        let known = |one: fn(&Sums) -> &Counted| {
            let both = one(&self.of_closed).keys().chain(one(&self.of_open).keys());
            both.cloned().collect::<BTreeSet<Series>>()
        };
        let mut differences = Vec::new();
        for series in known(|sums| &sums.least).into_iter().chain(counted.keys().cloned()) {
            let least = sum(|sums| &sums.least, &series);
            let most = least + sum(|sums| &sums.unsure, &series);
            let value = counted.get(&series).copied();
            if !value.is_some_and(|value| is_within(value, least, most)) {
                differences.push(format!("{series:?}: {value:?}, truly {least} to {most}"));
            }
        }
        for series in known(|sums| &sums.all).into_iter().chain(all.keys().cloned()) {
            let (value, truth) = (all.get(&series).copied(), sum(|sums| &sums.all, &series));
            if !value.is_some_and(|value| is_within(value, truth, truth)) {
                differences.push(format!("{series:?} in all: {value:?}, truly {truth}"));
            }
        }
        differences
    }
}

/// Compares with a tolerance, because sums of seconds are added in another order.
fn is_within(value: f64, least: f64, most: f64) -> bool {
    let rounding = 1e-9 * most.abs();
    (least - rounding..=most + rounding).contains(&value)
}

impl Sums {
    /// Counts that belong to the department of the chat at its start, which may be any department in which the chat
    /// was seen.
    fn begun(&mut self, room: &Room, homes: &BTreeSet<String>) {
        let source = source(room);
        let answered = room.answered_at.is_some();
        for home in homes {
            let d = ("department", home.as_str());
            let mut count = |name, labels: &[(&str, &str)]| {
                let sums = if homes.len() == 1 { &mut self.least } else { &mut self.unsure };
                *sums.entry(Series::new(name, labels.iter().copied())).or_default() += 1.0;
            };
            count("chats_started_total", &[d, ("source", &source)]);
            count("service_level_chats_total", &[d]);
            if answered {
                count("first_response_seconds_count", &[d]);
            }
        }
        self.in_all("chats_started_total", &[("source", &source)], 1.0);
        self.in_all("service_level_chats_total", &[], 1.0);
        if answered {
            self.in_all("first_response_seconds_count", &[], 1.0);
        }
    }

    /// Counts that belong to the department of the chat at its end.
    fn ended(&mut self, room: &Room, department: &str) {
        let (source, (closer, outcome)) = (source(room), ending(room));
        let labels = [("source", source.as_str()), ("closer", closer), ("outcome", outcome)];
        self.at_the_end(department, "chats_closed_total", &labels, 1.0);
        self.at_the_end(department, "chat_duration_seconds_count", &[], 1.0);
        let duration = room.metrics.chat_duration.unwrap();
        self.at_the_end(department, "chat_duration_seconds_sum", &[], duration);
        self.at_the_end(department, "chat_messages_total", &[], room.msgs as f64);
        if room.served_by.is_some() {
            self.at_the_end(department, "handle_seconds_count", &[], 1.0);
        }
    }

    fn at_the_end(&mut self, department: &str, name: &str, labels: &[(&str, &str)], by: f64) {
        let of_department = labels.iter().copied().chain([("department", department)]);
        *self.least.entry(Series::new(name, of_department)).or_default() += by;
        self.in_all(name, labels, by);
    }

    fn in_all(&mut self, name: &str, labels: &[(&str, &str)], by: f64) {
        *self.all.entry(Series::new(name, labels.iter().copied())).or_default() += by;
    }
}

fn department(world: &World, room: &Room) -> String {
    let name = |id: &String| world.departments[id].name.clone();
    room.department_id.as_ref().map_or_else(|| "Public".to_owned(), name)
}

fn source(room: &Room) -> String {
    let source = room.source.as_ref().unwrap();
    let alias = source.alias.as_deref().unwrap_or_default();
    let kind = source.channel.as_str();
    if kind == "app" { format!("app:{alias}") } else { kind.to_owned() }
}

fn ending(room: &Room) -> (&'static str, &'static str) {
    let closer = match (room.closer.unwrap(), &room.closed_by) {
        (RoomCloser::Visitor, _) => "visitor",
        (RoomCloser::User, Some(by)) if by.username == SERVER => "system",
        (RoomCloser::User, _) => "agent",
    };
    let outcome = match (&room.served_by, room.answered_at, closer) {
        (Some(_), Some(_), _) => "answered",
        (Some(_), None, _) => "unanswered",
        (None, _, "visitor") => "abandoned",
        (None, _, _) => "unserved",
    };
    (closer, outcome)
}
