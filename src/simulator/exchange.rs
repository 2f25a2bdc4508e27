//! From a request as it came to the reply as it goes, with or without a socket.
//!
//! The listener and [`Simulator::answer`](super::Simulator::answer) hand requests in; both go through the
//! same world, faults, hook and log. It waits for nothing: how late a reply comes is said in it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    Request,
    api::{Answer, Body, Fault, Incoming},
    workspace::Workspace,
};

/// When a reply comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// At once.
    AtOnce,
    /// That much later.
    After(Duration),
    /// Not at all: the request hangs until one side goes away.
    Never,
}

impl Timing {
    /// A fault comes on top of what the server itself takes.
    fn of(fault: Option<&Fault>, delay: Option<Duration>) -> Self {
        match (fault, delay) {
            (Some(Fault::Hang), _) => Self::Never,
            (Some(Fault::Slow(time)), delay) => Self::After(*time + delay.unwrap_or_default()),
            (_, Some(delay)) => Self::After(delay),
            (_, None) => Self::AtOnce,
        }
    }
}

/// What the workspace replies to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// When it comes.
    pub timing: Timing,
}

impl Reply {
    fn new(answer: Answer, timing: Timing) -> Self {
        let (content_type, body) = match answer.body {
            Body::Json(value) => ("application/json", value.to_string()),
            Body::Text(content_type, text) => (content_type, text),
        };
        let mut headers = answer.headers;
        headers.push(("content-type", content_type.to_owned()));
        Self { status: answer.status, headers, body, timing }
    }
}

/// A workspace that can be asked, by whoever holds it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) workspace: Mutex<Workspace>,
    pub(super) path_prefix: String,
    pub(super) stop: CancellationToken,
}

impl Shared {
    /// A panic in a test's closure must not turn every later answer into one.
    pub(super) fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replies to a request and remembers it; `header` finds a header by its name in lower case.
    pub(super) fn reply(
        &self,
        method: &str,
        path: &str,
        query: &str,
        header: impl Fn(&str) -> Option<String>,
    ) -> Reply {
        let incoming = Incoming {
            method: method.to_owned(),
            path: inside(&self.path_prefix, path),
            query: query.to_owned(),
            token: header("x-auth-token"),
            user_id: header("x-user-id"),
        };
        let user_agent = header("user-agent").unwrap_or_default();
        let (answer, timing) = {
            let mut workspace = self.lock();
            let (answer, fault) = workspace.answer(&incoming);
            workspace.remember(request(&incoming, user_agent, answer.status));
            let timing = Timing::of(fault.as_ref(), answer.delay);
            (answer, timing)
        };
        Reply::new(answer, timing)
    }
}

/// A path outside the workspace's sub-path stays whole, and so is unknown.
fn inside(prefix: &str, path: &str) -> String {
    path.strip_prefix(prefix).map_or_else(|| format!("outside {path}"), str::to_owned)
}

fn request(incoming: &Incoming, user_agent: String, status: u16) -> Request {
    Request {
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: url::form_urlencoded::parse(incoming.query.as_bytes()).into_owned().collect(),
        carried_token: incoming.token.is_some(),
        user_agent,
        status,
        at: Instant::now(),
    }
}
