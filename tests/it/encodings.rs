//! Texts in the encodings that editors and shells on Windows produce.

/// The text with Windows line ends: as UTF-8, as UTF-8 with a byte-order mark, and as UTF-16 in both byte orders.
pub fn of_windows(text: &str) -> [Vec<u8>; 4] {
    let text = text.replace('\n', "\r\n");
    let marked = format!("\u{feff}{text}");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| marked.encode_utf16().flat_map(bytes).collect();
    [
        text.into_bytes(),
        marked.clone().into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ]
}
