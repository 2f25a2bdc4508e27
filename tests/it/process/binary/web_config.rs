//! The real binary behind a web config file: checked, served and scraped by a real Prometheus.

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::{Exporter, PATIENCE, every_second, until};
use crate::authority::Authority;
use crate::prometheus_server::Prometheus;

/// A web config file with passwords, TLS and client certificates.
fn guarded(authority: &Authority, names: &[&str]) -> String {
    authority.file();
    for name in names {
        let (certificate, key) = authority.issue(&["127.0.0.1"]);
        authority.write(&format!("{name}.pem"), certificate.pem());
        authority.write(&format!("{name}.key"), key.serialize_pem());
    }
    let hash = bcrypt::hash("secret", 10).unwrap();
    let yaml = format!(
        "tls_server_config: {{cert_file: server.pem, key_file: server.key, \
         client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}}\n\
         basic_auth_users: {{prometheus: {hash}}}\n"
    );
    authority.write("web.yml", yaml).to_str().unwrap().to_owned()
}

/// An exporter behind a web config file, and the authority of its certificates.
struct Scene {
    authority: Authority,
    exporter: Exporter,
    _simulator: Simulator,
}

impl Scene {
    async fn start() -> Self {
        let authority = Authority::new();
        let file = guarded(&authority, &["server", "client"]);
        let settings = SimulatorSettings::default();
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let variables = every_second(&simulator, &settings);
        let exporter = Exporter::serve(&["--web.config.file", &file], &variables);
        Self { authority, exporter, _simulator: simulator }
    }

    async fn scraped_with(&self, password: &str) -> Prometheus {
        let folder = self.authority.folder.path().display();
        let how = format!(
            "scheme: https, tls_config: {{ca_file: {folder}/ca.pem, cert_file: {folder}/client.pem, \
             key_file: {folder}/client.key}}, basic_auth: {{username: prometheus, password: {password}}},"
        );
        Prometheus::reaching(self.exporter.address().await, "1s", &how)
    }
}

#[tokio::test]
#[ignore = "needs prometheus: tests/run runs it"]
async fn a_real_prometheus_logs_in_with_certificate_and_password() {
    let scene = Scene::start().await;
    let (welcome, stranger) =
        (scene.scraped_with("secret").await, scene.scraped_with("guess").await);
    welcome.shows("up{job=\"rocketchat\"}", 1.0).await;
    welcome.shows("rocketchat_omnichannel_up", 1.0).await;
    stranger.shows("up{job=\"rocketchat\"}", 0.0).await;
    let log = scene.exporter.stderr();
    assert!(log.contains("scheme=https"), "{log}");
}

#[tokio::test]
async fn the_check_of_the_configuration_looks_at_the_certificates_too() {
    let authority = Authority::new();
    let file = guarded(&authority, &["server"]);
    let variables = [
        ("ROCKETCHAT_URL", "https://chat.example.com".to_owned()),
        ("ROCKETCHAT_USER_ID", "u".to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN", "t".to_owned()),
    ];
    let arguments = ["--config.check", "--web.config.file", &file];
    let check = async || Exporter::start(&arguments, &variables).ended_within(PATIENCE).await;
    let ended = check().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    authority.write("server.key", "no PEM");
    let ended = check().await;
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    let told = "web.yml: tls_server_config.key_file: contains no private key in PEM\n";
    assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
}

#[tokio::test]
#[ignore = "needs prometheus: tests/run runs it"]
async fn a_certificate_that_goes_bad_is_said_once_and_keeps_nobody_out() {
    let scene = Scene::start().await;
    let prometheus = scene.scraped_with("secret").await;
    prometheus.shows("up{job=\"rocketchat\"}", 1.0).await;
    scene.authority.write("server.key", "no PEM");
    let said = "The new certificates cannot be used. The exporter continues with the certificates that it read \
        before.";
    until("it says so", PATIENCE, async || {
        let log = scene.exporter.stderr();
        if log.contains(said) { Ok(()) } else { Err(log) }
    })
    .await;
    prometheus.shows("sum_over_time(up{job=\"rocketchat\"}[3s]) >= bool 3", 1.0).await;
    assert_eq!(scene.exporter.stderr().matches(said).count(), 1, "{}", scene.exporter.stderr());
}
