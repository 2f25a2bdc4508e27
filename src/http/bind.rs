//! Turns listen addresses into listening sockets, once, at the start.
//!
//! What goes wrong here ends the start, so each error says what to change. How addresses are written is the business
//! of `config`.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}; {}", remedy(.reason))]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the operating system said; part of the message, so not a source that is printed twice.
    pub reason: io::Error,
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another process holds the port: choose another with --web.listen-address"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need privileges: choose a higher one with --web.listen-address"
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has it: give --web.listen-address one that exists, \
             or only :PORT for all"
        }
        _ => "give --web.listen-address another",
    }
}

/// Listens on every address, or on none: the first that fails ends it.
pub async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for &address in addresses {
        let listener = listen(address).await;
        listeners.push(listener.map_err(|reason| BindError { address, reason })?);
    }
    Ok(listeners)
}

async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        // `[::]` takes IPv4 as well; a kernel without IPv6 says one of these.
        Err(error)
            if address.is_ipv6()
                && address.ip().is_unspecified()
                && (matches!(
                    error.kind(),
                    ErrorKind::Unsupported | ErrorKind::AddrNotAvailable
                ) || error.raw_os_error() == Some(EAFNOSUPPORT)) =>
        {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        result => result,
    }
}

/// Linux's number for "address family not supported", which has no portable name in `std`.
const EAFNOSUPPORT: i32 = 97;

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    #[tokio::test]
    async fn all_interfaces_are_those_of_ipv4_too() {
        let listeners = bind(&[at("[::]:0")]).await.unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    }

    #[tokio::test]
    async fn every_address_gets_its_listener() {
        assert_eq!(bind(&[at("127.0.0.1:0"); 2]).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_remedy() {
        let taken = bind(&[at("127.0.0.1:0")]).await.unwrap();
        let address = taken[0].local_addr().unwrap();
        let message = bind(&[address]).await.unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot listen on {address}: ")), "{message}");
        assert!(message.ends_with("choose another with --web.listen-address"), "{message}");
    }

    #[tokio::test]
    async fn a_foreign_interface_has_a_remedy_of_its_own() {
        let foreign = bind(&[at("192.0.2.1:0")]).await.unwrap_err().to_string();
        assert!(foreign.contains("no interface of this machine"), "{foreign}");
    }
}
