//! Files that change while the server runs: renewed certificates, changed users, and mistakes.

use std::time::{Duration, Instant};

use reqwest::tls::TlsInfo;

use super::{Site, TLS, hashed, status, url};
use crate::process::binary;
use crate::served::{PATIENCE, Server};

/// Asks until the answer is the expected one.
async fn until<T: PartialEq + std::fmt::Debug>(expected: T, mut ask: impl AsyncFnMut() -> T) {
    binary::until("the answer is as expected", PATIENCE, async || {
        let seen = ask().await;
        if seen == expected { Ok(()) } else { Err(format!("{seen:?} is not {expected:?}")) }
    })
    .await;
}

/// The served certificate, DER.
async fn served(site: &Site, server: &Server) -> Vec<u8> {
    let answer = site.client(None).get(url(server, "https")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let info = answer.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

async fn answer(site: &Site, server: &Server, user: &str) -> u16 {
    let request = site.client(None).get(url(server, "http")).basic_auth(user, Some("secret"));
    status(request.send().await).await
}

fn users(names: &[&str]) -> String {
    let user = |name: &&str| format!("  {name}: {}\n", hashed("secret"));
    format!("basic_auth_users:\n{}", names.iter().map(user).collect::<String>())
}

#[tokio::test]
async fn a_renewed_certificate_is_served_to_the_next_who_come() {
    let site = Site::new();
    let server = site.serve(&format!("{TLS}}}\n")).await;
    let first = served(&site, &server).await;
    let (second, key) = site.authority.issue(&["127.0.0.1"]);
    site.authority.write("server.pem", second.pem());
    // Half of the new pair is written; the wait is long enough for the server to read the files.
    let half = Instant::now();
    while half.elapsed() < Duration::from_millis(1500) {
        assert!(served(&site, &server).await == first, "half a pair is served");
    }
    site.authority.write("server.key", key.serialize_pem());
    until(second.der().to_vec(), async || served(&site, &server).await).await;
}

/// Kubernetes swaps a symbolic link to a folder.
#[tokio::test]
async fn a_swapped_folder_counts_as_a_change() {
    let site = Site::new();
    let folder = site.authority.folder.path();
    for name in ["old", "new"] {
        site.renew("127.0.0.1");
        std::fs::create_dir(folder.join(name)).unwrap();
        for file in ["server.pem", "server.key"] {
            std::fs::rename(folder.join(file), folder.join(name).join(file)).unwrap();
        }
    }
    std::os::unix::fs::symlink("old", folder.join("data")).unwrap();
    let server = site
        .serve("tls_server_config: {cert_file: data/server.pem, key_file: data/server.key}\n")
        .await;
    let old = served(&site, &server).await;
    std::os::unix::fs::symlink("new", folder.join("swap")).unwrap();
    std::fs::rename(folder.join("swap"), folder.join("data")).unwrap();
    until(false, async || served(&site, &server).await == old).await;
}

#[tokio::test]
async fn users_come_and_go_without_a_restart() {
    let site = Site::new();
    let server = site.serve(&users(&["ada"])).await;
    assert_eq!(answer(&site, &server, "ada").await, 200);
    assert_eq!(answer(&site, &server, "bob").await, 401);
    site.configure(users(&["bob"]));
    until([401, 200], async || {
        [answer(&site, &server, "ada").await, answer(&site, &server, "bob").await]
    })
    .await;
}

#[tokio::test]
async fn a_file_that_became_bad_refuses_everybody_until_it_is_good_again() {
    let site = Site::new();
    let good = users(&["ada"]);
    let server = site.serve(&good).await;
    let cut = &good[..good.len() - 10];
    for bad in
        ["", "basic_auth_users:\n", "basic_auth_users: {ada: x}\n", "colour: red\n", cut, "{"]
    {
        site.configure(bad);
        until(500, async || answer(&site, &server, "ada").await).await;
        let stranger = server.get("/metrics").await;
        assert_eq!(stranger.status(), "500", "{bad}");
        assert!(!stranger.text().contains("ada"), "{}", stranger.text());
        site.configure(&good);
        until(200, async || answer(&site, &server, "ada").await).await;
        assert_eq!(server.get("/metrics").await.status(), "401");
    }
    std::fs::remove_file(site.authority.folder.path().join("web.yml")).unwrap();
    until(500, async || answer(&site, &server, "ada").await).await;
}

#[tokio::test]
async fn tls_and_certificates_of_clients_cannot_be_dropped_on_the_way() {
    let site = Site::new();
    let asks = format!("{TLS}, client_auth_type: RequireAnyClientCert}}\n");
    let (certificate, key) = site.authority.issue(&["prometheus"]);
    let pem = certificate.pem() + &key.serialize_pem();
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).unwrap();
    let client = site.client(Some(identity));
    let server = site.serve(&asks).await;
    let ask = async || status(client.get(url(&server, "https")).send().await).await;
    assert_eq!(ask().await, 200);
    for weaker in ["", &format!("{TLS}}}\n"), &format!("{TLS}, client_auth_type: NoClientCert}}\n")]
    {
        site.configure(weaker);
        until(500, ask).await;
        assert!(site.client(None).get(url(&server, "https")).send().await.is_err(), "{weaker}");
        assert!(site.client(None).get(url(&server, "http")).send().await.is_err(), "{weaker}");
        site.configure(&asks);
        until(200, ask).await;
    }
}
