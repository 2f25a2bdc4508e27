//! TLS: the trusted certificates, and our own certificate if the server asks for one.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::{
    HttpSettings, HttpSettingsError, Identity,
};
use rocketchat_omnichannel_exporter::rocketchat::http_transport::HttpTransport;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::loopback::{Loopback, nothing, read_request};
use super::{client_with, failure, reach, rooms, simulated_auth};
use crate::authority::Authority;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{\"rooms\":[]}";

/// The roots that servers trust if they ask for certificates.
fn roots(authority: &Authority) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    Arc::new(roots)
}

/// A server with a certificate for this name; the server may ask for our certificate.
pub async fn serve(authority: &Authority, name: &str, asks_for_ours: bool) -> String {
    let (certificate, key) = authority.issue(&[name]);
    let builder = ServerConfig::builder();
    let builder = if asks_for_ours {
        let verifier = WebPkiClientVerifier::builder(roots(authority)).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    answering(TlsAcceptor::from(Arc::new(config))).await
}

async fn answering(acceptor: TlsAcceptor) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            read_request(&mut stream).await;
            stream.write_all(ANSWER).await.unwrap();
            drop(stream.shutdown().await);
        }
    });
    url
}

fn trusting(url: &str, authority: &Authority) -> HttpSettings {
    HttpSettings { ca_file: Some(authority.file()), ..reach(url) }
}

pub fn client(reach: &HttpSettings) -> Client {
    client_with(reach, simulated_auth(), Clock::system())
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_a_named_one_trusted() {
    let authority = Authority::new();
    let url = serve(&authority, "127.0.0.1", false).await;
    let stranger = Authority::new();
    for reach in [reach(&url), trusting(&url, &stranger)] {
        let failure = failure(&client(&reach)).await;
        assert_eq!(failure.reason, Reason::Tls, "{failure}");
        assert!(
            failure.to_string().contains("; set tls.ca_file to a file with its authority"),
            "{failure}"
        );
    }
    rooms(&client(&trusting(&url, &authority))).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let authority = Authority::new();
    let url = serve(&authority, "rocketchat.example.org", false).await;
    let failure = failure(&client(&trusting(&url, &authority))).await;
    assert_eq!(failure.reason, Reason::Tls, "{failure}");
}

#[tokio::test]
async fn a_server_without_tls_behind_https_is_a_matter_of_tls() {
    let plain = Loopback::start(|_| nothing()).await;
    let url = plain.url().replace("http:", "https:");
    let authority = Authority::new();
    let failure = failure(&client(&trusting(&url, &authority))).await;
    assert_eq!(failure.reason, Reason::Tls, "{failure}");
}

#[tokio::test]
async fn our_certificate_is_shown_where_the_server_asks_for_one() {
    let authority = Authority::new();
    let url = serve(&authority, "127.0.0.1", true).await;
    let anonymous = trusting(&url, &authority);
    let failure = failure(&client(&anonymous)).await;
    assert_eq!(failure.reason, Reason::Tls, "{failure}");
    let (ours, key) = authority.issue(&["exporter"]);
    let identity = Identity {
        certificate_file: authority.write("exporter.pem", ours.pem()),
        key_file: authority.write("exporter.key", key.serialize_pem()),
    };
    let known = HttpSettings { identity: Some(identity), ..anonymous };
    rooms(&client(&known)).await.unwrap();
}

pub fn refusal(reach: &HttpSettings) -> HttpSettingsError {
    HttpTransport::new(reach).unwrap_err()
}
