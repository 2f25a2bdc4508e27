//! An API with millions of closed chats, which are computed for each page and not stored.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::{ClockSettings, Simulator, SimulatorSettings};
use serde_json::{Value, json};

use crate::process::contract::loopback::{Loopback, Seen, reply};

const DAY: i64 = 86_400_000;
/// Time from the start of a chat to its close, milliseconds.
const DURATION: i64 = 1_800_000;
const FROM: Timestamp = Timestamp::constant(1_767_225_600, 0);
const SOURCES: [&str; 4] = ["widget", "email", "sms", "api"];

/// Chats that begin one after another at the same distance.
#[derive(Debug, Clone, Copy)]
pub struct ComputedChats {
    pub days: i64,
    pub per_day: i64,
}

/// A running API.
pub struct Api {
    pub settings: SimulatorSettings,
    pub from: Timestamp,
    pub to: Timestamp,
    server: Loopback,
}

/// The ids, and names, that chats refer to.
struct Directory {
    departments: Vec<String>,
    agents: Vec<(String, String)>,
}

impl ComputedChats {
    /// Serves the chats. A simulator answers everything else.
    pub async fn serve(self) -> Api {
        let to = Timestamp::from_millisecond(FROM.as_millisecond() + self.days * DAY).unwrap();
        let settings = SimulatorSettings {
            departments: 20,
            agents: 100,
            calls: false,
            arrivals_per_hour: 0.0,
            warm_up: std::time::Duration::ZERO,
            clock: ClockSettings::Manual(to),
            ..SimulatorSettings::default()
        };
        let simulator = Simulator::detached(settings.clone());
        let directory = simulator.world(|world| Directory {
            departments: world.departments.keys().cloned().collect(),
            agents: world
                .agents
                .values()
                .map(|agent| (agent.id.clone(), agent.username.clone()))
                .collect(),
        });
        let simulated = Arc::new((simulator, directory));
        let server = Loopback::start(move |seen| self.answer(&simulated.0, &simulated.1, seen));
        Api { settings, from: FROM, to, server: server.await }
    }

    fn answer(self, simulator: &Simulator, directory: &Directory, seen: &Seen) -> Response {
        let (path, query) = seen.uri.split_once('?').unwrap_or((&seen.uri, ""));
        let json = [("content-type", "application/json")];
        if path.ends_with("/livechat/rooms") {
            return reply(200, &json, self.page(directory, query).to_string());
        }
        let headers = seen.headers.iter();
        let headers = headers.map(|(name, it)| (name.to_string(), it.to_str().unwrap().to_owned()));
        let answer = simulator.answer("GET", path, query, &headers.collect::<Vec<_>>());
        reply(answer.status, &json, answer.body)
    }

    /// The page of closed chats that a query asks for; nothing for open chats.
    fn page(self, directory: &Directory, query: &str) -> Value {
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let Some(closed) = value("closedAt") else {
            return json!({ "rooms": [], "count": 0, "offset": 0, "total": 0, "success": true });
        };
        let closed: Value = serde_json::from_str(&closed).unwrap();
        let bound = |name: &str| closed[name].as_str().unwrap().parse::<Timestamp>().unwrap();
        let number = |name: &str| value(name).map_or(0, |value| value.parse::<i64>().unwrap());
        let first = self.first_closed_at_or_after(bound("start").as_millisecond());
        let end = self.first_closed_at_or_after(bound("end").as_millisecond() + 1);
        let (offset, total) = (number("offset"), end - first);
        let shown = (first + offset).min(end)..(first + offset + number("count")).min(end);
        let rooms: Vec<Value> = shown.map(|chat| self.row(directory, chat)).collect();
        json!({ "count": rooms.len(), "rooms": rooms, "offset": offset, "total": total, "success": true })
    }

    /// Start of a chat, milliseconds since 1970. All chats are closed at the end.
    fn begin(self, chat: i64) -> i64 {
        FROM.as_millisecond() + chat * DAY / self.per_day
    }

    fn first_closed_at_or_after(self, at: i64) -> i64 {
        let since = at - FROM.as_millisecond() - DURATION;
        let chat = (since * self.per_day + DAY - 1).div_euclid(DAY);
        chat.clamp(0, self.days * self.per_day - DURATION * self.per_day / DAY)
    }

    fn row(self, directory: &Directory, chat: i64) -> Value {
        let after = |milliseconds: i64| {
            format!("{:.3}", Timestamp::from_millisecond(self.begin(chat) + milliseconds).unwrap())
        };
        // Steps that share no factor with the lengths, so that every pair of values comes.
        let pick = |step: i64, length: usize| usize::try_from(chat * step).unwrap() / 7 % length;
        let (agent, name) = &directory.agents[pick(3, directory.agents.len())];
        let department = &directory.departments[pick(11, directory.departments.len())];
        let wait = 1_000 * (chat * 37 % 300);
        let answer = wait + 1_000 * (chat * 53 % 200);
        json!({
            "_id": format!("chat{chat:013}"), "ts": after(0), "queuedAt": after(0), "t": "l",
            "closedAt": after(DURATION), "closer": "user",
            "closedBy": { "_id": agent, "username": name },
            "servedBy": { "_id": agent, "username": name, "ts": after(wait) },
            "responseBy": { "_id": agent, "username": name, "lastMessageTs": after(answer),
                "firstResponseTs": after(answer) },
            "v": { "_id": "v", "token": "t", "lastMessageTs": after(0) },
            "departmentId": department, "source": { "type": SOURCES[pick(5, SOURCES.len())] },
            "msgs": 5 + chat % 20,
            "metrics": {
                "v": { "lq": after(0) }, "servedBy": { "lr": after(answer) },
                "reaction": { "ft": (answer - wait) / 1_000 },
                "response": { "fd": after(answer), "tt": answer / 1_000, "total": 1 },
                "chatDuration": DURATION / 1_000, "serviceTimeDuration": (DURATION - wait) / 1_000,
            },
        })
    }
}

impl Api {
    pub fn url(&self) -> String {
        self.server.url()
    }
}
