//! Addresses to listen on, in the form that all Prometheus exporters share.
//!
//! A host name is not resolved here: `http` resolves it when the exporter starts.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::str::FromStr;

/// Longest host name in DNS, bytes.
const LONGEST_NAME: usize = 253;

/// An address to listen on, written as `:10458`, `[::1]:10458` or `localhost:10458`.
#[derive(Debug, Clone, PartialEq, Eq, strum::Display)]
pub enum ListenAddress {
    /// All IPv4 and IPv6 addresses of this machine, written as `:10458`.
    #[strum(to_string = ":{0}")]
    Every(u16),
    /// An IP address, which may be the address of all interfaces.
    #[strum(transparent)]
    Ip(SocketAddr),
    /// All addresses of a host name, which has valid characters and a valid length and is not resolved.
    #[strum(to_string = "{0}:{1}")]
    Name(String, u16),
}

impl FromStr for ListenAddress {
    type Err = Cow<'static, str>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        if text.contains("://") {
            return Err("must not contain a scheme: leave out http://, e.g. localhost:10458".into());
        }
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        if !host.is_empty() && !is_name(host) {
            return Err(FORM.into());
        }
        // Rust's `parse` accepts a sign before the number.
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| is_plain).ok_or(PORT)?;
        match host {
            "" => Ok(Self::Every(port)),
            name => Ok(Self::Name(name.to_owned(), port)),
        }
    }
}

const FORM: &str = "must be an IP address or a host name, and a port, \
                    e.g. :10458, localhost:10458, 127.0.0.1:10458 or [::1]:10458";
const PORT: &str = "must end in a port from 0 to 65535, e.g. :10458 or localhost:10458";

/// True for a host name. A name whose last part is a number is refused, because it is a misspelt IP address.
pub(super) fn is_name(host: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    host.len() <= LONGEST_NAME
        && host.chars().all(is_plain)
        && last.chars().any(|c| !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ListenAddress, Cow<'static, str>> {
        text.parse()
    }

    #[test]
    fn addresses_are_read_as_every_exporter_reads_them_and_shown_as_given() {
        let longest = format!("{}:1", "a".repeat(LONGEST_NAME));
        for given in [
            ":10458",
            ":0",
            "127.0.0.1:1",
            "[::1]:1",
            "[::]:0",
            "[fe80::1%2]:1",
            "localhost:10458",
            "localhost.:65535",
            "exporter_1.Example.com:1",
            "4chat:1",
            &longest,
        ] {
            assert_eq!(read(&format!(" {given} ")).unwrap().to_string(), given);
        }
        assert!(matches!(read(":1"), Ok(ListenAddress::Every(1))));
        assert!(matches!(read("[::]:1"), Ok(ListenAddress::Ip(_))));
        assert!(matches!(read("localhost:1"), Ok(ListenAddress::Name(_, 1))));
    }

    #[test]
    fn what_is_no_host_with_a_port_is_told_the_form() {
        let too_long = format!("{}:1", "a".repeat(LONGEST_NAME + 1));
        for given in [
            "",
            "10458",
            "localhost",
            "127.0.0.1",
            "::1:1",
            "[::1]",
            "[localhost]:1",
            "a b:1",
            "*:1",
            "ä:1",
            "localhost/metrics:1",
            "user@localhost:1",
            "256.0.0.1:1",
            "127.1:1",
            "1.2.3.4.:1",
            ".:1",
            "-a,b:1",
            &too_long,
        ] {
            assert_eq!(read(given).unwrap_err(), FORM, "{given}");
        }
    }

    #[test]
    fn a_port_beyond_its_range_is_told_the_range_and_a_scheme_to_be_left_out() {
        for given in [
            ":",
            ":65536",
            ":+1",
            "localhost:+1",
            "localhost:",
            "localhost:-1",
            "localhost:http",
            "localhost:1/metrics",
        ] {
            assert_eq!(read(given).unwrap_err(), PORT, "{given}");
        }
        for given in ["http://localhost:10458", "https://:1"] {
            assert!(read(given).unwrap_err().contains("leave out http://"), "{given}");
        }
    }
}
