//! Automatic routing of waiting chats to agents.
//!
//! The decision depends only on departments, presence and chat limits.

use std::collections::{BTreeMap, HashMap};

use super::World;
use super::agent::Agent;
use super::department::Department;
use super::room::{ChatState, Room};

impl World {
    /// Assigns the chats with the longest wait first, each to the agent with the fewest chats.
    pub(super) fn route(&mut self) {
        if !std::mem::take(&mut self.life.routing_due) {
            return;
        }
        let waiting = self.waiting();
        // Without waiting chats the loads are not needed.
        let mut loads = if waiting.is_empty() { BTreeMap::new() } else { self.loads() };
        for (room, department) in waiting {
            if let Some(agent) = self.least_busy(department.as_deref(), &loads) {
                self.assign(&room, &agent);
                *loads.entry(agent).or_default() += 1;
            }
        }
        self.life.routing_due = false;
    }

    fn waiting(&self) -> Vec<(String, Option<String>)> {
        let mut rooms: Vec<_> = self.chats(ChatState::Queued).collect();
        rooms.sort_by_key(|room| (room.waiting_since(), &room.id));
        rooms.iter().map(|room| (room.id.clone(), room.department_id.clone())).collect()
    }

    pub(super) fn loads(&self) -> BTreeMap<String, usize> {
        // A busy world has thousands of chats, so ids are copied only once per agent, at the end.
        let mut loads: HashMap<&str, usize> = HashMap::new();
        for room in self.chats(ChatState::InProgress) {
            if let Some(serving) = &room.served_by {
                *loads.entry(&serving.agent.id).or_default() += 1;
            }
        }
        loads.into_iter().map(|(agent, load)| (agent.to_owned(), load)).collect()
    }

    /// The free agent with the fewest chats. All agents are possible for a chat without a department or of a deleted
    /// department.
    pub(super) fn least_busy(
        &self,
        department: Option<&str>,
        loads: &BTreeMap<String, usize>,
    ) -> Option<String> {
        let department = department.and_then(|id| self.departments.get(id));
        let team = department.map(|it| &it.members);
        let load = |id: &str| loads.get(id).copied().unwrap_or_default();
        self.agents
            .values()
            .filter(|agent| agent.takes_chats())
            .filter(|agent| team.is_none_or(|team| team.contains(&agent.id)))
            .filter(|agent| self.has_room(agent, department, load(&agent.id)))
            .min_by_key(|agent| load(&agent.id))
            .map(|agent| agent.id.clone())
    }

    /// True if the limits let an agent with this load take another chat of the department. In older releases the limit
    /// of the department replaces the agent's own.
    fn has_room(&self, agent: &Agent, department: Option<&Department>, load: usize) -> bool {
        let limit = department.and_then(|department| Some((department, department.chat_limit?)));
        match limit {
            None => load < agent.chat_limit,
            Some((_, limit)) if !self.version.joins_chat_limits() => load < limit,
            Some((department, limit)) => {
                let is_of = |room: &&Room| {
                    let serving = room.served_by.as_ref();
                    room.department_id.as_ref() == Some(&department.id)
                        && serving.is_some_and(|serving| serving.agent.id == agent.id)
                };
                let here = self.chats(ChatState::InProgress).filter(is_of).count();
                load < agent.chat_limit && here < limit
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::world;
    use super::super::{Channel, Status};
    use crate::simulator::version::ServerVersion;

    /// Number of chats that the routing gives to one agent with the limit 3, who holds 1 chat of another department.
    fn given(version: &str, limit: Option<usize>) -> usize {
        let mut world = world(version.parse::<ServerVersion>().unwrap());
        let ids: Vec<String> = world.agents.keys().cloned().collect();
        for id in &ids {
            world.set_status(id, Status::Offline, false);
        }
        let [here, elsewhere] = ["Here", "Elsewhere"].map(|name| world.add_department(name));
        world.add_agent("ann", "ann", &[here.clone(), elsewhere.clone()]);
        world.agents.get_mut("ann").unwrap().chat_limit = 3;
        world.departments.get_mut(&here).unwrap().chat_limit = limit;
        let room = world.arrive(Some(&elsewhere), Channel::Widget);
        assert!(world.assign(&room, "ann"));
        for _ in 0..9 {
            world.arrive(Some(&here), Channel::Widget);
        }
        world.life.routing_due = true;
        world.route();
        world.loads()["ann"] - 1
    }

    #[test]
    fn chat_limits_apply_together_since_7_6_and_the_department_s_alone_before() {
        for (limit, together, before) in
            [(None, 2, 2), (Some(1), 1, 0), (Some(2), 2, 1), (Some(7), 2, 6)]
        {
            assert_eq!(given("7.6.0", limit), together, "{limit:?}");
            assert_eq!(given("7.5.0", limit), before, "{limit:?}");
        }
    }
}
