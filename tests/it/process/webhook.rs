//! The route of webhooks as Rocket.Chat and strangers see it: raw bytes over loopback.

use std::path::PathBuf;
use std::sync::Arc;

use rocketchat_omnichannel_exporter::http::Limits;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;
use rocketchat_omnichannel_exporter::webhook::event_type::EventType;
use rocketchat_omnichannel_exporter::webhook::nudges::Nudges;
use rocketchat_omnichannel_exporter::webhook::receiver::Recipient;
use tokio::io::AsyncWriteExt;

use super::web_config::Site;
use crate::served::{Answer, PATIENCE, Server, to_the_end};

const TOKEN: &str = "X-RocketChat-Livechat-Token: right\r\n";
const BODY: &str = r#"{"_id":"r","type":"LivechatSessionQueued","messages":[]}"#;
/// The largest body that is read.
const MOST_BYTES: usize = 16 << 20;

fn inline(token: &str) -> TokenSource {
    TokenSource::Inline(token.to_owned().into())
}

fn recipient(workspace: &str, token: TokenSource) -> (Arc<Nudges>, Recipient) {
    let nudges = Arc::<Nudges>::default();
    let workspace = workspace.to_owned();
    (Arc::clone(&nudges), Recipient { workspace, token, nudges })
}

/// Registers the workspace `acme` with the token `right`.
fn register(server: &Server) -> Arc<Nudges> {
    let (nudges, recipient) = recipient("acme", inline("right"));
    server.webhooks.replace([recipient]);
    nudges
}

fn received(nudges: &Nudges) -> u64 {
    nudges.received().map(|(_, count)| count).sum()
}

