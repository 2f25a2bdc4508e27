//! Turns listen addresses into listening sockets, once, at the start.
//!
//! Host names are looked up here and never again. An error here ends the start, so each error names its remedy.
//! `config` parses the addresses.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use indexmap::IndexSet;
use tokio::net::{TcpListener, lookup_host};

use crate::config::ListenAddress;

/// Longest wait for the resolver.
const PATIENCE: Duration = Duration::from_secs(5);

const RESOLVABLE: &str = "give --web.listen-address a name that this machine can resolve, \
                          e.g. localhost:10458, or an IP address";

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}; {remedy}")]
pub struct BindError {
    /// The address; for a host name also the IP address that failed, if there is one.
    pub address: String,
    /// The error of the operating system. It is part of the message; as a source it would be printed twice.
    pub reason: io::Error,
    /// The remedy for the operator.
    pub remedy: &'static str,
}

impl BindError {
    fn of_socket(address: String, reason: io::Error) -> Self {
        let remedy = remedy(&reason);
        Self { address, reason, remedy }
    }

    fn of_name(address: &ListenAddress, reason: io::Error) -> Self {
        Self { address: address.to_string(), reason, remedy: RESOLVABLE }
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another process uses the port: choose another port with --web.listen-address"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need privileges: choose a higher port with --web.listen-address"
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has this address: give --web.listen-address an address of this machine, or \
             only :PORT for all addresses"
        }
        _ => "give --web.listen-address another address",
    }
}

/// Listens on every address, or on none: the first error ends the call.
pub async fn bind(addresses: &[ListenAddress]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let ip = match address {
            ListenAddress::Every(port) => (Ipv6Addr::UNSPECIFIED, *port).into(),
            ListenAddress::Ip(ip) => *ip,
            ListenAddress::Name(name, port) => {
                let found = lookup_host((&**name, *port));
                let found = look_up(address, async { Ok(found.await?.collect()) }).await?;
                listeners.extend(listen_on_each(address, &found).await?);
                continue;
            }
        };
        let listener = listen(ip).await;
        listeners
            .push(listener.map_err(|reason| BindError::of_socket(address.to_string(), reason))?);
    }
    Ok(listeners)
}

/// The addresses of a name, at least one. Each is returned once, because a hosts file may list an address twice.
async fn look_up(
    name: &ListenAddress,
    lookup: impl Future<Output = io::Result<Vec<SocketAddr>>>,
) -> Result<Vec<SocketAddr>, BindError> {
    let found = tokio::time::timeout(PATIENCE, lookup).await.unwrap_or_else(|_| {
        let seconds = PATIENCE.as_secs();
        let silence = format!("the resolver does not answer within {seconds} s");
        Err(io::Error::new(ErrorKind::TimedOut, silence))
    });
    let found = found.map_err(|reason| BindError::of_name(name, reason))?;
    let addresses: IndexSet<_> = found.into_iter().collect();
    if addresses.is_empty() {
        let none = io::Error::new(ErrorKind::NotFound, "the name has no address");
        return Err(BindError::of_name(name, none));
    }
    Ok(addresses.into_iter().collect())
}

/// Listens on those addresses of a name that this machine has. Fails if this machine has none of them.
async fn listen_on_each(
    name: &ListenAddress,
    addresses: &[SocketAddr],
) -> Result<Vec<TcpListener>, BindError> {
    let (mut listeners, mut absent) = (Vec::<TcpListener>::new(), None);
    for address in addresses {
        let first = listeners.first().and_then(|first| first.local_addr().ok());
        match listen_beside(*address, first).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                let is_absent = is_absent(&error);
                let fault = BindError::of_socket(format!("{name} ({address})"), error);
                if !is_absent {
                    return Err(fault);
                }
                tracing::info!(
                    %name,
                    %address,
                    "The host name has an address that this machine does not have. The exporter does not listen on \
                     this address."
                );
                absent.get_or_insert(fault);
            }
        }
    }
    match absent {
        Some(fault) if listeners.is_empty() => Err(fault),
        _ => Ok(listeners),
    }
}

/// Listens on `address`. If the system chooses the port, the port of the first address is taken when it is free here,
/// so that all addresses of a name have the same port.
async fn listen_beside(
    mut address: SocketAddr,
    first: Option<SocketAddr>,
) -> io::Result<TcpListener> {
    if address.port() == 0
        && let Some(first) = first
    {
        address.set_port(first.port());
        let beside = listen(address).await;
        if !matches!(&beside, Err(error) if error.kind() == ErrorKind::AddrInUse) {
            return beside;
        }
        address.set_port(0);
    }
    listen(address).await
}

async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        // `[::]` includes IPv4, which a kernel without IPv6 still has.
        Err(error) if address.is_ipv6() && address.ip().is_unspecified() && is_absent(&error) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        result => result,
    }
}

/// True if this machine lacks the address or its whole address family.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::AddrNotAvailable)
        || error.raw_os_error() == Some(EAFNOSUPPORT)
}

