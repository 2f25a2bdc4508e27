//! `healthcheck`: asks an exporter on this machine whether it is well, for containers without a shell.
//!
//! Called by `main`. It reads where the exporter listens and nothing else of the configuration, sends one GET and
//! looks at the status alone. Whether the port speaks TLS is tried out: plain first, then TLS. At the exporter's own
//! address and on loopback any certificate will do, since its name is that of the outside and the traffic does not
//! leave the machine; elsewhere it must be trusted.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::cli::Probe;
use crate::config::{self, Flags, ListenAddress};

/// Docker's own default is 30 s, Kubernetes' is 1 s; nobody waits longer than this for a status.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks once; the line says what came of it, and `Err` that the exporter is not well, or cannot be asked.
pub async fn run(
    probe: &Probe,
    flags: &Flags,
    environment: BTreeMap<String, String>,
) -> Result<String, String> {
    let path = if probe.ready { "/-/ready" } else { "/-/healthy" };
    let asked = async {
        match &probe.url {
            Some(url) => {
                let url = given(url, path)?;
                ask(&url, is_loopback(&url)).await.map_err(|fault| fault.line)
            }
            None => ask_own(own(flags, environment)?, path).await,
        }
    };
    let in_time = tokio::time::timeout(TIMEOUT, asked).await;
    in_time.unwrap_or_else(|_| Err(format!("{path}: no answer within {} s", TIMEOUT.as_secs())))
}

/// The address that was given; without a path of its own it has ours.
fn given(url: &SecretString, path: &str) -> Result<Url, String> {
    let url = url.expose_secret().parse().ok();
    let url = url.filter(|url: &Url| matches!(url.scheme(), "http" | "https"));
    let mut url =
        url.ok_or("--url must be an http:// or https:// address, e.g. https://127.0.0.1:10458")?;
    if url.path() == "/" {
        url.set_path(path);
    }
    Ok(url)
}

/// The first address that the exporter listens on; where it listens on all, loopback.
fn own(flags: &Flags, environment: BTreeMap<String, String>) -> Result<ListenAddress, String> {
    let addresses = config::listen_addresses(flags, environment).map_err(|it| it.to_string())?;
    // `[::]` takes IPv4 as well, and a kernel without IPv6 has nothing else.
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into();
    match addresses.into_iter().next() {
        Some(ListenAddress::Every(port)) => Ok(loopback(port)),
        Some(ListenAddress::Ip(all)) if all.ip().is_unspecified() => Ok(loopback(all.port())),
        Some(address) => Ok(address),
        None => Err("no address is listened on: give one with --url".to_owned()),
    }
}

/// A port that speaks TLS breaks a plain request off, or answers that it is a bad one.
async fn ask_own(address: ListenAddress, path: &str) -> Result<String, String> {
    let url = |scheme: &str| {
        let text = format!("{scheme}://{address}{path}");
        text.parse::<Url>().map_err(|_| format!("{address} cannot be asked: give --url"))
    };
    match ask(&url("http")?, true).await {
        Ok(line) => Ok(line),
        Err(plain) if plain.may_be_tls => match ask(&url("https")?, true).await {
            Err(tls) if !tls.was_answered => Err(plain.line),
            outcome => outcome.map_err(|fault| fault.line),
        },
        Err(plain) => Err(plain.line),
    }
}

struct Fault {
    line: String,
    was_answered: bool,
    may_be_tls: bool,
}

async fn ask(url: &Url, trusts_any: bool) -> Result<String, Fault> {
    let shown = shown(url);
    let no_answer = |line: String, may_be_tls| Fault { line, was_answered: false, may_be_tls };
    let mut client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .tls_danger_accept_invalid_certs(trusts_any);
    if trusts_any || url.scheme() == "http" {
        // An image without certificates is none to fail for.
        client = client.tls_certs_only(Vec::new());
    }
    let client = client.build().map_err(|error| no_answer(format!("{shown}: {error}"), false))?;
    let answer = client.get(url.clone()).send().await.map_err(|error| {
        let line = format!("{shown}: no answer ({}); is the exporter running there?", root(&error));
        no_answer(line, !error.is_connect() && !error.is_timeout())
    })?;
    let status = answer.status().as_u16();
    let fault = |line| Fault { line, was_answered: true, may_be_tls: status == 400 };
    match status {
        200..=299 => Ok(format!("{shown}: {status}")),
        401 => Err(fault(format!(
            "{shown}: 401; the exporter asks for a name and a password: give both in --url"
        ))),
        _ => Err(fault(format!("{shown}: {status}; the exporter's log says why"))),
    }
}

/// The address without name, password and query.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The innermost cause, which says it shortest and holds no address.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if cause.source().is_none() && std::ptr::addr_eq(cause, error) {
        return "the request failed".to_owned();
    }
    cause.to_string()
}
