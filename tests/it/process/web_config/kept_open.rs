//! Connections that stay open while the rules that admitted them change.

use std::sync::Arc;

use rcgen::KeyPair;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Site, TLS};
use crate::authority::Authority;
use crate::process::binary::until;
use crate::served::{PATIENCE, Server};

type Client = (rcgen::Certificate, KeyPair);

/// A connection that shows this client's certificate.
async fn connected(site: &Site, server: &Server, client: &Client) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(site.authority.issuer.der().clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_root_certificates(roots);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(client.1.serialize_der()));
    let config = config.with_client_auth_cert(vec![client.0.der().clone()], key).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, server.connect().await).await.unwrap()
}

/// Sends a request on a kept connection; returns head and body of the answer.
async fn ask(stream: &mut TlsStream<TcpStream>) -> Result<String, String> {
    let asked = async {
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").await?;
        let (mut answer, mut buffer) = (String::new(), [0; 1024]);
        while !answer.contains("Healthy\n") {
            match stream.read(&mut buffer).await? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                read => answer += std::str::from_utf8(&buffer[..read]).unwrap(),
            }
        }
        Ok(answer)
    };
    let asked = tokio::time::timeout(PATIENCE, asked).await.expect("never answered");
    asked.map_err(|error: std::io::Error| error.to_string())
}

fn announces_its_end(answer: &str) -> bool {
    answer.to_ascii_lowercase().contains("connection: close")
}

#[tokio::test]
async fn a_connection_whose_client_is_no_longer_let_in_ends_with_its_next_answer() {
    let asks = |more: &str| {
        format!(
            "{TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: clients.pem, \
             client_allowed_sans: [{more}]}}\n"
        )
    };
    let other = Authority::new();
    for what in ["authority", "name"] {
        let site = Site::new();
        site.authority.write("clients.pem", site.authority.issuer.pem());
        let server = site.serve(&asks("prometheus")).await;
        let client = site.authority.issue(&["prometheus"]);
        let mut kept = connected(&site, &server, &client).await;
        for _ in 0..3 {
            let answer = ask(&mut kept).await.unwrap();
            assert!(!announces_its_end(&answer), "{what}: {answer}");
        }
        match what {
            "authority" => site.authority.write("clients.pem", other.issuer.pem()),
            _ => site.configure(asks("grafana")),
        };
        until("the connection ends", PATIENCE, async || {
            let answer = ask(&mut kept).await?;
            if announces_its_end(&answer) { Ok(()) } else { Err(answer) }
        })
        .await;
        assert!(ask(&mut kept).await.is_err(), "{what}: it was asked again after its end");
        let mut anew = connected(&site, &server, &client).await;
        assert!(ask(&mut anew).await.is_err(), "{what}: it was let in again");
    }
}

#[tokio::test]
async fn a_connection_that_is_still_let_in_may_come_again() {
    let site = Site::new();
    let server = site.serve(&format!("{TLS}}}\n")).await;
    let client = site.authority.issue(&["prometheus"]);
    let mut kept = connected(&site, &server, &client).await;
    ask(&mut kept).await.unwrap();
    site.renew("127.0.0.1");
    until("the connection ends", PATIENCE, async || {
        let answer = ask(&mut kept).await?;
        if announces_its_end(&answer) { Ok(()) } else { Err(answer) }
    })
    .await;
    let mut anew = connected(&site, &server, &client).await;
    let answer = ask(&mut anew).await.unwrap();
    assert!(!announces_its_end(&answer), "{answer}");
}
