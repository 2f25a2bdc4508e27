//! The hash that identifies a row: tens of thousands are kept, and their own ids would take five times the memory.
//!
//! The durable state contains keys, so the hash function must never change.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// 64 bits of an `_id`, so that a state file contains no ids of rooms. Among a million rows, the probability that two
/// rows have the same key is one in 37 million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(u64);

impl Key {
    /// The key of an `_id`; the same on every machine and with every version.
    pub fn of(id: &str) -> Self {
        Self(xxh3_64(id.as_bytes()))
    }
}
