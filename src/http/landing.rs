//! The HTML page at `/`: name, version and links to the endpoints.
//!
//! The page is rendered once when the router is built. It has no scripts and loads nothing from other hosts. Every path
//! and text in it is escaped.

use std::fmt::Write;

/// The page, with a link to the metrics at `telemetry_path`.
pub(super) fn page(telemetry_path: &str) -> String {
    let links = [
        (telemetry_path, "Metrics for Prometheus"),
        ("/-/healthy", "Health: do the cycles run?"),
        ("/-/ready", "Readiness: has every workspace been polled once?"),
        ("/config", "Configuration in effect, secrets masked"),
    ];
    let mut items = String::new();
    for (path, meaning) in links {
        let path = escaped(path);
        // Writing to a String cannot fail.
        let _infallible =
            writeln!(items, "<li><a href=\"{path}\">{path}</a> {}</li>", escaped(meaning));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}</title>\n\
         <style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;\
         padding:0 1rem}}a{{margin-right:.5rem}}</style>\n</head>\n<body>\n<h1>{name}</h1>\n\
         <p>Version {version}. Prometheus metrics of Rocket.Chat Omnichannel.</p>\n\
         <ul>\n{items}</ul>\n</body>\n</html>\n",
        name = env!("CARGO_PKG_NAME"),
        version = env!("CARGO_PKG_VERSION"),
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_itself_and_links_every_endpoint() {
        let html = page("/omni/metrics");
        assert!(html.contains("<h1>rocketchat-omnichannel-exporter</h1>"));
        assert!(html.contains(concat!("Version ", env!("CARGO_PKG_VERSION"))));
        for path in ["/omni/metrics", "/-/healthy", "/-/ready", "/config"] {
            assert!(html.contains(&format!("href=\"{path}\"")), "{path}");
        }
    }

    #[test]
    fn a_path_cannot_become_markup() {
        let html = page("/\"><script>'&");
        assert!(html.contains("href=\"/&quot;&gt;&lt;script&gt;&#39;&amp;\""));
        assert!(!html.contains("<script"));
    }
}
