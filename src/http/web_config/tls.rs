//! The TLS settings of the HTTP server, as a web config file describes them.
//!
//! Names are the names of Go, because the format comes from Go. Features of Go's TLS that rustls lacks (old versions,
//! CBC) are refused with a remedy; no setting is ignored silently.

use std::collections::BTreeMap;
use std::path::PathBuf;

use config::Value;
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{CipherSuite, NamedGroup, ProtocolVersion, SupportedCipherSuite};

use super::switch::switch;
use crate::config::reader::MappingReader;
use crate::config::scalar::{NamedVariant, ScalarResult, is_content, optional_text, text, word};

/// The TLS settings of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct TlsServer {
    /// The server's certificate, followed by the certificates between it and its authority.
    pub certificate: Pem,
    /// The private key of the server's certificate.
    pub key: Pem,
    /// The requirements for client certificates.
    pub clients: Clients,
    /// The oldest version that the server accepts.
    pub min_version: ProtocolVersion,
    /// The newest version that the server accepts.
    pub max_version: ProtocolVersion,
    /// Cipher suites of TLS 1.2; empty for all safe suites. The suites of TLS 1.3 are always all enabled.
    pub cipher_suites: Vec<CipherSuite>,
    /// True if the server's order of cipher suites wins over the client's order.
    pub prefers_own_order: bool,
    /// Groups for the exchange of keys, the preferred group first; empty for all safe groups.
    pub groups: Vec<NamedGroup>,
}

/// A text in PEM.
#[derive(Debug, Clone)]
pub enum Pem {
    /// The path of a file, which is read again when it changes.
    File(PathBuf),
    /// The text in the web config file itself; a secret, because it may be a key.
    Inline(SecretString),
}

impl PartialEq for Pem {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(path), Self::File(other)) => path == other,
            (Self::Inline(text), Self::Inline(other)) => {
                text.expose_secret() == other.expose_secret()
            }
            _ => false,
        }
    }
}

/// The requirements for client certificates.
#[derive(Debug, Clone, PartialEq)]
pub struct Clients {
    /// The requirement for a certificate.
    pub auth: ClientAuth,
    /// Authorities whose client certificates are accepted; always set if client certificates are verified.
    pub authorities: Option<Pem>,
    /// Names of which a client certificate must have at least one; not empty.
    pub allowed_names: Option<Vec<String>>,
}

/// The requirement for a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// No certificate is requested.
    None,
    /// A certificate is requested; any certificate is accepted, and also none.
    Request,
    /// A certificate is required; any certificate is accepted.
    RequireAny,
    /// A certificate is requested, and verified if the client sends one.
    VerifyIfGiven,
    /// A certificate is required and verified.
    RequireAndVerify,
}

impl ClientAuth {
    /// True if a client without a certificate is refused.
    pub fn is_mandatory(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }

    /// True if a client certificate must come from one of the authorities.
    pub fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }
}

impl NamedVariant for ClientAuth {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("NoClientCert", Self::None),
        ("RequestClientCert", Self::Request),
        ("RequireAnyClientCert", Self::RequireAny),
        // The former name in the toolkit.
        ("RequireClientCert", Self::RequireAny),
        ("VerifyClientCertIfGiven", Self::VerifyIfGiven),
        ("RequireAndVerifyClientCert", Self::RequireAndVerify),
    ];
}

impl NamedVariant for ProtocolVersion {
    const WORDS: &'static [(&'static str, Self)] =
        &[("TLS12", Self::TLSv1_2), ("TLS13", Self::TLSv1_3)];
}

impl NamedVariant for NamedGroup {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("X25519", Self::X25519),
        ("X25519MLKEM768", Self::X25519MLKEM768),
        ("CurveP256", Self::secp256r1),
        ("CurveP384", Self::secp384r1),
    ];
}

/// The suites that rustls has, by their names in Go, which leave out the 13 of TLS13.
fn suites() -> BTreeMap<String, CipherSuite> {
    let known = aws_lc_rs::ALL_CIPHER_SUITES.iter().map(SupportedCipherSuite::suite);
    known.map(|suite| (suite_name(suite), suite)).collect()
}

fn suite_name(suite: CipherSuite) -> String {
    suite.as_str().unwrap_or_default().replace("TLS13_", "TLS_")
}

impl TlsServer {
    /// `None` if no key has a value, which means plain HTTP, or after a problem.
    pub(super) fn read(section: &mut MappingReader<'_>) -> Option<Self> {
        let pem = if section.is_blank() { Pem::read } else { Pem::required };
        let certificate = pem(section, ["cert_file", "cert"]);
        let key = pem(section, ["key_file", "key"]);
        let clients = Clients::read(section);
        let version = |value: &Value| supported(value, OLD_VERSIONS).and_then(|()| word(value));
        let min_version = section.get("min_version", version).unwrap_or(ProtocolVersion::TLSv1_2);
        let max_version = section.get("max_version", version).unwrap_or(ProtocolVersion::TLSv1_3);
        let cipher_suites = section.list("cipher_suites", suite).unwrap_or_default();
        let groups = section.list("curve_preferences", group).unwrap_or_default();
        let prefers_own_order = section.get("prefer_server_cipher_suites", switch).unwrap_or(true);
        let server = Self {
            certificate: certificate?,
            key: key?,
            clients,
            min_version,
            max_version,
            cipher_suites,
            prefers_own_order,
            groups,
        };
        server.name_contradictions(section);
        Some(server)
    }