/// The Linux error number of "address family not supported", which has no portable name in `std`.
const EAFNOSUPPORT: i32 = 97;

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::net::TcpStream;

    use super::*;

    fn at(address: &str) -> ListenAddress {
        address.parse().unwrap()
    }

    fn ips(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    fn ports(listeners: &[TcpListener]) -> Vec<u16> {
        listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
    }

    #[tokio::test]
    async fn all_interfaces_are_those_of_ipv4_too() {
        for everywhere in [":0", "[::]:0"] {
            let listeners = bind(&[at(everywhere)]).await.unwrap();
            TcpStream::connect((Ipv4Addr::LOCALHOST, ports(&listeners)[0])).await.unwrap();
        }
    }

    #[tokio::test]
    async fn every_address_gets_its_listener() {
        let addresses = [at("127.0.0.1:0"), at("127.0.0.1:0")];
        assert_eq!(bind(&addresses).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_remedy() {
        let taken = bind(&[at("127.0.0.1:0")]).await.unwrap();
        let port = ports(&taken)[0];
        for (given, shown) in [
            (format!("127.0.0.1:{port}"), format!("127.0.0.1:{port}")),
            (format!("localhost:{port}"), format!("localhost:{port} (127.0.0.1:{port})")),
        ] {
            let message = bind(&[at(&given)]).await.unwrap_err().to_string();
            assert!(message.starts_with(&format!("cannot listen on {shown}: ")), "{message}");
            assert!(
                message.ends_with("choose another port with --web.listen-address"),
                "{message}"
            );
        }
    }

    #[tokio::test]
    async fn a_foreign_interface_has_a_remedy_of_its_own() {
        let foreign = bind(&[at("192.0.2.1:0")]).await.unwrap_err().to_string();
        assert!(foreign.contains("no interface of this machine"), "{foreign}");
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_listened_on() {
        let listeners = bind(&[at("localhost:0")]).await.unwrap();
        for listener in &listeners {
            let address = listener.local_addr().unwrap();
            assert!(address.ip().is_loopback(), "{address}");
            TcpStream::connect(address).await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_addresses_of_a_name_that_exist_are_listened_on_at_one_port() {
        let name = at("exporter:0");
        let addresses = ips(&["192.0.2.1:0", "127.0.0.1:0", "127.0.0.2:0"]);
        let listeners = listen_on_each(&name, &addresses).await.unwrap();
        let ports = ports(&listeners);
        assert_eq!(ports.len(), 2);
        assert_eq!(ports[0], ports[1]);
        let foreign = listen_on_each(&name, &addresses[..1]).await.unwrap_err().to_string();
        assert!(foreign.starts_with("cannot listen on exporter:0 (192.0.2.1:0): "), "{foreign}");
        assert!(foreign.contains("no interface of this machine"), "{foreign}");
    }

    #[tokio::test]
    async fn a_port_that_only_the_first_address_has_free_is_no_obstacle() {
        let taken = bind(&[at("127.0.0.2:0")]).await.unwrap();
        let first = taken[0].local_addr().unwrap();
        let beside = listen_beside("127.0.0.2:0".parse().unwrap(), Some(first)).await.unwrap();
        assert_ne!(beside.local_addr().unwrap().port(), first.port());
    }

    #[tokio::test]
    async fn an_address_of_a_name_that_is_taken_ends_the_start() {
        let taken = bind(&[at("127.0.0.2:0")]).await.unwrap();
        let port = ports(&taken)[0];
        // Other tests listen on 127.0.0.1.
        let addresses = ips(&[&format!("127.0.0.3:{port}"), &format!("127.0.0.2:{port}")]);
        let fault = listen_on_each(&at(&format!("exporter:{port}")), &addresses).await;
        let message = fault.unwrap_err().to_string();
        assert!(message.contains(&format!("(127.0.0.2:{port}): ")), "{message}");
    }

    #[tokio::test]
    async fn an_address_that_is_told_twice_is_listened_on_once() {
        let told = ready(Ok(ips(&["[::1]:1", "127.0.0.1:1", "[::1]:1"])));
        let found = look_up(&at("localhost:1"), told).await.unwrap();
        assert_eq!(found, ips(&["[::1]:1", "127.0.0.1:1"]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_without_an_address_or_an_answer_is_named_with_the_remedy() {
        let name = at("nowhere.invalid:1");
        let none = look_up(&name, ready(Ok(Vec::new()))).await.unwrap_err().to_string();
        let silent = look_up(&name, pending()).await.unwrap_err().to_string();
        for (message, why) in [(none, "has no address"), (silent, "does not answer within 5 s")] {
            assert!(message.starts_with("cannot listen on nowhere.invalid:1: "), "{message}");
            assert!(message.contains(why), "{message}");
            assert!(message.ends_with(RESOLVABLE), "{message}");
        }
    }
}
