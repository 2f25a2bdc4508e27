//! The text of a mistake in a YAML file.

/// The message for a mistake, with its line.
pub(super) fn at(line: usize, mistake: &str) -> String {
    format!("line {line}: {mistake}")
}
