//! The envelope of a state file. It makes truncated, foreign and damaged files detectable.
//!
//! All functions are pure and handle the payload as bytes.
//!
//! ```text
//! bytes 0..8    8..16                        16..18    18..26            26..
//! magic         xxh3-64 of all that follows  version   length of payload payload     (little endian)
//! ```

use xxhash_rust::xxh3::xxh3_64;

/// First bytes of a state file. The last two of them reveal a conversion of line ends.
const MAGIC: [u8; 8] = *b"RCOMNI\r\n";
const CHECKED_FROM: usize = 16;
const HEADER_BYTES: usize = 26;

/// The reason why bytes are not a sealed state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file ends too early; with its bytes and the bytes that it should have (the size of the header if the header is
    /// incomplete).
    #[error("the file is truncated: it has {0} bytes, and {1} were written")]
    Truncated(u64, u64),
    /// The file is longer than its header says.
    #[error("the file is {0} bytes longer than what was written")]
    Surplus(u64),
    /// The file does not begin like a state.
    #[error("the file is not a state of this exporter")]
    Foreign,
    /// Bytes have changed since the file was written.
    #[error("the checksum does not match: the file has changed since it was written")]
    Checksum,
}

/// A growing payload after the space for its header. Encoding directly into it avoids a copy.
#[derive(Debug)]
pub(super) struct Unsealed(pub(super) Vec<u8>);

impl Unsealed {
    /// An empty payload with capacity for this number of bytes.
    pub(super) fn with_capacity(payload_bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(payload_bytes));
        bytes.extend(MAGIC);
        bytes.resize(HEADER_BYTES, 0);
        Self(bytes)
    }

    /// Completes the header with `version`, the format of the payload, and returns the whole file.
    pub(super) fn seal(mut self, version: u16) -> Vec<u8> {
        let length = ((self.0.len() - HEADER_BYTES) as u64).to_le_bytes();
        overwrite(&mut self.0, CHECKED_FROM, version.to_le_bytes().into_iter().chain(length));
        let checksum = checksum_of(&self.0).to_le_bytes();
        overwrite(&mut self.0, MAGIC.len(), checksum);
        self.0
    }
}

fn checksum_of(file: &[u8]) -> u64 {
    xxh3_64(file.get(CHECKED_FROM..).unwrap_or_default())
}

fn overwrite(bytes: &mut [u8], from: usize, with: impl IntoIterator<Item = u8>) {
    for (old, new) in bytes.iter_mut().skip(from).zip(with) {
        *old = new;
    }
}

/// Seals a complete payload.
pub fn seal(version: u16, payload: &[u8]) -> Vec<u8> {
    let mut unsealed = Unsealed::with_capacity(payload.len());
    unsealed.0.extend(payload);
    unsealed.seal(version)
}

/// The version and the payload of a sealed state. Fails if any bit has changed.
pub fn open(bytes: &[u8]) -> Result<(u16, &[u8]), Damage> {
    let found = bytes.len() as u64;
    let truncated = |expected| Damage::Truncated(found, expected);
    let begins_right = bytes.iter().zip(MAGIC).all(|(byte, magic)| *byte == magic);
    if !begins_right {
        return Err(Damage::Foreign);
    }
    let header = read_header(bytes).ok_or_else(|| truncated(HEADER_BYTES as u64))?;
    let (checksum, version, length, payload) = header;
    let expected = length.saturating_add(HEADER_BYTES as u64);
    if found < expected {
        return Err(truncated(expected));
    }
    if found > expected {
        return Err(Damage::Surplus(found - expected));
    }
    if checksum != checksum_of(bytes) {
        return Err(Damage::Checksum);
    }
    Ok((version, payload))
}

/// The checksum, the version, the length of the payload, and the payload.
fn read_header(bytes: &[u8]) -> Option<(u64, u16, u64, &[u8])> {
    let (_, rest) = bytes.split_first_chunk::<{ MAGIC.len() }>()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    let (version, rest) = rest.split_first_chunk()?;
    let (length, payload) = rest.split_first_chunk()?;
    let (checksum, version) = (u64::from_le_bytes(*checksum), u16::from_le_bytes(*version));
    Some((checksum, version, u64::from_le_bytes(*length), payload))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_as_it_was(version: u16, payload in vec(any::<u8>(), 0..300)) {
            let sealed = seal(version, &payload);
            prop_assert_eq!(open(&sealed), Ok((version, &payload[..])));
        }

        #[test]
        fn no_bytes_are_a_surprise(bytes in vec(any::<u8>(), 0..300), is_begun: bool) {
            let begin: &[u8] = if is_begun { &MAGIC } else { &[] };
            prop_assert!(open(&[begin, &bytes].concat()).is_err());
        }

        #[test]
        fn every_flipped_bit_is_noticed(version: u16, payload in vec(any::<u8>(), 0..40)) {
            let sealed = seal(version, &payload);
            for bit in 0..sealed.len() * 8 {
                let mut flipped = sealed.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                prop_assert!(open(&flipped).is_err(), "bit {}", bit);
            }
        }

        #[test]
        fn every_truncation_is_noticed_and_said(version: u16, payload in vec(any::<u8>(), 0..300)) {
            let sealed = seal(version, &payload);
            for length in 0..sealed.len() {
                let damage = open(&sealed[..length]).unwrap_err();
                prop_assert!(matches!(damage, Damage::Truncated(..)), "{damage:?}");
            }
        }
    }

    #[test]
    fn each_damage_says_what_it_is() {
        let sealed = seal(1, b"payload");
        let told = |bytes: &[u8]| open(bytes).unwrap_err().to_string();
        assert_eq!(
            told(&sealed[..30]),
            "the file is truncated: it has 30 bytes, and 33 were written"
        );
        assert_eq!(told(b""), "the file is truncated: it has 0 bytes, and 26 were written");
        let longer = [&sealed[..], b"!"].concat();
        assert_eq!(told(&longer), "the file is 1 bytes longer than what was written");
        assert_eq!(told(b"{\"state\": 1}"), "the file is not a state of this exporter");
        let mut changed = sealed;
        changed[32] ^= 1;
        assert!(told(&changed).starts_with("the checksum does not match"));
    }

    #[test]
    fn the_layout_stays_what_files_in_the_field_have() {
        let sealed = seal(0x0102, b"xy");
        assert_eq!(sealed[..8], MAGIC);
        assert_eq!(sealed[8..16], xxh3_64(&sealed[16..]).to_le_bytes());
        assert_eq!(sealed[16..], [2, 1, 2, 0, 0, 0, 0, 0, 0, 0, b'x', b'y']);
    }
}
