//! Real proxies: nginx in front of Rocket.Chat, tinyproxy for outgoing requests.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomRow, RoomSelection,
};
use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::openssl::Certificates;
use crate::process::contract::loopback::{Loopback, nothing};
use crate::process::contract::trust::client;
use crate::process::contract::{FIRST_PAGE, failure, page, reach, rooms};
use crate::programs::{Program, listening, node};

pub struct Proxy {
    _program: Program,
    pub address: SocketAddr,
    _folder: TempDir,
}

/// nginx with these lines in its one server block.
pub fn nginx(listen: &str, lines: &str) -> Proxy {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let (program, address) = listening("nginx", |port| {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {path}/{kind};"))
            .concat();
        let configuration = format!(
            "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; {temporary}\n\
             server {{ listen 127.0.0.1:{port} {listen}; {lines} }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-e").arg(folder.path().join("start.log")).arg("-c").arg(file);
        command
    });
    Proxy { _program: program, address, _folder: folder }
}

/// tinyproxy with its port and these lines.
fn tinyproxy(lines: &str) -> Proxy {
    let folder = tempfile::tempdir().unwrap();
    let (program, address) = listening("tinyproxy", |port| {
        let file = folder.path().join("tinyproxy.conf");
        fs::write(&file, format!("Port {port}\nListen 127.0.0.1\nMaxClients 20\n{lines}\n"))
            .unwrap();
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(file);
        command
    });
    Proxy { _program: program, address, _folder: folder }
}

/// A loopback address without a listener; no other process gets the port while the socket lives.
fn vacant() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn refused(reach: &HttpSettings) -> Failure {
    failure(&client(reach)).await
}

#[tokio::test]
#[ignore = "needs nginx: tests/run runs it"]
async fn a_refusal_of_nginx_is_told_as_one_of_something_in_front() {
    for (status, reason, told) in [
        (401, Reason::Blocked, "it requires its own login"),
        (402, Reason::Blocked, "it requires a payment"),
        (403, Reason::Blocked, "let GET requests to /api/v1"),
        (405, Reason::Blocked, "it refuses GET requests"),
        (413, Reason::Blocked, "the request is too long for it"),
        (429, Reason::RateLimited, "raise its limit for the address of the exporter"),
        (500, Reason::Server, "read its log and the log of Rocket.Chat"),
        (503, Reason::Server, "check that Rocket.Chat runs behind it"),
    ] {
        let nginx = nginx("", &format!("location / {{ return {status}; }}"));
        let failure = refused(&reach(&format!("http://{}", nginx.address))).await;
        assert_eq!(failure.reason, reason, "{failure}");
        let begins = format!(
            "livechat/rooms: HTTP {status} from a proxy or firewall in front of Rocket.Chat; "
        );
        assert!(failure.to_string().starts_with(&begins), "{failure}");
        assert!(failure.to_string().contains(told), "{failure}");
        assert!(!failure.to_string().contains("permission"), "{failure}");
    }
}

#[tokio::test]
#[ignore = "needs nginx: tests/run runs it"]
async fn nginx_without_rocket_chat_behind_it_is_told_from_a_broken_rocket_chat() {
    let (_held, vacant) = vacant();
    let nginx = nginx("", &format!("location / {{ proxy_pass http://{vacant}; }}"));
    let failure = refused(&reach(&format!("http://{}", nginx.address))).await;
    assert_eq!(failure.reason, Reason::Server);
    assert!(failure.to_string().contains("HTTP 502 from a proxy"), "{failure}");
    assert!(failure.to_string().contains("check that Rocket.Chat runs behind it"), "{failure}");
}

#[tokio::test]
#[ignore = "needs nginx: tests/run runs it"]
async fn a_filter_that_is_too_long_for_nginx_is_told_as_that() {
    let nginx = nginx("", "large_client_header_buffers 1 1k; location / { return 200; }");
    let filter = RoomFilter {
        agents: (0..200).map(|n| format!("agent-number-{n}")).collect(),
        ..RoomFilter::default()
    };
    let query = livechat_rooms::query(RoomSelection::Open, &filter, FIRST_PAGE);
    let client = client(&reach(&format!("http://{}", nginx.address)));
    let failure = page::<RoomRow>(&client, Endpoint::LivechatRooms, &query).await.unwrap_err();
    assert_eq!(failure.reason, Reason::Blocked);
    assert!(failure.to_string().contains("HTTP 414"), "{failure}");
    assert!(failure.to_string().contains("or shorten the filter of this workspace"), "{failure}");
}

