//! The bound of the rows that a walk remembers.

use std::collections::HashSet;

use crate::rocketchat::key::Key;

/// Most rows that a walk remembers over a pause; with more, all rows are new again.
const MOST_RECOGNISED: usize = 50_000;

/// Clears the memory of the walk if it is large: on an endless list it would grow without limit.
pub(super) fn forget_if_many(seen: &mut HashSet<Key>) {
    if seen.len() > MOST_RECOGNISED {
        *seen = HashSet::new();
    }
}
