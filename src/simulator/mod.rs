//! A simulated Rocket.Chat Omnichannel workspace, reachable over HTTP on loopback or in the same process.
//!
//! The simulator uses no other module of the crate. Otherwise one misunderstanding of the API could be in the
//! exporter and in the simulator, and no test would notice it. It has three parts: the [`world`] (the events), the
//! `api` (their form in each server generation) and a listener. It answers only the requests that an exporter sends.

mod api;
mod exchange;
mod listener;
mod request;
mod served_workspace;
mod settings;
pub mod version;
mod webhooks;
pub mod world;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use api::{Fault, Permission, Route, RouteUse};
pub use exchange::{Reply, Timing};
pub use request::Request;
pub use settings::{ClockSettings, SimulatorSettings, WebhookSettings};
pub use version::ServerVersion;
pub use world::World;

use exchange::Shared;
use served_workspace::ServedWorkspace;

/// A running workspace. Dropping it stops the listener and ends the requests that hang.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    /// `None` without a socket.
    address: Option<SocketAddr>,
}

impl Simulator {
    /// Simulates the warm-up, then serves on a free port of loopback. Needs a tokio runtime. Fails if no socket can
    /// be opened.
    pub async fn start(settings: SimulatorSettings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let webhook = settings.webhook.clone();
        let mut simulator = Self::detached(settings);
        simulator.address = Some(address);
        tokio::spawn(listener::serve(listener, Arc::clone(&simulator.shared)));
        simulator.set_webhook(webhook);
        Ok(simulator)
    }

    /// Simulates the warm-up, then answers through [`Simulator::answer`] only. Needs no socket and no runtime.
    pub fn detached(settings: SimulatorSettings) -> Self {
        let shared = Arc::new(Shared {
            workspace: Mutex::new(ServedWorkspace::new(&settings)),
            path_prefix: settings.path_prefix,
            stop: CancellationToken::new(),
        });
        Self { shared, address: None }
    }

    /// Base URL of the workspace with its sub-path, without a slash at the end. Without a socket, the host is
    /// `simulator.invalid`, which never resolves.
    pub fn url(&self) -> String {
        let host = self.address.map_or_else(|| "simulator.invalid".to_owned(), |it| it.to_string());
        format!("http://{host}{}", self.shared.path_prefix)
    }

    /// Answers a request as the listener does, with the same world, faults, hook and log. `path` includes the
    /// workspace's sub-path, `query` is percent-encoded, and header names are in lower case.
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

    /// Reads or changes the world between two answers.
    pub fn world<R>(&self, look: impl FnOnce(&mut World) -> R) -> R {
        let mut workspace = self.shared.lock();
        workspace.catch_up();
        look(&mut workspace.world)
    }

    /// The latest 10 000 requests, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.iter().cloned().collect()
    }

    /// Number of refused requests of a route, and most requests in one window.
    pub fn route_use(&self, route: Route) -> RouteUse {
        self.shared.lock().api.route_use(route)
    }

    /// Sets the fault of a route; `None` removes the fault.
    pub fn set_fault(&self, route: Route, fault: Option<Fault>) {
        self.shared.lock().faults.set(route, fault);
    }

    /// Sets the fault of every route that has no fault of its own; `None` removes the fault.
    pub fn set_fault_everywhere(&self, fault: Option<Fault>) {
        self.shared.lock().faults.set_everywhere(fault);
    }

    /// Sets a function that runs before each answer, so that chats can change while a client pages.
    pub fn on_request(&self, hook: impl FnMut(&mut World) + Send + 'static) {
        self.shared.lock().hook = Some(Box::new(hook));
    }

    /// Sends webhooks by these settings from now on; `None` sends none. Needs a tokio runtime.
    pub fn set_webhook(&self, settings: Option<WebhookSettings>) {
        let mut workspace = self.shared.lock();
        workspace.webhook.clone_from(&settings);
        if let Some(settings) = settings {
            workspace.world.keep_notices();
            // Events before the setting was made are not told.
            drop(workspace.world.take_notices());
            tokio::spawn(webhooks::run(Arc::clone(&self.shared), settings));
        }
    }

    /// Replaces the valid token.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut self.shared.lock().api.policy.token);
    }

    /// Gives the token's user a permission that the user lacked.
    pub fn grant(&self, permission: Permission) {
        self.shared.lock().api.policy.refused.remove(&permission);
    }

    /// Hides the presence of the agents from the token's user, or shows it again. Works since 8.8 (Enterprise).
    pub fn hide_presence(&self, is_hidden: bool) {
        self.shared.lock().api.policy.presence_hidden = is_hidden;
    }

    /// Changes the server version; stored data stays as it is.
    pub fn set_version(&self, version: ServerVersion) {
        self.shared.lock().world.version = version;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
