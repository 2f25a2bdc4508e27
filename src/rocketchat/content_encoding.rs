//! Decompression of bodies that the server or a proxy compressed.
//!
//! gzip is accepted in any spelling and with several members, as in Go, curl and browsers: a proxy that compresses in
//! pieces writes one member for each piece. As in those clients, bytes after the last member are ignored.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::answer_memory::LARGEST_BYTES;

/// Most codings of one body: the server compresses once, and a proxy may compress once more.
const MOST_CODINGS: usize = 2;

/// The first bytes of a gzip member.
const MEMBER: [u8; 2] = [0x1f, 0x8b];

/// Reason why a body cannot be decompressed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DecompressError {
    /// The decompressed body is larger than the limit.
    #[error("the answer is larger than {} MiB", LARGEST_BYTES / 1024 / 1024)]
    TooLarge,
    /// The body ends too early, or is not compressed as its header says.
    #[error("the answer is incomplete, or is not gzip although its header says gzip")]
    Damaged,
    /// The body has a coding that was not asked for.
    #[error("the answer has an encoding other than gzip")]
    Unknown,
}

/// The decompressed body; [`DecompressError::TooLarge`] as soon as the result is longer than `most_bytes`.
pub(super) fn unpacked(
    headers: &HeaderMap,
    body: Bytes,
    most_bytes: usize,
) -> Result<Bytes, DecompressError> {
    let named = headers.get_all(CONTENT_ENCODING).iter().map(|it| it.to_str().unwrap_or("?"));
    let named = named.flat_map(|it| it.split(',')).map(|it| it.trim().to_ascii_lowercase());
    let named: Vec<String> =
        named.filter(|it| !it.is_empty() && it != "identity").take(MOST_CODINGS + 1).collect();
    if named.len() > MOST_CODINGS {
        return Err(DecompressError::Unknown);
    }
    // The coding that was applied last is removed first.
    named.iter().rev().try_fold(body, |body, coding| match coding.as_str() {
        "gzip" | "x-gzip" if body.is_empty() => Ok(body),
        "gzip" | "x-gzip" => gunzipped(&body, most_bytes),
        _ => Err(DecompressError::Unknown),
    })
}

fn gunzipped(body: &[u8], most_bytes: usize) -> Result<Bytes, DecompressError> {
    let (mut out, mut rest) = (Vec::new(), body);
    loop {
        let room = most_bytes.saturating_sub(out.len()).saturating_add(1);
        let mut member = GzDecoder::new(rest);
        let unpacked = member.by_ref().take(room as u64).read_to_end(&mut out);
        unpacked.map_err(|_| DecompressError::Damaged)?;
        if out.len() > most_bytes {
            return Err(DecompressError::TooLarge);
        }
        rest = member.into_inner();
        if !rest.starts_with(&MEMBER) {
            return Ok(out.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use reqwest::header::HeaderValue;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(codings: &[&'static str], body: Vec<u8>) -> Result<Bytes, DecompressError> {
        let headers = codings.iter().map(|it| (CONTENT_ENCODING, HeaderValue::from_static(it)));
        unpacked(&headers.collect(), body.into(), 10)
    }

    #[test]
    fn gzip_is_taken_in_any_spelling_and_in_any_number_of_members() {
        let members = [gzip(b"01234"), gzip(b""), gzip(b"56789")].concat();
        for coding in ["gzip", "GZIP", "x-gzip", " gzip ", "identity, gzip"] {
            assert_eq!(unpack(&[coding], members.clone()).unwrap(), &b"0123456789"[..], "{coding}");
        }
        let twice = gzip(&gzip(b"a"));
        assert_eq!(unpack(&["gzip, gzip"], twice).unwrap_err(), DecompressError::TooLarge);
        assert_eq!(unpack(&[], b"plain".to_vec()).unwrap(), &b"plain"[..]);
        assert_eq!(unpack(&["gzip"], Vec::new()).unwrap(), &b""[..]);
    }

    #[test]
    fn what_stands_behind_the_last_member_is_left_out() {
        for rest in [&b"\0"[..], b"\0\0\0\0", b"\x1f", b"\x1f?", b"\r\n<!-- served by a proxy -->"]
        {
            let body = [&gzip(b"01234"), &gzip(b"56789"), rest].concat();
            assert_eq!(unpack(&["gzip"], body).unwrap(), &b"0123456789"[..], "{rest:?}");
        }
        let damaged = [&gzip(b"a")[..], &MEMBER, b"?"].concat();
        assert_eq!(unpack(&["gzip"], damaged), Err(DecompressError::Damaged));
    }

    #[test]
    fn a_body_that_is_packed_more_than_twice_is_not_unpacked() {
        let twice = gzip(&gzip(b"a"));
        let headers = [(CONTENT_ENCODING, HeaderValue::from_static("gzip, gzip"))];
        let unpacked = unpacked(&headers.into_iter().collect(), twice.clone().into(), 100);
        assert_eq!(unpacked.unwrap(), &b"a"[..]);
        for codings in [&["gzip, gzip, gzip"][..], &["gzip", "identity, x-gzip", "gzip"]] {
            assert_eq!(unpack(codings, gzip(&twice)), Err(DecompressError::Unknown));
        }
        assert_eq!(unpack(&["identity, , identity, identity"], b"a".to_vec()).unwrap(), &b"a"[..]);
    }

    #[test]
    fn a_body_that_is_cut_too_large_or_packed_otherwise_is_told() {
        let whole = gzip(b"0123456789");
        assert_eq!(
            unpack(&["gzip"], whole[..whole.len() - 4].to_vec()),
            Err(DecompressError::Damaged)
        );
        assert_eq!(unpack(&["gzip"], b"plain".to_vec()), Err(DecompressError::Damaged));
        assert_eq!(unpack(&["gzip"], gzip(b"0123456789a")), Err(DecompressError::TooLarge));
        assert_eq!(unpack(&["br"], b"?".to_vec()), Err(DecompressError::Unknown));
    }
}
