//! The durable state of a workspace. After any crash, the last committed state is there, complete.
//!
//! A new state must be committed before its values are shown; otherwise a crash would make counters go back. For the
//! same reason there is only one generation of the state. The module [`state`] defines the payload and decides if an
//! old payload may be continued. The other modules handle only bytes.

mod directory;
pub mod file;
pub mod format;
pub(crate) mod lock;
pub mod state;

use std::io;
use std::path::Path;

pub use directory::{
    ClaimError, DirectoryCheck, DirectoryError, LockMode, StateDirectory, try_out,
};
use file::{Disk, LIMIT_BYTES};

use crate::bounded_file;

/// The state file of one workspace.
#[derive(Debug)]
pub struct Store {
    disk: Box<dyn Disk>,
}

/// The result of loading a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// No state has been committed yet.
    Missing,
    /// The last committed state, or the state of a commit that was interrupted at its last step.
    Found {
        /// Format of the payload.
        version: u16,
        /// The payload that was sealed.
        payload: Vec<u8>,
    },
    /// The file cannot be read or is damaged; with the reason.
    Damaged(String),
}

impl Loaded {
    /// The state in these bytes of a file.
    pub fn of(sealed: &[u8]) -> Self {
        match format::open(sealed) {
            Ok((version, payload)) => Self::Found { version, payload: payload.to_vec() },
            Err(damage) => Self::Damaged(damage.to_string()),
        }
    }

    fn read(file: io::Result<Option<Vec<u8>>>) -> Self {
        match file {
            Ok(Some(bytes)) => Self::of(&bytes),
            Ok(None) => Self::Missing,
            Err(error) => Self::Damaged(format!("cannot be read: {error}")),
        }
    }
}

/// The state of a workspace in a directory that another exporter may use, without its lock. Blocks.
pub fn peek(directory: &Path, workspace: &str) -> Loaded {
    let path = directory.join(directory::file_name(workspace));
    Loaded::read(bounded_file::bytes_if_any(&path, LIMIT_BYTES))
}

/// A step of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub enum CommitStep {
    /// Writing the temporary file.
    #[strum(serialize = "cannot be written")]
    Write,
    /// Making the temporary file durable.
    #[strum(serialize = "cannot be made durable")]
    Sync,
    /// Replacing the state file by the temporary file.
    #[strum(serialize = "cannot be renamed to its final name")]
    Rename,
    /// Making the replacement durable.
    #[strum(serialize = "cannot be made durable in its directory")]
    SyncDirectory,
}

/// A commit that failed. The disk has the previous state, or perhaps the new state if the last step failed.
#[derive(Debug, thiserror::Error)]
#[error("the state {step}: {source}; {}", remedy(source.kind()))]
pub struct CommitError {
    /// The step that failed.
    pub step: CommitStep,
    /// Error of the system, with the path.
    pub source: io::Error,
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free space on the volume or enlarge it"
        }
        io::ErrorKind::ReadOnlyFilesystem => "remount the volume writable",
        io::ErrorKind::PermissionDenied => {
            "give the directory to the user that the exporter runs as"
        }
        io::ErrorKind::NotFound => {
            "the state directory or a file in it was removed: restart the exporter, which creates it again"
        }
        io::ErrorKind::StaleNetworkFileHandle => {
            "the state directory was moved, removed or emptied while the exporter ran: restart the exporter"
        }
        _ => "check the volume and the system's log",
    }
}

impl Store {
    /// A store on this disk.
    pub fn new(disk: Box<dyn Disk>) -> Self {
        Self { disk }
    }

    /// Loads the state; blocks.
    pub fn load(&self) -> Loaded {
        Loaded::read(self.disk.read())
    }

    /// Replaces the state by a sealed state (see [`format::seal`]). The new state is durable when this returns. Blocks.
    ///
    /// After an error, the next commit needs no special handling.
    pub fn commit(&mut self, sealed: &[u8]) -> Result<(), CommitError> {
        let at = |step| move |source| CommitError { step, source };
        self.disk.write(sealed).map_err(at(CommitStep::Write))?;
        self.disk.sync().map_err(at(CommitStep::Sync))?;
        self.disk.rename().map_err(at(CommitStep::Rename))?;
        self.disk.sync_directory().map_err(at(CommitStep::SyncDirectory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(payload: &[u8]) -> Loaded {
        Loaded::Found { version: 3, payload: payload.to_vec() }
    }

    fn directory(folder: &tempfile::TempDir) -> StateDirectory {
        StateDirectory::open(folder.path(), LockMode::Alone).unwrap()
    }

    fn store(folder: &tempfile::TempDir) -> Store {
        Store::new(Box::new(directory(folder).claim("acme").unwrap()))
    }

    #[test]
    fn what_was_committed_is_loaded_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = store(&folder);
        assert_eq!(first.load(), Loaded::Missing);
        first.commit(&format::seal(3, b"one")).unwrap();
        first.commit(&format::seal(3, b"two")).unwrap();
        drop(first);
        assert_eq!(store(&folder).load(), found(b"two"));
    }

    #[test]
    fn a_file_that_is_no_state_is_damaged_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let disk = directory(&folder).claim("acme").unwrap();
        let path = disk.path.clone();
        let store = Store::new(Box::new(disk));
        std::fs::write(&path, "PK").unwrap();
        assert!(matches!(store.load(), Loaded::Damaged(why) if why.contains("not a state")));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(
            matches!(store.load(), Loaded::Damaged(why) if why.starts_with("cannot be read: "))
        );
    }

    #[test]
    fn a_failed_commit_names_step_path_and_remedy_and_the_next_may_work() {
        let folder = tempfile::tempdir().unwrap();
        let disk = directory(&folder).claim("acme").unwrap();
        let path = disk.path.clone();
        let mut store = Store::new(Box::new(disk));
        std::fs::create_dir(&path).unwrap();
        let error = store.commit(&format::seal(3, b"one")).unwrap_err();
        assert_eq!(error.step, CommitStep::Rename);
        let told = error.to_string();
        assert!(told.starts_with("the state cannot be renamed to its final name: /"), "{told}");
        assert!(told.ends_with("; check the volume and the system's log"), "{told}");
        std::fs::remove_dir(&path).unwrap();
        store.commit(&format::seal(3, b"two")).unwrap();
        assert_eq!(store.load(), found(b"two"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_an_operator_does_depends_on_what_the_system_says() {
        for (code, remedy) in [
            (28, "free space on the volume or enlarge it"),
            (30, "remount the volume writable"),
            (13, "give the directory to the user that the exporter runs as"),
            (
                116,
                "the state directory was moved, removed or emptied while the exporter ran: restart the exporter",
            ),
        ] {
            let source = io::Error::from_raw_os_error(code);
            let told = CommitError { step: CommitStep::Write, source }.to_string();
            assert!(told.starts_with("the state cannot be written: "), "{told}");
            assert!(told.ends_with(remedy), "{told}");
        }
    }
}
