//! The accept loop: connections within bounds of number, time and size.
//!
//! `axum::serve` has no timeouts and waits for ever on a half-sent request when it stops, so this loop drives hyper
//! itself. When all connections are taken, the one that is missed least makes room for a new one, so that strangers
//! who open connections and do not finish their requests keep nobody out. Handshakes belong to the connections: the
//! loop never waits for a client. It does not know what is served.

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
use super::connection_slots::ConnectionSlots;

/// Largest head of a request in bytes; beyond it the answer is 431.
const HEADER_BYTES: usize = 16 * 1024;

/// Rest after a failed accept, so that a full table of file descriptors is not polled in a spin.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// How often is looked for room while somebody waits for it.
const LOOK_FOR_ROOM: Duration = Duration::from_millis(10);

/// Between two lines of the log about the same crowd.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Bounds of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time a request may take to arrive, from its first byte (from the connect for the first, handshake included).
    pub header: Duration,
    /// Time an answer may take, and time a connection may rest after it.
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

/// Serves behind the gate until cancelled, then lets open requests end within the drain time and returns.
pub async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    access: AccessControl,
    limits: Limits,
    cancel: CancellationToken,
) {
    let mut server = Server::new(router, access, limits, cancel.clone());
    let mut turn = 0;
    loop {
        let waits = server.waiting.is_some();
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            Some(ended) = server.connections.join_next_with_id() => server.ended(ended),
            () = tokio::time::sleep(LOOK_FOR_ROOM), if waits => {}
            accepted = accept_any(&listeners, &mut turn), if !waits => match accepted {
                Ok(stream) => server.waiting = Some(stream),
                Err(error) => server.back_off(&error).await,
            },
        }
        server.admit_who_waits();
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
    /// All tasks, those that were told to make room until they have ended too.
    connections: JoinSet<()>,
    slots: ConnectionSlots,
    /// Accepted while there was no room.
    waiting: Option<TcpStream>,
    told: Option<Instant>,
}

impl Server {
    fn new(
        router: Router,
        access: AccessControl,
        limits: Limits,
        cancel: CancellationToken,
    ) -> Self {
        let mut http = http1::Builder::new();
        // `DeadlineStream` bounds the time, over the whole life of a connection.
        http.header_read_timeout(None).max_header_size(HEADER_BYTES).max_buf_size(2 * HEADER_BYTES);
        Self {
            http,
            router: access.guard(router),
            access,
            limits,
            cancel,
            graceful: GracefulShutdown::new(),
            connections: JoinSet::new(),
            slots: ConnectionSlots::default(),
            waiting: None,
            told: None,
        }
    }

    fn admit_who_waits(&mut self) {
        if self.waiting.is_none() {
            return;
        }
        let most = self.limits.connections.max(1);
        if self.slots.len() >= most {
            self.tell_of_the_crowd();
            self.slots.make();
        }
        // Who was told to make room holds a file descriptor until the task has ended.
        if self.connections.len() < most
            && let Some(stream) = self.waiting.take()
        {
            self.admit(stream);
        }
    }

    fn admit(&mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection ended before it began.");
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
        self.slots.enter(task, activity);
    }

    fn tell_of_the_crowd(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            let connections = self.limits.connections;
            tracing::warn!(
                connections,
                "All connections are taken; unfinished and resting ones make room for new ones."
            );
        }
    }

    fn ended(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        self.slots.leave(id);
        if let Err(error) = ended
            && !error.is_cancelled()
        {
            tracing::error!(%error, "A connection ended in a defect.");
        }
    }

    async fn back_off(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            // The client's fault and over already.
            return;
        }
        tracing::error!(%error, "No connection can be accepted; raise the limit of open files.");
        // Whose request is unfinished may hold the file descriptor that is missing.
        self.slots.make();
        tokio::time::sleep(ACCEPT_BACKOFF).await;
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
