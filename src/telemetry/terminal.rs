//! An output that log lines share with a progress bar: a line replaces the bar, which is drawn again below the line.

use std::io::{self, Write};

use indicatif::{ProgressBar, WeakProgressBar};
use parking_lot::Mutex;

/// The bar of this process; nothing after its end.
static BAR: Mutex<Option<WeakProgressBar>> = Mutex::new(None);

/// Writes log lines above this bar from now on.
pub(super) fn write_above(shown: &ProgressBar) {
    *BAR.lock() = Some(shown.downgrade());
}

/// An output that may show a progress bar.
pub(super) struct BesideBar<W>(pub(super) W);

impl<W: Write> Write for BesideBar<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = BAR.lock().as_ref().and_then(WeakProgressBar::upgrade);
        match shown {
            Some(shown) => shown.suspend(|| self.0.write(line)),
            None => self.0.write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use indicatif::{ProgressDrawTarget, ProgressStyle, TermLike};

    use super::*;

    /// A terminal that notes what happens to its line.
    #[derive(Debug, Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<String>>>);

    impl Terminal {
        fn note(&self, event: &str) {
            self.0.lock().push(event.trim_end().to_owned());
        }
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.note(str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _lines: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _lines: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _columns: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _columns: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.note(text);
            Ok(())
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            if !text.trim().is_empty() {
                self.note(text);
            }
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.note("cleared");
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_line_stands_alone_and_the_bar_below_it() {
        let terminal = Terminal::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let shown = ProgressBar::with_draw_target(Some(10), target);
        let shown = shown.with_style(ProgressStyle::with_template("{msg}").unwrap());
        write_above(&shown);
        shown.set_message("bar");
        let mut output = BesideBar(terminal.clone());
        output.write_all(b"line\n").unwrap();
        shown.finish_and_clear();
        drop(shown);
        output.write_all(b"alone\n").unwrap();
        let mut seen = terminal.0.lock().clone();
        seen.dedup();
        assert_eq!(seen, ["bar", "cleared", "line", "bar", "cleared", "alone"]);
    }
}
