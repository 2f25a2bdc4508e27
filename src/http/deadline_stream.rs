//! The time limits of one client connection.
//!
//! `DeadlineStream` wraps the connection, above TLS if there is TLS. The limits of hyper are not sufficient. Hyper's
//! header timeout also runs while a kept-alive connection rests, so it would close the connection of every client that
//! scrapes less often than the timeout. And hyper has no limit for a client that does not read its answer. Here one
//! deadline is set when the phase of the connection changes. Further bytes do not move this deadline, so a client
//! cannot prolong it by sending single bytes. A request must arrive within the header timeout. An answer must be made
//! and taken within the idle timeout. A connection may rest for the idle timeout.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::{ConnectionActivity, ConnectionPhase, TimedPhase};
use super::limits::Limits;

/// A stream whose pending reads and writes fail with [`io::ErrorKind::TimedOut`] after the deadline.
pub(super) struct DeadlineStream<S> {
    stream: S,
    activity: ConnectionActivity,
    armed: TimedPhase,
    deadline: Pin<Box<Sleep>>,
    limits: Limits,
}

impl<S> DeadlineStream<S> {
    /// A connection whose first request must arrive within the header timeout, counted from the beginning of
    /// `activity`.
    pub(super) fn new(stream: S, activity: ConnectionActivity, limits: Limits) -> Self {
        let armed = activity.timed_phase();
        let deadline = Box::pin(sleep_until(end(armed, &limits)));
        Self { stream, activity, armed, deadline, limits }
    }

    /// The outcome of an operation; [`io::ErrorKind::TimedOut`] if the operation is pending after the deadline.
    fn fail_after_deadline<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            let timed_phase = self.activity.timed_phase();
            if timed_phase != self.armed {
                self.armed = timed_phase;
                self.deadline.as_mut().reset(end(timed_phase, &self.limits));
            }
            ready!(self.deadline.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        outcome
    }
}

fn end(timed_phase: TimedPhase, limits: &Limits) -> Instant {
    timed_phase.since
        + if timed_phase.phase == ConnectionPhase::Receiving { limits.header } else { limits.idle }
}

impl<S: AsyncRead + Unpin> AsyncRead for DeadlineStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        self.fail_after_deadline(cx, outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for DeadlineStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.fail_after_deadline(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.fail_after_deadline(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(outcome, Poll::Ready(Ok(()))) {
            self.activity.taken();
        }
        self.fail_after_deadline(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.fail_after_deadline(cx, outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(600);

    fn pair(
        header: Duration,
        idle: Duration,
    ) -> (DuplexStream, DeadlineStream<DuplexStream>, ConnectionActivity) {
        let (client, server) = duplex(64);
        let (activity, limits) =
            (ConnectionActivity::new(), Limits { header, idle, ..Limits::default() });
        (client, DeadlineStream::new(server, activity.clone(), limits), activity)
    }

    #[tokio::test]
    async fn a_silent_new_connection_is_cut_after_the_header_timeout() {
        let (_client, mut server, _) = pair(SHORT, LONG);
        let error = server.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn dripping_bytes_do_not_prolong_the_header_timeout() {
        let (mut client, mut server, _) = pair(SHORT, LONG);
        let drip = async {
            while client.write_u8(b'x').await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        };
        let listen = async { while server.read_u8().await.is_ok() {} };
        let end = async {
            tokio::select! { () = drip => {} () = listen => {} }
        };
        tokio::time::timeout(SHORT * 100, end).await.expect("dripping kept it open");
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_cut_after_the_idle_timeout() {
        let (_client, mut server, activity) = pair(LONG, SHORT);
        activity.asked();
        activity.answered();
        let error = server.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_answered_connection_may_rest_for_the_idle_timeout() {
        let (mut client, mut server, activity) = pair(SHORT, SHORT * 4);
        client.write_u8(b'?').await.unwrap();
        server.read_u8().await.unwrap();
        activity.asked();
        activity.answered();
        server.write_u8(b'!').await.unwrap();
        server.flush().await.unwrap();
        assert_eq!(activity.timed_phase().phase, ConnectionPhase::Resting);
        let answered = Instant::now();
        assert!(server.read_u8().await.is_err());
        assert!(answered.elapsed() > SHORT * 2, "{:?}", answered.elapsed());
    }
}
