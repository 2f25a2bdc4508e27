//! From a received request to its reply, with or without a socket.
//!
//! Requests of the listener and of [`Simulator::answer`](super::Simulator::answer) go through the same world, faults,
//! hook and log. The module never sleeps: a reply carries its [`Timing`].

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    api::{ApiAnswer, Body, Fault, Incoming},
    request::Request,
    served_workspace::ServedWorkspace,
};

/// Delay of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// At once.
    AtOnce,
    /// After this time.
    After(Duration),
    /// Never: the request hangs until the client or the simulator closes the connection.
    Never,
}

impl Timing {
    /// The delay of a fault is added to the delay of the server.
    fn of(fault: Option<&Fault>, delay: Option<Duration>) -> Self {
        match (fault, delay) {
            (Some(Fault::Hang), _) => Self::Never,
            (Some(Fault::Slow(time)), delay) => Self::After(*time + delay.unwrap_or_default()),
            (_, Some(delay)) => Self::After(delay),
            (_, None) => Self::AtOnce,
        }
    }
}

/// Reply of the workspace to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// Delay of the reply.
    pub timing: Timing,
}

impl Reply {
    fn new(answer: ApiAnswer, timing: Timing) -> Self {
        let (content_type, body) = match answer.body {
            Body::Json(value) => ("application/json", value.to_string()),
            Body::Text(content_type, text) => (content_type, text),
        };
        let mut headers = answer.headers;
        headers.push(("content-type", content_type.to_owned()));
        Self { status: answer.status, headers, body, timing }
    }
}

/// A workspace that the listener and in-process callers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) workspace: Mutex<ServedWorkspace>,
    pub(super) path_prefix: String,
    pub(super) stop: CancellationToken,
}

impl Shared {
    /// Ignores a poisoned lock: after a panic in a test's closure, later answers must still work.
    pub(super) fn lock(&self) -> MutexGuard<'_, ServedWorkspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replies to a request and logs the request. `header` finds a header by its name in lower case.
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

/// A path outside the workspace's sub-path becomes a path that no route has.
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
