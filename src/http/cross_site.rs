//! Detection of requests that a page of another site makes a browser send.
//!
//! A form of any page can post to an address that only the browser's user can reach. Browsers name the origin of a
//! request, and a page cannot change this field. Clients that are not browsers do not send it.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// True if a browser marks this request as sent by another site, or by an unknown site.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    if headers.contains_key(SEC_FETCH_SITE) {
        let own = |value: &[u8]| value == b"same-origin" || value == b"none";
        return !headers.get_all(SEC_FETCH_SITE).iter().all(|value| own(value.as_bytes()));
    }
    // Browsers before 2023 do not send `Sec-Fetch-Site`, and addresses without TLS do not get it.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    !headers.get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        origin.zip(host).is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn what_is_no_browser_and_what_comes_from_the_same_origin_passes() {
        let host = ("host", "exporter:10458");
        for fields in [
            &[][..],
            &[host],
            &[host, ("sec-fetch-site", "same-origin")],
            &[host, ("sec-fetch-site", "none")],
            &[host, ("origin", "http://exporter:10458")],
            &[host, ("origin", "https://EXPORTER:10458")],
            // Behind a proxy that changes `Host`, `Sec-Fetch-Site` decides.
            &[host, ("sec-fetch-site", "same-origin"), ("origin", "https://public.example.com")],
        ] {
            assert!(!is_cross_site(&headers(fields)), "{fields:?}");
        }
    }

    #[test]
    fn what_a_browser_marks_as_another_sites_is_cross_site() {
        let host = ("host", "exporter:10458");
        for fields in [
            &[host, ("sec-fetch-site", "cross-site")][..],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("sec-fetch-site", "")],
            &[host, ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "http://exporter:10458")],
            &[host, ("origin", "http://evil.example.com")],
            &[host, ("origin", "http://exporter:8080")],
            &[host, ("origin", "http://exporter:10458"), ("origin", "http://evil.example.com")],
            &[host, ("origin", "null")],
            &[host, ("origin", "")],
            &[("origin", "http://exporter:10458")],
        ] {
            assert!(is_cross_site(&headers(fields)), "{fields:?}");
        }
    }
}
