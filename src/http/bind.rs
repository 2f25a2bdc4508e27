//! Turns listen addresses into listening sockets, once, at the start.
//!
//! An address is `HOST:PORT`, `[IPV6]:PORT` or `:PORT`, as every Prometheus exporter takes it. What
//! goes wrong here ends the start, so each error says what to change.

use std::io::{self, ErrorKind};

use tokio::net::TcpListener;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}; {}", remedy(.reason))]
pub struct BindError {
    /// The address as it was given.
    pub address: String,
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
        _ => "give --web.listen-address as HOST:PORT, [IPV6]:PORT or :PORT",
    }
}

/// Listens on every address, or on none: the first that fails ends it.
pub async fn bind<A: AsRef<str>>(addresses: &[A]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses.iter().map(AsRef::as_ref) {
        let listener = listen(address).await;
        listeners.push(listener.map_err(|reason| BindError { address: address.into(), reason })?);
    }
    Ok(listeners)
}

async fn listen(address: &str) -> io::Result<TcpListener> {
    let Some(port) = address.strip_prefix(':') else {
        return TcpListener::bind(address).await;
    };
    match TcpListener::bind(format!("[::]:{port}")).await {
        // A kernel without IPv6 says one of these; with it, `[::]` takes IPv4 as well.
        Err(error)
            if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::AddrNotAvailable)
                || error.raw_os_error() == Some(EAFNOSUPPORT) =>
        {
            TcpListener::bind(format!("0.0.0.0:{port}")).await
        }
        result => result,
    }
}

/// Linux's number for "address family not supported", which has no portable name in `std`.
const EAFNOSUPPORT: i32 = 97;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_alone_listens_on_all_interfaces() {
        let listeners = bind(&[":0"]).await.unwrap();
        assert!(listeners[0].local_addr().unwrap().ip().is_unspecified());
    }

    #[tokio::test]
    async fn every_address_gets_its_listener() {
        assert_eq!(bind(&["127.0.0.1:0", "127.0.0.1:0"]).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_remedy() {
        let taken = bind(&["127.0.0.1:0"]).await.unwrap();
        let address = taken[0].local_addr().unwrap().to_string();
        let message = bind(std::slice::from_ref(&address)).await.unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot listen on {address}: ")), "{message}");
        assert!(message.ends_with("choose another with --web.listen-address"), "{message}");
    }

    #[tokio::test]
    async fn a_foreign_interface_and_a_malformed_address_have_remedies_of_their_own() {
        let foreign = bind(&["192.0.2.1:0"]).await.unwrap_err().to_string();
        assert!(foreign.contains("no interface of this machine"), "{foreign}");
        let malformed = bind(&["10458"]).await.unwrap_err().to_string();
        assert!(malformed.ends_with("HOST:PORT, [IPV6]:PORT or :PORT"), "{malformed}");
    }
}
