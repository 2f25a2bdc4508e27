//! The assignment of workspaces to replicas, if several replicas share one configuration.
//!
//! The module is pure. `config` decides index and count; `store` prevents that two replicas write the same state.
//!
//! Each shard has a weight for a workspace: the XXH3 hash (64 bits, no seed) of the workspace's name followed by the
//! shard's index as four bytes, the least significant byte first. The shard with the highest weight watches the
//! workspace (rendezvous hashing). An additional shard takes workspaces from all others and moves none between them.
//! Another hash, or another input of the hash, would move workspaces with an update, so a test compares the assignment
//! with a fixed list.

use xxhash_rust::xxh3::Xxh3Default;

/// Largest number of shards: each replica computes one weight for each workspace and shard.
pub const MOST_SHARDS: u32 = 1000;

/// Reason why a shard is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// No shards, or too many.
    #[error("there must be at least 1 and at most {MOST_SHARDS} shards")]
    Count,
    /// The index is not below the count.
    #[error("the numbers of shards begin at 0: the last of {0} shards is {last}", last = .0 - 1)]
    Index(u32),
}

/// One of several replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// The shard `index`, from 0, of `count`.
    pub fn new(index: u32, count: u32) -> Result<Self, ShardError> {
        if !(1..=MOST_SHARDS).contains(&count) {
            return Err(ShardError::Count);
        }
        if index >= count {
            return Err(ShardError::Index(count));
        }
        Ok(Self { index, count })
    }

    /// Index of the shard, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Number of shards.
    pub fn count(self) -> u32 {
        self.count
    }

    /// True if this shard watches the workspace of this name.
    pub fn has(self, workspace: &str) -> bool {
        let heaviest = (0..self.count).max_by_key(|index| (weight(*index, workspace), *index));
        heaviest == Some(self.index)
    }
}

fn weight(index: u32, workspace: &str) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(workspace.as_bytes());
    hash.update(&index.to_le_bytes());
    hash.digest()
}

/// The number at the end of a host name, as a StatefulSet gives one to each of its pods: 2 of `exporter-2`.
pub fn ordinal(host_name: &str) -> Option<u32> {
    let (_, number) = host_name.split('.').next()?.rsplit_once('-')?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::collection::hash_set;
    use proptest::prelude::*;

    use super::*;

    fn owner(workspace: &str, count: u32) -> u32 {
        let all = (0..count).map(|index| Shard::new(index, count).unwrap());
        let owners: Vec<u32> = all.filter(|it| it.has(workspace)).map(Shard::index).collect();
        assert_eq!(owners.len(), 1, "{workspace} of {count}: {owners:?}");
        owners[0]
    }

    #[test]
    fn a_workspace_stays_in_its_shard_in_every_release() {
        let names = [
            "acme",
            "Acme",
            "chat.example.com",
            "demo",
            "emea",
            "apac",
            "support",
            "sales",
            "a",
            "日本",
            "workspace-1",
            "workspace-2",
        ];
        let of = |count| names.map(|name| owner(name, count));
        assert_eq!(of(2), [0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1]);
        assert_eq!(of(3), [2, 1, 1, 0, 1, 1, 1, 0, 2, 2, 0, 1]);
        assert_eq!(of(7), [2, 5, 1, 4, 4, 5, 5, 6, 2, 2, 4, 1]);
    }

    #[test]
    fn shards_take_about_as_many_workspaces_each() {
        for count in [2_u32, 3, 5, 10] {
            let mut taken = vec![0_u32; count as usize];
            (0..10_000).for_each(|n| taken[owner(&format!("ws-{n}"), count) as usize] += 1);
            let fair = 10_000 / count;
            let is_fair = |taken: &u32| taken.abs_diff(fair) < fair / 6;
            assert!(taken.iter().all(is_fair), "{taken:?}");
        }
    }

    proptest! {
        #[test]
        fn every_workspace_is_in_one_shard(name in ".{0,40}", count in 1_u32..60) {
            prop_assert!(owner(&name, count) < count);
        }

        #[test]
        fn a_shard_more_only_takes_and_takes_its_part(
            names in hash_set("[a-z0-9.-]{4,24}", 600),
            count in 1_u32..9,
        ) {
            let moved = names.iter().filter(|name| {
                let (before, after) = (owner(name, count), owner(name, count + 1));
                assert!(before == after || after == count, "{name} went from {before} to {after}");
                before != after
            });
            let (moved, expected) = (moved.count(), names.len() / (count as usize + 1));
            // Six standard deviations of a fair draw.
            let width = 6.0 * (expected as f64).sqrt();
            prop_assert!(moved.abs_diff(expected) as f64 <= width, "{moved} instead of {expected}");
        }
    }

    #[test]
    fn what_is_no_shard_is_refused_with_the_reason() {
        for (index, count, reason) in [
            (0, 0, "there must be at least 1 and at most 1000 shards"),
            (0, 1001, "there must be at least 1 and at most 1000 shards"),
            (3, 3, "the numbers of shards begin at 0: the last of 3 shards is 2"),
            (u32::MAX, 1, "the numbers of shards begin at 0: the last of 1 shards is 0"),
        ] {
            assert_eq!(Shard::new(index, count).unwrap_err().to_string(), reason);
        }
        assert_eq!(Shard::new(2, 3).map(|it| (it.index(), it.count())), Ok((2, 3)));
    }

    #[test]
    fn the_ordinal_is_the_number_behind_the_last_dash() {
        for (host, expected) in [
            ("exporter-0", Some(0)),
            ("rocketchat-omnichannel-exporter-12", Some(12)),
            ("exporter-2.exporter.monitoring.svc", Some(2)),
            ("exporter", None),
            ("exporter-", None),
            ("exporter2", None),
            ("exporter-7f9c4-x2x4z", None),
            ("exporter-+2", None),
            ("exporter-99999999999", None),
            ("", None),
        ] {
            assert_eq!(ordinal(host), expected, "{host}");
        }
    }
}
