//! `healthcheck`: asks an exporter on this machine for its health, for containers without a shell.
//!
//! The command reads the listen address and nothing else of the configuration, sends one GET and checks only the status
//! of the answer. It tries out the protocol of the port: plain HTTP first, then TLS. At the exporter's own address and
//! on loopback any certificate is accepted, because the certificate has the external name and the traffic does not
//! leave the machine. Elsewhere the certificate must be trusted.

mod error;
mod handshake;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::lookup_host;
use url::{Host, Url};

pub use self::error::{PortError, ProbeError};
use self::handshake::Spoken;
use crate::cli::Probe;
use crate::config::{self, Flags, ListenAddress, http_paths};
use crate::error_chain::sources;

/// Longest time of the whole check. The default of Docker is 30 s, the default of Kubernetes is 1 s.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks once and returns one line about the outcome; `Err` if the exporter is not healthy or cannot be asked.
pub async fn run(
    probe: &Probe,
    flags: &Flags,
    environment: BTreeMap<String, String>,
) -> Result<String, ProbeError> {
    let path = if probe.ready { http_paths::READY } else { http_paths::HEALTHY };
    let asked = async {
        match &probe.url {
            Some(url) => ask_given(&given(url, path)?).await,
            None => ask_own(own(flags, environment)?, path).await,
        }
    };
    let in_time = tokio::time::timeout(TIMEOUT, asked).await;
    in_time.unwrap_or(Err(ProbeError::Late(path, TIMEOUT)))
}

/// The address given by `--url`; `path` is added to an address without a path.
fn given(url: &SecretString, path: &str) -> Result<Url, ProbeError> {
    let url = url.expose_secret().parse().ok();
    let url = url.filter(|url: &Url| matches!(url.scheme(), "http" | "https"));
    let mut url = url.ok_or(ProbeError::NotHttp)?;
    if url.path() == "/" {
        url.set_path(path);
    }
    Ok(url)
}

/// The first address that the exporter listens on; loopback if it listens on all interfaces.
fn own(flags: &Flags, environment: BTreeMap<String, String>) -> Result<ListenAddress, ProbeError> {
    let addresses = config::listen_addresses(flags, environment)?;
    // `[::]` includes IPv4, and a kernel without IPv6 has only IPv4.
    let loopback = |port| ListenAddress::Ip((Ipv4Addr::LOCALHOST, port).into());
    match addresses.into_iter().next() {
        Some(ListenAddress::Every(port)) => Ok(loopback(port)),
        Some(ListenAddress::Ip(all)) if all.ip().is_unspecified() => Ok(loopback(all.port())),
        address => address.ok_or(ProbeError::NoAddress),
    }
}

async fn ask_given(url: &Url) -> Result<String, ProbeError> {
    let error = match ask(url, is_loopback(url), &[]).await {
        Err(error) if error.is_silence() || error.may_be_tls() => error,
        outcome => return outcome.map_err(of(url)),
    };
    Err(of(url)(match handshake::try_out(url).await {
        Spoken::NoTls => error,
        _ if url.scheme() == "http" => PortError::SpeaksTls,
        spoken => over_tls(spoken, error),
    }))
}

/// Asks the exporter's own address. A port that speaks TLS closes a plain connection or answers 400.
async fn ask_own(address: ListenAddress, path: &str) -> Result<String, ProbeError> {
    let url = |scheme: &str| {
        let text = format!("{scheme}://{address}{path}");
        text.parse::<Url>().map_err(|_| ProbeError::NoUrl(address.clone()))
    };
    let (http, https) = (url("http")?, url("https")?);
    let own = own_addresses(&address).await?;
    let plain = match ask(&http, true, &own).await {
        Err(error) if error.may_be_tls() => error,
        outcome => return outcome.map_err(of(&http)),
    };
    match ask(&https, true, &own).await {
        Err(error) if error.is_silence() => {
            Err(match handshake::try_out(&at_first(&https, &own)).await {
                Spoken::NoTls => of(&http)(plain),
                spoken => of(&https)(over_tls(spoken, error)),
            })
        }
        outcome => outcome.map_err(of(&https)),
    }
}

