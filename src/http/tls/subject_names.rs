//! The subject alternative names of a certificate: DNS names, addresses of mail, IP addresses and URIs, as text.
//!
//! `client_allowed_sans` is compared with them. webpki answers whether a certificate is valid for a name, which is
//! another question (wildcards) and leaves mail out, so the few fields on the way there are walked here (RFC 5280,
//! section 4.1). What is not as expected has no names, and so no access.

use std::net::{Ipv4Addr, Ipv6Addr};

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
/// Context-specific and constructed: the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// Context-specific tags of GeneralName.
const MAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

/// The names of a certificate in DER; `None` if it has none or cannot be read.
pub(super) fn of(certificate: &[u8]) -> Option<Vec<String>> {
    let mut certificate = Der(Der(certificate).expect(SEQUENCE)?);
    let mut fields = Der(certificate.expect(SEQUENCE)?);
    let extensions = std::iter::from_fn(|| fields.next()).find(|(tag, _)| *tag == EXTENSIONS)?.1;
    let mut extensions = Der(Der(extensions).expect(SEQUENCE)?);
    while let Some((SEQUENCE, extension)) = extensions.next() {
        let mut extension = Der(extension);
        if extension.expect(OBJECT_IDENTIFIER)? == SUBJECT_ALT_NAME {
            let value =
                std::iter::from_fn(|| extension.next()).find(|(tag, _)| *tag == OCTET_STRING)?.1;
            return names(Der(Der(value).expect(SEQUENCE)?));
        }
    }
    None
}

fn names(mut list: Der<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !list.0.is_empty() {
        let (tag, value) = list.next()?;
        names.extend(match tag {
            MAIL | DNS | URI => std::str::from_utf8(value).ok().map(str::to_owned),
            IP => address(value),
            _ => None,
        });
    }
    Some(names)
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let v6 = <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    v4.ok().or(v6.ok())
}

/// What is left of a row of elements, each a tag, a length and a value.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, length], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            0x81 => rest.split_first().map(|(&length, rest)| (usize::from(length), rest))?,
            0x82 => {
                let (&length, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(length)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    fn expect(&mut self, expected: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == expected).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
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
            of(&der).unwrap(),
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
        assert_eq!(of(&certificate(names.collect())).unwrap().len(), 500);
    }

    #[test]
    fn no_names_or_half_a_certificate_are_no_names() {
        assert_eq!(of(&certificate(Vec::new())), None);
        let whole = certificate(vec![SanType::DnsName("a.example".try_into().unwrap())]);
        let halves = (0..whole.len()).filter_map(|end| of(&whole[..end]));
        assert_eq!(halves.count(), 0, "a certificate that was cut has names");
        assert_eq!(of(&[0xff; 64]), None);
    }
}
