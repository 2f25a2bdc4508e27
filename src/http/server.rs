//! The accept loop: connections within bounds of number, time and size.
//!
//! `axum::serve` has no timeouts and waits for ever on a half-sent request when it stops, so this
//! loop drives hyper itself. When all connections are taken, new ones wait in the kernel's queue
//! until one ends; since resting and stalled ones are cut by [`Limits::idle`], that wait is bounded
//! too. It does not know what is served.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::paced::Paced;

/// Largest head of a request in bytes; beyond it the answer is 431.
const HEADER_BYTES: usize = 16 * 1024;

/// Rest after a failed accept, so that a full table of file descriptors is not polled in a spin.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Bounds of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time a request may take to arrive, from its first byte (from the connect for the first).
    pub header: Duration,
    /// Time an answer and the rest after it may take together.
    pub idle: Duration,
    /// Connections served at once; at least one.
    pub connections: usize,
    /// Time open requests get to end once the server is stopped.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            connections: 512,
            drain: Duration::from_secs(5),
        }
    }
}

/// Serves until cancelled, then lets open requests end within the drain time and returns.
pub async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    limits: Limits,
    cancel: CancellationToken,
) {
    let mut server = Server::new(router, limits);
    let mut turn = 0;
    loop {
        let room = server.connections.len() < limits.connections.max(1);
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(ended) = server.connections.join_next() => report(ended),
            accepted = accept_any(&listeners, &mut turn), if room => match accepted {
                Ok(stream) => server.admit(stream),
                Err(error) => back_off(&error).await,
            },
        }
    }
    drop(listeners);
    server.drain().await;
}

struct Server {
    http: http1::Builder,
    router: Router,
    limits: Limits,
    graceful: GracefulShutdown,
    connections: JoinSet<()>,
}

impl Server {
    fn new(router: Router, limits: Limits) -> Self {
        let mut http = http1::Builder::new();
        // `Paced` bounds the time, over the whole life of a connection.
        http.header_read_timeout(None).max_header_size(HEADER_BYTES).max_buf_size(2 * HEADER_BYTES);
        let (graceful, connections) = (GracefulShutdown::new(), JoinSet::new());
        Self { http, router, limits, graceful, connections }
    }

    fn admit(&mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection ended before it began.");
            return;
        }
        let io = TokioIo::new(Paced::new(stream, self.limits.header, self.limits.idle));
        let service = TowerToHyperService::new(self.router.clone());
        let connection = self.graceful.watch(self.http.serve_connection(io, service));
        self.connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection ended early.");
            }
        });
    }

    /// Ends resting connections at once, the others when their request is answered or at the
    /// deadline, whichever comes first.
    async fn drain(mut self) {
        let drained = tokio::time::timeout(self.limits.drain, self.graceful.shutdown()).await;
        if drained.is_err() {
            tracing::warn!(open = self.connections.len(), "Connections were cut at the deadline.");
        }
        self.connections.shutdown().await;
    }
}

/// The next connection of any listener; `turn` moves on, so that a busy one starves no other.
async fn accept_any(listeners: &[TcpListener], turn: &mut usize) -> io::Result<TcpStream> {
    *turn = turn.wrapping_add(1);
    let first = *turn % listeners.len().max(1);
    poll_fn(|cx| {
        for listener in listeners.iter().cycle().skip(first).take(listeners.len()) {
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                return Poll::Ready(accepted.map(|(stream, _peer)| stream));
            }
        }
        Poll::Pending
    })
    .await
}

async fn back_off(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        // The client's fault and over already.
        return;
    }
    tracing::error!(%error, "No connection can be accepted; raise the limit of open files.");
    tokio::time::sleep(ACCEPT_BACKOFF).await;
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "A connection ended in a defect.");
    }
}
