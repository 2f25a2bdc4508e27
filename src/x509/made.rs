//! Certificates for the unit tests of both sides of TLS.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    SigningKey, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::asn1_rs::{self, Any, BitString, FromDer, Sequence, ToDer};

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
    let [certificate, algorithm, _] = <[_; 3]>::try_from(elements(made.der())).unwrap();
    let fields = elements(&certificate);
    let signed = sequence(&fields[1..fields.len() - 1]);
    let signature = BitString::new(0, &by.key().sign(&signed).unwrap()).to_der_vec().unwrap();
    sequence(&[signed, algorithm, signature]).into()
}

/// Noon of a summer day of this year.
pub(crate) fn summer(year: u64) -> UnixTime {
    let days = (year - 1970) * 365 + (year - 1969) / 4 + 190;
    UnixTime::since_unix_epoch(Duration::from_secs(days * 24 * 3600 + 12 * 3600))
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    Sequence::new(elements.concat().into()).to_der_vec().unwrap()
}

/// The elements of a sequence, each with its header.
fn elements(sequence: &[u8]) -> Vec<Vec<u8>> {
    let (_, sequence) = Sequence::from_der(sequence).unwrap();
    let elements = sequence.der_iter::<Any<'_>, asn1_rs::Error>();
    elements.map(|element| element.unwrap().to_der_vec().unwrap()).collect()
}
