//! Bodies as they were before the server or a proxy packed them.
//!
//! gzip in any spelling and of several members, as Go, curl and browsers take it: a proxy that packs piece by piece
//! writes a member for each.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// The reason why a body cannot be unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packed {
    /// More comes out than may.
    TooLarge,
    /// It ends too early, or is not packed as it says.
    Damaged,
    /// It is packed in a way that was not asked for.
    Unknown,
}

/// The body, unpacked as its headers say; [`Packed::TooLarge`] as soon as more than `most_bytes` come out.
pub(super) fn unpacked(
    headers: &HeaderMap,
    body: Bytes,
    most_bytes: usize,
) -> Result<Bytes, Packed> {
    let named = headers.get_all(CONTENT_ENCODING).iter().map(|it| it.to_str().unwrap_or("?"));
    let named: Vec<String> =
        named.flat_map(|it| it.split(',')).map(|it| it.trim().to_ascii_lowercase()).collect();
    // The one that was applied last comes off first.
    named.iter().rev().try_fold(body, |body, coding| match coding.as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" if body.is_empty() => Ok(body),
        "gzip" | "x-gzip" => gunzipped(&body, most_bytes),
        _ => Err(Packed::Unknown),
    })
}

fn gunzipped(body: &[u8], most_bytes: usize) -> Result<Bytes, Packed> {
    let mut out = Vec::new();
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let read: io::Result<usize> =
        MultiGzDecoder::new(body).take(most.saturating_add(1)).read_to_end(&mut out);
    read.map_err(|_| Packed::Damaged)?;
    if out.len() > most_bytes { Err(Packed::TooLarge) } else { Ok(out.into()) }
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

    fn unpack(codings: &[&'static str], body: Vec<u8>) -> Result<Bytes, Packed> {
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
        assert_eq!(unpack(&["gzip, gzip"], twice).unwrap_err(), Packed::TooLarge);
        assert_eq!(unpack(&[], b"plain".to_vec()).unwrap(), &b"plain"[..]);
        assert_eq!(unpack(&["gzip"], Vec::new()).unwrap(), &b""[..]);
    }

    #[test]
    fn a_body_that_is_cut_too_large_or_packed_otherwise_is_told() {
        let whole = gzip(b"0123456789");
        assert_eq!(unpack(&["gzip"], whole[..whole.len() - 4].to_vec()), Err(Packed::Damaged));
        assert_eq!(unpack(&["gzip"], b"plain".to_vec()), Err(Packed::Damaged));
        assert_eq!(unpack(&["gzip"], gzip(b"0123456789a")), Err(Packed::TooLarge));
        assert_eq!(unpack(&["br"], b"?".to_vec()), Err(Packed::Unknown));
    }
}
