//! `POST /webhook/NAME`: the webhooks of Rocket.Chat.
//!
//! The body of a request is not read before its token is found right. Of a body only the beginning is kept, while it is
//! read; the answer has no body, because Rocket.Chat stores it. The route has its own token, so it needs no password and
//! does not count in the rate limit of the web config file.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper::body::Body as _;
use tokio::time::{Instant, timeout};

use super::cross_site::is_cross_site;
use super::plain_text::{not_allowed, text};
use crate::config::http_paths::WEBHOOK_FOLDER;
use crate::webhook::event_type::EventType;
use crate::webhook::receiver::WebhookReceiver;

const TOKEN: &str = "x-rocketchat-livechat-token";
/// Beginning of a body that is kept. The `type` comes before the messages of the chat, after the data of the visitor.
const KEPT_BYTES: usize = 64 * 1024;
/// Largest body. A closed chat is sent with all its messages.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Longest wait for a body.
const PATIENCE: Duration = Duration::from_secs(5);

/// The route of webhooks for these recipients.
pub(super) fn route<S: Clone + Send + Sync + 'static>(receiver: WebhookReceiver) -> Router<S> {
    let route = post(receive).fallback(async || not_allowed("POST", "Only POST.\n"));
    Router::new().route(&format!("{WEBHOOK_FOLDER}{{name}}"), route).with_state(receiver)
}

/// True if a path is a path of [`route`].
pub(super) fn is_webhook(path: &str) -> bool {
    let name = path.strip_prefix(WEBHOOK_FOLDER);
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Admits a webhook and asks for the lists that it concerns. A wrong token and an unknown name get the same answer.
async fn receive(
    State(receiver): State<WebhookReceiver>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let token = head.headers.get(TOKEN).map(HeaderValue::as_bytes);
    let admitted = receiver.admit(&name, token).await;
    let Some(nudges) = admitted.filter(|_| !is_cross_site(&head.headers)) else {
        return text(StatusCode::FORBIDDEN, "Forbidden.\n");
    };
    match timeout(PATIENCE, beginning(&head.headers, body)).await {
        Ok(Ok(beginning)) => {
            nudges.receive(EventType::of(&beginning), Instant::now());
            StatusCode::OK.into_response()
        }
        Ok(Err(refused)) => refused.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// The beginning of a body. The rest is read too, since a client may look for the answer only after it has sent all.
async fn beginning(headers: &HeaderMap, mut body: Body) -> Result<Vec<u8>, StatusCode> {
    let length = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    let (mut left, mut kept) = (MOST_BYTES, Vec::new());
    if length.is_some_and(|length: u64| length > MOST_BYTES) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Some(data) = frame.data_ref() else { continue };
        left = left.checked_sub(data.len() as u64).ok_or(StatusCode::PAYLOAD_TOO_LARGE)?;
        let wanted = data.len().min(KEPT_BYTES.saturating_sub(kept.len()));
        kept.extend_from_slice(data.get(..wanted).unwrap_or_default());
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paths_of_the_route_are_webhooks() {
        for (path, expected) in [
            ("/webhook/acme", true),
            ("/webhook/a%2Fb", true),
            ("/webhook/", false),
            ("/webhook", false),
            ("/webhook/acme/", false),
            ("/webhook/acme/../../metrics", false),
            ("/metrics", false),
            ("//webhook/acme", false),
            ("/WEBHOOK/acme", false),
        ] {
            assert_eq!(is_webhook(path), expected, "{path}");
        }
    }
}
