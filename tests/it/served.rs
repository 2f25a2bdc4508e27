//! An HTTP server on loopback without the rest of the exporter, and the raw bytes of its answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::catalog::UP;
use rocketchat_omnichannel_exporter::config::{ListenAddress, TelemetryPath};
use rocketchat_omnichannel_exporter::cycle::scrape_mark::ScrapeMark;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::publisher::{PageSource, Publisher};
use rocketchat_omnichannel_exporter::http::{
    AccessControl, AppState, Health, Limits, bind, router, serve,
};
use rocketchat_omnichannel_exporter::status::facts::{ReloadStatus, StatusFacts};
use rocketchat_omnichannel_exporter::status::{health, page::StatusPage};
use rocketchat_omnichannel_exporter::webhook::receiver::WebhookReceiver;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longest time of a step of a test; a longer step hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The facts of an exporter without a workspace.
pub fn facts() -> StatusFacts {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let reload = ReloadStatus { is_successful: true, succeeded_at: now };
    health::status(&[], reload, tokio::time::Instant::now(), now)
}

/// A page with the workspaces `acme` and `café & co`; only `acme` has a mark.
struct Pages {
    mark: ScrapeMark,
}

impl PageSource for Pages {
    fn fill(&self, page: &mut PageBuilder) {
        for name in self.workspaces() {
            assert!(self.fill_workspace(page, &name));
        }
    }

    fn fill_workspace(&self, page: &mut PageBuilder, label: &str) -> bool {
        let is_known = self.workspaces().iter().any(|name| name == label);
        if is_known {
            page.workspace(label).gauge(UP, [], 1.0);
        }
        if label == "acme" {
            page.expect_scrape_mark(self.mark.clone());
        }
        is_known
    }

    fn workspaces(&self) -> Vec<String> {
        ["acme", "café & co"].map(str::to_owned).into()
    }

    fn workspace_count(&self) -> usize {
        2
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub health: Health,
    pub cancel: CancellationToken,
    pub running: JoinHandle<()>,
    /// The latest cycle whose page was sent to a client. Every page of this server belongs to cycle 7.
    pub scraped: ScrapeMark,
    /// The recipients of webhooks; none at first.
    pub webhooks: WebhookReceiver,
}

impl Server {
    pub async fn start(limits: Limits) -> Self {
        Self::behind(AccessControl::default(), limits).await
    }

    pub async fn behind(access: AccessControl, limits: Limits) -> Self {
        let page = Arc::new(StatusPage::new("/metrics", Box::new(facts)));
        Self::whole(access, Some(page), limits).await
    }

    pub async fn with_page(page: Option<Arc<StatusPage>>, limits: Limits) -> Self {
        Self::whole(AccessControl::default(), page, limits).await
    }

    /// A server of this page at an address that another server had.
    pub async fn again(page: Arc<StatusPage>, address: SocketAddr) -> Self {
        Self::at(address, AccessControl::default(), Some(page), Limits::default()).await
    }

    async fn whole(access: AccessControl, page: Option<Arc<StatusPage>>, limits: Limits) -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), access, page, limits).await
    }

    async fn at(
        address: SocketAddr,
        access: AccessControl,
        page: Option<Arc<StatusPage>>,
        limits: Limits,
    ) -> Self {
        let scraped = ScrapeMark::default();
        let mark = scraped.of_cycle(7);
        let publisher = Publisher::new(Box::new(Pages { mark }));
        let (health, webhooks) = (Health::default(), WebhookReceiver::default());
        let site = AppState {
            telemetry_path: TelemetryPath::default(),
            external_address: None,
            published: publisher.published(),
            page,
            health: health.clone(),
            config: Box::new(|| "auth_token: <hidden>\n".into()),
            lifecycle: None,
            webhooks: webhooks.clone(),
        };
        let listeners = bind(&[ListenAddress::Ip(address)]).await.unwrap();
        let address = listeners[0].local_addr().unwrap();
        let cancel = CancellationToken::new();
        let running = tokio::spawn(serve(listeners, router(site), access, limits, cancel.clone()));
        Self { address, health, cancel, running, scraped, webhooks }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `head` on a new connection with `Connection: close` and returns the whole answer.
    pub async fn exchange(&self, head: &str) -> Answer {
        let mut stream = self.connect().await;
        let request = format!("{head}Host: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Answer(to_the_end(&mut stream).await)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.exchange(&format!("GET {path} HTTP/1.1\r\n")).await
    }
}

pub async fn to_the_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // The server may also end the connection with a reset.
    drop(read.expect("the server keeps the connection open"));
    bytes
}

/// Reads until the received text contains `what`.
pub async fn until(stream: &mut TcpStream, what: &str) -> String {
    let mut text = String::new();
    let read = async {
        let mut buffer = [0; 4096];
        while !text.contains(what) {
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0, "ended before {what:?}: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("never came");
    text
}

pub struct Answer(pub Vec<u8>);

impl Answer {
    pub fn head(&self) -> String {
        let end = self.0.windows(4).position(|w| w == b"\r\n\r\n").expect("no head");
        String::from_utf8(self.0[..end].to_vec()).unwrap()
    }

    pub fn body(&self) -> &[u8] {
        &self.0[self.head().len() + 4..]
    }

    pub fn status(&self) -> String {
        self.head().split(' ').nth(1).unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.head().lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body().to_vec()).unwrap()
    }
}
