//! All problems of a configuration, reported together.
//!
//! No line holds a value, because a value in a wrong place may be a secret: a problem names only the place and the
//! remedy.

use std::fmt::Display;

use crate::sanitize;

/// The problems of a configuration, one line each.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(Vec<String>);

impl Problems {
    pub(crate) fn one(location: &impl Display, remedy: &impl Display) -> Self {
        let mut problems = Self::default();
        problems.add(location, remedy);
        problems
    }

    /// Adds a problem as one line.
    pub(crate) fn add(&mut self, location: &impl Display, remedy: &impl Display) {
        self.0.push(sanitize::line(&format!("{location}: {remedy}")));
    }

    /// The settings if there are no problems, else the problems.
    pub(crate) fn or<T>(self, settings: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(settings) } else { Err(self) }
    }

    /// The lines, in the order of reading.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}
