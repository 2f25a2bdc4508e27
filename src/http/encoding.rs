//! Negotiation of `Accept-Encoding`: plain text or gzip.
//!
//! The page exists in two forms, plain and gzip, so the result is one bool. Plain text is always acceptable, because a
//! refusal would help no client.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// True if the client accepts gzip and does not prefer plain text.
pub(crate) fn prefers_gzip(headers: &HeaderMap) -> bool {
    let mut preferences = Preferences::default();
    for value in headers.get_all(ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        value.split(',').for_each(|offer| preferences.read(offer));
    }
    let gzip = preferences.gzip.or(preferences.any).unwrap_or(0);
    gzip > 0 && gzip >= preferences.identity.unwrap_or(0)
}

/// The weights that the client gave, in thousandths; `None` for a coding without a weight.
#[derive(Default)]
struct Preferences {
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Preferences {
    fn read(&mut self, offer: &str) {
        let mut parameters = offer.split(';');
        let coding = parameters.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = parameters.find_map(weight).unwrap_or(1000);
        match coding.as_str() {
            "gzip" | "x-gzip" => self.gzip = Some(weight),
            "identity" => self.identity = Some(weight),
            "*" => self.any = Some(weight),
            _ => {}
        }
    }
}

/// The weight of a `q=` parameter, in thousandths; `None` for another parameter. A weight that cannot be read is 0, a
/// refusal, because plain text is always safe.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    Some(thousandths(value.trim()).unwrap_or(0))
}

fn thousandths(value: &str) -> Option<u16> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let parts: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(parts),
        "1" if parts == 0 => Some(1000),
        _ => None,
    }
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
