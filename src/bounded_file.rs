//! Reads whole regular files up to a size limit.
//!
//! The module is for files that a person names or that a crash may have left. It does not interpret the content. Pipes
//! and devices are refused before they are opened: reading them may never end or never begin, and a second reading may
//! be empty. Symbolic links are followed, because Kubernetes mounts secrets as symbolic links. Files that people edit
//! may have a byte-order mark or be UTF-16, as editors on Windows write them.

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// The bytes of a regular file of at most `limit` bytes.
pub(crate) fn bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open(path, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

/// The same; `None` if there is no file.
pub(crate) fn bytes_if_any(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match bytes(path, limit) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Opens a regular file whose length is within the limit; returns the file and its length. The file may grow while it
/// is read.
fn open(path: &Path, limit: u64) -> io::Result<(File, u64)> {
    judge(&fs::metadata(path)?, limit)?;
    // The file may have been replaced since: opening a pipe must not wait for a writer.
    let without_waiting = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = File::options().read(true).custom_flags(without_waiting).open(path)?;
    let opened = file.metadata()?;
    judge(&opened, limit)?;
    Ok((file, opened.len()))
}

/// Refuses a file by its metadata before it is opened: another kind than a regular file, or longer than the limit.
pub(crate) fn judge(found: &Metadata, limit: u64) -> io::Result<()> {
    let kind = found.file_type();
    if !kind.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, refusal(kind)));
    }
    if found.len() > limit { Err(too_large(limit)) } else { Ok(()) }
}

fn refusal(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "is a directory: name a file in it"
    } else if kind.is_fifo() {
        "is a pipe, which can be read only once: write the content into a file and name this file"
    } else if kind.is_socket() {
        "is a socket: name a regular file"
    } else {
        "is a device: name a regular file"
    }
}

fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("is larger than {limit} bytes"))
}

/// The bytes of a file that people edit, without the byte-order mark, and converted to UTF-8 if the mark says UTF-16.
/// The rest is not checked, since a comment in the file may have any encoding.
pub(crate) fn edited_bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = bytes(path, limit)?;
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
            Ok(bytes)
        }
        [0xff, 0xfe, rest @ ..] => utf8(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf8(rest, u16::from_be_bytes),
        _ => Ok(bytes),
    }
}

/// The text of a file that people edit; an error if it is not UTF-8.
pub(crate) fn text(path: &Path, limit: u64) -> io::Result<String> {
    let text = String::from_utf8(edited_bytes(path, limit)?);
    text.map_err(|_| invalid("is not text in UTF-8: save it as UTF-8"))
}

fn utf8(utf16: &[u8], unit: fn([u8; 2]) -> u16) -> io::Result<Vec<u8>> {
    let (units, rest) = utf16.as_chunks();
    let text = char::decode_utf16(units.iter().copied().map(unit)).collect::<Result<String, _>>();
    let text = text.ok().filter(|_| rest.is_empty());
    let problem = "begins like UTF-16 and is damaged: save it again as UTF-8";
    text.map(String::into_bytes).ok_or_else(|| invalid(problem))
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_text_is_the_same_in_every_encoding_that_begins_with_its_mark() {
        let written = "größe: 日本 🚀\r\n";
        let marked = format!("\u{feff}{written}");
        for content in [
            written.as_bytes(),
            marked.as_bytes(),
            &utf16(&marked, u16::to_le_bytes),
            &utf16(&marked, u16::to_be_bytes),
        ] {
            let file = file(content);
            assert_eq!(text(file.path(), 1000).unwrap(), written);
            assert_eq!(edited_bytes(file.path(), 1000).unwrap(), written.as_bytes());
        }
    }

    #[test]
    fn only_the_first_mark_is_taken_away() {
        assert_eq!(text(file("\u{feff}\u{feff}a".as_bytes()).path(), 10).unwrap(), "\u{feff}a");
        for only_a_mark in [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"] {
            assert_eq!(text(file(only_a_mark).path(), 10).unwrap(), "");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_without_being_repeated() {
        let lone_surrogate = b"\xff\xfeh\0u\0n\0\x00\xd8";
        for (content, remedy) in [
            (&b"hun\xfcter"[..], "is not text in UTF-8"),
            (&utf16("hunü", u16::to_le_bytes), "is not text in UTF-8"),
            (b"\xff\xfeh\0u\0n", "is damaged"),
            (lone_surrogate, "is damaged"),
        ] {
            let error = text(file(content).path(), 100).unwrap_err();
            assert!(error.to_string().contains(remedy), "{error}");
            assert!(!format!("{error:?}").contains("hun"), "{error:?}");
        }
    }

    #[test]
    fn a_comment_of_another_encoding_does_not_spoil_the_bytes() {
        let bytes = edited_bytes(file(b"\xef\xbb\xbf# M\xfcller\n").path(), 100).unwrap();
        assert_eq!(bytes, b"# M\xfcller\n");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink(path("pipe"), path("link")).unwrap();
        for (path, problem) in [
            (path("pipe"), "is a pipe, which can be read only once"),
            (path("link"), "is a pipe, which can be read only once"),
            (path("socket"), "is a socket"),
            (folder.path().to_owned(), "is a directory"),
            ("/dev/zero".into(), "is a device"),
            ("/dev/full".into(), "is a device"),
        ] {
            let error = text(&path, 100).unwrap_err();
            assert!(error.to_string().starts_with(problem), "{}: {error}", path.display());
        }
    }

    #[test]
    fn a_link_to_a_file_and_a_file_without_a_length_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (file(b"a"), folder.path().join("link"));
        std::os::unix::fs::symlink(file.path(), &link).unwrap();
        assert_eq!(text(&link, 1).unwrap(), "a");
        assert!(!text(Path::new("/proc/self/status"), 100_000).unwrap().is_empty());
    }

    /// Bytes that this thread has read so far.
    fn read_by_this_thread() -> u64 {
        let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        read.unwrap().parse().unwrap()
    }

    #[test]
    fn a_sparse_file_of_gigabytes_is_refused_by_its_length() {
        let file = file(b"");
        file.as_file().set_len(3 << 30).unwrap();
        let before = read_by_this_thread();
        let error = bytes(file.path(), 2 << 30).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let read = read_by_this_thread() - before;
        assert!(read < 1 << 20, "{read} bytes were read");
    }

    #[test]
    fn the_limit_counts_what_lies_in_the_file() {
        let content = utf16("\u{feff}abc", u16::to_le_bytes);
        assert_eq!(text(file(&content).path(), 8).unwrap(), "abc");
        let error = text(file(&content).path(), 7).unwrap_err();
        assert_eq!(error.to_string(), "is larger than 7 bytes");
    }
}
