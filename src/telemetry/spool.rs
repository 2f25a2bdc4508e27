//! A queue of log lines that a separate thread writes, so that logging never waits for the reader of the log.
//!
//! A pipe that is not read fills up. From then on lines wait in this queue; lines that do not fit are dropped and
//! counted. A line is written whole and in order, or not at all.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Most bytes in the queue: minutes of the busiest log, or seconds at level trace.
const MOST_WAITING_BYTES: usize = 1024 * 1024;

/// The queue; clones share the same queue.
#[derive(Debug, Clone)]
pub(super) struct Spool(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    is_writing: bool,
    dropped: u64,
}

impl Waiting {
    fn is_over(&self) -> bool {
        self.lines.is_empty() && !self.is_writing
    }
}

impl Spool {
    /// A queue whose thread ends with the process.
    pub(super) fn onto(out: impl Write + Send + 'static) -> io::Result<Self> {
        let spool = Self(Arc::default());
        let written = spool.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || written.0.write_to(out))?;
        Ok(spool)
    }

    /// Adds a line; drops and counts the line if the queue is full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.0.lock();
        if waiting.bytes + line.len() > MOST_WAITING_BYTES {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += line.len();
        waiting.lines.push_back(line.to_owned());
        self.0.changed.notify_all();
    }

    /// Number of lines that were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.0.lock().dropped
    }

    /// Waits until all lines are written, at most `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let is_under_way = |waiting: &mut Waiting| !waiting.is_over();
        drop(self.0.changed.wait_timeout_while(self.0.lock(), patience, is_under_way));
    }
}

impl Shared {
    /// A poisoned lock is used on: a panic cannot leave a line half added.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut out: impl Write) {
        loop {
            let line = self.next();
            // An error here cannot be reported: the log itself is closed.
            let _closed = out.write_all(&line).is_err();
            self.lock().is_writing = false;
            self.changed.notify_all();
        }
    }

    fn next(&self) -> Vec<u8> {
        let is_idle = |waiting: &mut Waiting| waiting.lines.is_empty();
        let waiting = self.changed.wait_while(self.lock(), is_idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let line = waiting.lines.pop_front().unwrap_or_default();
        waiting.bytes -= line.len();
        waiting.is_writing = true;
        line
    }
}

impl<'w> MakeWriter<'w> for Spool {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Each write is one line: the subscriber formats the whole line before it writes.
impl Write for Spool {
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
        let spool = Spool::onto(write).unwrap();
        for number in 0..100 {
            spool.push(format!("{number}\n").as_bytes());
        }
        spool.flush(PATIENCE);
        assert!(spool.0.lock().is_over());
        let lines = BufReader::new(read).lines().take(100).map(Result::unwrap);
        assert!(lines.eq((0..100).map(|number| number.to_string())));
        assert_eq!(spool.dropped(), 0);
    }

    #[test]
    fn nobody_waits_for_who_does_not_read_and_what_finds_no_room_is_counted() {
        let (mut read, write) = io::pipe().unwrap();
        let spool = Spool::onto(write).unwrap();
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        let total = 4 * MOST_WAITING_BYTES / line.len();
        (0..total).for_each(|_| spool.push(&line));
        let dropped = spool.dropped();
        assert!(dropped > 0);
        spool.flush(Duration::from_millis(1));
        assert!(!spool.0.lock().is_over(), "a flush is bounded");
        let mut kept = vec![0; (total - usize::try_from(dropped).unwrap()) * line.len()];
        read.read_exact(&mut kept).unwrap();
        assert!(kept.chunks(line.len()).all(|read| read == line), "lines are whole");
        spool.flush(PATIENCE);
        assert!(spool.0.lock().is_over());
    }

    #[test]
    fn a_log_that_is_closed_takes_lines_all_the_same() {
        let (read, write) = io::pipe().unwrap();
        drop(read);
        let spool = Spool::onto(write).unwrap();
        (0..3).for_each(|_| spool.push(b"x\n"));
        spool.flush(PATIENCE);
        assert!(spool.0.lock().is_over());
    }
}
