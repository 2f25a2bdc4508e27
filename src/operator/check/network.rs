//! The network path to the server: its name and its port. Everything behind the port is checked through the client
//! itself.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Url};

use super::report::{CheckReport, CheckStep};
use crate::config::Workspace;
use crate::rocketchat::error::{CONNECT_REMEDY, DNS_REMEDY, PROXY_REMEDY};

/// Timeout of each step, as long as the client's longest timeout for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The host to connect to: the server, or the proxy in front of it.
struct ConnectionHost {
    url: Url,
    is_proxy: bool,
}

impl ConnectionHost {
    fn of(workspace: &Workspace) -> Self {
        let proxy = workspace.connection.proxy.as_ref();
        match proxy.and_then(|proxy| proxy.expose().parse().ok()) {
            Some(url) => Self { url, is_proxy: true },
            None => Self { url: workspace.url.clone(), is_proxy: false },
        }
    }

    fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Host and port, without the other parts of a proxy's address, such as a password.
    fn host_and_port(&self) -> String {
        let who = if self.is_proxy { "the proxy " } else { "" };
        format!("{who}{}:{}", self.url.host_str().unwrap_or_default(), self.port())
    }

    fn remedy(&self) -> &'static str {
        if self.is_proxy { PROXY_REMEDY } else { CONNECT_REMEDY }
    }
}

/// Looks up the name and connects once without sending data; `Err` is the failed step.
pub(super) async fn look(
    workspace: &Workspace,
    report: &mut CheckReport<'_>,
) -> Result<(), CheckStep> {
    let host = ConnectionHost::of(workspace);
    let addresses = addresses(&host, report).await.ok_or(CheckStep::Dns)?;
    connect(&host, &addresses, report).await
}

async fn addresses(host: &ConnectionHost, report: &mut CheckReport<'_>) -> Option<Vec<SocketAddr>> {
    let (step, url) = (CheckStep::Dns, &host.url);
    let Some(Host::Domain(name)) = url.host() else {
        report.aside(step, &"not needed, the url contains an IP address");
        return url.socket_addrs(|| None).ok();
    };
    let found = match timeout(PATIENCE, lookup_host((name, host.port()))).await {
        Err(_) => Err("no answer in time".to_owned()),
        Ok(found) => found.map(Vec::from_iter).map_err(|error| error.to_string()),
    };
    match found {
        Ok(found) if !found.is_empty() => {
            let shown: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
            report.well(step, &format!("{name} resolves to {}", shown.join(", ")));
            return Some(found);
        }
        Ok(_) => report.failed(step, &format!("{name} has no address; {DNS_REMEDY}")),
        Err(why) => report.failed(step, &format!("{name}: {why}; {DNS_REMEDY}")),
    }
    None
}

async fn connect(
    host: &ConnectionHost,
    addresses: &[SocketAddr],
    report: &mut CheckReport<'_>,
) -> Result<(), CheckStep> {
    let step = CheckStep::Tcp;
    let outcome = timeout(PATIENCE, TcpStream::connect(addresses)).await;
    let why = match outcome {
        Ok(Ok(_)) => {
            report.well(step, &format!("connected to {}", host.host_and_port()));
            return Ok(());
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time; a firewall may drop the connection".to_owned(),
    };
    report.failed(step, &format!("{}: {why}; {}", host.host_and_port(), host.remedy()));
    Err(step)
}
