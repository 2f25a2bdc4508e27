//! The lines of a preflight, with a mark, the step, the finding and the remedy, and their result.

use std::fmt::Display;

use strum::{IntoStaticStr, VariantArray};

use crate::sanitize;

/// The steps of the check of a workspace, in this order; later steps depend on earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum CheckStep {
    Dns,
    Tcp,
    Tls,
    Version,
    Clock,
    Token,
    Endpoints,
    #[strum(serialize = "rate limit")]
    RateLimit,
}

/// The result of a check, worst last; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckResult {
    /// No step failed.
    Well,
    /// A step failed.
    Failed,
    /// The configuration does not even allow a start.
    Configuration,
}

/// The writer of the lines, with the result so far.
pub(super) struct CheckReport<'a> {
    print: &'a mut dyn FnMut(&str),
    /// The text between mark and step: `NAME: ` for a workspace, empty for the whole exporter.
    pub(super) place: String,
    pub(super) result: CheckResult,
}

impl<'a> CheckReport<'a> {
    pub(super) fn new(print: &'a mut dyn FnMut(&str)) -> Self {
        Self { print, place: String::new(), result: CheckResult::Well }
    }

    pub(super) fn well<'w>(&mut self, what: impl Into<&'w str>, found: &dyn Display) {
        self.line('✓', what.into(), found);
    }

    /// Reports a finding that is neither good nor a fault: optional, unknown or skipped.
    pub(super) fn aside<'w>(&mut self, what: impl Into<&'w str>, found: &dyn Display) {
        self.line('–', what.into(), found);
    }

    pub(super) fn failed<'w>(&mut self, what: impl Into<&'w str>, found: &dyn Display) {
        self.result = self.result.max(CheckResult::Failed);
        self.line('✗', what.into(), found);
    }

    /// Reports a fault that would also end the start.
    pub(super) fn misconfigured(&mut self, what: &str, found: &dyn Display) {
        self.result = CheckResult::Configuration;
        self.line('✗', what, found);
    }

    /// Reports the steps after the failed step as skipped.
    pub(super) fn skip_after(&mut self, failed: CheckStep) {
        for step in CheckStep::VARIANTS.iter().filter(|step| **step > failed) {
            self.aside(*step, &format!("skipped, it needs {}", <&str>::from(failed)));
        }
    }

    fn line(&mut self, mark: char, what: &str, found: &dyn Display) {
        let line = format!("{mark} {}{what}: {found}", self.place);
        (self.print)(&sanitize::terminal(&line));
    }
}
