//! The accept loop: connections within limits of number, time and size.
//!
//! `axum::serve` has no timeouts, and at a stop it waits without limit for a half-sent request. So this loop drives
//! hyper itself. When all connections are taken, the least needed connection is closed for a new one. So clients that
//! open connections and do not finish their requests cannot exclude other clients. A handshake runs in the task of its
//! connection: the loop never waits for a client. The loop does not depend on the routes.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::access::AccessControl;
use super::activity::ConnectionActivity;
use super::connection::Connection;
use super::connection_slots::{ConnectionSlots, evict_one};
use super::limits::Limits;

/// Largest head of a request in bytes; a larger head is answered with 431.
const HEADER_BYTES: usize = 16 * 1024;

/// Pause after a failed accept; without it a full table of file descriptors would make the loop spin.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Interval of the search for a free slot while an accepted connection waits.
const EVICTION_INTERVAL: Duration = Duration::from_millis(10);

/// Shortest time between two log lines about full connection slots.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Serves `router` behind `access` until cancelled; then waits for open requests to end, at most for the drain time.
pub async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    access: AccessControl,
    limits: Limits,
    cancel: CancellationToken,
) {
    let mut http = http1::Builder::new();
    // `DeadlineStream` limits the time in every phase of a connection.
    http.header_read_timeout(None).max_header_size(HEADER_BYTES).max_buf_size(2 * HEADER_BYTES);
    let mut server = Server {
        http,
        router: access.guard(router),
        access,
        limits,
        cancel: cancel.clone(),
        graceful: GracefulShutdown::new(),
        connections: JoinSet::new(),
        slots: ConnectionSlots::default(),
        waiting: None,
        logged_at: None,
    };
    let mut turn = 0;
    loop {
        let waits = server.waiting.is_some();
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(ended) = server.connections.join_next_with_id() => server.ended(ended),
            () = tokio::time::sleep(EVICTION_INTERVAL), if waits => {}
            accepted = accept_any(&listeners, &mut turn), if !waits => match accepted {
                Ok(stream) => server.waiting = Some(stream),
                Err(error) => server.back_off(&error).await,
            },
        }
        server.admit_waiting();
    }
    drop(listeners);
    server.drain().await;
}

struct Server {
    http: http1::Builder,
    router: Router,
    access: AccessControl,
    limits: Limits,
    cancel: CancellationToken,
    graceful: GracefulShutdown,
    /// The tasks of all connections. An evicted connection stays in the set until its task has ended.
    connections: JoinSet<()>,
    slots: ConnectionSlots,
    /// An accepted connection that has no slot yet.
    waiting: Option<TcpStream>,
    logged_at: Option<Instant>,
}

impl Server {
    fn admit_waiting(&mut self) {
        if self.waiting.is_none() {
            return;
        }
        let most = self.limits.connections.max(1);
        if self.slots.len() >= most {
            self.log_all_in_use();
            evict_one(&mut self.slots);
        }
        // An evicted connection holds a file descriptor until its task has ended.
        if self.connections.len() < most
            && let Some(stream) = self.waiting.take()
        {
            self.admit(stream);
        }
    }

    fn admit(&mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "Cannot set TCP_NODELAY on a new connection.");
            return;
        }
        let activity = ConnectionActivity::new();
        let connection = Connection {
            http: self.http.clone(),
            router: self.router.clone(),
            access: self.access.clone(),
            limits: self.limits,
            activity: activity.clone(),
            cancel: self.cancel.clone(),
            watcher: self.graceful.watcher(),
        };
        let task = self.connections.spawn(connection.serve(stream));
        self.slots.insert(task.id(), (task, activity));
    }

    fn log_all_in_use(&mut self) {
        if self.logged_at.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            self.logged_at = Some(Instant::now());
            let connections = self.limits.connections;
            tracing::warn!(
                connections,
                "All connections are in use. The exporter closes idle and unfinished connections to accept new ones."
            );
        }
    }

    fn ended(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        self.slots.remove(&id);
        if let Err(error) = ended
            && !error.is_cancelled()
        {
            tracing::error!(
                %error,
                "The task of a connection panicked. This is a defect: please report it with the log."
            );
        }
    }

    async fn back_off(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            // Only this client caused the error, and its connection has ended already.
            return;
        }
        tracing::error!(
            %error,
            "Cannot accept a connection: raise the limit of open files (ulimit -n, LimitNOFILE)."
        );
        // The closed connection may free the file descriptor that is missing.
        evict_one(&mut self.slots);
        tokio::time::sleep(ACCEPT_BACKOFF).await;
    }

    /// Ends resting connections at once, and the others when their request is answered, at the latest after the drain
    /// time.
    async fn drain(mut self) {
        let drained = tokio::time::timeout(self.limits.drain, self.graceful.shutdown()).await;
        if drained.is_err() {
            tracing::warn!(
                open = self.connections.len(),
                "Connections were still open at the end of the drain \
                time. The exporter closed them."
            );
        }
        self.connections.shutdown().await;
    }
}

/// The next connection of any listener. `turn` changes the listener that is polled first, so that a busy listener does
/// not starve another one.
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