    fn name_contradictions(&self, section: &mut MappingReader<'_>) {
        let is_new = |suite: &CipherSuite| !suite_name(*suite).contains("_WITH_");
        let (oldest, newest) = (self.min_version.word(), self.max_version.word());
        if oldest > newest {
            section
                .complain("min_version", &"is above max_version: no version of TLS would remain");
        }
        let only_new = !self.cipher_suites.is_empty() && self.cipher_suites.iter().all(is_new);
        if only_new && newest == "TLS12" {
            section.complain(
                "cipher_suites",
                &"has no suite for TLS12, and max_version allows no other version",
            );
        }
    }
}

/// A check for names of Go's TLS that rustls does not support, and the remedy for such a name.
type Missing = (fn(&str) -> bool, &'static str);

const OLD_VERSIONS: Missing = (
    |name| matches!(name, "TLS10" | "TLS11" | "SSL30"),
    "is not supported, because it is not safe: use TLS12 or TLS13",
);
const OLD_SUITES: Missing = (
    |name| name.contains("_CBC_") || name.contains("_RC4_") || name.starts_with("TLS_RSA_"),
    "is not supported, because it is not safe: leave it out",
);
const LARGE_CURVES: Missing = (|name| name == "CurveP521", "is not supported: use CurveP384");

/// The name of a word, unless only Go supports it, which is refused with a remedy of its own.
fn supported(value: &Value, (is_missing, instead): Missing) -> ScalarResult<()> {
    if text(value).is_ok_and(|name| is_missing(&name)) { Err(instead.into()) } else { Ok(()) }
}

fn suite(value: &Value) -> ScalarResult<CipherSuite> {
    supported(value, OLD_SUITES)?;
    let suites = suites();
    let known = text(value).ok().and_then(|name| suites.get(&name).copied());
    let names: Vec<_> = suites.keys().map(String::as_str).collect();
    known.ok_or_else(|| format!("must be one of {}", names.join(", ")).into())
}

fn group(value: &Value) -> ScalarResult<NamedGroup> {
    supported(value, LARGE_CURVES)?;
    word(value)
}

fn path(value: &Value, inline: &str) -> ScalarResult<Option<String>> {
    let path = optional_text(value)?;
    if path.as_deref().is_some_and(is_content) {
        let instead =
            format!("must be the path of a file: put the content of a file into {inline}");
        return Err(instead.into());
    }
    Ok(path)
}

impl Pem {
    /// Reads one of two keys, the key of the file first. An empty text counts as absent, as in the toolkit.
    fn read(section: &mut MappingReader<'_>, keys: [&'static str; 2]) -> Option<Self> {
        let [file, inline] = keys;
        let path = section.get(file, |value| path(value, inline)).flatten();
        let text = section.get(inline, optional_text).flatten();
        if path.is_some() && text.is_some() {
            section.complain(inline, &format!("give either this or {file}, not both"));
        }
        let path = path.map(|path| Self::File(section.folder(file).join(path)));
        path.or(text.map(|text| Self::Inline(text.into())))
    }

    fn required(section: &mut MappingReader<'_>, keys: [&'static str; 2]) -> Option<Self> {
        let [file, inline] = keys;
        let before = section.problems();
        let pem = Self::read(section, keys);
        if pem.is_none() && section.problems() == before {
            section.complain(
                file,
                &format!("is missing: name a PEM file, or put its content into {inline}"),
            );
        }
        pem
    }
}

impl Clients {
    fn read(section: &mut MappingReader<'_>) -> Self {
        let before = section.problems();
        let auth = section.get("client_auth_type", |value| match optional_text(value)? {
            None => Ok(ClientAuth::None),
            Some(_) => word(value),
        });
        let authorities = Pem::read(section, ["client_ca_file", "client_ca"]);
        let allowed_names = section.list("client_allowed_sans", text);
        let clients = Self { auth: auth.unwrap_or(ClientAuth::None), authorities, allowed_names };
        if section.problems() == before {
            clients.name_contradictions(section);
        }
        clients
    }

    fn name_contradictions(&self, section: &mut MappingReader<'_>) {
        let names = self.allowed_names.as_ref();
        let wrong = [
            (
                self.authorities.is_some() && self.auth == ClientAuth::None,
                "client_auth_type",
                "is missing: without RequireAndVerifyClientCert, client_ca refuses no client",
            ),
            (
                self.authorities.is_none() && self.auth.verifies(),
                "client_ca_file",
                "is missing: name a PEM file with the authority of the clients' certificates",
            ),
            (
                names.is_some() && !self.auth.is_mandatory(),
                "client_allowed_sans",
                "needs client_auth_type RequireAndVerifyClientCert (or RequireAnyClientCert)",
            ),
            (
                names.is_some_and(Vec::is_empty),
                "client_allowed_sans",
                "is empty and would refuse every client: leave it out, or add a name",
            ),
        ];
        for (_, key, message) in wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong) {
            section.complain(key, &message);
        }
    }
}
