//! The output directory: the cursor, the rows of each day, and the finished files.
//!
//! A file is either appended to or replaced as a whole. Rows are durable before the cursor counts them as
//! read, so an interruption at any moment loses no row. A row that was cut by an interruption is removed at the next start.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::error::BackfillError;
use crate::bounded_file;
use crate::store::file::sync_directory;
use crate::store::lock::Lock;

const CURSOR: &str = "cursor.json";
const LOCK: &str = ".lock";
const ROWS: &str = "rows";
/// Size of the largest cursor, bytes; a name of each of thousands of departments needs less.
const MOST_CURSOR_BYTES: u64 = 16 << 20;
/// Size of the largest file of one day's rows, bytes.
const MOST_ROWS_BYTES: u64 = 4 << 30;
/// Size of the buffer for writing, bytes.
const BUFFER_BYTES: usize = 1 << 20;
/// Size of the part that is searched at once for the end of the last whole row, bytes.
const TAIL_BYTES: u64 = 1 << 16;

/// A list whose rows are kept until the replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowList {
    /// `livechat/rooms`.
    Chats,
    /// `voip/rooms`.
    Calls,
}

/// The output directory. Other runs are kept out for the life of this value.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) directory: PathBuf,
    rows: PathBuf,
    _lock: Lock,
}

impl Output {
    /// Creates the directory if it is missing, locks it, and removes rows that an interruption has cut.
    pub(super) fn open(directory: &Path) -> Result<Self, BackfillError> {
        let rows = directory.join(ROWS);
        fs::create_dir_all(&rows).map_err(BackfillError::at(&rows))?;
        let lock_path = directory.join(LOCK);
        let lock = File::options().write(true).create(true).truncate(false).open(&lock_path);
        let lock = lock.map_err(BackfillError::at(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => BackfillError::InUse(directory.to_owned()),
            TryLockError::Error(source) => BackfillError::at(&lock_path)(source),
        })?;
        for entry in fs::read_dir(&rows).map_err(BackfillError::at(&rows))? {
            let path = entry.map_err(BackfillError::at(&rows))?.path();
            remove_cut_row(&path).map_err(BackfillError::at(&path))?;
        }
        let lock = Lock { file: lock, path: lock_path };
        Ok(Self { directory: directory.to_owned(), rows, _lock: lock })
    }

    /// True if this directory holds the cursor of an earlier run.
    pub(super) fn holds_cursor(directory: &Path) -> bool {
        directory.join(CURSOR).exists()
    }

    /// The cursor as it was last kept; `None` before the first time.
    pub(super) fn cursor(&self) -> Result<Option<Vec<u8>>, BackfillError> {
        Self::cursor_in(&self.directory)
    }

    /// The cursor that was last kept in a directory, which other runs may use; `None` if there is none.
    pub(super) fn cursor_in(directory: &Path) -> Result<Option<Vec<u8>>, BackfillError> {
        let path = directory.join(CURSOR);
        bounded_file::bytes_if_any(&path, MOST_CURSOR_BYTES).map_err(BackfillError::at(&path))
    }

    /// Makes the cursor durable.
    pub(super) fn keep_cursor(&self, cursor: &[u8]) -> Result<(), BackfillError> {
        self.replace(CURSOR, |out| out.write_all(cursor))
    }

    /// Appends rows of one day, each with its line end, and makes them durable.
    pub(super) fn append_rows(
        &self,
        list: RowList,
        day: Date,
        rows: &[u8],
    ) -> Result<(), BackfillError> {
        let path = self.rows_of(list, day);
        let append = || {
            let is_new = !path.exists();
            let mut file = File::options().append(true).create(true).open(&path)?;
            file.write_all(rows)?;
            file.sync_data()?;
            if is_new { sync_directory(&self.rows) } else { Ok(()) }
        };
        append().map_err(|error| {
            // The rows are appended again; a second copy of a row does no harm, but a cut row would.
            let _kept = remove_cut_row(&path).is_err();
            BackfillError::at(&path)(error)
        })
    }

