//! Text from outside, made safe to show: as a name, as a label value, on a terminal, as a line of an error.
//!
//! Names of departments, agents, apps and files are chosen by people, some of them unknown. A control character breaks
//! a line or steers a terminal; a character that changes the writing direction, or one without width, deceives the
//! reader. Each such character is replaced, so that its place is seen.

use std::borrow::Cow;

/// Longest label value in bytes; names that people read are shorter.
const LONGEST_LABEL: usize = 256;

const REPLACED: &str = "\u{fffd}";

/// A name on one line: control characters are spaces, other invisible characters are U+FFFD. It is cut at a character
/// boundary to `longest_bytes`.
pub(crate) fn name(text: &str, longest_bytes: usize) -> String {
    let visible = |c: char| match c {
        c if c.is_control() => ' ',
        c if is_invisible(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    cut(text.chars().map(visible), longest_bytes)
}

/// A label value as the page shows it: each ASCII control character is U+FFFD, because the encoder escapes only the
/// newline. It is cut at a character boundary to [`LONGEST_LABEL`].
pub(crate) fn label(value: &str) -> Cow<'_, str> {
    // All bytes are checked without a branch for each: labels are short and nearly always clean.
    let has_control = value.bytes().fold(false, |has, byte| has | byte.is_ascii_control());
    if value.len() <= LONGEST_LABEL && !has_control {
        return Cow::Borrowed(value);
    }
    let visible = |c: char| if c.is_ascii_control() { char::REPLACEMENT_CHARACTER } else { c };
    Cow::Owned(cut(value.chars().map(visible), LONGEST_LABEL))
}

/// The text on one line of a terminal: no character moves the cursor, changes colours or the writing direction.
pub(crate) fn terminal(text: &str) -> String {
    text.replace(is_invisible, REPLACED)
}

/// The text as one line of an error; names of files and keys may hold control characters.
pub(crate) fn line(text: &str) -> String {
    text.replace(char::is_control, REPLACED)
}

fn cut(characters: impl Iterator<Item = char>, longest_bytes: usize) -> String {
    let mut bytes = 0;
    let fits = |c: &char| {
        bytes += c.len_utf8();
        bytes <= longest_bytes
    };
    characters.take_while(fits).collect()
}

/// True if the character moves a cursor, breaks a line, changes the writing direction or has no width. The joiners of
/// Persian, of Indian scripts and of emoji (U+200C, U+200D) are not included, because they change what is read.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0001}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnichannel::labels::names::{KnownIds, LabelContent};
    use std::sync::Arc;

    #[test]
    fn an_ordinary_label_passes_without_a_copy() {
        assert!(matches!(label("Vertrieb Süd \"1\""), Cow::Borrowed("Vertrieb Süd \"1\"")));
    }

    #[test]
    fn control_characters_of_a_label_become_visible() {
        assert_eq!(label("a\r\nb\u{0}c\u{7f}"), "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn departments_of_one_long_name_are_still_told_apart_when_printed() {
        let name = Arc::from("部".repeat(90));
        let ids = ["a", "b"].map(|id| Arc::from(id.repeat(300)));
        let mut departments = KnownIds::new(10);
        for id in &ids {
            departments.see(id, Some(&name), jiff::Timestamp::UNIX_EPOCH);
        }
        let labels = departments.labels(LabelContent::Name);
        let printed = ids.each_ref().map(|id| label(labels.of(id)));
        assert_ne!(printed[0], printed[1]);
        assert!(printed.iter().all(|it| matches!(it, Cow::Borrowed(_))));
    }

    #[test]
    fn a_long_label_is_cut_between_characters() {
        let long = "é".repeat(200);
        assert_eq!(label(&long), "é".repeat(128));
        assert_eq!(label(&format!("x{long}")), format!("x{}", "é".repeat(127)));
    }

    #[test]
    fn replaced_characters_of_a_label_count_with_the_bytes_they_are_printed_as() {
        assert_eq!(label(&"\u{1}".repeat(200)).len(), 255);
    }

    #[test]
    fn what_steers_a_terminal_is_replaced_and_every_script_stays() {
        assert_eq!(
            terminal("Käse 日本 مرحبا می\u{200c}خواهم 🧀"),
            "Käse 日本 مرحبا می\u{200c}خواهم 🧀"
        );
        assert_eq!(
            terminal("a\u{1b}[2Jb\nc\u{9b}d\u{202e}e\u{2028}f"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f"
        );
    }

    #[test]
    fn a_problem_is_one_line() {
        assert_eq!(line("a\nb\u{85}c\u{202e}"), "a\u{fffd}b\u{fffd}c\u{202e}");
    }
}
