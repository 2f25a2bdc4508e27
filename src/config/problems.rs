//! Everything that is wrong with a configuration, told at once.
//!
//! The readers of this room add to it; `main` prints it. No line ever holds a value: what stands in a wrong place may
//! be a secret, so a problem names the place and the remedy only.

use std::error::Error;
use std::fmt;

/// The problems of a configuration, one line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    pub(crate) fn one(location: &impl fmt::Display, remedy: &impl fmt::Display) -> Self {
        let mut problems = Self::default();
        problems.add(location, remedy);
        problems
    }

    /// Notes a problem; it stays one line, whatever stands in the names of files and keys.
    pub(crate) fn add(&mut self, location: &impl fmt::Display, remedy: &impl fmt::Display) {
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let line = format!("{location}: {remedy}");
        self.0.push(line.chars().map(printable).collect());
    }

    /// The settings if nothing was wrong with them.
    pub(crate) fn or<T>(self, settings: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(settings) } else { Err(self) }
    }

    /// The lines, in the order of reading.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Error for Problems {}
