//! A Rocket.Chat Omnichannel workspace that lives, served over real HTTP on loopback or asked in process.
//!
//! `demo`, the integration and property tests and the benches talk to it. It is the independent
//! truth: it uses no other module of the crate, so that a misunderstanding of the API cannot agree
//! with itself. Three parts: the [`world`] (what happens), the `api` (how each server generation
//! tells it) and a listener. It answers what an exporter asks for, and nothing else of Rocket.Chat.

mod api;
mod exchange;
mod listener;
mod settings;
pub mod version;
mod workspace;
pub mod world;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use api::{Fault, Permission, Route, RouteUse};
pub use exchange::{Reply, Timing};
pub use settings::{Clock, Settings};
pub use version::ServerVersion;
pub use world::World;

use exchange::Shared;
use workspace::Workspace;

/// A request the simulator received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path without the workspace's sub-path.
    pub path: String,
    /// Query parameters, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// Whether an `X-Auth-Token` came along, right or wrong.
    pub carried_token: bool,
    /// `User-Agent`, empty where there was none.
    pub user_agent: String,
    /// Status of the answer; of the answer withheld, where the request hangs.
    pub status: u16,
    /// When it was received, in real time.
    pub at: Instant,
}

/// A running workspace; it stops when dropped, and what hangs with it.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    /// None without a socket.
    address: Option<SocketAddr>,
}

impl Simulator {
    /// Lives through the warm-up, then serves on a free port of loopback. Fails where no socket is
    /// to be had; needs a tokio runtime.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut simulator = Self::detached(settings);
        simulator.address = Some(address);
        tokio::spawn(listener::serve(listener, Arc::clone(&simulator.shared)));
        Ok(simulator)
    }

    /// Lives through the warm-up, then waits to be asked by [`Simulator::answer`]: no socket, no runtime.
    pub fn detached(settings: Settings) -> Self {
        let shared = Arc::new(Shared {
            workspace: Mutex::new(Workspace::new(&settings)),
            path_prefix: settings.path_prefix,
            stop: CancellationToken::new(),
        });
        Self { shared, address: None }
    }

    /// Base URL of the workspace, its sub-path included, without a slash at the end. Without a socket its
    /// host is one that no resolver knows.
    pub fn url(&self) -> String {
        let host = self.address.map_or_else(|| "simulator.invalid".to_owned(), |it| it.to_string());
        format!("http://{host}{}", self.shared.path_prefix)
    }

    /// Answers a request as the listener would: same world, faults, hook and log. The path holds the
    /// workspace's sub-path, the query is encoded, names of headers are in lower case.
    pub fn answer(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(String, String)],
    ) -> Reply {
        let value = |name: &str| headers.iter().find(|(known, _)| known == name);
        self.shared.reply(method, path, query, |name| Some(value(name)?.1.clone()))
    }

    /// Looks at the world, or changes it, between two answers.
    pub fn world<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        let mut workspace = self.shared.lock();
        workspace.catch_up();
        look(&mut workspace.world)
    }

    /// The latest ten thousand requests, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.iter().cloned().collect()
    }

    /// How hard a route was knocked at, and how often in vain.
    pub fn route_use(&self, route: Route) -> RouteUse {
        self.shared.lock().api.route_use(route)
    }

    /// Puts a fault on a route, or takes it away.
    pub fn set_fault(&self, route: Route, fault: Option<Fault>) {
        self.shared.lock().faults.set(route, fault);
    }

    /// Puts a fault on every route without one of its own, or takes it away.
    pub fn set_fault_everywhere(&self, fault: Option<Fault>) {
        self.shared.lock().faults.set_everywhere(fault);
    }

    /// Runs before each answer from here on: chats come and go while a client pages.
    pub fn on_request(&self, hook: impl FnMut(&mut World) + Send + 'static) {
        self.shared.lock().hook = Some(Box::new(hook));
    }

    /// Another token is the right one.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut self.shared.lock().api.policy.token);
    }

    /// The administrator gives the token's user a permission it lacked.
    pub fn grant(&self, permission: Permission) {
        self.shared.lock().api.policy.refused.remove(&permission);
    }

    /// The server is upgraded, or downgraded; what it stored stays.
    pub fn set_version(&self, version: ServerVersion) {
        self.shared.lock().world.version = version;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