async fn send(server: &Server, name: &str, head: &str, body: &str) -> Answer {
    let mut stream = server.connect().await;
    let length = body.len();
    let request = format!(
        "POST /webhook/{name} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    Answer(to_the_end(&mut stream).await)
}

#[tokio::test]
async fn a_webhook_with_the_right_token_is_counted_by_its_type_and_its_answer_is_empty() {
    let server = Server::start(Limits::default()).await;
    let nudges = register(&server);
    let long = format!(r#"{{"type":"LivechatSession","messages":["{}"]}}"#, "x".repeat(1 << 20));
    for body in [BODY, BODY, r#"{"type":"LeadCapture"}"#, "no JSON", "", &long] {
        let answer = send(&server, "acme", TOKEN, body).await;
        assert_eq!((answer.status().as_str(), answer.body()), ("200", &b""[..]));
    }
    let seen: Vec<_> = nudges.received().filter(|(_, count)| *count > 0).collect();
    let expected = [
        (EventType::LivechatSessionQueued, 2),
        (EventType::LivechatSession, 1),
        (EventType::Other, 3),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_wrong_token_no_token_and_an_unknown_name_get_the_same_answer() {
    let server = Server::start(Limits::default()).await;
    let nudges = register(&server);
    let without_date = |answer: &Answer| {
        let head = answer.head();
        let head: Vec<_> = head.lines().filter(|line| !line.starts_with("date: ")).collect();
        (head.join("\n"), answer.text())
    };
    let reference = without_date(&send(&server, "acme", "", BODY).await);
    assert!(reference.0.starts_with("HTTP/1.1 403 "), "{reference:?}");
    let wrong = "X-RocketChat-Livechat-Token: wrong\r\n";
    let longer = "X-RocketChat-Livechat-Token: right.\r\n";
    let empty = "X-RocketChat-Livechat-Token: \r\n";
    for (name, head) in [
        ("acme", wrong),
        ("acme", longer),
        ("acme", empty),
        ("unknown", TOKEN),
        ("ACME", TOKEN),
        ("acme%20", TOKEN),
        ("acme", "X-RocketChat-Livechat-Token: right\r\nSec-Fetch-Site: cross-site\r\n"),
        ("acme", "X-RocketChat-Livechat-Token: right\r\nOrigin: https://evil.example.com\r\n"),
    ] {
        let answer = send(&server, name, head, BODY).await;
        assert_eq!(without_date(&answer), reference, "{name} {head}");
    }
    assert_eq!(received(&nudges), 0);
}

#[tokio::test]
async fn a_name_with_a_slash_or_a_space_is_sent_encoded() {
    let server = Server::start(Limits::default()).await;
    let (nudges, recipient) = recipient("a/b ü", inline("right"));
    server.webhooks.replace([recipient]);
    assert_eq!(send(&server, "a%2Fb%20%C3%BC", TOKEN, BODY).await.status(), "200");
    assert_eq!(received(&nudges), 1);
}

#[tokio::test]
async fn no_other_method_is_taken_and_no_name_is_told() {
    let server = Server::start(Limits::default()).await;
    register(&server);
    for method in ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"] {
        for name in ["acme", "unknown"] {
            let answer =
                server.exchange(&format!("{method} /webhook/{name} HTTP/1.1\r\n{TOKEN}")).await;
            assert_eq!(answer.status(), "405", "{method}");
            assert_eq!(answer.header("allow").unwrap(), "POST", "{method}");
        }
    }
    for path in ["/webhook", "/webhook/", "/webhook/acme/x"] {
        assert_eq!(server.exchange(&format!("POST {path} HTTP/1.1\r\n")).await.status(), "404");
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_read_and_one_that_is_too_large_is_refused() {
    let server = Server::start(Limits::default()).await;
    let nudges = register(&server);
    let head = format!("POST /webhook/acme HTTP/1.1\r\n{TOKEN}Transfer-Encoding: chunked\r\n");
    let head = format!("{head}Host: test\r\nConnection: close\r\n\r\n");
    let (one, other) = BODY.split_at(12);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let mut stream = server.connect().await;
    let request = format!("{head}{}{}0\r\n\r\n", chunk(one), chunk(other));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(Answer(to_the_end(&mut stream).await).status(), "200");
    assert_eq!(received(&nudges), 1);

    let length = format!("{TOKEN}Content-Length: {}\r\n", MOST_BYTES + 1);
    let announced = server.exchange(&format!("POST /webhook/acme HTTP/1.1\r\n{length}")).await;
    assert_eq!(announced.status(), "413");
    let mut stream = server.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let part = chunk(&"x".repeat(1 << 20));
    // The server may end the connection before the last part.
    let sent = async {
        for _ in 0..17 {
            if stream.write_all(part.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, sent).await.expect("the server takes all or ends");
    drop(to_the_end(&mut stream).await);
    assert_eq!(received(&nudges), 1, "what is refused is not counted");
}

#[tokio::test]
async fn a_forged_webhook_is_refused_before_its_body_comes() {
    let server = Server::start(Limits::default()).await;
    register(&server);
    let head = "POST /webhook/acme HTTP/1.1\r\nContent-Length: 1000\r\n";
    assert_eq!(server.exchange(head).await.status(), "403");
}

#[tokio::test]
async fn a_rotated_file_and_a_reload_change_the_token() {
    let server = Server::start(Limits::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("token");
    std::fs::write(&path, "one\n").unwrap();
    let head = |token: &str| format!("X-RocketChat-Livechat-Token: {token}\r\n");
    let (nudges, from_file) = recipient("acme", TokenSource::File(path.clone()));
    server.webhooks.replace([from_file]);
    assert_eq!(send(&server, "acme", &head("one"), BODY).await.status(), "200");

    std::fs::write(&path, "two\n").unwrap();
    crate::process::binary::until("the new token is taken", PATIENCE, async || {
        match send(&server, "acme", &head("two"), BODY).await.status().as_str() {
            "200" => Ok(()),
            other => Err(other.to_owned()),
        }
    })
    .await;
    assert_eq!(send(&server, "acme", &head("one"), BODY).await.status(), "403");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(send(&server, "acme", &head("two"), BODY).await.status(), "200", "it was read");

    let inline = Recipient {
        workspace: "acme".to_owned(),
        token: inline("three"),
        nudges: Arc::clone(&nudges),
    };
    server.webhooks.replace([inline]);
    assert_eq!(send(&server, "acme", &head("two"), BODY).await.status(), "403");
    assert_eq!(send(&server, "acme", &head("three"), BODY).await.status(), "200");
    server.webhooks.replace([]);
    assert_eq!(send(&server, "acme", &head("three"), BODY).await.status(), "403");
    assert_eq!(received(&nudges), 4);
}

#[tokio::test]
async fn a_webhook_needs_no_password_and_uses_up_no_rate() {
    let site = Site::new();
    let hash = bcrypt::hash("secret", 4).unwrap();
    let server = site
        .serve(&format!(
            "basic_auth_users: {{ada: {hash}}}\nrate_limit: {{interval: 1h, burst: 2}}\n\
             http_server_config: {{headers: {{X-Content-Type-Options: nosniff}}}}\n"
        ))
        .await;
    let nudges = register(&server);
    for _ in 0..5 {
        assert_eq!(send(&server, "acme", TOKEN, BODY).await.status(), "200");
        assert_eq!(send(&server, "acme", "", BODY).await.status(), "403");
    }
    let headers = send(&server, "acme", TOKEN, BODY).await;
    assert_eq!(headers.header("x-content-type-options").unwrap(), "nosniff");
    assert_eq!(received(&nudges), 6);
    for expected in ["401", "401", "429"] {
        assert_eq!(server.get("/metrics").await.status(), expected);
    }
}
