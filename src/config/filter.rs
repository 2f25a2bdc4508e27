//! The filter of a workspace: the chats and calls that are counted.
//!
//! An empty filter admits every chat and call.

use std::collections::BTreeMap;

use super::reader::MappingReader;
use super::scalar::{NamedVariant, name, optional_text, word};
use crate::rocketchat::query::MOST_LIST_VALUES;
use crate::rocketchat::voip_rooms::CallDirection;

/// Conditions that a chat or call must meet to be counted; an empty field is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Departments, by id or name.
    pub departments: Vec<String>,
    /// Agents, by id, at most 20.
    pub agents: Vec<String>,
    /// Tags, at most 20.
    pub tags: Vec<String>,
    /// A part of the room's name.
    pub room_name: Option<String>,
    /// Values of custom fields, by the name of the field.
    pub custom_fields: BTreeMap<String, String>,
    /// The queue of a call.
    pub voip_queue: Option<String>,
    /// The direction of a call.
    pub voip_direction: Option<CallDirection>,
    /// The visitor of a call, by id.
    pub voip_visitor_id: Option<String>,
}

impl NamedVariant for Option<CallDirection> {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("any", None),
        ("inbound", Some(CallDirection::Inbound)),
        ("outbound", Some(CallDirection::Outbound)),
    ];
}

impl Filter {
    pub(super) fn read(section: &mut MappingReader<'_>) -> Self {
        Self {
            departments: section.list("departments", name).unwrap_or_default(),
            agents: short_list(section, "agents"),
            tags: short_list(section, "tags"),
            custom_fields: section.text_map("custom_fields").unwrap_or_default(),
            room_name: section.get("room_name", optional_text).flatten(),
            voip_queue: section.get("voip_queue", optional_text).flatten(),
            voip_direction: section.get("voip_direction", word).unwrap_or_default(),
            voip_visitor_id: section.get("voip_visitor_id", optional_text).flatten(),
        }
    }
}

fn short_list(section: &mut MappingReader<'_>, key: &'static str) -> Vec<String> {
    let list = section.list(key, name).unwrap_or_default();
    if list.len() > MOST_LIST_VALUES {
        let remedy = format!(
            "must not have more than {MOST_LIST_VALUES} values: Rocket.Chat refuses longer lists"
        );
        section.complain(key, &remedy);
    }
    list
}
