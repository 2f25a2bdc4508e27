//! The state directory: there, writable, and this process's alone.
//!
//! Opened once at the start, before anything is polled, so that what is wrong with it ends the start and not the
//! first commit. It gives out the files and reads none.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::file::{FileDisk, discard, private};

const LOCK: &str = ".lock";
const PROBE: &str = ".probe";
/// What [`try_out`] writes: an exporter that starts meanwhile has a probe of its own.
const TRIAL: &str = ".check";
/// With the hash and the endings a name stays below the 255 bytes that file systems allow.
const LONGEST_PREFIX: usize = 64;

/// Why the state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It is not there and cannot be made.
    #[error(
        "state directory {path}: cannot be created: {source}; create it for the user that the exporter runs as, or name \
         another with --state.directory"
    )]
    Create {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is there and nothing can be written into it.
    #[error(
        "state directory {path}: cannot be written: {source}; give it to the user that the exporter runs as, on a volume \
         that is writable and not full, or name another with --state.directory"
    )]
    Write {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error(
        "state directory {path} is in use by another exporter: stop that one or name another with --state.directory, one \
         replica per directory"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file system has no locks.
    #[error(
        "state directory {path}: cannot be locked: {source}; use a volume whose file system has locks"
    )]
    Lock {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The directory that holds one file a workspace; locked while this or a disk of it lives.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    lock: Arc<File>,
}

impl StateDirectory {
    /// Makes the directory where it is missing, keeps every other exporter out and tries whether it can be written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DirectoryError> {
        let path = path.into();
        let write = |source| DirectoryError::Write { path: path.clone(), source };
        create(&path).map_err(|source| DirectoryError::Create { path: path.clone(), source })?;
        let mut options = private();
        options.read(true).write(true).create(true).truncate(false);
        let lock = options.open(path.join(LOCK)).map_err(write)?;
        lock_now(&lock, &path)?;
        probe(&path.join(PROBE)).map_err(write)?;
        Ok(Self { path, lock: Arc::new(lock) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a workspace; each name has one of its own.
    pub fn disk(&self, workspace: &str) -> FileDisk {
        FileDisk::new(&self.path, &file_name(workspace), Arc::clone(&self.lock))
    }
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// What a start would find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It is there, can be written and is free.
    Ready,
    /// It is not there and can be made.
    Missing,
}

/// Whether [`StateDirectory::open`] would work here, and leaves everything as it was: what another user than the
/// exporter's made would keep the exporter out.
pub fn try_out(path: &Path) -> Result<Outlook, DirectoryError> {
    let whole = || path.to_owned();
    if !path.is_dir() {
        let found = path
            .ancestors()
            .skip(1)
            .find(|parent| parent.as_os_str().is_empty() || parent.exists());
        let parent =
            found.filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let create = |source| DirectoryError::Create { path: whole(), source };
        if path.exists() {
            return Err(create(io::ErrorKind::NotADirectory.into()));
        }
        return probe(&parent.join(TRIAL)).map(|()| Outlook::Missing).map_err(create);
    }
    let write = |source| DirectoryError::Write { path: whole(), source };
    match File::options().read(true).write(true).open(path.join(LOCK)) {
        Ok(lock) => lock_now(&lock, path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(write(error)),
    }
    probe(&path.join(TRIAL)).map(|()| Outlook::Ready).map_err(write)
}

fn lock_now(lock: &File, path: &Path) -> Result<(), DirectoryError> {
    let path = || path.to_owned();
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => DirectoryError::InUse { path: path() },
        TryLockError::Error(source) => DirectoryError::Lock { path: path(), source },
    })
}

/// The lock may be left from a better time: only a new file shows whether there can be one.
fn probe(path: &Path) -> io::Result<()> {
    discard(path)?;
    private().write(true).create_new(true).open(path)?;
    discard(path)
}

/// Readable for whoever looks into the directory; the hash keeps names apart that read alike, also where case is lost.
fn file_name(workspace: &str) -> String {
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
        let directory = StateDirectory::open(&path).unwrap();
        assert_eq!(directory.path(), path);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert!(!path.join(PROBE).exists());
    }

    #[test]
    fn a_second_exporter_is_kept_out_until_the_first_and_its_disks_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(folder.path()).unwrap();
        let told = StateDirectory::open(folder.path()).unwrap_err().to_string();
        assert!(told.contains("is in use by another exporter: "), "{told}");
        assert!(told.ends_with("one replica per directory"), "{told}");
        let disk = first.disk("acme");
        drop(first);
        assert!(StateDirectory::open(folder.path()).is_err());
        drop(disk);
        assert!(StateDirectory::open(folder.path()).is_ok());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        let told = StateDirectory::open(path.join("state")).unwrap_err().to_string();
        assert!(told.contains("file/state: cannot be created: "), "{told}");
        assert!(told.contains("--state.directory"), "{told}");
        assert!(StateDirectory::open(path).is_err());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        // Permissions do not stop a test that runs as root; a directory in a file's place does.
        fs::create_dir_all(folder.path().join(PROBE).join("full")).unwrap();
        let error = StateDirectory::open(folder.path()).unwrap_err();
        assert!(matches!(error, DirectoryError::Write { .. }), "{error}");
        assert!(error.to_string().contains("cannot be written: "), "{error}");
        fs::remove_dir_all(folder.path().join(PROBE)).unwrap();
        assert!(StateDirectory::open(folder.path()).is_ok(), "a failed start keeps the lock");
    }

    #[test]
    fn trying_a_directory_out_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, is_empty) =
            (folder.path(), || fs::read_dir(folder.path()).unwrap().count() == 0);
        assert_eq!(try_out(path).unwrap(), Outlook::Ready);
        assert_eq!(try_out(&path.join("a/b")).unwrap(), Outlook::Missing);
        assert!(is_empty(), "neither a lock nor a probe nor a directory");
        let file = path.join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(try_out(&file), Err(DirectoryError::Create { .. })));
        assert!(matches!(try_out(&file.join("below")), Err(DirectoryError::Create { .. })));
        let held = StateDirectory::open(path).unwrap();
        assert!(matches!(try_out(path), Err(DirectoryError::InUse { .. })));
        drop(held);
        assert_eq!(try_out(path).unwrap(), Outlook::Ready);
        assert!(StateDirectory::open(path).is_ok(), "the trial holds no lock");
    }

    #[test]
    fn what_a_crash_left_of_the_probe_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PROBE), "").unwrap();
        fs::write(folder.path().join(LOCK), "").unwrap();
        assert!(StateDirectory::open(folder.path()).is_ok());
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
