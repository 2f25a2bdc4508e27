//! Settings of the log: the level and the form of the messages.

use super::reader::MappingReader;
use super::scalar::{self, NamedVariant};

/// The settings of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// The form of a message.
    pub format: LogFormat,
}

/// The least severe level that is written; each level includes the levels before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// Also conditions that an operator should look at.
    Warn,
    /// Also rare events.
    #[default]
    Info,
    /// Also events of every cycle.
    Debug,
    /// All messages, also those of dependencies.
    Trace,
}

impl NamedVariant for LogLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("debug", Self::Debug),
        ("info", Self::Info),
        ("warn", Self::Warn),
        ("error", Self::Error),
        ("trace", Self::Trace),
    ];
}

/// The form of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `key=value` pairs.
    #[default]
    Logfmt,
    /// One JSON object.
    Json,
}

impl NamedVariant for LogFormat {
    const WORDS: &'static [(&'static str, Self)] =
        &[("logfmt", Self::Logfmt), ("json", Self::Json)];
}

impl Log {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        section.set("level", &mut self.level, scalar::word);
        section.set("format", &mut self.format, scalar::word);
    }
}
