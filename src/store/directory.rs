//! The state directory. It exists, is writable, and is locked by one exporter or shared by replicas.
//!
//! In a shared directory, each workspace is locked by one replica. The directory is opened once at the start, before
//! the first poll, so that a wrong directory stops the start and not the first commit. This module reads no state file.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::file::{FileDisk, discard, private};
use super::lock::Lock;
use crate::shard::Shard;

const LOCK: &str = ".lock";
const PROBE: &str = ".probe";
/// File that [`try_out`] writes. Its name differs from [`PROBE`], because an exporter may start at the same time.
const TRIAL: &str = ".check";
/// Longest readable part of a file name. With the hash and the endings, a name stays below the 255 bytes that file
/// systems allow.
const LONGEST_PREFIX: usize = 64;

/// The reason why the state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The directory does not exist and cannot be created.
    #[error(
        "state directory {0}: cannot be created: {1}; create it for the user that the exporter runs as, or \
         set --state.directory to another directory"
    )]
    Create(PathBuf, #[source] io::Error),
    /// The directory exists and is not writable.
    #[error(
        "state directory {0}: cannot be written: {1}; give it to the user that the exporter runs as, on a \
         volume that is writable and not full, or set --state.directory to another directory"
    )]
    Write(PathBuf, #[source] io::Error),
    /// Another process has locked the directory.
    #[error(
        "state directory {0} is in use by another exporter: stop that exporter, or set --state.directory to \
         another directory, one for each replica"
    )]
    InUse(PathBuf),
    /// An exporter without `--shard` has locked the directory; such an exporter writes the state of every workspace.
    #[error(
        "state directory {0} is in use by an exporter that runs without --shard: stop that exporter, or set \
         --state.directory to another directory"
    )]
    InUseWhole(PathBuf),
    /// The file system has no locks.
    #[error(
        "state directory {0}: cannot be locked: {1}; use a volume whose file system supports locks"
    )]
    Lock(PathBuf, #[source] io::Error),
}

/// The use of a directory by several exporters at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// One exporter uses the directory.
    Alone,
    /// Replicas share the directory, each with a shard. The replica of a workspace locks the workspace.
    Shared,
}

impl LockMode {
    /// The lock mode for a replica with this shard, or without a shard.
    pub fn of(shard: Option<Shard>) -> Self {
        if shard.is_some() { Self::Shared } else { Self::Alone }
    }
}

/// The reason why a workspace cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another replica still has the lock, for example while the number of shards changes.
    #[error("another replica has locked the state")]
    Taken,
    /// The system refuses the lock.
    #[error("cannot lock the state: {0}")]
    Lock(io::Error),
}

/// The directory with one file for each workspace. It stays locked for the life of this value and of its disks.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    lock_mode: LockMode,
    lock: Arc<Lock>,
}

impl StateDirectory {
    /// Creates the directory if it is missing, locks it against exporters that do not share it, and writes a test file.
    pub fn open(path: impl Into<PathBuf>, lock_mode: LockMode) -> Result<Self, DirectoryError> {
        let path = path.into();
        let write = |source| DirectoryError::Write(path.clone(), source);
        let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        created.map_err(|source| DirectoryError::Create(path.clone(), source))?;
        let place = path.join(LOCK);
        let file = lock_file(&place).map_err(write)?;
        lock_now(&file, lock_mode, &path)?;
        probe(&path.join(PROBE)).map_err(write)?;
        Ok(Self { path, lock_mode, lock: Arc::new(Lock { file, path: place }) })
    }

    /// The file of a workspace; each name has its own file. No other process can claim it until the disk is dropped.
    pub fn claim(&self, workspace: &str) -> Result<FileDisk, ClaimError> {
        let name = file_name(workspace);
        let claim = match self.lock_mode {
            LockMode::Alone => None,
            LockMode::Shared => Some(claim(&self.path.join(format!("{name}.lock")))?),
        };
        Ok(FileDisk::new(&self.path, &name, (Arc::clone(&self.lock), claim)))
    }
}

