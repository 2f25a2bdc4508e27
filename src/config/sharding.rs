//! Settings of sharding: the index of this replica's shard, and the number of shards.
//!
//! The shard is resolved after all layers are merged, because its index and the number may come from different layers.
//! `shard` assigns the workspaces to the shards.

use std::io;
use std::path::Path;

use config::Value;

use super::problems::Problems;
use super::reader::MappingReader;
use super::scalar::{ScalarResult, text, whole};
use crate::bounded_file;
use crate::shard::{Shard, ShardError, ordinal};

/// File with the host name in Linux. In a container it holds the container's host name, in a pod the pod's name.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";
const MOST_HOST_NAME_BYTES: u64 = 256;

/// Index of this replica's shard, in its written form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardIndex {
    /// The number at the end of the host name.
    Auto,
    /// This index, from 0.
    Given(u32),
}

/// The reason why there is no shard.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShardingError {
    #[error("auto needs the host name, and {HOST_NAME} cannot be read: {0}; give the number")]
    HostName(io::Error),
    #[error(
        "auto reads the number at the end of the host name, and {0:?} does not end in a number as name-0 does: run a \
         StatefulSet, or give the number"
    )]
    NoNumber(String),
    #[error(
        "of the host name {0:?}: {1}; run as many replicas as there are shards, or raise shards"
    )]
    OfHostName(String, ShardError),
    #[error(transparent)]
    Given(#[from] ShardError),
}

/// The settings of sharding, in their written form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sharding {
    pub(super) shard: Option<ShardIndex>,
    pub(super) shards: Option<u32>,
    /// True if a wrong value was written; the problem is already reported.
    is_misread: bool,
}

impl Sharding {
    pub(super) fn overlay(&mut self, root: &mut MappingReader<'_>) {
        let shards =
            |value: &Value| parse_shards(whole(value)?).map_err(|error| error.to_string().into());
        let set = [root.holds("shard"), root.holds("shards")];
        self.shard = root.get("shard", index);
        self.shards = root.get("shards", shards);
        self.is_misread = set != [self.shard.is_some(), self.shards.is_some()];
    }

    /// The shard; `None` if replicas do not share the workspaces, or after a problem. `host_name` is called only for
    /// [`ShardIndex::Auto`].
    pub(super) fn resolve(
        self,
        host_name: impl FnOnce() -> Result<String, ShardingError>,
        problems: &mut Problems,
    ) -> Option<Shard> {
        let mut missing = |key: &str, what: &str| {
            let remedy = format!("is missing: {what}, with --{key} or {key} in the file");
            problems.add(&key, &remedy);
            None
        };
        let (shard, shards) = match (self.shard, self.shards) {
            _ if self.is_misread => return None,
            (None, None) => return None,
            (Some(shard), Some(shards)) => (shard, shards),
            (Some(_), None) => return missing("shards", "give the number of replicas"),
            (None, Some(_)) => {
                return missing("shard", "give the number of this replica, from 0, or auto");
            }
        };
        let shard = match shard {
            ShardIndex::Given(index) => Shard::new(index, shards).map_err(ShardingError::from),
            ShardIndex::Auto => host_name().and_then(|host_name| of_host(host_name, shards)),
        };
        shard.map_err(|problem| problems.add(&"shard", &problem)).ok()
    }
}

fn of_host(host_name: String, shards: u32) -> Result<Shard, ShardingError> {
    let Some(index) = ordinal(&host_name) else {
        return Err(ShardingError::NoNumber(host_name));
    };
    Shard::new(index, shards).map_err(|error| ShardingError::OfHostName(host_name, error))
}

/// The name of this machine, container or pod.
pub(super) fn host_name() -> Result<String, ShardingError> {
    let read = bounded_file::text(Path::new(HOST_NAME), MOST_HOST_NAME_BYTES);
    read.map(|name| name.trim().to_owned()).map_err(ShardingError::HostName)
}

fn index(value: &Value) -> ScalarResult<ShardIndex> {
    if let Ok(index) = whole(value) {
        return Ok(ShardIndex::Given(index));
    }
    parse_shard(&text(value).unwrap_or_default()).map_err(Into::into)
}

/// Reads `auto` or the index of a shard, from 0.
pub(crate) fn parse_shard(text: &str) -> Result<ShardIndex, &'static str> {
    if text == "auto" {
        return Ok(ShardIndex::Auto);
    }
    let index = text.parse().map(ShardIndex::Given);
    index.map_err(|_| "must be auto or a whole number from 0")
}

/// Checks a number of shards; an error if there are none or more than 1000.
pub(crate) fn parse_shards(count: u32) -> Result<u32, ShardError> {
    Shard::new(0, count).map(Shard::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(
        shard: Option<ShardIndex>,
        shards: Option<u32>,
        host_name: &str,
    ) -> Result<Option<Shard>, String> {
        let mut problems = Problems::default();
        let shard = Sharding { shard, shards, is_misread: false }
            .resolve(|| Ok(host_name.to_owned()), &mut problems);
        problems.or(shard).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_host_name_of_a_pod_tells_its_shard() {
        let auto = Some(ShardIndex::Auto);
        assert_eq!(resolved(auto, Some(3), "exporter-2"), Ok(Some(Shard::new(2, 3).unwrap())));
        let told = resolved(auto, Some(3), "worker").unwrap_err();
        assert!(told.starts_with("shard: ") && told.contains("\"worker\" does not end"), "{told}");
        assert!(told.contains("StatefulSet"), "{told}");
        let told = resolved(auto, Some(2), "exporter-2").unwrap_err();
        assert!(told.contains("\"exporter-2\"") && told.contains("raise shards"), "{told}");
    }

    #[test]
    fn one_without_the_other_is_refused() {
        assert_eq!(resolved(None, None, ""), Ok(None));
        let told = resolved(Some(ShardIndex::Given(0)), None, "").unwrap_err();
        assert!(told.starts_with("shards: is missing: ") && told.contains("--shards"), "{told}");
        let told = resolved(None, Some(2), "").unwrap_err();
        assert!(told.starts_with("shard: is missing: ") && told.contains("--shard or"), "{told}");
    }

    #[test]
    fn this_machine_has_a_name() {
        assert!(!host_name().unwrap().is_empty());
    }
}
