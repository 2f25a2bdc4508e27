//! The web config file and the certificates that it names, read again after a change.
//!
//! A change is another time, size, inode or device of a file. Symbolic links are followed, so that the swap of a
//! Kubernetes ConfigMap counts. The marks are taken before the reading, so that the next check sees a change during the
//! reading. After an error the files are read again at every check.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio_rustls::TlsAcceptor;

use super::access_settings::{AccessRules, AccessSettings, Tls};
use super::error::AccessControlError;
use super::token_bucket::TokenBucket;
use crate::http::tls;
use crate::http::web_config::{Pem, RateLimit, TlsServer, WebConfig};

/// The properties of a file by which two contents differ.
#[derive(PartialEq, Eq)]
struct FileMark {
    device: u64,
    inode: u64,
    size_bytes: u64,
    changed_s: i64,
    changed_ns: i64,
    modified_s: i64,
    modified_ns: i64,
}

/// A file with its mark; `None` for a missing file.
type MarkedFile = (PathBuf, Option<FileMark>);

/// The files and the result of their last reading.
pub(super) struct WebConfigFiles {
    path: PathBuf,
    marks: Vec<MarkedFile>,
    /// True if the marked contents are in effect. If false, the next check reads the files again.
    is_settled: bool,
    /// The last valid content of the file.
    good: WebConfig,
    /// The error that was logged last, so that it is not logged again each second.
    logged: Option<String>,
}

impl WebConfigFiles {
    /// Reads everything for the first time.
    pub(super) fn open(path: &Path) -> Result<(Self, AccessSettings), AccessControlError> {
        let own = marked(path);
        let good = WebConfig::read(path)?;
        let marks = marks(own, &good);
        let tls = tls(path, good.tls.as_ref(), 0)?;
        let in_effect = AccessSettings { rules: Some(Arc::new(rules(&good, None))), tls };
        let path = path.to_owned();
        Ok((Self { path, marks, is_settled: true, good, logged: None }, in_effect))
    }

    /// The settings that replace `before`; `None` if nothing has changed.
    pub(super) fn look(&mut self, before: &AccessSettings) -> Option<AccessSettings> {
        let is_as_before = self.marks.iter().all(|(path, mark)| self::mark(path) == *mark);
        if self.is_settled && is_as_before {
            return None;
        }
        let own = marked(&self.path);
        let read = WebConfig::read(&self.path).map_err(AccessControlError::from);
        let read = read.and_then(|new| self.not_weaker(new));
        Some(match read {
            Ok(new) => {
                self.marks = marks(own, &new);
                self.follow(new, before)
            }
            Err(error) => self.closed(&error, before),
        })
    }

    /// Refuses a file that protects less than the last valid file. A file that is cut short, as during a write, can be
    /// valid but protect less.
    fn not_weaker(&self, new: WebConfig) -> Result<WebConfig, AccessControlError> {
        let (old_tls, new_tls) = (self.good.tls.as_ref(), new.tls.as_ref());
        let asks = |tls: Option<&TlsServer>| tls.is_some_and(|tls| tls.clients.auth.is_mandatory());
        let names =
            |tls: Option<&TlsServer>| tls.is_some_and(|tls| tls.clients.allowed_names.is_some());
        let protection = if old_tls.is_some() && new_tls.is_none() {
            "tls_server_config"
        } else if asks(old_tls) && !asks(new_tls) {
            "the client_auth_type that requires a certificate"
        } else if names(old_tls) && !names(new_tls) {
            "client_allowed_sans"
        } else if !self.good.users.is_empty() && new.users.is_empty() {
            "basic_auth_users"
        } else {
            return Ok(new);
        };
        Err(AccessControlError::Weaker(self.path.display().to_string(), protection))
    }

    fn follow(&mut self, new: WebConfig, before: &AccessSettings) -> AccessSettings {
        let generation = before.tls.as_ref().map_or(0, |tls| tls.generation) + 1;
        let tls = match tls(&self.path, new.tls.as_ref(), generation) {
            Ok(tls) => {
                tracing::info!(path = %self.path.display(), "The web config file or its certificates were read again.");
                (self.is_settled, self.logged) = (true, None);
                tls
            }
            // Only one file of a pair may have been written; the earlier certificates are still valid.
            Err(error) if new.tls == self.good.tls => {
                self.log_once(
                    &error,
                    "The new certificates cannot be used. The exporter continues with the \
                    certificates that it read before.",
                );
                before.tls.clone()
            }
            Err(error) => return self.closed(&error, before),
        };
        let rate = before.rules.as_ref().and_then(|rules| rules.rate.clone());
        let rules = rules(&new, rate);
        self.good = new;
        AccessSettings { rules: Some(Arc::new(rules)), tls }
    }

    fn closed(&mut self, error: &AccessControlError, before: &AccessSettings) -> AccessSettings {
        self.log_once(error, "The web config file is not valid. The exporter refuses every request until the file is \
            corrected.");
        AccessSettings { rules: None, tls: before.tls.clone() }
    }

    fn log_once(&mut self, error: &AccessControlError, what: &str) {
        self.is_settled = false;
        let text = error.to_string();
        if self.logged.as_ref() != Some(&text) {
            tracing::error!(error = %text.replace('\n', "; "), "{what}");
            self.logged = Some(text);
        }
    }
}

fn rules(config: &WebConfig, before: Option<Arc<TokenBucket>>) -> AccessRules {
    let keep = |limit: RateLimit| before.filter(|before| before.limit == limit);
    let rate = config.rate_limit.map(|limit| {
        keep(limit).unwrap_or_else(|| Arc::new(TokenBucket::new(limit, Instant::now())))
    });
    AccessRules { headers: config.headers.clone(), users: config.users.clone(), rate }
}

fn tls(
    path: &Path,
    tls: Option<&TlsServer>,
    generation: u64,
) -> Result<Option<Tls>, AccessControlError> {
    let server = tls.map(tls::server_config).transpose();
    let server =
        server.map_err(|reason| AccessControlError::Tls(path.display().to_string(), reason))?;
    let tls = |server| Tls { acceptor: TlsAcceptor::from(Arc::new(server)), generation };
    Ok(server.map(tls))
}

fn marks(own: MarkedFile, config: &WebConfig) -> Vec<MarkedFile> {
    let tls = config.tls.iter();
    let pems =
        tls.flat_map(|it| [Some(&it.certificate), Some(&it.key), it.clients.authorities.as_ref()]);
    let file = |pem: Option<&Pem>| match pem {
        Some(Pem::File(path)) => Some(marked(path)),
        _ => None,
    };
    std::iter::once(own).chain(pems.filter_map(file)).collect()
}

fn marked(path: &Path) -> MarkedFile {
    (path.to_owned(), mark(path))
}

fn mark(path: &Path) -> Option<FileMark> {
    let it = fs::metadata(path).ok()?;
    Some(FileMark {
        device: it.dev(),
        inode: it.ino(),
        size_bytes: it.size(),
        changed_s: it.ctime(),
        changed_ns: it.ctime_nsec(),
        modified_s: it.mtime(),
        modified_ns: it.mtime_nsec(),
    })
}