    /// Passes the rows of one day to `take`, one line each; there are none if nothing began on that day.
    pub(super) fn read_rows(
        &self,
        list: RowList,
        day: Date,
        mut take: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), BackfillError> {
        let path = self.rows_of(list, day);
        let mut read = || {
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                file => file?,
            };
            bounded_file::judge(&file.metadata()?, MOST_ROWS_BYTES)?;
            BufReader::new(file).lines().try_for_each(|line| take(&line?))
        };
        read().map_err(BackfillError::at(&path))
    }

    /// Path of the rows of one day.
    fn rows_of(&self, list: RowList, day: Date) -> PathBuf {
        self.rows.join(match list {
            RowList::Chats => format!("{day}.jsonl"),
            RowList::Calls => format!("{day}.calls.jsonl"),
        })
    }

    /// True if the file of this day is finished.
    pub(super) fn has(&self, day: Date) -> bool {
        self.directory.join(name_of(day)).exists()
    }

    /// Writes the file of a day. The file has its name only when it is complete and durable.
    pub(super) fn write_day(
        &self,
        day: Date,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), BackfillError> {
        self.replace(&name_of(day), write)
    }

    fn replace(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), BackfillError> {
        let temporary = self.directory.join(format!("{name}.tmp"));
        let replace = || {
            let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(&temporary)?);
            write(&mut out)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&temporary, self.directory.join(name))?;
            sync_directory(&self.directory)
        };
        replace().map_err(|error| {
            // An incomplete file must not fill the disk.
            let _left = fs::remove_file(&temporary).is_err();
            BackfillError::at(&temporary)(error)
        })
    }
}

fn name_of(day: Date) -> String {
    format!("{day}.om")
}

/// Cuts a file behind its last line end.
fn remove_cut_row(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(TAIL_BYTES);
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(&mut file).take(end - start).read_to_end(&mut part)?;
        if let Some(last) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + last as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Date {
        Date::constant(2026, 1, 5)
    }

    fn rows(output: &Output) -> String {
        let mut rows = String::new();
        let take = |row: &str| {
            rows += row;
            Ok(())
        };
        output.read_rows(RowList::Chats, day(), take).unwrap();
        rows
    }

    #[test]
    fn a_row_that_was_cut_is_removed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::open(folder.path()).unwrap();
        output.append_rows(RowList::Chats, day(), b"{\"a\":1}\n").unwrap();
        let path = output.rows_of(RowList::Chats, day());
        drop(output);
        for cut in [b"{\"b\"".to_vec(), vec![b'x'; 200_000]] {
            let mut file = File::options().append(true).open(&path).unwrap();
            file.write_all(&cut).unwrap();
            let output = Output::open(folder.path()).unwrap();
            assert_eq!(rows(&output), r#"{"a":1}"#);
        }
        fs::write(&path, "no line end").unwrap();
        assert_eq!(rows(&Output::open(folder.path()).unwrap()), "");
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::open(folder.path()).unwrap();
        let full = |out: &mut dyn Write| {
            out.write_all(b"part")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        let told = output.write_day(day(), full).unwrap_err().to_string();
        assert!(told.contains("2026-01-05.om.tmp") && told.contains("free space"), "{told}");
        assert!(!output.has(day()));
        output.write_day(day(), |out| out.write_all(b"whole")).unwrap();
        assert!(output.has(day()));
        assert_eq!(fs::read(folder.path().join("2026-01-05.om")).unwrap(), b"whole");
        assert!(!folder.path().join("2026-01-05.om.tmp").exists());
    }

    #[test]
    fn a_second_run_is_kept_out() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Output::open(folder.path()).unwrap();
        assert!(matches!(Output::open(folder.path()), Err(BackfillError::InUse(_))));
    }
}
