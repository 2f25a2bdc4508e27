//! Negotiation of `Accept`: the text format of Prometheus or OpenMetrics.
//!
//! Text is always acceptable, because a refusal would help no client. OpenMetrics is sent only to a client that names it.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::encoding::offers;

const OPENMETRICS: &str = "application/openmetrics-text";
/// The version that is written; a client that names no version takes it too.
const VERSION: &str = "1.0.0";

/// True if the client accepts OpenMetrics 1.0 and does not prefer text.
pub(super) fn prefers_openmetrics(headers: &HeaderMap) -> bool {
    let (mut openmetrics, mut plain, mut text, mut any) = (None, None, None, None);
    for (media_type, parameters, weight) in offers(headers, &ACCEPT) {
        let weight = Some(weight);
        match media_type.as_str() {
            OPENMETRICS if is_written(parameters) => openmetrics = higher(openmetrics, weight),
            "text/plain" => plain = higher(plain, weight),
            "text/*" => text = higher(text, weight),
            "*/*" => any = higher(any, weight),
            _ => {}
        }
    }
    // Of the ranges that fit, the most specific one counts.
    let text = plain.or(text).or(any).unwrap_or(0.0);
    openmetrics.is_some_and(|openmetrics| openmetrics > 0.0 && openmetrics >= text)
}

fn higher(one: Option<f32>, other: Option<f32>) -> Option<f32> {
    if one > other { one } else { other }
}

fn is_written(parameters: &str) -> bool {
    let version = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("version").then(|| value.trim().trim_matches('"'))
    });
    version.is_none_or(|version| version == VERSION)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked_with(line: &str) -> bool {
        prefers_openmetrics(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(line).unwrap())]))
    }

    #[test]
    fn prometheus_gets_openmetrics() {
        for line in [
            // Prometheus 2.42.
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            // Prometheus 3.5.
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "application/openmetrics-text",
            "Application/OpenMetrics-Text; Version=\"1.0.0\"",
            "text/html, application/openmetrics-text",
            "application/openmetrics-text;q=0.5, text/plain;q=0.3, */*;q=0.9",
        ] {
            assert!(asked_with(line), "{line}");
        }
    }

    #[test]
    fn clients_that_prefer_text_or_another_version_get_text() {
        assert!(!prefers_openmetrics(&HeaderMap::new()));
        for line in [
            "*/*",
            "text/plain;version=0.0.4",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=0.4,text/plain",
            "application/openmetrics-text;q=0.5,*/*;q=0.9",
        ] {
            assert!(!asked_with(line), "{line}");
        }
    }
}
