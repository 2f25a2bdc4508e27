//! A file lock that detects the loss of its file.
//!
//! A lock excludes other processes only while its file is at the path that they open. If the file is moved or deleted,
//! another process creates and locks a new file at this path.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that stays locked for the life of this value, with its original path.
#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
}

impl Lock {
    /// Fails if the path has no file or another file: another process could lock that file.
    pub(super) fn verify(&self) -> io::Result<()> {
        let at = at(&self.path);
        let identity = |it: &Metadata| (it.dev(), it.ino());
        let ours = self.file.metadata().map_err(&at)?;
        let there = fs::metadata(&self.path).map_err(&at)?;
        if identity(&ours) == identity(&there) {
            return Ok(());
        }
        let message = "is not the file that this exporter has locked";
        Err(at(io::Error::new(io::ErrorKind::StaleNetworkFileHandle, message)))
    }
}

impl Drop for Lock {
    /// Releases the lock although another process may have the file open: a process that this one has just forked has
    /// a copy until it executes its program, and the lock would last as long as the copy.
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

/// Adds the path to an error. The kind stays, because the remedy depends on it.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
