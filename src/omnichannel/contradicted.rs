//! Search for rows that a later row, or a closed row, contradicts.
//!
//! The module returns the keys of the rows and changes no list: usually there is no such row, and the lists stay shared
//! with the snapshots.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::chat::Chat;
use super::list::List;
use crate::rocketchat::key::Key;

type ChatsByList = BTreeMap<List, Arc<Vec<Chat>>>;

/// By list, the keys of rows that a later row of another list, or a closed row of the same or a later cycle,
/// contradicts. Of two rows of one cycle, the row of the later list in the order of [`List`] stays. No list contains a
/// key twice.
pub(super) fn keys(
    lists: &ChatsByList,
    closed: &HashMap<Key, (u64, Timestamp)>,
) -> BTreeMap<List, BTreeSet<Key>> {
    let mut latest: HashMap<Key, (u64, List), RandomState> =
        HashMap::with_capacity_and_hasher(rows(lists).count(), RandomState::default());
    for (list, chat) in rows(lists) {
        let row = (chat.read_in, list);
        let newest = latest.entry(chat.key).or_insert(row);
        *newest = (*newest).max(row);
    }
    let stands = |list, chat: &Chat| {
        let is_latest = latest.get(&chat.key) == Some(&(chat.read_in, list));
        let closed = closed.get(&chat.key);
        is_latest && closed.is_none_or(|(cycle, _)| chat.read_in > *cycle)
    };
    let mut contradicted: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (list, chat) in rows(lists).filter(|(list, chat)| !stands(*list, chat)) {
        contradicted.entry(list).or_default().insert(chat.key);
    }
    contradicted
}

fn rows(lists: &ChatsByList) -> impl Iterator<Item = (List, &Chat)> {
    let lists = lists.iter();
    lists.flat_map(|(list, chats)| chats.iter().map(|chat| (*list, chat)))
}
