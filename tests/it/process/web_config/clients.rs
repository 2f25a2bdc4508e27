//! Admission of clients under each kind of client authentication.

use rcgen::{CertificateParams, KeyPair};
use reqwest::Identity;

use super::{Site, TLS, status, url};
use crate::authority::Authority;
use crate::served::Server;

/// Client certificates: of the authority, of another authority, and self-signed.
struct Visitors {
    known: Identity,
    foreign: Identity,
    own: Identity,
}

fn identity(certificate: &str, key: &KeyPair) -> Identity {
    Identity::from_pem(format!("{certificate}{}", key.serialize_pem()).as_bytes()).unwrap()
}

fn of(authority: &Authority, names: &[&str]) -> Identity {
    let (certificate, key) = authority.issue(names);
    identity(&certificate.pem(), &key)
}

impl Visitors {
    fn of(site: &Site) -> Self {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["prometheus".to_owned()]).unwrap().self_signed(&key);
        Self {
            known: of(&site.authority, &["prometheus"]),
            foreign: of(&Authority::new(), &["prometheus"]),
            own: identity(&own.unwrap().pem(), &key),
        }
    }

    /// True for each client that gets an answer, in the order: none, known, foreign, self-signed.
    async fn admitted(self, site: &Site, server: &Server) -> [bool; 4] {
        let mut admitted = [false; 4];
        let identities = [None, Some(self.known), Some(self.foreign), Some(self.own)];
        for (index, identity) in identities.into_iter().enumerate() {
            let answer = site.client(identity).get(url(server, "https")).send().await;
            admitted[index] = answer.is_ok_and(|answer| answer.status() == 200);
        }
        admitted
    }
}

#[tokio::test]
async fn each_client_auth_type_admits_whom_it_names() {
    let ca = "client_ca_file: ca.pem";
    for (auth, expected) in [
        ("client_auth_type: NoClientCert".to_owned(), [true; 4]),
        ("client_auth_type: RequestClientCert".to_owned(), [true; 4]),
        ("client_auth_type: RequireAnyClientCert".to_owned(), [false, true, true, true]),
        (format!("client_auth_type: VerifyClientCertIfGiven, {ca}"), [true, true, false, false]),
        (
            format!("client_auth_type: RequireAndVerifyClientCert, {ca}"),
            [false, true, false, false],
        ),
    ] {
        for version in ["TLS12", "TLS13"] {
            let site = Site::new();
            let yaml = format!("{TLS}, {auth}, max_version: {version}, min_version: {version}}}\n");
            let server = site.serve(&yaml).await;
            let admitted = Visitors::of(&site).admitted(&site, &server).await;
            assert_eq!(admitted, expected, "{auth} {version}");
        }
    }
}

#[tokio::test]
async fn of_known_clients_only_those_with_an_allowed_name_are_answered() {
    let site = Site::new();
    let server = site
        .serve(&format!(
            "{TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, \
             client_allowed_sans: [prometheus.example.com, 192.0.2.7]}}\n"
        ))
        .await;
    for (names, expected) in [
        (&["prometheus.example.com"][..], true),
        (&["other.example.com", "prometheus.example.com"], true),
        (&["192.0.2.7"], true),
        (&["192.0.2.8"], false),
        (&["*.example.com"], false),
        (&["PROMETHEUS.example.com"], false),
        (&[], false),
    ] {
        let client = site.client(Some(of(&site.authority, names)));
        let answer = client.get(url(&server, "https")).send().await;
        assert_eq!(answer.is_ok(), expected, "{names:?}");
    }
    let admitted = Visitors::of(&site).admitted(&site, &server).await;
    assert_eq!(admitted, [false; 4], "a known authority is not enough, and a name is none at all");
}

#[tokio::test]
async fn a_client_that_speaks_an_older_version_is_refused() {
    let site = Site::new();
    let server = site.serve(&format!("{TLS}, min_version: TLS13}}\n")).await;
    let authority = site.authority.issuer.pem();
    let old = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(authority.as_bytes()).unwrap()])
        .tls_version_max(reqwest::tls::Version::TLS_1_2)
        .build()
        .unwrap();
    assert!(old.get(url(&server, "https")).send().await.is_err());
    assert_eq!(status(site.client(None).get(url(&server, "https")).send().await).await, 200);
    assert!(site.client(None).get(url(&server, "http")).send().await.is_err(), "plain HTTP");
}
