//! What is told about the people who answer, and what they can carry.

use super::reader::MappingReader;
use super::scalar::{NamedVariant, count, number_up_to, word};

/// The settings about agents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agents {
    /// How much is told about single agents.
    pub detail: AgentDetail,
    /// What the label `agent` holds.
    pub label: AgentLabel,
    /// The chats that an agent may hold at once, where the workspace sets a limit.
    pub chat_limit: Option<u32>,
    /// How many chats at once an agent really works on, above 0 and at most 1000.
    pub concurrency_factor: Option<f64>,
}

/// How much is told about single agents; each level includes the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentDetail {
    /// Nothing.
    Off,
    /// The chats they hold.
    #[default]
    Load,
    /// Also whether they are there and accept chats.
    Presence,
    /// Also how fast they answer and what they close.
    Performance,
}

impl NamedVariant for AgentDetail {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("load", Self::Load),
        ("presence", Self::Presence),
        ("performance", Self::Performance),
    ];
}

/// What the label `agent` holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AgentLabel {
    /// The user name.
    #[default]
    Username,
    /// The user id, a pseudonym.
    Id,
}

impl NamedVariant for AgentLabel {
    const WORDS: &'static [(&'static str, Self)] =
        &[("username", Self::Username), ("id", Self::Id)];
}

impl Agents {
    /// Chats at once an agent really works on: as configured, else as the chat limit lets expect. Each
    /// further chat at once adds less, because its visitor waits for the others.
    pub fn effective_concurrency_factor(&self) -> Option<f64> {
        let derived = |limit| match limit {
            0 | 1 => 1.0,
            2 => 1.7,
            3 => 2.5,
            4 => 2.9,
            _ => 3.5,
        };
        self.concurrency_factor.or(self.chat_limit.map(derived))
    }

    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        section.set("detail", &mut self.detail, word);
        section.set("label", &mut self.label, word);
        section.set("chat_limit", &mut self.chat_limit, |value| count(value).map(Some));
        section.set("concurrency_factor", &mut self.concurrency_factor, |value| {
            number_up_to(1000.0, value).map(Some)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_concurrency_factor_follows_from_the_chat_limit_unless_it_is_set() {
        let factor = |chat_limit, concurrency_factor| {
            let agents = Agents { chat_limit, concurrency_factor, ..Agents::default() };
            agents.effective_concurrency_factor()
        };
        let derived = [1, 2, 3, 4, 5, 6, 50].map(|limit| factor(Some(limit), None));
        assert_eq!(derived, [1.0, 1.7, 2.5, 2.9, 3.5, 3.5, 3.5].map(Some));
        assert_eq!(factor(Some(4), Some(2.0)), Some(2.0));
        assert_eq!(factor(None, None), None);
    }
}
