//! One connection from its handshake to its end.
//!
//! The handshake and the head of the first request share one deadline.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::access::{AccessControl, Admission};
use super::activity::ConnectionActivity;
use super::deadline_stream::DeadlineStream;
use super::limits::Limits;

/// Largest number of encrypted bytes that wait for a client to take them: one TLS record.
const TLS_BUFFER_BYTES: usize = 16 * 1024;

/// The parts that serve one connection.
pub(super) struct Connection {
    pub(super) http: http1::Builder,
    pub(super) router: Router,
    pub(super) access: AccessControl,
    pub(super) limits: Limits,
    pub(super) activity: ConnectionActivity,
    pub(super) cancel: CancellationToken,
    pub(super) watcher: Watcher,
}

impl Connection {
    /// Serves until the client leaves, a limit is reached or the server stops.
    pub(super) async fn serve(self, stream: TcpStream) {
        let tls = self.access.tls().await;
        let admission = Admission::by(tls.as_ref());
        match tls {
            None => self.speak(stream, admission).await,
            Some(tls) => {
                if let Some(stream) = self.shake_hands(&tls.acceptor, stream).await {
                    self.speak(stream, admission).await;
                }
            }
        }
    }

    async fn shake_hands(
        &self,
        tls: &TlsAcceptor,
        stream: TcpStream,
    ) -> Option<TlsStream<TcpStream>> {
        let deadline = self.activity.timed_phase().since + self.limits.header;
        let limited = |connection: &mut tokio_rustls::rustls::ServerConnection| {
            connection.set_buffer_limit(Some(TLS_BUFFER_BYTES));
        };
        tokio::select! {
            shaken = tls.accept_with(stream, limited) => match shaken {
                Ok(stream) => return Some(stream),
                Err(error) => tracing::debug!(%error, "A TLS handshake failed."),
            },
            () = tokio::time::sleep_until(deadline) => tracing::debug!("A TLS handshake took too long."),
            () = self.cancel.cancelled() => {}
        }
        None
    }

    async fn speak<S>(self, stream: S, admission: Admission)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let io = TokioIo::new(DeadlineStream::new(stream, self.activity.clone(), self.limits));
        let (router, activity) = (TowerToHyperService::new(self.router), self.activity);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(admission);
            activity.asked();
            let (answer, activity) = (router.call(request), activity.clone());
            async move {
                let answer: Result<axum::http::Response<Body>, _> = answer.await;
                activity.answered();
                answer
            }
        });
        let connection = self.http.serve_connection(io, service);
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "A connection ended early.");
        }
    }
}
