//! Departments and agents, and what an administrator does to them.
//!
//! A chat keeps the agent it was given: deleting an agent leaves its rooms as they are. A department takes its name off them.

use std::collections::BTreeSet;

use super::World;

/// A department of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// `_id`.
    pub id: String,
    /// `name`; not unique on the server.
    pub name: String,
    /// Whether it takes new chats.
    pub enabled: bool,
    /// Whether lists hide it unless asked with `showArchived`.
    pub archived: bool,
    /// Ids of its agents.
    pub members: BTreeSet<String>,
}

/// Presence of an agent: `users.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// At the desk.
    Online,
    /// Idle.
    Away,
    /// Does not want to be disturbed.
    Busy,
    /// Not connected.
    Offline,
}

impl Status {
    /// All states of presence.
    pub const ALL: [Self; 4] = [Self::Online, Self::Away, Self::Busy, Self::Offline];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Offline => "offline",
        }
    }
}

/// An agent of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// `_id`.
    pub id: String,
    /// `username`.
    pub username: String,
    /// `name`.
    pub name: String,
    /// `status`.
    pub status: Status,
    /// `statusLivechat` is `available`.
    pub accepting: bool,
    /// Chats the routing gives this agent at most.
    pub chat_limit: usize,
}

impl Agent {
    /// Whether the routing would give this agent a chat, its limit aside.
    pub fn takes_chats(&self) -> bool {
        self.accepting && self.status != Status::Offline
    }
}

/// Chats that the workspace gives an agent without a limit of its own at most.
pub const WORKSPACE_CHAT_LIMIT: usize = 4;

const DEPARTMENTS: [&str; 5] = ["Sales", "Support", "Billing", "Logistics", "Returns"];
const FIRST_NAMES: [&str; 10] =
    ["ada", "bela", "cleo", "dario", "elif", "femi", "gita", "hugo", "ines", "jonas"];
const LAST_NAMES: [&str; 6] = ["stone", "rivers", "field", "woods", "hill", "brook"];

impl World {
    /// Adds an empty department and returns its id.
    pub fn add_department(&mut self, name: &str) -> String {
        let id = self.fresh_id();
        let department = Department {
            id: id.clone(),
            name: name.to_owned(),
            enabled: true,
            archived: false,
            members: BTreeSet::new(),
        };
        self.departments.insert(id.clone(), department);
        id
    }

    /// Adds an agent of the departments given, online and accepting.
    pub fn add_agent(&mut self, id: &str, username: &str, departments: &[String]) {
        let agent = Agent {
            id: id.to_owned(),
            username: username.to_owned(),
            name: username.replace('.', " "),
            status: Status::Online,
            accepting: true,
            chat_limit: WORKSPACE_CHAT_LIMIT,
        };
        self.agents.insert(id.to_owned(), agent);
        for department in departments {
            if let Some(department) = self.departments.get_mut(department) {
                department.members.insert(id.to_owned());
            }
        }
    }

    /// Gives a department another name; false when there is none of that id.
    pub fn rename_department(&mut self, id: &str, name: &str) -> bool {
        self.tick();
        let department = self.departments.get_mut(id);
        department.map(|department| name.clone_into(&mut department.name)).is_some()
    }

    /// Hides a department from the default list; false when there is none of that id.
    pub fn archive_department(&mut self, id: &str) -> bool {
        self.tick();
        let Some(department) = self.departments.get_mut(id) else {
            return false;
        };
        department.archived = true;
        department.enabled = false;
        true
    }

    /// Deletes a department; the server unsets it on all of its chats, open and closed. False when there is none.
    pub fn delete_department(&mut self, id: &str) -> bool {
        self.tick();
        for room in self.rooms.values_mut() {
            room.department_id.take_if(|department| department == id);
        }
        self.departments.remove(id).is_some()
    }

    /// Deletes an agent; its chats keep the id. False when there is none.
    pub fn delete_agent(&mut self, id: &str) -> bool {
        self.tick();
        for department in self.departments.values_mut() {
            department.members.remove(id);
        }
        self.agents.remove(id).is_some()
    }

    /// Sets presence and availability of an agent; false when there is none of that id.
    pub fn set_status(&mut self, id: &str, status: Status, accepting: bool) -> bool {
        self.tick();
        let Some(agent) = self.agents.get_mut(id) else {
            return false;
        };
        agent.status = status;
        agent.accepting = accepting;
        self.life.routing_due = true;
        true
    }

    pub(super) fn found_departments(&mut self, count: usize) {
        for number in 0..count {
            let name = DEPARTMENTS
                .get(number)
                .map_or_else(|| format!("Department {}", number + 1), |name| (*name).to_owned());
            self.add_department(&name);
        }
    }

    /// Hires agents into one or two departments each; the first has the id `first`.
    pub(super) fn hire_agents(&mut self, count: usize, first: &str) {
        let departments: Vec<String> = self.departments.keys().cloned().collect();
        for number in 0..count {
            let id = if number == 0 { first.to_owned() } else { self.fresh_id() };
            let home = departments.iter().cycle().nth(number).cloned();
            let second = self.dice.choice(departments.iter()).cloned();
            let second = second.filter(|_| self.dice.u8(0..3) == 0);
            let teams: Vec<String> = home.into_iter().chain(second).collect();
            self.add_agent(&id, &username(number), &teams);
            if let Some(agent) = self.agents.get_mut(&id) {
                agent.chat_limit = self.dice.usize(3..=5);
            }
        }
    }
}

fn username(number: usize) -> String {
    let first = FIRST_NAMES.iter().cycle().nth(number).copied().unwrap_or_default();
    let family = number / FIRST_NAMES.len() + number;
    let last = LAST_NAMES.iter().cycle().nth(family).copied().unwrap_or_default();
    let round = number / (FIRST_NAMES.len() * LAST_NAMES.len());
    if round == 0 { format!("{first}.{last}") } else { format!("{first}.{last}{round}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_agents_have_a_thousand_names() {
        let names: BTreeSet<String> = (0..1000).map(username).collect();
        assert_eq!(names.len(), 1000);
    }
}
