//! A check of the presence that the server shows, against the work of the agents.
//!
//! Since 8.8 (server PR 41747, Enterprise) a server can hide the presence of its users: they look offline. If every
//! agent looks offline and chats are assigned or answered all the same, the presence is not true. The module reads no
//! clock.

use jiff::{SignedDuration, Timestamp};

use super::agent::{Agent, Status};
use super::observation::ChatObservation;
use crate::rocketchat::instant::earlier;
use crate::rocketchat::unix_millis::UnixMillis;

/// Time for which an assignment or an answer contradicts the presence.
const CONTRADICTS_FOR: SignedDuration = SignedDuration::from_mins(10);

/// The two facts that can contradict each other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PresenceCheck {
    /// Time since which every agent looks offline; `None` if an agent does not, and without agents.
    all_offline_since: Option<Timestamp>,
    /// Time of the latest assignment or answer.
    worked_at: Option<Timestamp>,
}

impl PresenceCheck {
    /// Notes the agents at `now`. An agent without work counts too.
    pub(super) fn note_agents<'a>(
        &mut self,
        agents: impl Iterator<Item = &'a Agent>,
        now: Timestamp,
    ) {
        let mut agents = agents.peekable();
        let are_offline =
            agents.peek().is_some() && agents.all(|agent| agent.status == Status::Offline);
        self.all_offline_since = self.all_offline_since.or(Some(now)).filter(|_| are_offline);
    }

    /// Notes assignments and answers. A bot works without presence.
    pub(super) fn note_work(&mut self, observation: &ChatObservation) {
        if !observation.is_with_bot {
            let worked_at = observation.worked_at().map(UnixMillis::timestamp);
            self.worked_at = self.worked_at.max(worked_at);
        }
    }

    /// True if every agent looks offline, and since then and in the last ten minutes chats were assigned or answered.
    /// Work from before proves nothing: the agents may have left.
    pub(super) fn is_contradicted(&self, now: Timestamp) -> bool {
        let recent = earlier(now, CONTRADICTS_FOR);
        self.worked_at
            .zip(self.all_offline_since)
            .is_some_and(|(worked, offline)| worked > offline && worked >= recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn agents(statuses: &[Status]) -> Vec<Agent> {
        let agent = |status: &Status| Agent {
            id: "a".into(),
            status: *status,
            accepting: false,
            chat_limit: None,
        };
        statuses.iter().map(agent).collect()
    }

    /// A check that saw these agents at 100 s and again at 130 s, and work at this time.
    fn check(first: &[Status], second: &[Status], worked: i64) -> PresenceCheck {
        let mut check = PresenceCheck::default();
        check.note_agents(agents(first).iter(), at(100));
        check.note_agents(agents(second).iter(), at(130));
        check.worked_at = Some(at(worked));
        check
    }

    #[test]
    fn work_contradicts_the_presence_for_ten_minutes_if_it_came_after_the_last_agent_left() {
        use Status::{Away, Offline};
        let offline = [Offline, Offline];
        assert!(check(&offline, &offline, 101).is_contradicted(at(701)));
        assert!(
            !check(&offline, &offline, 101).is_contradicted(at(702)),
            "ten minutes have passed"
        );
        assert!(
            !check(&offline, &offline, 100).is_contradicted(at(140)),
            "they may have left since"
        );
        assert!(!check(&[Offline, Away], &offline, 101).is_contradicted(at(140)), "one was there");
        assert!(!check(&offline, &[Offline, Away], 135).is_contradicted(at(140)), "one is there");
        assert!(!check(&[], &[], 135).is_contradicted(at(140)), "there are no agents");
    }
}
