//! Settings about agents: the level of detail in the metrics, and the number of chats that an agent can serve.
//!
//! The metrics of single agents are data about persons, so a higher level of detail has to be configured.

use super::reader::MappingReader;
use super::scalar::{NamedVariant, count, number_up_to, word};
pub use crate::omnichannel::labels::names::LabelContent;
pub use crate::omnichannel::rules::AgentDetail;

/// The settings about agents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agents {
    /// Level of detail about single agents.
    pub detail: AgentDetail,
    /// Value of the label `agent`.
    pub label: LabelContent,
    /// Chats that an agent may hold at once; `None` if the workspace sets no limit.
    pub chat_limit: Option<u32>,
    /// Chats that an agent really works on at once, above 0 and at most 1000; `None` derives the number from the limit.
    pub concurrency_factor: Option<f64>,
}

impl NamedVariant for AgentDetail {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("load", Self::Load),
        ("presence", Self::Presence),
        ("performance", Self::Performance),
    ];
}

impl NamedVariant for LabelContent {
    const WORDS: &'static [(&'static str, Self)] = &[("username", Self::Name), ("id", Self::Id)];
}

impl Agents {
    /// Chats that an agent really works on at once: the configured number, else a number derived from the chat limit;
    /// `None` without both. A further chat adds less than 1, because its visitor waits while the agent answers others.
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