#[tokio::test]
#[ignore = "needs nginx, openssl and node: tests/run runs it"]
async fn the_wrong_scheme_is_told_in_both_directions() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    let pem = |name: &str| certificates.path(name).display().to_string();
    let tls = format!(
        "ssl_certificate {}; ssl_certificate_key {}; location / {{ return 200; }}",
        pem("server.pem"),
        pem("server.key")
    );
    let encrypted = nginx("ssl", &tls);
    let failure = refused(&reach(&format!("http://{}", encrypted.address))).await;
    assert!(failure.to_string().ends_with("write https:// in url"), "{failure}");
    let plain = nginx("", "location / { return 200; }");
    let url = format!("https://localhost:{}", plain.address.port());
    let failure =
        refused(&HttpSettings { ca_file: Some(certificates.path("server.pem")), ..reach(&url) })
            .await;
    assert_eq!(failure.reason, Reason::Tls);
    let told = "the port does not use TLS; write http:// in url, or the port that uses TLS";
    assert!(failure.to_string().ends_with(told), "{failure}");
    // Node's server closes the connection or sends an alert, which is no HTTP.
    let (_node, url) = node(certificates.folder(), r#"{"cert":"server.pem","key":"server.key"}"#);
    let failure = refused(&reach(&url.replace("https:", "http:"))).await;
    assert_eq!(failure.reason, Reason::Connect, "{failure}");
}

#[tokio::test]
#[ignore = "needs nginx and openssl: tests/run runs it"]
async fn nginx_that_wants_our_certificate_says_so_in_a_page() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    let pem = |name: &str| certificates.path(name).display().to_string();
    let lines = format!(
        "ssl_certificate {0}; ssl_certificate_key {1}; ssl_client_certificate {0}; ssl_verify_client on; \
         location / {{ return 200; }}",
        pem("server.pem"),
        pem("server.key")
    );
    let nginx = nginx("ssl", &lines);
    let url = format!("https://localhost:{}", nginx.address.port());
    let failure =
        refused(&HttpSettings { ca_file: Some(certificates.path("server.pem")), ..reach(&url) })
            .await;
    assert_eq!(failure.reason, Reason::Blocked, "{failure}");
    assert!(failure.to_string().contains("set tls.certificate_file and tls.key_file"), "{failure}");
}

#[tokio::test]
#[ignore = "needs nginx: tests/run runs it"]
async fn pages_that_nginx_packs_itself_are_read() {
    let server = Loopback::start(|_| nothing()).await;
    let behind = server.url().replace("http://", "");
    let lines = format!(
        "gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *; location / {{ proxy_pass http://{behind}; }}"
    );
    let nginx = nginx("", &lines);
    rooms(&client(&reach(&format!("http://{}", nginx.address)))).await.unwrap();
}

#[tokio::test]
#[ignore = "needs tinyproxy, openssl and node: tests/run runs it"]
async fn a_proxy_that_wants_a_password_or_does_not_allow_the_host_is_told_over_tls_too() {
    let certificates = Certificates::new();
    certificates.self_signed("server", "localhost", "-addext subjectAltName=DNS:localhost");
    let (_node, tls_url) =
        node(certificates.folder(), r#"{"cert":"server.pem","key":"server.key"}"#);
    let plain = Loopback::start(|_| nothing()).await;
    let ca_file = Some(certificates.path("server.pem"));
    let through = |url: &str, proxy: String| HttpSettings {
        proxy: Some(proxy.into()),
        ca_file: ca_file.clone(),
        ..reach(url)
    };
    let guarded = tinyproxy("BasicAuth ada hunter2");
    let closed = tinyproxy("ConnectPort 1");
    for url in [plain.url(), tls_url.clone()] {
        rooms(&client(&through(&url, format!("http://ada:hunter2@{}", guarded.address))))
            .await
            .unwrap();
        let failure = refused(&through(&url, format!("http://{}", guarded.address))).await;
        let told = "; put the user name and the password of the proxy into proxy_url";
        assert!(failure.to_string().ends_with(told), "{failure}");
    }
    let failure = refused(&through(&tls_url, format!("http://{}", closed.address))).await;
    assert!(failure.to_string().contains("read the log of the proxy"), "{failure}");
    let (_held, vacant) = vacant();
    let failure = refused(&through(&tls_url, format!("http://{vacant}"))).await;
    assert!(
        failure.to_string().ends_with("check that the proxy runs and that proxy_url is right"),
        "{failure}"
    );
}
