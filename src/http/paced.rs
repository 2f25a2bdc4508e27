//! A connection that must make headway: the bounds in time on one client.
//!
//! The server wraps every connection in it. Hyper's own header timeout also runs while a kept-alive
//! connection rests, so it would cut off each client that scrapes less often than it is long, and
//! nothing of hyper's bounds a client that does not read its answer. Here one deadline is set when
//! the direction changes and not moved by further bytes, so that dripping does not prolong it: a
//! request has to arrive within the header timeout, an answer be taken and the next request begin
//! within the idle timeout. It knows no HTTP; handlers that answer at once make the two the same.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream whose reads and writes end in [`io::ErrorKind::TimedOut`] once the deadline is over.
pub(super) struct Paced<S> {
    stream: S,
    receiving: bool,
    deadline: Pin<Box<Sleep>>,
    header: Duration,
    idle: Duration,
}

impl<S> Paced<S> {
    /// A fresh connection, which owes its first request within the header timeout.
    pub(super) fn new(stream: S, header: Duration, idle: Duration) -> Self {
        let deadline = Box::pin(sleep(header));
        Self { stream, receiving: true, deadline, header, idle }
    }

    fn turn(&mut self, receiving: bool) {
        if self.receiving != receiving {
            self.receiving = receiving;
            let allowed = if receiving { self.header } else { self.idle };
            self.deadline.as_mut().reset(Instant::now() + allowed);
        }
    }

    /// The outcome of a write. Only progress turns the direction: a client that sends without
    /// reading would else gain time with each attempt to write to it.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.turn(false);
        }
        self.paced(cx, outcome)
    }

    /// The outcome of an operation, or the end of patience while it is pending.
    fn paced<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            ready!(self.deadline.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if outcome.is_ready() {
            self.turn(true);
        }
        self.paced(cx, outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.paced(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.paced(cx, outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(600);

    fn pair(header: Duration, idle: Duration) -> (DuplexStream, Paced<DuplexStream>) {
        let (client, server) = duplex(64);
        (client, Paced::new(server, header, idle))
    }

    #[tokio::test]
    async fn a_silent_new_connection_is_cut_after_the_header_timeout() {
        let (_client, mut server) = pair(SHORT, LONG);
        let error = server.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn dripping_bytes_do_not_prolong_the_header_timeout() {
        let (mut client, mut server) = pair(SHORT, LONG);
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
        let (_client, mut server) = pair(LONG, SHORT);
        let error = server.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_answered_connection_may_rest_for_the_idle_timeout() {
        let (mut client, mut server) = pair(SHORT, SHORT * 4);
        client.write_u8(b'?').await.unwrap();
        server.read_u8().await.unwrap();
        server.write_u8(b'!').await.unwrap();
        let answered = Instant::now();
        assert!(server.read_u8().await.is_err());
        assert!(answered.elapsed() > SHORT * 2, "{:?}", answered.elapsed());
    }
}