/// Those addresses of a name that this machine has, because the exporter listens on no others; empty for an IP address.
async fn own_addresses(address: &ListenAddress) -> Result<Vec<SocketAddr>, ProbeError> {
    let ListenAddress::Name(name, port) = address else {
        return Ok(Vec::new());
    };
    let found = lookup_host((&**name, *port)).await;
    let found = found.map_err(|source| ProbeError::Lookup(address.clone(), source))?;
    let own: Vec<_> = found.filter(|address| is_own(*address)).collect();
    if own.is_empty() { Err(ProbeError::Elsewhere(address.clone())) } else { Ok(own) }
}

fn is_own(mut address: SocketAddr) -> bool {
    address.set_port(0);
    UdpSocket::bind(address).is_ok()
}

/// The URL with its host replaced by the first of these addresses, if there is one.
fn at_first(url: &Url, addresses: &[SocketAddr]) -> Url {
    let mut at_first = url.clone();
    let is_set = addresses.first().is_some_and(|it| at_first.set_ip_host(it.ip()).is_ok());
    if is_set { at_first } else { url.clone() }
}

/// The reason why a port that speaks TLS did not answer.
fn over_tls(spoken: Spoken, error: PortError) -> PortError {
    match (spoken, error) {
        (Spoken::TlsWithCertificates, _) => PortError::WantsCertificate,
        (Spoken::Tls, PortError::Silence { reason, .. }) => PortError::SilenceOverTls(reason),
        (_, error) => error,
    }
}

/// The error of a port at this address.
fn of(url: &Url) -> impl Fn(PortError) -> ProbeError {
    |error| ProbeError::Port(without_secrets(url), error)
}

/// Sends one GET. The addresses in `own`, if there are any, replace those of the host.
async fn ask(url: &Url, trusts_any: bool, own: &[SocketAddr]) -> Result<String, PortError> {
    let mut client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .tls_danger_accept_invalid_certs(trusts_any);
    if let (Some(Host::Domain(name)), false) = (url.host(), own.is_empty()) {
        client = client.resolve_to_addrs(name, own);
    }
    if trusts_any || url.scheme() == "http" {
        // No root certificates are needed here, so an image without them must not make the check fail.
        client = client.tls_certs_only(Vec::new());
    }
    let client = client.build().map_err(PortError::Client)?;
    let answer = client.get(url.clone()).send().await.map_err(|error| PortError::Silence {
        reason: root(&error),
        was_connected: !error.is_connect() && !error.is_timeout(),
    })?;
    match answer.status().as_u16() {
        status @ 200..=299 => Ok(format!("{}: {status}", without_secrets(url))),
        401 => Err(PortError::Unauthorized),
        status => Err(PortError::Status(status)),
    }
}

/// The address without user name, password and query.
fn without_secrets(url: &Url) -> String {
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

/// The innermost cause: it is the shortest and holds no address.
fn root(error: &reqwest::Error) -> String {
    let innermost = sources(error).last();
    innermost.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_another_machine_has_is_not_asked() {
        for (address, expected) in
            [("127.0.0.1:10458", true), ("192.0.2.1:10458", false), ("[2001:db8::1]:10458", false)]
        {
            assert_eq!(is_own(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn the_first_address_stands_in_the_place_of_the_name() {
        let url = "https://exporter:10458/-/healthy".parse().unwrap();
        let at = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|it| it.parse().unwrap()).collect();
            at_first(&url, &addresses).to_string()
        };
        assert_eq!(at(&["[::1]:1", "127.0.0.1:1"]), "https://[::1]:10458/-/healthy");
        assert_eq!(at(&[]), "https://exporter:10458/-/healthy");
    }
}
