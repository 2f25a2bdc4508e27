//! The HTML page at `/` if the page for people is switched off: name, version and links to the endpoints.
//!
//! The page is rendered once when the router is built. It has no scripts and loads nothing from other hosts. Its links
//! are relative, so that they work below a sub-path of a proxy. No path and no text in it has a character that HTML
//! reads as markup.

use crate::config::{TelemetryPath, http_paths};
use crate::status::assets::STYLE;

/// The page, with a link to the metrics at `telemetry_path`.
pub(super) fn page(telemetry_path: &TelemetryPath) -> String {
    let links = [
        (telemetry_path.as_str(), "Metrics for Prometheus"),
        (http_paths::TARGETS, "Targets for the service discovery of Prometheus"),
        (http_paths::HEALTHY, "Health: do the cycles run?"),
        (http_paths::READY, "Readiness: has every workspace been polled once?"),
        (http_paths::CONFIG, "Configuration in effect, secrets masked"),
    ];
    // No character of a path or a meaning has to be escaped.
    let item = |(path, meaning): (&str, &str)| {
        let link = path.trim_start_matches('/');
        format!("<li><a href=\"{link}\">{path}</a> {meaning}</li>\n")
    };
    let items: String = links.map(item).concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{name}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n\
         <p>Version {version}. Prometheus metrics of Rocket.Chat Omnichannel.</p>\n\
         <ul>\n{items}</ul>\n</body>\n</html>\n",
        name = env!("CARGO_PKG_NAME"),
        version = env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_itself_and_links_every_endpoint() {
        let html = page(&"/omni/metrics".parse().unwrap());
        assert!(html.contains("<h1>rocketchat-omnichannel-exporter</h1>"));
        assert!(html.contains(concat!("Version ", env!("CARGO_PKG_VERSION"))));
        for path in ["omni/metrics", "sd", "-/healthy", "-/ready", "config"] {
            assert!(html.contains(&format!("href=\"{path}\">/{path}<")), "{path}");
        }
    }

    #[test]
    fn no_path_has_to_be_escaped() {
        for character in "\"<>&'".chars() {
            assert!(
                format!("/metrics{character}").parse::<TelemetryPath>().is_err(),
                "{character}"
            );
        }
    }
}
