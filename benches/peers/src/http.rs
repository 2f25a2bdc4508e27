//! Scrapes over HTTP on loopback: a server on a thread of its own, whose CPU time is measured, and a client that keeps
//! its connection, as Prometheus does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cpu;
use crate::scrape;
use crate::sides::{Encoder, Exporter};

/// The path of the whole page.
pub const PAGE: &str = "/metrics";
const PATIENCE: Duration = Duration::from_mins(2);
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

type Serving = Pin<Box<dyn Future<Output = ()>>>;

/// A server on its own thread, which ends with this value.
pub struct Server {
    address: SocketAddr,
    thread: String,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<()>>>,
}

impl Server {
    /// The server of the exporter, with the pages of this publisher.
    pub fn of_exporter(exporter: &Exporter) -> Result<Self> {
        let published = exporter.pages.clone();
        Self::start(move |listener| {
            let serving = scrape::serving(published, listener);
            Ok(Box::pin(serving.map_err(|error| anyhow!("{error}"))?))
        })
    }

    /// A server as the libraries show it in their examples: each scrape encodes a page. The memory of a page is
    /// allocated once, as long as the page before.
    pub fn of_library(mut encoder: Box<dyn Encoder>) -> Result<Self> {
        Self::start(move |listener| {
            let mut length = 0;
            let encode = move || {
                let mut page = Vec::with_capacity(length + length / 16);
                let outcome = encoder.encode(&mut page);
                length = page.len();
                outcome.map(|()| page).map_err(|error| error.to_string())
            };
            let encode = std::sync::Arc::new(std::sync::Mutex::new(encode));
            let answer = async move || {
                let mut encode = encode.lock().map_err(|error| error.to_string())?;
                Ok::<_, String>(([(CONTENT_TYPE, TEXT)], encode()?))
            };
            Ok(Box::pin(async move {
                let _ended = axum::serve(listener, Router::new().fallback(answer)).await;
            }))
        })
    }

    fn start(
        serving: impl FnOnce(TcpListener) -> Result<Serving> + Send + 'static,
    ) -> Result<Self> {
        let (send, started) = mpsc::channel();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let running = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                send.send((listener.local_addr()?, cpu::this_thread()?))?;
                let serving = serving(listener)?;
                stopped.run_until_cancelled(serving).await;
                Ok(())
            })
        });
        let (address, thread) = started.recv().context("the server has not started")?;
        Ok(Self { address, thread, stop, running: Some(running) })
    }

    /// A client of this server. The server closes a connection on which nothing is asked for a while.
    pub fn client(&self, encoding: &str) -> Result<Client> {
        Client::connect(self.address, PAGE, encoding)
    }

    /// CPU time of the server for this many scrapes on one connection.
    pub fn cpu(&self, encoding: &str, scrapes: usize) -> Result<Duration> {
        let mut client = self.client(encoding)?;
        // After the first answer the server waits.
        client.scrape()?;
        let before = cpu::of_thread(&self.thread)?;
        for _ in 0..scrapes {
            client.scrape()?;
        }
        Ok(cpu::of_thread(&self.thread)?.saturating_sub(before))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ended = self.running.take().map(JoinHandle::join);
    }
}

/// A client with one connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    request: String,
    body: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr, path: &str, encoding: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // The head of a request of Prometheus.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Prometheus/3.5.0\r\n\
             Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\nAccept-Encoding: {encoding}\r\n\
             X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"
        );
        Ok(Self { stream: BufReader::new(stream), request, body: Vec::new() })
    }

    /// One scrape; the body as it was sent.
    pub fn scrape(&mut self) -> Result<&[u8]> {
        self.stream.get_mut().write_all(self.request.as_bytes())?;
        let mut length = None;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        ensure!(line.contains(" 200 "), "not a page: {line}");
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(bytes) = line.strip_prefix("content-length: ") {
                length = Some(bytes.parse()?);
            }
        }
        self.body.resize(length.context("an answer without a length")?, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(&self.body)
    }
}
