//! The socket of the simulator: HTTP in, one synchronous answer, HTTP out.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    Router,
    body::Body as HttpBody,
    extract::State,
    http::{HeaderMap, Method, Uri, header},
    response::Response,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    Request,
    api::{Answer, Body, Fault, Incoming},
    workspace::Workspace,
};

/// What the listener and the handle share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) workspace: Mutex<Workspace>,
    pub(super) path_prefix: String,
    pub(super) stop: CancellationToken,
}

impl Shared {
    /// A panic in a test's closure must not turn every later answer into one.
    pub(super) fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until told to stop; requests that hang end with it.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let stop = shared.stop.clone().cancelled_owned();
    let router = Router::new().fallback(handle).with_state(shared);
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::warn!(%error, "the simulator stopped listening");
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let incoming = incoming(&shared.path_prefix, &method, &uri, &headers);
    let (answer, fault) = {
        let mut workspace = shared.lock();
        let (answer, fault) = workspace.answer(&incoming);
        workspace.remember(request(&incoming, &headers, answer.status));
        (answer, fault)
    };
    delay(fault, &shared.stop).await;
    response(answer)
}

async fn delay(fault: Option<Fault>, stop: &CancellationToken) {
    match fault {
        Some(Fault::Hang) => stop.cancelled().await,
        Some(Fault::Slow(time)) => {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(time) => {}
            }
        }
        _ => {}
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// A path outside the workspace's sub-path stays whole, and so is unknown.
fn incoming(prefix: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Incoming {
    let path = uri.path();
    let inside = path.strip_prefix(prefix);
    let outside = || format!("outside {path}");
    Incoming {
        method: method.to_string(),
        path: inside.map_or_else(outside, str::to_owned),
        query: uri.query().unwrap_or_default().to_owned(),
        token: text(headers, "x-auth-token"),
        user_id: text(headers, "x-user-id"),
    }
}

fn request(incoming: &Incoming, headers: &HeaderMap, status: u16) -> Request {
    Request {
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: url::form_urlencoded::parse(incoming.query.as_bytes()).into_owned().collect(),
        carried_token: incoming.token.is_some(),
        user_agent: text(headers, "user-agent").unwrap_or_default(),
        status,
        at: Instant::now(),
    }
}

fn response(answer: Answer) -> Response {
    let (content_type, body) = match answer.body {
        Body::Json(value) => ("application/json", value.to_string()),
        Body::Text(content_type, text) => (content_type, text),
    };
    let builder = answer.headers.into_iter().fold(
        Response::builder().status(answer.status).header(header::CONTENT_TYPE, content_type),
        |builder, (name, value)| builder.header(name, value),
    );
    builder.body(HttpBody::from(body)).unwrap_or_default()
}
