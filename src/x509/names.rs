//! The names of a certificate: its subject alternative names as text, or its common name if it has none.

use std::net::{Ipv4Addr, Ipv6Addr};

use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, Error};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use super::parsed::parse;

/// DNS names, e-mail addresses, IP addresses and URIs, in the spelling of Go; empty if there are none or the
/// certificate cannot be parsed.
pub(crate) fn of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Some(certificate) = parse(certificate) else { return Vec::new() };
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|extension| &extension.value.general_names);
    names.filter_map(text).collect()
}

fn text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::RFC822Name(text) | GeneralName::DNSName(text) | GeneralName::URI(text) => {
            Some((*text).to_owned())
        }
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let v6 = <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    v4.ok().or(v6.ok())
}

/// Verifies that a trusted certificate is for this server. Without alternative names the common name counts, as in
/// openssl and Node: a certificate of version 1 cannot have alternative names.
pub(crate) fn is_for(
    certificate: &X509Certificate<'_>,
    shown: &CertificateDer<'_>,
    server: &ServerName<'_>,
) -> Result<(), Error> {
    if certificate.subject_alternative_name().is_ok_and(|names| names.is_none()) {
        let mut names = certificate.subject().iter_common_name().filter_map(|it| it.as_str().ok());
        let is_for = names.any(|name| covers(name, server));
        return is_for.then_some(()).ok_or(CertificateError::NotValidForName.into());
    }
    verify_server_name(&ParsedCertificate::try_from(shown)?, server)
}

/// True if the name covers the server. A star replaces the first label of a host name, if at least two labels follow.
fn covers(name: &str, server: &ServerName<'_>) -> bool {
    let text = server.to_str();
    if !matches!(server, ServerName::DnsName(_)) {
        return name == text;
    }
    let labels = |it: &str| it.split('.').filter(|label| !label.is_empty()).count();
    let rest = name.strip_prefix("*.").filter(|rest| labels(rest) >= 2).zip(text.split_once('.'));
    name.eq_ignore_ascii_case(&text)
        || rest.is_some_and(|(name, (_, server))| name.eq_ignore_ascii_case(server))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn names_of_every_kind_are_read_as_go_writes_them() {
        let der = certificate(vec![
            SanType::DnsName("prometheus.example.com".try_into().unwrap()),
            SanType::DnsName("*.example.com".try_into().unwrap()),
            SanType::Rfc822Name("ops@example.com".try_into().unwrap()),
            SanType::URI("spiffe://example.com/prometheus".try_into().unwrap()),
            SanType::IpAddress(IpAddr::from([192, 0, 2, 1])),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
        ]);
        assert_eq!(
            of(&der),
            [
                "prometheus.example.com",
                "*.example.com",
                "ops@example.com",
                "spiffe://example.com/prometheus",
                "192.0.2.1",
                "2001:db8::1",
            ]
        );
    }

    #[test]
    fn a_certificate_with_hundreds_of_names_gives_all_of_them() {
        let names = (0..500).map(|n| SanType::DnsName(format!("{n}.example").try_into().unwrap()));
        assert_eq!(of(&certificate(names.collect())).len(), 500);
    }

    #[test]
    fn half_a_certificate_has_no_names() {
        assert!(of(&certificate(Vec::new())).is_empty());
        let whole = certificate(vec![SanType::DnsName("a.example".try_into().unwrap())]);
        for end in 0..whole.len() {
            let half = CertificateDer::from(whole[..end].to_vec());
            assert!(of(&half).is_empty(), "cut at {end}");
        }
        assert!(of(&CertificateDer::from(vec![0xff; 64])).is_empty());
    }

    #[test]
    fn a_common_name_covers_its_host_and_a_star_one_label() {
        for (name, server, expected) in [
            ("chat.example.com", "CHAT.example.com", true),
            ("*.example.com", "chat.example.com", true),
            ("*.example.com", "a.chat.example.com", false),
            ("*.example.com", "example.com", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.2", "127.0.0.1", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("2001:db8::1", "2001:db8::1", true),
            ("2001:DB8::1", "2001:db8::1", false),
            ("*.com", "example.com", false),
            ("*.com.", "example.com", false),
            ("*.", "localhost", false),
            ("example.com", "chat.example.com", false),
            ("*", "localhost", false),
        ] {
            let host = ServerName::try_from(server).unwrap();
            assert_eq!(covers(name, &host), expected, "{name} {server}");
        }
    }
}
