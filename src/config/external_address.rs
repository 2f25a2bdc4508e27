//! The address under which other machines reach the exporter, as a target of Prometheus names it.
//!
//! A port may be absent: behind a proxy the port of the scheme applies.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::listen_address::is_name;

/// A host name or an IP address, with or without a port: `exporter`, `exporter:10458`, `192.0.2.1:10458` or
/// `[2001:db8::1]:10458`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalAddress(String);

impl Display for ExternalAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ExternalAddress {
    type Err = Cow<'static, str>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.contains("://") {
            return Err("must not contain a scheme: leave out http://, e.g. exporter:10458".into());
        }
        // The colons of an IPv6 address are inside brackets.
        let end = text.find(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match text.get(end..).and_then(|rest| rest.rsplit_once(':')) {
            Some((rest, port)) => (text.get(..end + rest.len()).unwrap_or_default(), Some(port)),
            None => (text, None),
        };
        if !is_host(host) {
            return Err(FORM.into());
        }
        // Rust's `parse` accepts a sign before the number.
        let is_port = |port: &str| {
            port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        if !port.is_none_or(is_port) {
            return Err("must end in a port from 1 to 65535, or have no port".into());
        }
        Ok(Self(text.to_owned()))
    }
}

const FORM: &str = "must be a host name or an IP address, and may have a port, \
                    e.g. exporter:10458, 192.0.2.1:10458 or [2001:db8::1]:10458";

fn is_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_name(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_a_port_keep_their_written_form() {
        for address in [
            "exporter",
            "exporter:10458",
            "Exporter-0.monitoring.svc.cluster.local.:1",
            "192.0.2.1",
            "192.0.2.1:65535",
            "[2001:db8::1]",
            "[::1]:10458",
        ] {
            assert_eq!(address.parse::<ExternalAddress>().unwrap().to_string(), address);
        }
        assert_eq!(" a:1 ".parse::<ExternalAddress>().unwrap().to_string(), "a:1");
    }

    #[test]
    fn what_is_no_host_is_told_the_form() {
        let too_long = format!("{}:1", "a".repeat(254));
        for given in [
            "",
            ":10458",
            "::1",
            "2001:db8::1:1",
            "[::1",
            "[]:1",
            "[exporter]:1",
            "[::1]x:1",
            "user@exporter",
            "exporter/metrics",
            "a\"b",
            "a,b",
            "a b",
            "ä",
            "256.0.0.1",
            &too_long,
        ] {
            let told = given.parse::<ExternalAddress>().unwrap_err();
            assert!(told.starts_with("must be a host name"), "{given}: {told}");
        }
    }

    #[test]
    fn a_port_out_of_range_and_a_scheme_are_told() {
        for given in ["a:", "a:0", "a:65536", "a:+1", "a:http", "[::1]:x", "a:1/metrics"] {
            let told = given.parse::<ExternalAddress>().unwrap_err();
            assert!(told.contains("a port from 1 to 65535"), "{given}: {told}");
        }
        let told = "https://exporter".parse::<ExternalAddress>().unwrap_err();
        assert!(told.contains("leave out http://"), "{told}");
    }
}
