//! Characters that nobody sees and that change what is seen.
//!
//! Names of departments, agents and apps are typed by people, some of them strangers. A name that turns the direction
//! of writing, or differs from another by a character without width, deceives who reads a label or a terminal.

/// Whether the character moves a cursor, breaks a line, turns the direction of writing or has no width. The joiners of
/// Persian, of Indian scripts and of emoji (U+200C, U+200D) are part of what is read.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0001}')
}
