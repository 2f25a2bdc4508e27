//! A proxy in front of a simulated workspace that damages the answers of chosen routes.
//!
//! The proxy listens on loopback, reads the exporter's requests from the bare connection, and writes answers byte by
//! byte where a fault needs this. All other answers are the simulated workspace's own.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rocketchat_omnichannel_exporter::simulator::{Route, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use super::harm::{Harm, Scene};

/// A request as it came over the wire.
#[derive(Debug)]
pub struct Asked {
    method: String,
    path: String,
    pub query: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// Parses `GET /path?query HTTP/1.1`; a proxy gets the whole URL in place of the path.
    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?);
        let url = Url::parse("http://workspace.invalid").ok()?.join(target).ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        Some(Self {
            method,
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            headers: lines.filter_map(header).collect(),
        })
    }

    async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await.ok()? == 0 {
                return None;
            }
        }
        Self::parse(&String::from_utf8(head).ok()?)
    }

    fn route(&self) -> Route {
        match self.path.trim_start_matches("/api/").trim_start_matches("v1/") {
            "info" => Route::Info,
            "me" => Route::Me,
            "livechat/rooms" => Route::Rooms,
            "livechat/queue" => Route::Queue,
            "livechat/department" => Route::Departments,
            "livechat/users/agent" => Route::Agents,
            "voip/rooms" => Route::VoipRooms,
            _ => Route::Unknown,
        }
    }
}

#[derive(Debug)]
struct State {
    simulator: Arc<Simulator>,
    harms: Mutex<BTreeMap<Route, Harm>>,
    /// Time of the first request to each route since its fault last changed.
    asked: Mutex<BTreeMap<Route, Instant>>,
    /// Number of spoilt answers.
    spoilt: Mutex<u64>,
    /// Number of requests with this proxy's password.
    passwords: Mutex<u64>,
    scene: Scene,
}

/// A running proxy; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy without faults; `scene` holds the values that its faults need.
    pub async fn start(simulator: Arc<Simulator>, scene: Scene) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            simulator,
            harms: Mutex::default(),
            asked: Mutex::default(),
            spoilt: Mutex::default(),
            passwords: Mutex::default(),
            scene,
        };
        let state = Arc::new(state);
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the fault of a route from now on, or removes it.
    pub fn harm(&self, route: Route, harm: Option<Harm>) {
        let mut harms = self.state.harms.lock().unwrap();
        harms.remove(&route);
        harms.extend(harm.map(|harm| (route, harm)));
        self.state.asked.lock().unwrap().remove(&route);
    }

    /// Time of the first request to a route since its fault last changed.
    pub fn first_asked(&self, route: Route) -> Option<Instant> {
        self.state.asked.lock().unwrap().get(&route).copied()
    }

    /// Number of spoilt answers so far.
    pub fn spoilt(&self) -> u64 {
        *self.state.spoilt.lock().unwrap()
    }

    /// Number of requests with a password for this proxy.
    pub fn passwords(&self) -> u64 {
        *self.state.passwords.lock().unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A dropped connection is reset, not closed.
        stream.set_zero_linger().unwrap();
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            // The exporter may have closed the connection before the end.
            drop(converse(stream, &state).await);
        });
    }
}

/// Answers requests until one side closes.
async fn converse(mut stream: TcpStream, state: &State) -> io::Result<()> {
    while let Some(asked) = Asked::read(&mut stream).await {
        let has_password = asked.headers.iter().any(|(name, _)| name == "proxy-authorization");
        *state.passwords.lock().unwrap() += u64::from(has_password);
        state.asked.lock().unwrap().entry(asked.route()).or_insert_with(Instant::now);
        let Asked { method, path, query, headers } = &asked;
        let reply = state.simulator.answer(method, path, query, headers);
        let harm = state.harms.lock().unwrap().get(&asked.route()).copied();
        let Some(harm) = harm else {
            let answer = super::harm::Answer::of(&reply);
            stream.write_all(&answer.bytes()).await?;
            continue;
        };
        *state.spoilt.lock().unwrap() += 1;
        let now = state.simulator.world(|world| world.now());
        harm.deliver(&mut stream, &reply, &asked, &state.scene, now).await?;
    }
    Ok(())
}
