//! Certificates for the unit tests of both sides of TLS.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    SigningKey, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};

/// A certificate and its key, which may sign others.
pub(crate) type Made = CertifiedIssuer<'static, KeyPair>;

pub(crate) const NAME: &str = "chat.example.com";

/// Parameters for [`NAME`], valid in the year 2020 only.
pub(crate) fn leaf() -> CertificateParams {
    let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, NAME);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    params
}

pub(crate) fn authority() -> CertificateParams {
    let mut params = leaf();
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Parameters of certificates that may not sign others.
pub(crate) fn no_authorities() -> [CertificateParams; 3] {
    let mut unsigned = leaf();
    unsigned.is_ca = IsCa::ExplicitNoCa;
    let mut other_use = authority();
    other_use.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    [leaf(), unsigned, other_use]
}

pub(crate) fn self_signed(params: CertificateParams) -> Made {
    Made::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn signed(params: CertificateParams, by: &Made) -> Made {
    Made::signed_by(params, KeyPair::generate().unwrap(), by).unwrap()
}

/// The same certificate as version 1, with a new signature: without the version number and without extensions.
pub(crate) fn of_version_1(made: &Made, by: &Made) -> CertificateDer<'static> {
    let [certificate, algorithm, _] = <[_; 3]>::try_from(parts(made.der())).unwrap();
    let fields = parts(&certificate);
    let signed = sequence(&fields[1..fields.len() - 1].concat());
    let signature = [vec![0], by.key().sign(&signed).unwrap()].concat();
    sequence(&[signed, algorithm, tagged(0x03, &signature)].concat()).into()
}

/// Noon of a summer day of this year.
pub(crate) fn summer(year: u64) -> UnixTime {
    let days = (year - 1970) * 365 + (year - 1969) / 4 + 190;
    UnixTime::since_unix_epoch(Duration::from_secs(days * 24 * 3600 + 12 * 3600))
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tagged(0x30, content)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        ..=127 => vec![tag, length[1]],
        128..=255 => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    [&head, content].concat()
}

/// The elements of a sequence, each with its header.
fn parts(sequence: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = content(sequence).0;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (_, whole) = content(rest);
        parts.push(rest[..whole].to_vec());
        rest = &rest[whole..];
    }
    parts
}

/// The content of the first element, and the length of the element with its header.
fn content(element: &[u8]) -> (&[u8], usize) {
    let (head, length) = match element[1] {
        length @ ..=127 => (2, usize::from(length)),
        0x81 => (3, usize::from(element[2])),
        _ => (4, usize::from(u16::from_be_bytes([element[2], element[3]]))),
    };
    (&element[head..head + length], head + length)
}
