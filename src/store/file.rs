//! One file on a real disk, replaced in single steps.
//!
//! The steps are separate methods of the trait [`Disk`], so that tests can use a disk that loses its power between any
//! two steps. The bytes have no meaning here.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::{Lock, at};
use crate::bounded_file;

/// Size of the largest file that is read, bytes. Ten thousand chats need far less.
pub const LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// The steps that replace the one file of a workspace. They block; each error contains the path.
pub trait Disk: Send + fmt::Debug {
    /// The whole file; `None` if there is no file. Fails if the file is larger than [`LIMIT_BYTES`].
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Writes a new temporary file beside the file, and replaces an old temporary file. This step and `rename` fail if
    /// another process may have locked the directory or the workspace.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the content of the temporary file durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Replaces the file by the temporary file.
    fn rename(&mut self) -> io::Result<()>;

    /// Makes the replacement durable.
    fn sync_directory(&mut self) -> io::Result<()>;
}

/// A file in the state directory.
#[derive(Debug)]
pub struct FileDisk {
    directory: PathBuf,
    pub(super) path: PathBuf,
    temporary: PathBuf,
    /// The temporary file after `write` and before `rename`.
    written: Option<File>,
    /// Locks that exclude other exporters for the life of this value.
    locks: Locks,
}

/// The locks that are needed to write a file: the lock of the directory and, in a shared directory, of the workspace.
pub(super) type Locks = (Arc<Lock>, Option<Lock>);

impl FileDisk {
    pub(super) fn new(directory: &Path, name: &str, locks: Locks) -> Self {
        Self {
            directory: directory.to_owned(),
            path: directory.join(name),
            temporary: directory.join(format!("{name}.tmp")),
            written: None,
            locks,
        }
    }

    /// Fails if another exporter may have a lock, for example after the directory was moved, removed or emptied.
    fn verify(&self) -> io::Result<()> {
        let (directory, own) = &self.locks;
        directory.verify()?;
        own.as_ref().map_or(Ok(()), Lock::verify)
    }

    fn create(&self, bytes: &[u8]) -> io::Result<File> {
        discard(&self.temporary)?;
        let mut file = private().write(true).create_new(true).open(&self.temporary)?;
        file.write_all(bytes)?;
        Ok(file)
    }
}

impl Disk for FileDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        bounded_file::bytes_if_any(&self.path, LIMIT_BYTES).map_err(at(&self.path))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written = None;
        self.verify()?;
        let created = self.create(bytes).map_err(|error| {
            // An incomplete file must not fill the disk. If the removal fails, the next write tries again.
            let _left = discard(&self.temporary).is_err();
            at(&self.temporary)(error)
        });
        self.written = Some(created?);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let written = self.written.as_ref().ok_or_else(nothing_written);
        written.and_then(File::sync_all).map_err(at(&self.temporary))
    }

    fn rename(&mut self) -> io::Result<()> {
        let written = self.written.take().ok_or_else(nothing_written);
        written.map_err(at(&self.temporary))?;
        self.verify()?;
        fs::rename(&self.temporary, &self.path).map_err(at(&self.path))
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        sync_directory(&self.directory).map_err(at(&self.directory))
    }
}

/// Options to open a state file; a new file is readable only by the exporter's own user.
pub(super) fn private() -> OpenOptions {
    let mut options = File::options();
    options.mode(0o600);
    options
}

/// Removes a file; a missing file is no error.
pub(super) fn discard(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable. Some network and foreign file systems (CIFS, DrvFs) refuse this request as
/// invalid; there, the rename alone must suffice.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        Err(error) if is_unknown_request(&error) => Ok(()),
        outcome => outcome,
    }
}

