//! Characters that are invisible and change how other characters are shown.
//!
//! Names of departments, agents and apps are typed by people, some of them unknown. A name with a character that
//! changes the writing direction, or with a character without width, can deceive the reader of a label or a terminal.

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
