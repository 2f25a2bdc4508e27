//! Faults on all routes at once: the workspace cannot be reached.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::expected::{ROUTES, Says};
use super::matrix::{Seen, is_up, said};
use super::setup::{Setup, Way};
use super::table;
use crate::process::binary::vacant;
use crate::watching::Numbers;

/// The faults in the order of the documentation.
pub const FAULTS: [(&str, Reason); 4] = [
    ("connection refused", Reason::Connect),
    ("a host without an address", Reason::Dns),
    ("no TLS at an `https` port", Reason::Tls),
    ("a certificate of another host", Reason::Tls),
];

/// Timeout of a request: a handshake on a machine under load, or a lost question for a name, must not be the failure.
const PATIENT: Duration = Duration::from_secs(30);

/// Behaviour of a front towards its connections.
#[derive(Clone)]
enum Manner {
    /// Serves TLS with this certificate.
    Encrypted(TlsAcceptor),
    /// Speaks no TLS.
    Plain,
}

fn certificate() -> (Manner, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    (Manner::Encrypted(TlsAcceptor::from(Arc::new(config))), cert.pem())
}

/// Terminates TLS in front of a server.
async fn serve(front: std::net::TcpListener, manner: Arc<Mutex<Manner>>, behind: SocketAddr) {
    front.set_nonblocking(true).unwrap();
    let front = TcpListener::from_std(front).unwrap();
    while let Ok((mut near, _)) = front.accept().await {
        let manner = manner.lock().unwrap().clone();
        tokio::spawn(async move {
            // Either side may close first.
            match manner {
                Manner::Plain => {
                    drop(near.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
                }
                Manner::Encrypted(acceptor) => {
                    let Ok(mut near) = acceptor.accept(near).await else { return };
                    let mut far = TcpStream::connect(behind).await.unwrap();
                    drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                }
            }
        });
    }
}

/// A workspace behind TLS with a healthy way to it, and the front's manner, which a test may change.
async fn behind_tls(authority: PathBuf) -> (Setup, Arc<Mutex<Manner>>) {
    let (own, pem) = certificate();
    std::fs::write(&authority, pem).unwrap();
    let front = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let manner = Arc::new(Mutex::new(own));
    let url = format!("https://{}", front.local_addr().unwrap());
    let more = format!(", tls: {{ca_file: '{}'}}", authority.display());
    let serving = Arc::clone(&manner);
    let setup = Setup::start(PATIENT, move |behind| {
        tokio::spawn(serve(front, serving, behind));
        Way { url, more }
    });
    (setup.await, manner)
}

async fn suffer(setup: &mut Setup, name: &str, reason: Reason) {
    setup.reload().await;
    setup.turn();
    for asking in ROUTES.iter().filter(|it| it.is_before_lists()) {
        let nothing = Numbers::new();
        let said = |page: &Numbers| said(page, &nothing, &nothing, asking, false);
        let seen = setup.see(&format!("{name}: it is told"), said).await;
        let expected = Seen { is_up: false, says: BTreeSet::from([Says::Fails(reason)]) };
        assert_eq!(seen, expected, "{name}");
    }
    setup.assert_is_fast().await;
    setup.turn();
}

#[tokio::test]
async fn a_workspace_that_cannot_be_reached_is_down_and_nothing_of_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (mut setup, manner) = behind_tls(folder.path().join("ca.pem")).await;
    let (_socket, vacant) = vacant();
    // The workspace keeps its URL, and so its identity; only the way to it is broken.
    let healthy = (setup.way.clone(), manner.lock().unwrap().clone());
    let by = |host: String| {
        let more = format!("{}, proxy_url: 'http://{host}'", healthy.0.more);
        (Way { more, ..healthy.0.clone() }, healthy.1.clone())
    };
    let ways = [
        by(vacant.to_string()),
        by("proxy.invalid:3128".to_owned()),
        (healthy.0.clone(), Manner::Plain),
        (healthy.0.clone(), certificate().0),
    ];
    for ((name, reason), way) in FAULTS.into_iter().zip(ways) {
        setup.turn();
        (setup.way, *manner.lock().unwrap()) = way;
        suffer(&mut setup, name, reason).await;
        (setup.way, *manner.lock().unwrap()) = healthy.clone();
        setup.reload().await;
        setup.see(&format!("{name}: it recovers"), |page| is_up(page).then_some(())).await;
        setup.assert_exact().await;
    }
    setup.end().await;
    table::assert_whole_shown(&FAULTS);
}
