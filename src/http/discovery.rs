//! `/sd`: the targets for the HTTP service discovery of Prometheus.
//!
//! There is a target for each workspace and one for the process. Together their pages hold each series of the whole page
//! once, and Prometheus spreads their scrapes over the interval.

use std::collections::BTreeMap;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::metrics::{PROCESS, SELECTED, WORKSPACE};
use super::plain_text::text;
use crate::config::{ExternalAddress, TelemetryPath};

/// A target, in the form that Prometheus reads.
#[derive(Debug, Serialize)]
struct Target {
    targets: [String; 1],
    labels: BTreeMap<String, String>,
}

/// Answers a request for the targets of these workspaces.
///
/// `external` is the configured address of the exporter. Without it, the address is the one that the request names.
pub(super) fn answer(
    workspaces: &[String],
    external: Option<&ExternalAddress>,
    path: &TelemetryPath,
    headers: &HeaderMap,
) -> Response {
    let Some(address) = external.cloned().or_else(|| named(headers)) else {
        let message = "The request names no valid host, so the address of the targets is unknown: set web.external_address, \
            or send one Host field such as exporter:10458.\n";
        return text(StatusCode::BAD_REQUEST, message);
    };
    let targets = targets(workspaces, &address.to_string(), path);
    // The targets are texts, which JSON can write in every case.
    let body = serde_json::to_vec(&targets).unwrap_or_default();
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body).into_response()
}

/// The address in the only `Host` of a request, if it is valid.
fn named(headers: &HeaderMap) -> Option<ExternalAddress> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none());
    host?.to_str().ok()?.parse().ok()
}

/// The target of the process, then those of the workspaces. The instance differs, so that each target has its own `up`.
fn targets(workspaces: &[String], address: &str, path: &TelemetryPath) -> Vec<Target> {
    let target = |parameter: &str, value: &str, instance: String| {
        let mut labels = BTreeMap::from([
            (format!("__param_{parameter}"), value.to_owned()),
            ("instance".to_owned(), instance),
        ]);
        if *path != TelemetryPath::default() {
            labels.insert("__metrics_path__".to_owned(), path.as_str().to_owned());
        }
        Target { targets: [address.to_owned()], labels }
    };
    let process = target(PROCESS, SELECTED, address.to_owned());
    let workspaces =
        workspaces.iter().map(|name| target(WORKSPACE, name, format!("{address}/{name}")));
    std::iter::once(process).chain(workspaces).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(external: Option<&str>, hosts: &[&str]) -> Response {
        let external = external.map(|address| address.parse().unwrap());
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        answer(&[], external.as_ref(), &TelemetryPath::default(), &headers)
    }

    #[test]
    fn a_path_of_the_metrics_that_is_not_the_usual_one_is_a_label_of_the_targets() {
        let path = |path: &str| {
            let targets = targets(&["a".to_owned()], "e:1", &path.parse().unwrap());
            targets.iter().map(|it| it.labels.get("__metrics_path__").cloned()).collect::<Vec<_>>()
        };
        assert_eq!(path("/metrics"), [None, None]);
        assert_eq!(path("/omni/m"), [Some("/omni/m".to_owned()), Some("/omni/m".to_owned())]);
    }

    #[test]
    fn a_host_that_is_missing_or_doubled_or_hostile_is_refused_unless_an_address_is_set() {
        let long = "a".repeat(300);
        for hosts in [
            &[][..],
            &["a", "b"],
            &[""],
            &["a\",\"x\":\"y"],
            &["a/b"],
            &["user@a"],
            &["a b"],
            &["a:0"],
            &["\u{e4}"],
            &[&long],
        ] {
            assert_eq!(asked(None, hosts).status(), StatusCode::BAD_REQUEST, "{hosts:?}");
            assert_eq!(asked(Some("e:1"), hosts).status(), StatusCode::OK, "{hosts:?}");
        }
        assert_eq!(asked(None, &["exporter:10458"]).status(), StatusCode::OK);
    }
}
