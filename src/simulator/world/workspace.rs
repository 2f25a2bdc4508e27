//! The operations of an administrator on departments and agents.
//!
//! A deleted agent stays in its chats; a deleted department is removed from its chats, as on the real server.

use std::collections::BTreeSet;

use super::World;
use super::agent::{Agent, Status, WORKSPACE_CHAT_LIMIT};
use super::department::Department;
use super::room::Room;

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
            chat_limit: None,
            members: BTreeSet::new(),
        };
        self.departments.insert(id.clone(), department);
        id
    }

    /// Adds an agent to these departments, online and accepting chats.
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

    /// Renames a department; false if no department has this id.
    pub fn rename_department(&mut self, id: &str, name: &str) -> bool {
        self.tick();
        let department = self.departments.get_mut(id);
        department.map(|department| name.clone_into(&mut department.name)).is_some()
    }

    /// Archives and disables a department, so that the default list omits it; false if no department has this id.
    pub fn archive_department(&mut self, id: &str) -> bool {
        self.tick();
        let Some(department) = self.departments.get_mut(id) else {
            return false;
        };
        department.archived = true;
        department.enabled = false;
        true
    }

    /// Deletes a department. The server unsets it on all of its chats, open and closed. False if no department has
    /// this id.
    pub fn delete_department(&mut self, id: &str) -> bool {
        self.tick();
        let is_of = |room: &Room| room.department_id.as_deref() == Some(id);
        self.rooms.change_matching(is_of, |room| room.department_id = None);
        self.departments.remove(id).is_some()
    }

    /// Deletes an agent; its chats keep the id. False if no agent has this id.
    pub fn delete_agent(&mut self, id: &str) -> bool {
        self.tick();
        for department in self.departments.values_mut() {
            department.members.remove(id);
        }
        self.agents.remove(id).is_some()
    }

    /// Sets presence and availability of an agent; false if no agent has this id.
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

    /// `config.online` of `livechat/config`: true if a visitor of this department, or of any, is offered a chat.
    pub fn is_widget_online(&self, department: Option<&str>) -> bool {
        let is_member = |agent: &&Agent| match department {
            None => true,
            Some(id) => self.departments.get(id).is_some_and(|it| it.members.contains(&agent.id)),
        };
        self.agents.values().filter(is_member).any(Agent::takes_chats)
    }

    pub(super) fn found_departments(&mut self, count: usize) {
        for number in 0..count {
            let name = DEPARTMENTS
                .get(number)
                .map_or_else(|| format!("Department {}", number + 1), |name| (*name).to_owned());
            self.add_department(&name);
        }
    }

    /// Adds agents with one or two departments each. The id of the first agent is `first`.
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
