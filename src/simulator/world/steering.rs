//! The operations by which a test sets the conditions of a workspace that runs by itself.

use super::World;
use super::agent::Status;

impl World {
    /// Lets an agent stay offline and answer nothing until [`World::return_to_work`]. False if no agent has this id.
    pub fn stay_away(&mut self, agent: &str) -> bool {
        self.conditions.absent.insert(agent.to_owned());
        self.set_status(agent, Status::Offline, false)
    }

    /// Lets an agent who stayed away accept chats. False if no agent has this id.
    pub fn return_to_work(&mut self, agent: &str) -> bool {
        self.conditions.absent.remove(agent);
        self.set_status(agent, Status::Online, true)
    }

    /// Lets agents keep each chat until its end: they neither transfer it nor hold it nor return it to the queue.
    pub fn keep_chats(&mut self) {
        self.conditions.keeps_chats = true;
    }

    /// Lets agents write only after the visitor's first message: the server overwrites the time of an earlier answer.
    pub fn wait_for_questions(&mut self) {
        self.conditions.waits_for_questions = true;
    }

    /// Lets no further visitor come.
    pub fn admit_nobody(&mut self) {
        self.conditions.has_no_visitors = true;
    }

    /// Lets only this percentage of a department's visitors come.
    pub fn set_visitors_percent(&mut self, department: &str, percent: u32) {
        self.conditions.visitors_percent.insert(department.to_owned(), percent);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{NEW, world};
    use super::super::{Room, World};

    const HOURS: Duration = Duration::from_secs(3 * 3600);

    #[test]
    fn an_agent_who_stays_away_is_offline_through_shifts_until_the_return() {
        let mut world = world(NEW);
        assert!(world.stay_away("first") && !world.stay_away("nobody"));
        for _ in 0..36 {
            world.live(HOURS / 36);
            assert!(!world.agents["first"].takes_chats());
        }
        assert!(world.return_to_work("first") && world.agents["first"].takes_chats());
    }

    #[test]
    fn agents_who_keep_their_chats_transfer_and_hold_none() {
        let mut world = world(NEW);
        world.keep_chats();
        world.record_history();
        world.live(HOURS);
        let facts = world.history.take().unwrap();
        let moved = |it: &super::super::FactKind| {
            matches!(it, super::super::FactKind::Transferred(_) | super::super::FactKind::Held)
        };
        assert!(facts.len() > 100 && !facts.iter().any(|fact| moved(&fact.happening)));
    }

    #[test]
    fn agents_who_wait_for_questions_answer_no_chat_before_its_first_message() {
        let mut world = world(NEW);
        world.wait_for_questions();
        world.record_history();
        world.live(HOURS);
        let facts = world.history.take().unwrap();
        let rewrites = |it: &super::super::FactKind| {
            matches!(it, super::super::FactKind::FirstResponse { is_rewrite: true, .. })
        };
        assert!(facts.len() > 100 && !facts.iter().any(|fact| rewrites(&fact.happening)));
    }

    #[test]
    fn nobody_comes_where_nobody_is_admitted() {
        let mut world = world(NEW);
        world.admit_nobody();
        let rooms = world.rooms.len();
        world.live(HOURS);
        assert!(world.rooms.len() <= rooms);
    }

    #[test]
    fn nobody_answers_while_all_agents_stay_away() {
        let mut world = world(NEW);
        world.live(HOURS);
        let answers = |world: &World| {
            let latest = world.rooms.values().filter_map(|room| room.last_message.as_ref());
            latest.filter(|message| !message.from_visitor).map(|message| message.ts).max()
        };
        for agent in world.agents.keys().cloned().collect::<Vec<_>>() {
            world.stay_away(&agent);
        }
        let left = world.now();
        world.live(HOURS / 6);
        assert!(answers(&world).unwrap() <= left);
        for agent in world.agents.keys().cloned().collect::<Vec<_>>() {
            world.return_to_work(&agent);
        }
        world.live(HOURS / 6);
        assert!(answers(&world).unwrap() > left);
    }

    #[test]
    fn of_a_department_with_few_visitors_the_others_stay_away() {
        let mut world = world(NEW);
        let department = world.departments.keys().next().unwrap().clone();
        world.set_visitors_percent(&department, 2);
        world.live(HOURS);
        let of = |id: &String| {
            let begun = |room: &&Room| room.department_id.as_ref() == Some(id);
            world.rooms.values().filter(begun).count()
        };
        let others: usize = world.departments.keys().map(of).sum();
        // Some of these come by transfer.
        assert!(of(&department) * 5 < others - of(&department), "{} of {others}", of(&department));
    }
}
