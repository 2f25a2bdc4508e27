//! Authorities that the exporter trusts while it runs.

use std::fs;

use crate::openssl::Certificates;
use crate::process::binary::Exporter;
use crate::programs::node;

#[tokio::test]
#[ignore = "needs openssl and node: tests/run runs it"]
async fn authorities_that_come_into_the_file_of_ssl_cert_file_are_trusted_without_a_restart() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("other", "localhost", "-addext subjectAltName=DNS:localhost");
    let (_node, url) = node(certificates.folder(), r#"{"cert":"server.pem","key":"server.key"}"#);
    let trusted = certificates.path("trusted.pem");
    fs::copy(certificates.path("other.pem"), &trusted).unwrap();
    let variables = [
        ("SSL_CERT_FILE", trusted.display().to_string()),
        ("ROCKETCHAT_URL", url),
        ("ROCKETCHAT_USER_ID", "rbAXPnMktTFbNpwtJ".to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN", "token".to_owned()),
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "1s".to_owned()),
    ];
    let exporter = Exporter::serve(&["--config.auto-reload-interval=1s"], &variables);
    exporter.numbers_when("it is down", |numbers| numbers.get("up[]") == Some(&0.0)).await;
    let both = ["other.pem", "server.pem"].map(|it| fs::read(certificates.path(it)).unwrap());
    fs::write(&trusted, both.concat()).unwrap();
    exporter.numbers_when("it is up", |numbers| numbers.get("up[]") == Some(&1.0)).await;
}
