//! The webhooks that the workspace sends: the body, the header and the repetitions of the real server.
//!
//! Source: `apps/meteor/app/livechat/server/lib/webhooks.ts`, `hooks/sendToCRM.ts` and `hooks/offlineMessage.ts`.

use std::{sync::Arc, time::Duration};

use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    exchange::Shared,
    settings::WebhookSettings,
    version::ServerVersion,
    world::{LastMessage, Notice, Room, VISITOR_MARKER},
};

/// `Livechat_http_timeout`.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Interval at which a workspace with a running clock looks for events.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Sends the notices of the workspace until the simulator stops or the settings change.
pub(super) async fn run(shared: Arc<Shared>, settings: WebhookSettings) {
    // Nothing but loopback is reached, so no authority is needed.
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(TIMEOUT).build();
    let Ok(client) = client else { return };
    while !shared.stop.is_cancelled() {
        let (notices, version) = {
            let mut workspace = shared.lock();
            if workspace.webhook.as_ref() != Some(&settings) {
                return;
            }
            workspace.catch_up();
            (workspace.world.take_notices(), workspace.world.version)
        };
        for notice in notices.iter().filter(|it| settings.send_on.contains(&it.notice_type)) {
            let sending = Sending {
                client: client.clone(),
                settings: settings.clone(),
                body: body(notice),
                version,
            };
            let stop = shared.stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sending.send() => {}
                }
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

struct Sending {
    client: reqwest::Client,
    settings: WebhookSettings,
    body: String,
    version: ServerVersion,
}

impl Sending {
    async fn send(self) {
        for attempt in 1..=self.version.webhook_attempts() {
            if attempt > 1 {
                tokio::time::sleep(TIMEOUT * 4).await;
            }
            let status = self.attempt().await;
            if status == Some(200) || !self.version.repeats_webhook(status) {
                return;
            }
        }
    }

    /// The status of the answer; `None` without an answer.
    async fn attempt(&self) -> Option<u16> {
        let request = self.client.post(&self.settings.url);
        let request = match &self.settings.secret_token {
            Some(token) => request.header("X-RocketChat-Livechat-Token", token),
            None => request,
        };
        let request = request.header(CONTENT_TYPE, "application/json").body(self.body.clone());
        Some(request.send().await.ok()?.status().as_u16())
    }
}

/// The body of a webhook about a chat, its fields in the order of the real server.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatBody<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    label: &'a str,
    created_at: String,
    last_message_at: String,
    tags: &'a [String],
    visitor: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Value>,
    r#type: &'static str,
    messages: Vec<Value>,
    department_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
}

/// The body of a webhook about an offline message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfflineMessageBody {
    r#type: &'static str,
    sent_at: String,
    visitor: Value,
    message: &'static str,
}

fn body(notice: &Notice) -> String {
    let r#type = notice.notice_type.name();
    let body = match &notice.room {
        Some(room) => serde_json::to_string(&chat_body(room, r#type)),
        None => serde_json::to_string(&OfflineMessageBody {
            r#type,
            sent_at: notice.at.to_string(),
            visitor: json!({"name": VISITOR_MARKER, "email": format!("{VISITOR_MARKER}@example.org")}),
            message: VISITOR_MARKER,
        }),
    };
    body.unwrap_or_default()
}

fn chat_body<'a>(room: &'a Room, r#type: &'static str) -> ChatBody<'a> {
    let agent = room.served_by.as_ref().map(|it| &it.agent);
    ChatBody {
        id: &room.id,
        label: &room.visitor.name,
        created_at: room.ts.to_string(),
        last_message_at: room.lm.to_string(),
        tags: &room.tags,
        visitor: visitor(room),
        agent: agent.map(|agent| json!({"_id": agent.id, "username": agent.username})),
        r#type,
        messages: room.last_message.iter().map(message).collect(),
        department_id: room.department_id.as_deref(),
        closed_at: room.closed_at.map(|at| at.to_string()),
    }
}

fn visitor(room: &Room) -> Value {
    let visitor = &room.visitor;
    json!({
        "_id": visitor.id,
        "token": visitor.token,
        "name": visitor.name,
        "username": visitor.username,
        "email": [{"address": visitor.email}],
        "phone": [{"phoneNumber": visitor.phone}],
    })
}

fn message(message: &LastMessage) -> Value {
    json!({"_id": message.id, "msg": message.text, "ts": message.ts.to_string()})
}
