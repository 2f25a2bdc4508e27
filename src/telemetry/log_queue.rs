//! A queue of log lines that a separate thread writes, so that logging never waits for the reader of the log.
//!
//! A pipe that is not read fills up. From then on lines wait in this queue; lines that do not fit are dropped and
//! counted. A line is written whole and in order, or not at all.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Most bytes in the queue: minutes of the busiest log, or seconds at level trace.
const MOST_WAITING_BYTES: usize = 1024 * 1024;

/// The queue of log lines; clones share it.
#[derive(Debug, Clone)]
pub(super) struct LogQueue {
    queue: Sender<LogQueueEntry>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
enum LogQueueEntry {
    Line(Vec<u8>),
    /// A flush. The sender is dropped once all lines before it are written.
    Flush(Sender<()>),
}

#[derive(Debug, Default)]
struct Counts {
    waiting_bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl LogQueue {
    /// A queue whose thread ends with the last clone of the queue.
    pub(super) fn onto(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, entries) = mpsc::channel();
        let log_queue = Self { queue, counts: Arc::default() };
        let counts = Arc::clone(&log_queue.counts);
        let write = move || counts.write(&entries, out);
        thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(log_queue)
    }

    /// Adds a line; drops and counts the line if the queue is full.
    pub(super) fn push(&self, line: &[u8]) {
        let Counts { waiting_bytes, dropped } = &*self.counts;
        let before = waiting_bytes.fetch_add(line.len(), Ordering::Relaxed);
        let has_room = before + line.len() <= MOST_WAITING_BYTES;
        if !has_room || self.queue.send(LogQueueEntry::Line(line.to_owned())).is_err() {
            waiting_bytes.fetch_sub(line.len(), Ordering::Relaxed);
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Number of lines that were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all lines are written, at most `patience`; returns `false` if lines are left.
    pub(super) fn flush(&self, patience: Duration) -> bool {
        let (written, is_written) = mpsc::channel();
        let is_asked = self.queue.send(LogQueueEntry::Flush(written)).is_ok();
        is_asked && is_written.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
    }
}

impl Counts {
    fn write(&self, entries: &Receiver<LogQueueEntry>, mut out: impl Write) {
        for entry in entries {
            match entry {
                LogQueueEntry::Line(line) => {
                    self.waiting_bytes.fetch_sub(line.len(), Ordering::Relaxed);
                    // An error here cannot be reported: the log itself is closed.
                    let _closed = out.write_all(&line).is_err();
                }
                LogQueueEntry::Flush(written) => drop(written),
            }
        }
    }
}

/// Each write is one line: the subscriber formats the whole line before it writes.
impl Write for LogQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn what_is_put_in_is_written_in_its_order_before_a_flush_returns() {
        let (read, write) = io::pipe().unwrap();
        let log_queue = LogQueue::onto(write).unwrap();
        for number in 0..100 {
            log_queue.push(format!("{number}\n").as_bytes());
        }
        assert!(log_queue.flush(PATIENCE));
        let lines = BufReader::new(read).lines().take(100).map(Result::unwrap);
        assert!(lines.eq((0..100).map(|number| number.to_string())));
        assert_eq!(log_queue.dropped(), 0);
    }

    #[test]
    fn nobody_waits_for_who_does_not_read_and_what_finds_no_room_is_counted() {
        let (mut read, write) = io::pipe().unwrap();
        let log_queue = LogQueue::onto(write).unwrap();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        let total = 4 * MOST_WAITING_BYTES / line.len();
        (0..total).for_each(|_| log_queue.push(&line));
        let dropped = log_queue.dropped();
        assert!(dropped > 0);
        assert!(!log_queue.flush(Duration::from_millis(1)), "a flush is bounded");
        let mut kept = vec![0; (total - usize::try_from(dropped).unwrap()) * line.len()];
        read.read_exact(&mut kept).unwrap();
        assert!(kept.chunks(line.len()).all(|read| read == line), "lines are whole");
        assert!(log_queue.flush(PATIENCE));
    }

    #[test]
    fn a_log_that_is_closed_takes_lines_all_the_same() {
        let (read, write) = io::pipe().unwrap();
        drop(read);
        let log_queue = LogQueue::onto(write).unwrap();
        (0..3).for_each(|_| log_queue.push(b"x\n"));
        assert!(log_queue.flush(PATIENCE));
    }
}
