//! The webhooks of the simulator: their types, header and body are those of the real server.

use std::collections::BTreeSet;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::{Channel, NoticeType, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, WebhookSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::small;

const PATIENCE: Duration = Duration::from_secs(10);

/// Requests that came to a listener, each answered with this status.
async fn requests(listener: &TcpListener, number: usize, status: &str) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < number {
        let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        let (mut text, mut buffer) = (String::new(), [0; 8192]);
        while !text.ends_with('}') {
            let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
            assert!(length > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        texts.push(text);
    }
    texts
}

async fn simulated(
    version: &str,
    token: Option<&str>,
    send_on: BTreeSet<NoticeType>,
) -> (Simulator, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook/acme", listener.local_addr().unwrap());
    let simulator = Simulator::start(small(version)).await.unwrap();
    let secret_token = token.map(str::to_owned);
    simulator.set_webhook(Some(WebhookSettings { url, secret_token, send_on }));
    (simulator, listener)
}

fn type_of(request: &str) -> String {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_event_of_a_chat_is_sent_with_the_token_and_its_type_before_the_messages() {
    let (simulator, listener) = simulated("8.1.0", Some("secret"), NoticeType::ALL.into()).await;
    simulator.world(|world| {
        let agents: Vec<String> = world.agents.keys().cloned().collect();
        let room = world.arrive(None, Channel::Widget);
        assert!(world.assign(&room, &agents[0]) && world.reply(&room));
        assert!(world.forward_to_agent(&room, &agents[1]) && world.close(&room, RoomCloser::User));
        world.leave_offline_message();
    });
    let requests = requests(&listener, 9, "200 OK").await;
    for request in &requests {
        let head = request.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(head.starts_with("post /webhook/acme http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nx-rocketchat-livechat-token: secret"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        if let Some(messages) = request.find("\"messages\"") {
            assert!(request.find("\"type\"").unwrap() < messages, "{request}");
        }
    }
    let mut types: Vec<String> = requests.iter().map(|request| type_of(request)).collect();
    types.sort_unstable();
    let expected = [
        "LivechatOfflineMessage",
        "LivechatSession",
        "LivechatSessionForwarded",
        "LivechatSessionQueued",
        "LivechatSessionStart",
        "LivechatSessionTaken",
        "LivechatSessionTaken",
        "Message",
        "Message",
    ];
    assert_eq!(types, expected);
}

#[tokio::test]
async fn only_what_is_switched_on_is_sent_and_without_a_token_no_header() {
    let (simulator, listener) = simulated("8.1.0", None, [NoticeType::OfflineMessage].into()).await;
    simulator.world(|world| world.arrive(None, Channel::Widget));
    simulator.world(World::leave_offline_message);
    let request = requests(&listener, 1, "200 OK").await.remove(0);
    assert_eq!(type_of(&request), "LivechatOfflineMessage");
    assert!(!request.to_lowercase().contains("x-rocketchat-livechat-token"), "{request}");
}