fn is_unknown_request(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

fn nothing_written() -> io::Error {
    io::Error::other("nothing has been written")
}

#[cfg(test)]
mod tests {
    use super::super::{LockMode, StateDirectory};
    use super::*;

    fn disk() -> (tempfile::TempDir, FileDisk) {
        let folder = tempfile::tempdir().unwrap();
        let disk =
            StateDirectory::open(folder.path(), LockMode::Alone).unwrap().claim("acme").unwrap();
        (folder, disk)
    }

    fn replace(disk: &mut FileDisk, bytes: &[u8]) {
        disk.write(bytes).unwrap();
        disk.sync().unwrap();
        disk.rename().unwrap();
        disk.sync_directory().unwrap();
    }

    #[test]
    fn what_was_written_shows_once_it_is_renamed() {
        let (_folder, mut disk) = disk();
        assert_eq!(disk.read().unwrap(), None);
        replace(&mut disk, b"one");
        disk.write(b"two").unwrap();
        disk.sync().unwrap();
        assert_eq!(disk.read().unwrap().unwrap(), b"one");
        disk.rename().unwrap();
        assert_eq!(disk.read().unwrap().unwrap(), b"two");
        assert!(!disk.temporary.exists());
    }

    #[test]
    fn what_a_crash_left_behind_is_in_nobodys_way() {
        let (_folder, mut disk) = disk();
        fs::write(&disk.temporary, [b'x'; 1000]).unwrap();
        replace(&mut disk, b"one");
        assert_eq!(disk.read().unwrap().unwrap(), b"one");
        assert!(!disk.temporary.exists());
    }

    #[test]
    fn a_step_without_the_one_before_it_is_refused() {
        let (_folder, mut disk) = disk();
        fs::write(&disk.temporary, b"of another time").unwrap();
        assert!(disk.sync().is_err());
        assert!(disk.rename().is_err());
        assert_eq!(disk.read().unwrap(), None);
    }

    #[test]
    fn a_file_beyond_all_measure_is_not_read() {
        let (_folder, disk) = disk();
        File::create(&disk.path).unwrap().set_len(LIMIT_BYTES + 1).unwrap();
        let told = disk.read().unwrap_err().to_string();
        assert!(told.ends_with(".state: is larger than 67108864 bytes"), "{told}");
    }

    #[test]
    fn an_error_names_the_path_and_keeps_its_kind() {
        let (folder, mut disk) = disk();
        fs::remove_dir_all(folder.path()).unwrap();
        let error = disk.write(b"one").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("/.lock: "), "{error}");
        assert_eq!(disk.sync_directory().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_directory_that_was_moved_removed_or_emptied_is_not_written_any_more() {
        let acts: [fn(&Path); 3] = [
            |path| fs::rename(path, path.with_extension("moved")).unwrap(),
            |path| fs::remove_dir_all(path).unwrap(),
            |path| fs::remove_file(path.join(".lock")).unwrap(),
        ];
        for (act, lock_mode) in
            acts.into_iter().zip([LockMode::Alone, LockMode::Shared, LockMode::Alone])
        {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("state");
            let open = || StateDirectory::open(&path, lock_mode).unwrap().claim("acme").unwrap();
            let mut first = open();
            replace(&mut first, b"first");
            first.write(b"late").unwrap();
            first.sync().unwrap();
            act(&path);
            assert_eq!(first.rename().unwrap_err().kind(), io::ErrorKind::NotFound);
            assert!(first.write(b"again").is_err());
            let mut second = open();
            replace(&mut second, b"second");
            let error = first.write(b"again").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StaleNetworkFileHandle);
            assert!(error.to_string().ends_with("is not the file that this exporter has locked"));
            replace(&mut second, b"second");
            assert_eq!(second.read().unwrap().unwrap(), b"second");
        }
    }

    #[test]
    fn a_workspace_whose_lock_was_removed_is_not_written_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let open = || StateDirectory::open(folder.path(), LockMode::Shared).unwrap();
        let (one, other) = (open(), open());
        let mut first = one.claim("acme").unwrap();
        fs::remove_file(format!("{}.lock", first.path.display())).unwrap();
        let mut second = other.claim("acme").unwrap();
        assert!(first.write(b"first").is_err());
        replace(&mut second, b"second");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_state() {
        use std::os::unix::fs::PermissionsExt;

        let (_folder, mut disk) = disk();
        fs::write(&disk.temporary, b"readable by all").unwrap();
        replace(&mut disk, b"one");
        assert_eq!(fs::metadata(&disk.path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
