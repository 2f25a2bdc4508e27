//! What a row is known by: tens of thousands are, and their own ids would take five times the room.
//!
//! Made of a row's `_id`; used by walks over pages, by the floor and by the ledgers, and kept in the durable state.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// 64 bits of an `_id`, so that a state file holds no ids of rooms. Among a million
/// rows, two share them with a chance of one in 37 million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(u64);

impl Key {
    /// The key of an `_id`; the same on every machine and with every version.
    pub fn of(id: &str) -> Self {
        Self(xxh3_64(id.as_bytes()))
    }
}
