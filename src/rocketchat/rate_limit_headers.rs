//! The wait that an answer asks for: rate-limit headers, `Retry-After`, and "wait N seconds" in the text of a 429.
//!
//! The functions are pure.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::limiter::Announcement;

/// Wait after a 429 that gives no time: the server's default window.
const SILENT_REFUSAL: Duration = Duration::from_secs(60);

/// The `X-RateLimit-*` headers; `X-RateLimit-Reset` is epoch milliseconds of the server's clock.
pub(crate) fn announcement(headers: &HeaderMap, server_now: Timestamp) -> Option<Announcement> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let limit = u32::try_from(number("x-ratelimit-limit")?).ok()?;
    let remaining = number("x-ratelimit-remaining").unwrap_or(i64::from(limit));
    let reset_ms = number("x-ratelimit-reset").unwrap_or(0) - server_now.as_millisecond();
    Some(Announcement {
        limit,
        remaining: u32::try_from(remaining.max(0)).unwrap_or(limit),
        reset_in: Duration::from_millis(u64::try_from(reset_ms).unwrap_or(0)),
    })
}

/// Wait that a 429 asks for: by `Retry-After`, by its text, by the window's end, or one minute.
pub(crate) fn refusal(headers: &HeaderMap, body: &str, server_now: Timestamp) -> Duration {
    retry_after(headers, server_now)
        .or_else(|| seconds_in(body))
        .or_else(|| announcement(headers, server_now).map(|announced| announced.reset_in))
        .filter(|wait| !wait.is_zero())
        .unwrap_or(SILENT_REFUSAL)
}

/// `Retry-After` in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, server_now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    date(text)?.duration_since(server_now).try_into().ok()
}

/// The seconds in "You must wait N seconds before trying this endpoint again."
fn seconds_in(body: &str) -> Option<Duration> {
    let (_, rest) = body.split_once("wait ")?;
    let seconds = rest.split_ascii_whitespace().next()?.parse().ok()?;
    rest.contains("second").then(|| Duration::from_secs(seconds))
}

/// Parses an HTTP date.
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn each_form_of_advice_is_read() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let reset = ("x-ratelimit-reset", "1795255213000");
        let text = "Error, too many requests. You must wait 42 seconds before trying";
        let cases = [
            (headers(&[("retry-after", "7")]), text, 7),
            (headers(&[("retry-after", "Sat, 21 Nov 2026 10:00:09 GMT")]), text, 9),
            (headers(&[reset, ("x-ratelimit-limit", "10")]), text, 42),
            (headers(&[reset, ("x-ratelimit-limit", "10")]), "", 13),
            (headers(&[]), "please wait a while", 60),
            (headers(&[("retry-after", "soon")]), "", 60),
        ];
        for (headers, body, seconds) in cases {
            assert_eq!(refusal(&headers, body, now), Duration::from_secs(seconds), "{headers:?}");
        }
    }
}
