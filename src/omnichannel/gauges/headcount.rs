//! Numbers of agents by presence.

use strum::VariantArray;

use crate::omnichannel::agent::{Agent, Status};

/// Numbers of agents by status (in the order of [`Status::VARIANTS`]) and by acceptance of chats (`[no, yes]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headcount([[u64; 2]; 4]);

impl<'a> FromIterator<&'a Agent> for Headcount {
    fn from_iter<T: IntoIterator<Item = &'a Agent>>(agents: T) -> Self {
        let mut headcount = Self::default();
        agents.into_iter().for_each(|agent| headcount.add(agent));
        headcount
    }
}

impl Headcount {
    pub(super) fn add(&mut self, agent: &Agent) {
        let row = self.0.get_mut(agent.status as usize);
        if let Some(count) = row.and_then(|row| row.get_mut(usize::from(agent.accepting))) {
            *count += 1;
        }
    }

    /// Every status and acceptance of chats with the number of agents.
    pub fn counts(&self) -> impl Iterator<Item = (Status, bool, u64)> {
        Status::VARIANTS.iter().copied().zip(self.0).flat_map(|(status, [closed, accepting])| {
            [(status, false, closed), (status, true, accepting)]
        })
    }
}
