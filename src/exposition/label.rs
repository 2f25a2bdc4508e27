//! Makes a label value printable.
//!
//! The encoder escapes backslash, quote and newline but passes other control characters, which break parsers and
//! terminals. People type the names of departments and agents, so both content and length are limited here.

use std::borrow::Cow;

/// Longest label value in bytes; names that people read are shorter.
pub(super) const MAX_BYTES: usize = 256;

/// The value with each ASCII control character replaced by U+FFFD, cut at a character boundary to [`MAX_BYTES`].
pub(super) fn sanitised(value: &str) -> Cow<'_, str> {
    // All bytes are checked without a branch for each: labels are short and nearly always clean.
    let has_control = value.bytes().fold(false, |has, byte| has | byte.is_ascii_control());
    if value.len() <= MAX_BYTES && !has_control {
        return Cow::Borrowed(value);
    }
    let mut clean = String::with_capacity(value.len().min(MAX_BYTES));
    for character in value.chars().map(visible) {
        if clean.len() + character.len_utf8() > MAX_BYTES {
            break;
        }
        clean.push(character);
    }
    Cow::Owned(clean)
}

fn visible(character: char) -> char {
    if character.is_ascii_control() { char::REPLACEMENT_CHARACTER } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnichannel::labels::names::{Names, Shown};
    use std::sync::Arc;

    #[test]
    fn ordinary_names_pass_without_a_copy() {
        assert!(matches!(sanitised("Vertrieb Süd \"1\""), Cow::Borrowed("Vertrieb Süd \"1\"")));
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(sanitised("a\r\nb\u{0}c\u{7f}"), "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn departments_of_one_long_name_are_still_told_apart_when_printed() {
        let name = Arc::from("部".repeat(90));
        let ids = ["a", "b"].map(|id| Arc::from(id.repeat(300)));
        let mut names = Names::new(10);
        for id in &ids {
            names.see(id, Some(&name), jiff::Timestamp::UNIX_EPOCH);
        }
        let labels = names.labels(Shown::Name);
        let printed = ids.each_ref().map(|id| sanitised(labels.of(id)));
        assert_ne!(printed[0], printed[1]);
        assert!(printed.iter().all(|it| matches!(it, Cow::Borrowed(_))));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let long = "é".repeat(200);
        assert_eq!(sanitised(&long), "é".repeat(128));
        assert_eq!(sanitised(&format!("x{long}")), format!("x{}", "é".repeat(127)));
    }

    #[test]
    fn replaced_characters_count_with_the_bytes_they_are_printed_as() {
        assert_eq!(sanitised(&"\u{1}".repeat(200)).len(), 255);
    }
}