/// Locks a workspace by a separate file, because each commit replaces the state file. The lock file is never deleted;
/// otherwise a waiter and a newcomer would lock different inodes.
fn claim(path: &Path) -> Result<Lock, ClaimError> {
    let file = lock_file(path).map_err(ClaimError::Lock)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { file, path: path.to_owned() }),
        Err(TryLockError::WouldBlock) => Err(ClaimError::Taken),
        Err(TryLockError::Error(error)) => Err(ClaimError::Lock(error)),
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    private().read(true).write(true).create(true).truncate(false).open(path)
}

/// The result of a check of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryCheck {
    /// The directory exists, is writable and is free.
    Ready,
    /// The directory does not exist and can be created.
    Missing,
}

/// Checks that [`StateDirectory::open`] would succeed, and leaves no file behind: a file of another user would keep the
/// exporter out.
pub fn try_out(path: &Path, lock_mode: LockMode) -> Result<DirectoryCheck, DirectoryError> {
    if !path.is_dir() {
        let found = path
            .ancestors()
            .skip(1)
            .find(|parent| parent.as_os_str().is_empty() || parent.exists());
        let parent =
            found.filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let create = |source| DirectoryError::Create(path.to_owned(), source);
        if path.exists() {
            return Err(create(io::ErrorKind::NotADirectory.into()));
        }
        return probe(&parent.join(TRIAL)).map(|()| DirectoryCheck::Missing).map_err(create);
    }
    let write = |source| DirectoryError::Write(path.to_owned(), source);
    match File::options().read(true).write(true).open(path.join(LOCK)) {
        Ok(lock) => lock_now(&lock, lock_mode, path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(write(error)),
    }
    probe(&path.join(TRIAL)).map(|()| DirectoryCheck::Ready).map_err(write)
}

fn lock_now(lock: &File, lock_mode: LockMode, path: &Path) -> Result<(), DirectoryError> {
    let path = path.to_owned();
    let locked = match lock_mode {
        LockMode::Alone => lock.try_lock(),
        LockMode::Shared => lock.try_lock_shared(),
    };
    locked.map_err(|error| match (error, lock_mode) {
        (TryLockError::WouldBlock, LockMode::Alone) => DirectoryError::InUse(path),
        (TryLockError::WouldBlock, LockMode::Shared) => DirectoryError::InUseWhole(path),
        (TryLockError::Error(source), _) => DirectoryError::Lock(path, source),
    })
}

/// Creates and removes a file. The lock file may already exist, so only a new file proves that files can be created.
fn probe(path: &Path) -> io::Result<()> {
    discard(path)?;
    // The file may exist: another replica may probe at the same moment.
    private().write(true).create(true).truncate(true).open(path)?;
    discard(path)
}

/// File name of a workspace. The prefix is readable. The hash distinguishes names with the same prefix, also on file
/// systems that ignore case.
pub(super) fn file_name(workspace: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let prefix: String = workspace.chars().map(safe).take(LONGEST_PREFIX).collect();
    let prefix = prefix.trim_start_matches('.');
    format!("{prefix}-{:016x}.state", xxh3_64(workspace.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_missing_directory_is_made_with_its_parents_for_one_user() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let directory = StateDirectory::open(&path, LockMode::Alone).unwrap();
        assert_eq!(directory.path, path);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert!(!path.join(PROBE).exists());
    }

    #[test]
    fn a_lock_ends_with_the_directory_although_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(folder.path(), LockMode::Alone).unwrap();
        let copy = first.lock.file.try_clone().unwrap();
        drop(first);
        assert!(StateDirectory::open(folder.path(), LockMode::Alone).is_ok());
        drop(copy);
    }

    #[test]
    fn a_second_exporter_is_kept_out_until_the_first_and_its_disks_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(folder.path(), LockMode::Alone).unwrap();
        let told = StateDirectory::open(folder.path(), LockMode::Alone).unwrap_err().to_string();
        assert!(told.contains("is in use by another exporter: "), "{told}");
        assert!(told.ends_with("one for each replica"), "{told}");
        let disk = first.claim("acme").unwrap();
        drop(first);
        assert!(StateDirectory::open(folder.path(), LockMode::Alone).is_err());
        drop(disk);
        assert!(StateDirectory::open(folder.path(), LockMode::Alone).is_ok());
    }

    #[test]
    fn replicas_share_a_directory_and_no_workspace_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let shared = || StateDirectory::open(folder.path(), LockMode::Shared);
        let (first, second) = (shared().unwrap(), shared().unwrap());
        let acme = first.claim("acme").unwrap();
        assert!(matches!(second.claim("acme"), Err(ClaimError::Taken)));
        assert!(matches!(first.claim("acme"), Err(ClaimError::Taken)), "not even of one process");
        let _other = second.claim("other").unwrap();
        drop(acme);
        assert!(second.claim("acme").is_ok());
    }

    #[test]
    fn an_exporter_of_every_workspace_and_one_of_a_shard_keep_each_other_out() {
        let folder = tempfile::tempdir().unwrap();
        let open = |lock_mode| StateDirectory::open(folder.path(), lock_mode);
        let whole = open(LockMode::Alone).unwrap();
        let told = open(LockMode::Shared).unwrap_err().to_string();
        assert!(told.contains("runs without --shard: stop that exporter, or "), "{told}");
        assert!(try_out(folder.path(), LockMode::Shared).is_err());
        drop(whole);
        let _shard = open(LockMode::Shared).unwrap();
        assert!(matches!(open(LockMode::Alone), Err(DirectoryError::InUse(_))));
        assert_eq!(try_out(folder.path(), LockMode::Shared).unwrap(), DirectoryCheck::Ready);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        let told =
            StateDirectory::open(path.join("state"), LockMode::Alone).unwrap_err().to_string();
        assert!(told.contains("file/state: cannot be created: "), "{told}");
        assert!(told.contains("--state.directory"), "{told}");
        assert!(StateDirectory::open(path, LockMode::Alone).is_err());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        // Permissions do not stop a test that runs as root; a directory at the path of the file does.
        fs::create_dir_all(folder.path().join(PROBE).join("full")).unwrap();
        let error = StateDirectory::open(folder.path(), LockMode::Alone).unwrap_err();
        assert!(matches!(error, DirectoryError::Write(..)), "{error}");
        assert!(error.to_string().contains("cannot be written: "), "{error}");
        fs::remove_dir_all(folder.path().join(PROBE)).unwrap();
        assert!(
            StateDirectory::open(folder.path(), LockMode::Alone).is_ok(),
            "a failed start keeps the lock"
        );
    }

    #[test]
    fn trying_a_directory_out_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, is_empty) =
            (folder.path(), || fs::read_dir(folder.path()).unwrap().count() == 0);
        assert_eq!(try_out(path, LockMode::Alone).unwrap(), DirectoryCheck::Ready);
        assert_eq!(try_out(&path.join("a/b"), LockMode::Alone).unwrap(), DirectoryCheck::Missing);
        assert!(is_empty(), "neither a lock nor a probe nor a directory");
        let file = path.join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(try_out(&file, LockMode::Alone), Err(DirectoryError::Create(..))));
        assert!(matches!(
            try_out(&file.join("below"), LockMode::Alone),
            Err(DirectoryError::Create(..))
        ));
        let held = StateDirectory::open(path, LockMode::Alone).unwrap();
        assert!(matches!(try_out(path, LockMode::Alone), Err(DirectoryError::InUse(_))));
        drop(held);
        assert_eq!(try_out(path, LockMode::Alone).unwrap(), DirectoryCheck::Ready);
        assert!(StateDirectory::open(path, LockMode::Alone).is_ok(), "the trial holds no lock");
    }

    #[test]
    fn what_a_crash_left_of_the_probe_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PROBE), "").unwrap();
        fs::write(folder.path().join(LOCK), "").unwrap();
        assert!(StateDirectory::open(folder.path(), LockMode::Alone).is_ok());
    }

    #[test]
    fn names_that_read_alike_have_files_of_their_own() {
        let long = "a".repeat(300);
        let names = ["acme", "Acme", "a/b", "a_b", "a b", "..", ".", "", "日本", "日木", &long];
        let files: BTreeSet<_> = names.iter().map(|name| file_name(name).to_lowercase()).collect();
        assert_eq!(files.len(), names.len());
        for file in files {
            let safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            assert!(file.chars().all(safe) && !file.starts_with('.'), "{file}");
            assert!(file.len() <= 100, "{file}");
        }
    }

    #[test]
    fn a_workspace_finds_its_file_again_in_every_release() {
        assert_eq!(file_name("chat.example.com"), "chat.example.com-9f9113a5e1eb963d.state");
    }
}
