//! Negotiation of `Accept-Encoding`: plain text or gzip.
//!
//! A text exists in two forms, plain and gzip. Plain text is always acceptable, because a refusal would help no client.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::encoded::Encoded;

/// The text in the encoding that the headers of a request ask for.
pub(super) fn answer(text: &Encoded, asked: &HeaderMap, content_type: &'static str) -> Response {
    let gzip = text.gzip.as_ref().filter(|_| prefers_gzip(asked));
    let mut response = gzip.unwrap_or(&text.plain).clone().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if gzip.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// True if the client accepts gzip and does not prefer plain text.
pub(crate) fn prefers_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for (coding, _, weight) in offers(headers, &ACCEPT_ENCODING) {
        match coding.as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// The offers in all lines of a header such as `Accept`: the name in lower case, the parameters, and the weight.
pub(super) fn offers<'h>(
    headers: &'h HeaderMap,
    header: &HeaderName,
) -> impl Iterator<Item = (String, &'h str, f32)> {
    let lines = headers.get_all(header).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|offer| {
        let (name, parameters) = offer.split_once(';').unwrap_or((offer, ""));
        let weight = parameters.split(';').find_map(weight).unwrap_or(1.0);
        (name.trim().to_ascii_lowercase(), parameters, weight)
    })
}

/// The weight of a `q=` parameter; `None` for another parameter. A weight that cannot be read is 0, a refusal, because
/// plain text is always safe.
fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    // One digit, a point and three digits at most: Rust's `parse` takes more forms.
    let value = value.trim();
    let is_short = value.len() <= 5 && matches!(value.as_bytes(), [b'0' | b'1'] | [_, b'.', ..]);
    let is_plain = is_short && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let weight = value.parse().ok().filter(|weight| is_plain && *weight <= 1.0);
    Some(weight.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked_with(lines: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
        }
        prefers_gzip(&headers)
    }

    #[test]
    fn gzip_is_sent_to_those_who_ask_for_it() {
        for line in ["gzip", "GZip", "deflate, gzip;q=0.5", "gzip;q=1.000", "x-gzip", "*"] {
            assert!(asked_with(&[line]), "{line}");
        }
        assert!(asked_with(&["br", "gzip"]), "in a second header line");
    }

    #[test]
    fn plain_text_is_sent_to_those_who_refuse_gzip_or_say_nothing() {
        assert!(!asked_with(&[]));
        let lines = ["", "identity", "gzip;q=0", "gzip; q=0.000", "gzip;Q=0", "*;q=0", "gzipped"];
        for line in lines.into_iter().chain(["*, gzip;q=0", "gzip;q=0.5, identity"]) {
            assert!(!asked_with(&[line]), "{line}");
        }
    }

    #[test]
    fn a_weight_that_cannot_be_read_is_a_refusal() {
        for line in ["gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=-1"] {
            assert!(!asked_with(&[line]), "{line}");
        }
    }
}
