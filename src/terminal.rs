//! Text that is safe to print on a terminal.
//!
//! Names of departments and agents, ids and tags come from a server, where people chose them; `check` and `inspect`
//! print them for an operator. Metrics and logs are escaped by their own formats.

use crate::invisible::is_invisible;

/// The text on one line, with every character replaced that would move the cursor, change colours or change the writing
/// direction.
pub(crate) fn printable(text: &str) -> String {
    let shown = |c: char| if is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_replaced_and_every_script_stays() {
        assert_eq!(
            printable("Käse 日本 مرحبا می\u{200c}خواهم 🧀"),
            "Käse 日本 مرحبا می\u{200c}خواهم 🧀"
        );
        assert_eq!(
            printable("a\u{1b}[2Jb\nc\u{9b}d\u{202e}e\u{2028}f"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f"
        );
    }
}
