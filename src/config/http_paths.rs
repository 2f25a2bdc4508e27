//! The fixed paths of the exporter's own HTTP server. The path of the metrics is configured and must be another one. A new
//! path outside the folders belongs into `SINGLE_PATHS` too.

/// The page for people, or the landing page.
pub(crate) const ROOT: &str = "/";
/// The configuration in effect.
pub(crate) const CONFIG: &str = "/config";
/// The targets for the service discovery of Prometheus.
pub(crate) const TARGETS: &str = "/sd";
/// The facts of the page for people.
pub(crate) const STATUS_JSON: &str = "/status.json";
/// The health.
pub(crate) const HEALTHY: &str = "/-/healthy";
/// The readiness.
pub(crate) const READY: &str = "/-/ready";
/// The requests to reload the configuration.
pub(crate) const RELOAD: &str = "/-/reload";
/// The webhooks; the name of the workspace follows.
pub(crate) const WEBHOOK_FOLDER: &str = "/webhook/";

/// The fixed paths outside the folders.
const SINGLE_PATHS: [&str; 4] = [ROOT, CONFIG, TARGETS, STATUS_JSON];
/// The folders of all other fixed paths.
const FOLDERS: [&str; 2] = ["/-/", WEBHOOK_FOLDER];

/// True if the path is a fixed one or lies in one of their folders.
pub(super) fn is_taken(path: &str) -> bool {
    SINGLE_PATHS.contains(&path) || FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// The taken paths in words.
pub(super) fn taken() -> String {
    format!("{} or a path under {}", SINGLE_PATHS.join(", "), FOLDERS.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_path_is_taken() {
        let webhook = format!("{WEBHOOK_FOLDER}acme");
        for path in [ROOT, CONFIG, TARGETS, STATUS_JSON, HEALTHY, READY, RELOAD, &webhook] {
            assert!(is_taken(path), "{path}");
        }
    }
}
