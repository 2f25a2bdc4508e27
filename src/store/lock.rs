//! A lock that keeps others off only while its file is where they look for it.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// A file that is locked while this lives, and where it was.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// The lock of a file that is locked already.
    pub(super) fn of(file: File, path: PathBuf) -> Self {
        Self { file, path }
    }

    /// An error if another file is there by now, or none: whoever comes would lock that one.
    pub(super) fn verify(&self) -> io::Result<()> {
        let at = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
        };
        let identity = |it: &Metadata| (it.dev(), it.ino());
        let ours = self.file.metadata().map_err(at)?;
        let there = fs::metadata(&self.path).map_err(at)?;
        if identity(&ours) == identity(&there) {
            return Ok(());
        }
        let told = "is another file than the one that this exporter has locked";
        Err(at(io::Error::new(io::ErrorKind::StaleNetworkFileHandle, told)))
    }
}
