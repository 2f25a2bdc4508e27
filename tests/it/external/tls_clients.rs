//! Certificates made by openssl, on our own port and shown to it by curl.

use std::process::Command;
use std::sync::Arc;

use rocketchat_omnichannel_exporter::http::{AccessControl, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::openssl::Certificates;
use crate::served::Server;

const VERSIONS: [(&str, &str); 2] = [("TLS12", "--tls-max 1.2"), ("TLS13", "--tlsv1.3")];

async fn serve(certificates: &Certificates, yaml: &str) -> Server {
    let file = certificates.path("web.yml");
    std::fs::write(&file, yaml).unwrap();
    Server::behind(AccessControl::new(Some(&file)).unwrap(), Limits::default()).await
}

/// The status that curl gets, 000 if it gets none.
async fn curl(certificates: &Certificates, server: &Server, arguments: &str) -> String {
    let url = format!("https://localhost:{}/-/healthy", server.address.port());
    let mut command = Command::new("curl");
    command.current_dir(certificates.folder());
    command.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]);
    command
        .args(["--noproxy", "*", "--max-time", "10"])
        .args(arguments.split_whitespace())
        .arg(url);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    String::from_utf8(output.expect("curl is missing: apt-get install curl").stdout).unwrap()
}

fn site() -> Certificates {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("ca", "authority", "");
    certificates.self_signed("stranger", "authority", "");
    certificates.self_signed("own", "prometheus", "-addext subjectAltName=DNS:prometheus");
    certificates.version_1("v1", "localhost", "ca");
    certificates.version_1("foreign", "localhost", "stranger");
    certificates
}

#[tokio::test]
#[ignore = "needs openssl and curl: tests/run runs it"]
async fn our_own_certificate_may_be_of_version_1_or_sign_itself() {
    let site = site();
    for (name, authority) in [("v1", "ca.pem"), ("server", "server.pem")] {
        let yaml = format!("tls_server_config: {{cert_file: {name}.pem, key_file: {name}.key}}\n");
        let server = serve(&site, &yaml).await;
        for (_, version) in VERSIONS {
            let arguments = format!("{version} --cacert {authority}");
            assert_eq!(curl(&site, &server, &arguments).await, "200", "{name} {version}");
        }
    }
}

#[tokio::test]
#[ignore = "needs openssl and curl: tests/run runs it"]
async fn clients_are_admitted_with_certificates_of_version_1_and_with_ones_that_are_named_themselves()
 {
    let site = site();
    // No certificate; version 1 of the authority; version 1 of another authority; self-signed.
    let clients = ["", "v1", "foreign", "own"];
    for (auth, expected) in [
        ("client_auth_type: RequireAnyClientCert", ["000", "200", "200", "200"]),
        (
            "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem",
            ["000", "200", "000", "000"],
        ),
        (
            "client_auth_type: RequireAndVerifyClientCert, client_ca_file: own.pem",
            ["000", "000", "000", "200"],
        ),
        (
            "client_auth_type: VerifyClientCertIfGiven, client_ca_file: own.pem",
            ["200", "000", "000", "200"],
        ),
        (
            "client_auth_type: RequireAndVerifyClientCert, client_ca_file: own.pem, client_allowed_sans: [prometheus]",
            ["000", "000", "000", "200"],
        ),
    ] {
        for (min_version, version) in VERSIONS {
            let yaml = format!(
                "tls_server_config: {{cert_file: server.pem, key_file: server.key, min_version: {min_version}, {auth}}}\n"
            );
            let server = serve(&site, &yaml).await;
            for (client, expected) in clients.into_iter().zip(expected) {
                let shown = match client {
                    "" => String::new(),
                    name => format!("--cert {name}.pem --key {name}.key"),
                };
                let status =
                    curl(&site, &server, &format!("{version} --cacert server.pem {shown}")).await;
                assert_eq!(status, expected, "{auth} {version} {client}");
            }
        }
    }
}

/// A client that shows a certificate and signs with any key, as no correct library does.
fn pretender(site: &Certificates, certificate: &str, key: &str) -> TlsConnector {
    let pem = |name: String| std::fs::read(site.path(&name)).unwrap();
    let provider = aws_lc_rs::default_provider();
    let shown = CertificateDer::from_pem_slice(&pem(format!("{certificate}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem(format!("{key}.key"))).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let pair = SingleCertAndKey::from(CertifiedKey::new(vec![shown], key));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem("ca.pem".to_owned())).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(pair));
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
#[ignore = "needs openssl: tests/run runs it"]
async fn who_shows_a_certificate_without_having_its_key_is_refused() {
    let site = site();
    site.openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout leaf.key -out leaf.csr");
    std::fs::write(site.path("san"), "subjectAltName=DNS:localhost\n").unwrap();
    site.openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out leaf.pem");
    for (version, _) in VERSIONS {
        let yaml = format!(
            "tls_server_config: {{cert_file: leaf.pem, key_file: leaf.key, min_version: {version}, \
             max_version: {version}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}}\n"
        );
        let server = serve(&site, &yaml).await;
        for (key, is_answered) in [("v1", true), ("foreign", false)] {
            let connector = pretender(&site, "v1", key);
            let stream = TcpStream::connect(server.address).await.unwrap();
            let asked = async {
                let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
                stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n").await?;
                stream.read_u8().await
            };
            assert_eq!(asked.await.is_ok(), is_answered, "{version} {key}");
        }
    }
}

#[test]
#[ignore = "needs openssl: tests/run runs it"]
fn a_key_that_is_not_the_certificates_is_told_as_that() {
    let site = site();
    for (cert, key, told) in [
        ("v1", "ca", "tls_server_config.key_file: is not the key of the certificate"),
        ("server", "v1", "tls_server_config.key_file: is not the key of the certificate"),
    ] {
        let file = site.path("web.yml");
        let yaml = format!("tls_server_config: {{cert_file: {cert}.pem, key_file: {key}.key}}\n");
        std::fs::write(&file, yaml).unwrap();
        let error = AccessControl::new(Some(&file)).map(drop).unwrap_err().to_string();
        assert!(error.ends_with(told), "{error}");
    }
}
