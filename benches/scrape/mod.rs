//! One scrape of a page over loopback. Server and scraper share this thread.

use std::error::Error;
use std::net::SocketAddr;

use rocketchat_omnichannel_exporter::config::TelemetryPath;
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::exposition::publisher::Published;
use rocketchat_omnichannel_exporter::http::{self, AccessControl, AppState, Health, Limits};
use rocketchat_omnichannel_exporter::webhook::receiver::WebhookReceiver;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The head of a request of Prometheus.
const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\n\
    Host: 127.0.0.1:10458\r\n\
    User-Agent: Prometheus/3.5.0\r\n\
    Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n\
    Accept-Encoding: gzip\r\n\
    X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\
    Connection: close\r\n\r\n";

/// The server of the exporter, with these pages.
pub(crate) fn serving(
    published: Published,
    listener: TcpListener,
) -> Result<impl Future<Output = ()>, Box<dyn Error>> {
    let state = AppState {
        telemetry_path: TelemetryPath::default(),
        external_address: None,
        published,
        page: None,
        health: Health::default(),
        config: Box::new(String::new),
        lifecycle: None,
        webhooks: WebhookReceiver::default(),
    };
    let (router, access) = (http::router(state), AccessControl::new(None)?);
    let (limits, cancel) = (Limits::default(), CancellationToken::new());
    Ok(http::serve(vec![listener], router, access, limits, cancel))
}

/// A server of a page, with the runtime that it runs on.
pub(crate) struct Served {
    runtime: Runtime,
    address: SocketAddr,
    /// The answer is read into this buffer.
    answer: Vec<u8>,
}

impl Served {
    /// Serves the page on a free port of loopback.
    pub(crate) fn start(published: Published) -> Result<Self, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let page = runtime.block_on(published.whole(Format::Text))?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(serving(published, listener)?);
        Ok(Self {
            runtime,
            address,
            answer: Vec::with_capacity(2 * page.text.gzip.as_deref().map_or(0, <[u8]>::len)),
        })
    }

    /// Takes the page over a new connection.
    pub(crate) fn scrape(&mut self) -> Result<(), Box<dyn Error>> {
        let Self { runtime, address, answer } = self;
        answer.clear();
        runtime.block_on(async {
            let mut connection = TcpStream::connect(*address).await?;
            connection.write_all(REQUEST).await?;
            while connection.read_buf(answer).await? > 0 {}
            Ok::<_, std::io::Error>(())
        })?;
        if answer.starts_with(b"HTTP/1.1 200 OK\r\n") { Ok(()) } else { Err("no page".into()) }
    }
}
