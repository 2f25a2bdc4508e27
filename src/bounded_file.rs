//! Files that are read whole, up to a limit: a path that leads to a device or to a log ends there.
//!
//! For every file that a person names or a crash may have left behind. What is in it, its reader knows.

use std::fs::File;
use std::io::{self, Read, Take};
use std::path::Path;

/// The bytes of a file of at most `limit` bytes.
pub(crate) fn bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, limit)?.read_to_end(&mut bytes)?;
    within(limit, bytes.len())?;
    Ok(bytes)
}

/// The text of a file of at most `limit` bytes.
pub(crate) fn text(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    open(path, limit)?.read_to_string(&mut text)?;
    within(limit, text.len())?;
    Ok(text)
}

fn open(path: &Path, limit: u64) -> io::Result<Take<File>> {
    Ok(File::open(path)?.take(limit + 1))
}

fn within(limit: u64, length: usize) -> io::Result<()> {
    if length as u64 > limit {
        let text = format!("is larger than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(())
}
