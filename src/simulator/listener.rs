//! The HTTP listener of the simulator.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::exchange::{Reply, Shared, Timing};

/// Serves until `shared.stop` is cancelled; requests that hang then end too.
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
    let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let query = uri.query().unwrap_or_default();
    let reply = shared.reply(method.as_str(), uri.path(), query, header);
    delay(reply.timing, &shared.stop).await;
    response(reply)
}

async fn delay(timing: Timing, stop: &CancellationToken) {
    match timing {
        Timing::AtOnce => {}
        Timing::Never => stop.cancelled().await,
        Timing::After(time) => {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(time) => {}
            }
        }
    }
}

fn response(reply: Reply) -> Response {
    let builder = reply
        .headers
        .into_iter()
        .fold(Response::builder().status(reply.status), |builder, (name, value)| {
            builder.header(name, value)
        });
    builder.body(Body::from(reply.body)).unwrap_or_default()
}
