//! Certificates made by openssl, shown by Node's server and to it.

use std::path::Path;
use std::process::Command;

use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::{HttpSettings, Identity};

use crate::openssl::Certificates;
use crate::process::contract::trust::{client, refusal};
use crate::process::contract::{failure, reach, rooms};
use crate::programs::{Program, node};

const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

fn https(certificates: &Certificates, name: &str, more: &str) -> (Program, String) {
    let options = format!(r#"{{"cert":"{name}.pem","key":"{name}.key"{more}}}"#);
    node(certificates.folder(), &options)
}

fn trusting(url: &str, ca_file: &Path) -> HttpSettings {
    HttpSettings { ca_file: Some(ca_file.to_owned()), ..reach(url) }
}

fn identity(certificates: &Certificates, certificate: &str, key: &str) -> Identity {
    Identity { certificate_file: certificates.path(certificate), key_file: certificates.path(key) }
}

#[tokio::test]
#[ignore = "needs openssl and node: tests/run runs it"]
async fn a_self_signed_certificate_is_trusted_where_it_is_named_itself() {
    let certificates = Certificates::new();
    certificates.self_signed("named", "whatever", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("common", "localhost", "");
    for name in ["named", "common"] {
        for version in VERSIONS {
            let more = format!(r#","minVersion":"{version}","maxVersion":"{version}""#);
            let (_node, url) = https(&certificates, name, &more);
            let own = trusting(&url, &certificates.path(&format!("{name}.pem")));
            rooms(&client(&own)).await.unwrap_or_else(|error| panic!("{name} {version}: {error}"));
        }
    }
}

#[tokio::test]
#[ignore = "needs openssl and node: tests/run runs it"]
async fn a_self_signed_certificate_that_is_not_named_or_not_the_hosts_is_refused_with_what_to_do() {
    let certificates = Certificates::new();
    certificates.self_signed("own", "localhost", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("other", "localhost", "-addext subjectAltName=DNS:chat.example.com");
    certificates.self_signed("common", "chat.example.com", "");
    for (shown, named, told) in [
        (
            "own",
            "other",
            "the server's certificate is also an authority (CA:TRUE); set tls.ca_file to a file with this certificate",
        ),
        ("other", "other", "the server's certificate is not for the host in url; write the host"),
        ("common", "common", "the server's certificate is not for the host in url; write the host"),
    ] {
        let (_node, url) = https(&certificates, shown, "");
        let failure =
            failure(&client(&trusting(&url, &certificates.path(&format!("{named}.pem"))))).await;
        assert_eq!(failure.reason, Reason::Tls);
        assert!(failure.to_string().contains(told), "{failure}");
    }
}

#[tokio::test]
#[ignore = "needs openssl and node: tests/run runs it"]
async fn a_server_with_a_certificate_of_version_1_is_trusted_through_its_authority() {
    let certificates = Certificates::new();
    certificates.self_signed("ca", "authority", "");
    certificates.self_signed("stranger", "authority", "");
    certificates.version_1("server", "localhost", "ca");
    certificates.version_1("elsewhere", "chat.example.com", "ca");
    for version in VERSIONS {
        let more = format!(r#","minVersion":"{version}","maxVersion":"{version}""#);
        let (_node, url) = https(&certificates, "server", &more);
        for named in ["ca.pem", "server.pem"] {
            rooms(&client(&trusting(&url, &certificates.path(named)))).await.unwrap();
        }
        // A certificate with the same name and another key.
        let failure = failure(&client(&trusting(&url, &certificates.path("stranger.pem")))).await;
        assert!(failure.to_string().contains("unknown authority"), "{failure}");
    }
    let (_node, url) = https(&certificates, "elsewhere", "");
    let failure = failure(&client(&trusting(&url, &certificates.path("ca.pem")))).await;
    assert!(failure.to_string().contains("is not for the host in url"), "{failure}");
}

#[tokio::test]
#[ignore = "needs openssl and node: tests/run runs it"]
async fn our_certificate_of_version_1_is_taken_by_a_server_that_asks_for_one() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("ca", "authority", "");
    certificates.version_1("ours", "exporter", "ca");
    for version in VERSIONS {
        let more = format!(
            r#","ca":"ca.pem","requestCert":true,"minVersion":"{version}","maxVersion":"{version}""#
        );
        let (_node, url) = https(&certificates, "server", &more);
        let anonymous = trusting(&url, &certificates.path("server.pem"));
        let ours = Some(identity(&certificates, "ours.pem", "ours.key"));
        rooms(&client(&HttpSettings { identity: ours, ..anonymous.clone() })).await.unwrap();
        let refused = failure(&client(&anonymous)).await;
        let told = refused.to_string();
        assert!(told.contains("client certificate"), "{version}: {told}");
        let foreign = identity(&certificates, "server.pem", "server.key");
        let foreign = HttpSettings { identity: Some(foreign), ..anonymous };
        let told = failure(&client(&foreign)).await.to_string();
        assert!(told.contains("tls.certificate_file"), "{version}: {told}");
    }
}

/// `SSL_CERT_FILE` replaces the system's authorities, as it does for curl.
#[test]
#[ignore = "needs openssl and node: tests/run runs it"]
fn the_systems_authorities_may_be_the_certificate_itself_too() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    certificates.self_signed("other", "localhost", "-addext subjectAltName=DNS:localhost");
    let (_node, url) = https(&certificates, "server", "");
    for (trusted, told) in
        [("server", "readable"), ("other", "set tls.ca_file to a file with this certificate")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"))
            .arg("check")
            .env_clear()
            .env("SSL_CERT_FILE", certificates.path(&format!("{trusted}.pem")))
            .env("ROCKETCHAT_URL", &url)
            .env("ROCKETCHAT_USER_ID", "rbAXPnMktTFbNpwtJ")
            .env("ROCKETCHAT_AUTH_TOKEN", "token")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains(told), "{trusted}: {said}");
    }
}

#[test]
#[ignore = "needs openssl: tests/run runs it"]
fn files_that_do_not_fit_are_named_by_key_with_what_is_wrong() {
    let certificates = Certificates::new();
    certificates.self_signed("a", "a", "");
    certificates.self_signed("b", "b", "");
    std::fs::write(certificates.path("text"), "no PEM").unwrap();
    std::fs::write(
        certificates.path("broken.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let path = |name: &str| certificates.path(name);
    let ours = |certificate: &str, key: &str| HttpSettings {
        identity: Some(identity(&certificates, certificate, key)),
        ..trusting("https://rocketchat.invalid", &path("a.pem"))
    };
    let trusts = |name: &str| trusting("https://rocketchat.invalid", &path(name));
    for (reach, key, told) in [
        (ours("a.pem", "b.key"), "tls.key_file", "is not the key of the certificate"),
        (ours("a.pem", "a.pem"), "tls.key_file", "contains no private key in PEM"),
        (ours("a.key", "a.key"), "tls.certificate_file", "contains no certificate in PEM"),
        (ours("broken.pem", "a.key"), "tls.certificate_file", "cannot be read"),
        (ours("none", "a.key"), "tls.certificate_file", "cannot read"),
        (trusts("text"), "tls.ca_file", "contains no certificate in PEM"),
        (trusts("broken.pem"), "tls.ca_file", "contains a certificate that cannot be read"),
        (trusts("none"), "tls.ca_file", "cannot read"),
    ] {
        let error = refusal(&reach).to_string();
        assert!(error.starts_with(&format!("{key}: ")) && error.contains(told), "{error}");
        assert!(!error.contains("peer"), "{error}");
    }
}

#[test]
#[ignore = "needs openssl: tests/run runs it"]
fn certificates_as_windows_editors_write_them_are_read() {
    let certificates = Certificates::new();
    certificates.self_signed("a", "a", "");
    for name in ["a.pem", "a.key"] {
        let text = std::fs::read_to_string(certificates.path(name)).unwrap();
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(certificates.path(&format!("{name}.bom")), &text).unwrap();
        std::fs::write(certificates.path(&format!("{name}.utf16")), utf_16).unwrap();
        let with_latin_1 =
            [b"# Zertifikat f\xfcr den Exporter\n", text.trim_start_matches('\u{feff}').as_bytes()]
                .concat();
        std::fs::write(certificates.path(&format!("{name}.latin1")), with_latin_1).unwrap();
    }
    for form in ["bom", "utf16", "latin1"] {
        let identity = identity(&certificates, &format!("a.pem.{form}"), &format!("a.key.{form}"));
        let reach = trusting("https://rocketchat.invalid", &identity.certificate_file);
        client(&HttpSettings { identity: Some(identity), ..reach });
    }
}
