//! Settings of the log: the level and the form of the messages.

use super::reader::MappingReader;
use super::scalar::{self, NamedVariant};
pub use tracing::Level as LogLevel;

/// The settings of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is written: failures only (`error`), also conditions that an operator should look at
    /// (`warn`), rare events (`info`), events of every cycle (`debug`), or all messages, also those of dependencies
    /// (`trace`).
    pub level: LogLevel,
    /// The form of a message.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::INFO, format: LogFormat::default() }
    }
}

impl NamedVariant for LogLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("debug", Self::DEBUG),
        ("info", Self::INFO),
        ("warn", Self::WARN),
        ("error", Self::ERROR),
        ("trace", Self::TRACE),
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
