//! The text that the demo prints: where to look, and commands for a shell that work while the demo runs.
//!
//! A password is never printed. Where one is needed, the text tells who asks for it.

use std::net::SocketAddr;
use std::path::Path;

use crate::http::web_config::WebConfig;
use crate::simulator::ServerVersion;

/// The file for the configuration of Prometheus, with a name that no other program uses.
const SCRAPE_FILE: &str = "rocketchat-omnichannel-demo.yml";
/// The file from which Prometheus reads the password, beside its configuration.
const PASSWORD_FILE: &str = "rocketchat-omnichannel-demo.password";

/// The needs of a client of the exporter, by its web config file.
#[derive(Debug, Default)]
pub(super) struct Access {
    is_encrypted: bool,
    needs_certificate: bool,
    /// A user with a password; `None` if no password is required.
    user: Option<String>,
}

impl Access {
    pub(super) fn of(web_config: &WebConfig) -> Self {
        let tls = web_config.tls.as_ref();
        Self {
            is_encrypted: tls.is_some(),
            needs_certificate: tls.is_some_and(|tls| tls.clients.auth.is_mandatory()),
            user: web_config.users.keys().next().cloned(),
        }
    }

    fn scheme(&self) -> &'static str {
        if self.is_encrypted { "https" } else { "http" }
    }

    /// The command `curl` with its options.
    fn curl(&self) -> String {
        let trust = if self.is_encrypted { "k" } else { "" };
        let user = self.user.as_deref().map(|user| format!(" -u {}", quoted(user)));
        format!("curl -s{trust}{}", user.unwrap_or_default())
    }

    /// The keys of a scrape configuration, each with a comma behind it.
    fn scrape(&self) -> String {
        let user = |user| {
            let user = serde_json::Value::from(user);
            format!("basic_auth: {{username: {user}, password_file: {PASSWORD_FILE}}}, ")
        };
        let trust = "scheme: https, tls_config: {insecure_skip_verify: true}, ";
        let trust = if self.is_encrypted { trust } else { "" };
        format!("{trust}{}", self.user.as_deref().map(user).unwrap_or_default())
    }

    /// Sentences about what the commands leave to the reader, each with a line end.
    fn notes(&self) -> String {
        let trust = "The commands do not verify the certificate of the exporter.\n";
        let trust = if self.is_encrypted { trust } else { "" };
        let certificate = "A client certificate is required: add --cert FILE --key FILE to curl, and cert_file and key_file \
             to tls_config.\n";
        let certificate = if self.needs_certificate { certificate } else { "" };
        let password = |user: &str| {
            let user = user.escape_default();
            format!(
                "curl asks for the password of {user}; for Prometheus, write the password into \
                 {PASSWORD_FILE}, beside {SCRAPE_FILE}.\n"
            )
        };
        let password = self.user.as_deref().map(password).unwrap_or_default();
        format!("{trust}{certificate}{password}")
    }
}

/// The facts of the text.
pub(super) struct Greeting {
    /// The address of the exporter.
    pub(super) exporter: SocketAddr,
    pub(super) metrics_path: String,
    pub(super) access: Access,
    pub(super) simulator_url: String,
    pub(super) version: ServerVersion,
    /// The account of the simulated workspace, which opens nothing else.
    pub(super) user_id: String,
    pub(super) token: String,
}

impl Greeting {
    pub(super) fn text(&self) -> String {
        let Self { exporter, metrics_path, access, simulator_url, version, .. } = self;
        let (scheme, curl, notes) = (access.scheme(), access.curl(), access.notes());
        let metrics = format!("{scheme}://{exporter}{metrics_path}");
        let [check, inspect, scrape] = self.commands();
        format!(
            "Open {scheme}://{exporter}/\n\
             A simulated Rocket.Chat {version} call centre runs at {simulator_url}.\n\
             Metrics:      {metrics}\n\
             Longest wait: {curl} {metrics} | grep queue_oldest_wait\n\
             Test the access, list the waiting chats, write a configuration for Prometheus:\n\
             \x20 {check}\n\
             \x20 {inspect}\n\
             \x20 {scrape}\n\
             {notes}Stop with Ctrl-C."
        )
    }

    fn commands(&self) -> [String; 3] {
        let Self { exporter, metrics_path, access, simulator_url, user_id, token, .. } = self;
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::to_str).unwrap_or(env!("CARGO_PKG_NAME"));
        let program = quoted(program);
        let account = format!(
            "ROCKETCHAT_URL={simulator_url} ROCKETCHAT_USER_ID={user_id} ROCKETCHAT_AUTH_TOKEN={token}"
        );
        let scrape = format!(
            "scrape_configs: [{{job_name: rocketchat-omnichannel, {}metrics_path: {metrics_path}, \
             static_configs: [{{targets: [\"{exporter}\"]}}]}}]",
            access.scrape()
        );
        [
            format!("{account} {program} check"),
            format!("{account} {program} inspect waiting"),
            format!("printf '%s\\n' {} > {SCRAPE_FILE}", quoted(&scrape)),
        ]
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(access: Access) -> String {
        let greeting = Greeting {
            exporter: ([127, 0, 0, 1], 10458).into(),
            metrics_path: "/metrics".to_owned(),
            access,
            simulator_url: "http://127.0.0.1:1".to_owned(),
            version: "8.1.0".parse().unwrap(),
            user_id: "u".to_owned(),
            token: "t".to_owned(),
        };
        greeting.text()
    }

    fn line<'a>(text: &'a str, beginning: &str) -> &'a str {
        text.lines().find(|line| line.trim_start().starts_with(beginning)).unwrap()
    }

    #[test]
    fn without_a_web_config_file_everything_is_plain() {
        let text = text(Access::default());
        assert!(text.starts_with("Open http://127.0.0.1:10458/\n"), "{text}");
        let curl = "curl -s http://127.0.0.1:10458/metrics | grep queue_oldest_wait";
        assert!(line(&text, "Longest wait:").ends_with(curl), "{text}");
        let scrape = "  printf '%s\\n' 'scrape_configs: [{job_name: rocketchat-omnichannel, metrics_path: /metrics, \
            static_configs: [{targets: [\"127.0.0.1:10458\"]}]}]' > rocketchat-omnichannel-demo.yml";
        assert_eq!(line(&text, "printf"), scrape);
    }

    #[test]
    fn what_a_web_config_file_asks_for_is_in_every_command() {
        let access = Access {
            is_encrypted: true,
            needs_certificate: true,
            user: Some("o'neil\"".to_owned()),
        };
        let text = text(access);
        assert!(
            text.starts_with("Open https://127.0.0.1:10458/\n")
                && !text.contains("http://127.0.0.1:10458")
        );
        let curl = r#"curl -sk -u 'o'\''neil"' https://127.0.0.1:10458/metrics"#;
        assert!(line(&text, "Longest wait:").contains(curl), "{text}");
        let scrape = r#"scheme: https, tls_config: {insecure_skip_verify: true}, basic_auth: {username: "o'\''neil\"", password_file: "#;
        assert!(line(&text, "printf").contains(scrape), "{text}");
        assert!(line(&text, "A client certificate is required").contains("--cert FILE --key FILE"));
        assert!(
            line(&text, "curl asks for the password")
                .contains("rocketchat-omnichannel-demo.password")
        );
    }
}
