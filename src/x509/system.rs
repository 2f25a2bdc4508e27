//! The authorities of this system, read once for all clients that are built within a short time.

use std::env;
use std::fs;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::authorities::Authorities;
use crate::bounded_file;

/// Size limit of `SSL_CERT_FILE`; the certificates of all existing authorities are smaller.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// Time that a reading is reused: a start may build a thousand clients within this time.
const LIFETIME: Duration = Duration::from_secs(60);

/// The authorities that were read last. They are kept only while a client uses them.
struct CachedAuthorities {
    at: Instant,
    stamp: SystemStamp,
    found: Weak<Authorities>,
}

static LAST: Mutex<Option<CachedAuthorities>> = Mutex::new(None);

/// Size and modification time of the file in `SSL_CERT_FILE`; `None` if there is no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SystemStamp(Option<(u64, Option<SystemTime>)>);

impl SystemStamp {
    /// The stamp of the current file.
    pub(crate) fn now() -> Self {
        let metadata = env::var_os(FILE).and_then(|path| fs::metadata(path).ok());
        Self(metadata.map(|it| (it.len(), it.modified().ok())))
    }
}

/// The authorities that this system trusts, or the ones in `SSL_CERT_FILE` and `SSL_CERT_DIR`; `None` if there are
/// none. Blocks on the file system.
pub(crate) fn authorities() -> Option<Arc<Authorities>> {
    let (at, stamp) = (Instant::now(), SystemStamp::now());
    let mut last = LAST.lock();
    let is_fresh =
        |it: &&CachedAuthorities| at.duration_since(it.at) < LIFETIME && it.stamp == stamp;
    let found = last.as_ref().filter(is_fresh).and_then(|it| it.found.upgrade());
    let found = found.unwrap_or_else(|| {
        let found = Arc::new(read());
        *last = Some(CachedAuthorities { at, stamp, found: Arc::downgrade(&found) });
        found
    });
    (!found.is_empty()).then_some(found)
}

fn read() -> Authorities {
    // The library opens the file in the variable, and opening a pipe would block.
    let named = env::var_os(FILE).filter(|it| !it.is_empty());
    let is_readable =
        |path| fs::metadata(path).is_ok_and(|it| bounded_file::judge(&it, MOST_BYTES).is_ok());
    let certificates = if named.is_none_or(is_readable) {
        rustls_native_certs::load_native_certs().certs
    } else {
        Vec::new()
    };
    let are_named =
        [FILE, FOLDERS].iter().any(|it| env::var_os(it).is_some_and(|it| !it.is_empty()));
    if are_named {
        Authorities::named_as_far_as_read(certificates)
    } else {
        Authorities::unnamed(certificates)
    }
}
