//! Tokens and proxy credentials: held so that neither Debug nor an error can show them.
//!
//! A token from a file is read again whenever it is asked for, so that a rotated one is picked up.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use config::Value;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::scalar::{Scalar, text};

/// No token, address or user id is longer; a path that leads to a device ends here.
const FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// Where the authentication token of a workspace comes from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// The token itself, from the file or a variable.
    Inline(SecretString),
    /// A file whose trimmed content is the token.
    File(PathBuf),
}

/// Why there is no token; names the file and never its content.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read.
    #[error("cannot read {}", shown(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has no token in it.
    #[error("{} is empty", shown(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file has something else in it: a header field could not carry it.
    #[error(
        "{} holds something else than one token of printable ASCII",
        shown(path)
    )]
    Unprintable {
        /// The file.
        path: PathBuf,
    },
}

impl TokenSource {
    /// The token; blocks for as long as the file system takes.
    pub fn read(&self) -> Result<SecretString, TokenError> {
        match self {
            Self::Inline(token) => Ok(token.clone()),
            Self::File(path) => read_token(path),
        }
    }

    pub(super) fn inline(value: &Value) -> Scalar<Self> {
        let token = text(value)?.trim().to_owned();
        if token.is_empty() {
            return Err("must not be empty".into());
        }
        if !is_printable(&token) {
            return Err("must be printable ASCII without spaces".into());
        }
        Ok(Self::Inline(token.into()))
    }
}

fn read_token(path: &Path) -> Result<SecretString, TokenError> {
    let path = || path.to_owned();
    let token = read_trimmed(&path()).map_err(|source| TokenError::Unreadable {
        path: path(),
        source,
    })?;
    match token.as_str() {
        "" => Err(TokenError::Empty { path: path() }),
        text if !is_printable(text) => Err(TokenError::Unprintable { path: path() }),
        _ => Ok(token.into()),
    }
}

fn is_printable(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A path as it may be repeated: what has no slash may be a token that was taken for the name of its file.
pub(super) fn shown(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    if text.contains('/') {
        text
    } else {
        "the file of this name".into()
    }
}

/// The trimmed content of a small file.
pub(super) fn read_trimmed(path: &Path) -> io::Result<String> {
    read_bounded(path, FILE_LIMIT_BYTES).map(|text| text.trim().to_owned())
}

/// The content of a file of at most `limit` bytes.
pub(super) fn read_bounded(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(limit + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

/// The address of an HTTP proxy, with credentials that only [`ProxyUrl::expose`] shows.
#[derive(Debug, Clone)]
pub struct ProxyUrl {
    whole: SecretString,
    shown: String,
}

impl ProxyUrl {
    /// The whole address, for the HTTP client only.
    pub fn expose(&self) -> &str {
        self.whole.expose_secret()
    }

    /// The address with its credentials replaced by `<hidden>`.
    pub fn masked(&self) -> &str {
        &self.shown
    }

    pub(super) fn read(value: &Value) -> Scalar<Self> {
        let expected =
            "must be an http:// or https:// address of a proxy, e.g. http://proxy.example.com:3128";
        let url: Url = text(value)?.trim().parse().map_err(|_| expected)?;
        let is_bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare {
            return Err(expected.into());
        }
        Ok(Self {
            shown: mask(&url),
            whole: String::from(url).into(),
        })
    }
}

fn mask(url: &Url) -> String {
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let credentials = if has_credentials { "<hidden>@" } else { "" };
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}://{credentials}{host}{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::new(None, text)
    }

    fn file_with(content: &[u8]) -> (tempfile::TempDir, TokenSource) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, content).unwrap();
        (directory, TokenSource::File(path))
    }

    #[test]
    fn a_token_file_is_trimmed_and_read_anew_each_time() {
        let (directory, source) = file_with(b" first\n");
        assert_eq!(source.read().unwrap().expose_secret(), "first");
        std::fs::write(directory.path().join("token"), "second\n").unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "second");
    }

    #[test]
    fn a_bad_token_file_is_named_and_its_content_is_not() {
        let contents: [&[u8]; 5] = [b"", b" \n", b"hunter 2", "hüter".as_bytes(), b"hunter\xff"];
        for content in contents {
            let (_directory, source) = file_with(content);
            let error = source.read().unwrap_err();
            let message = format!("{error}");
            assert!(message.contains("/token"), "{message}");
            assert!(!format!("{message}{error:?}").contains("hunter"));
        }
    }

    #[test]
    fn a_token_file_that_never_ends_is_refused() {
        let error = TokenSource::File("/dev/zero".into()).read().unwrap_err();
        assert!(matches!(error, TokenError::Unreadable { .. }));
    }

    #[test]
    fn an_inline_token_is_checked_and_never_shown() {
        let source = TokenSource::inline(&value("hunter2")).unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "hunter2");
        assert!(!format!("{source:?}").contains("hunter2"));
        for bad in ["", "hunter 2", "hüter"] {
            let message = TokenSource::inline(&value(bad)).unwrap_err();
            assert!(!message.contains("h2") && message.starts_with("must"));
        }
    }

    #[test]
    fn the_credentials_of_a_proxy_are_only_for_the_client() {
        let proxy = ProxyUrl::read(&value("http://ada:hunter2@proxy:3128")).unwrap();
        assert_eq!(proxy.expose(), "http://ada:hunter2@proxy:3128/");
        assert_eq!(proxy.masked(), "http://<hidden>@proxy:3128");
        assert!(!format!("{proxy:?}").contains("hunter2"));
        let open = ProxyUrl::read(&value("https://proxy")).unwrap();
        assert_eq!(open.masked(), "https://proxy");
    }

    #[test]
    fn what_is_no_proxy_address_is_refused() {
        for bad in [
            "proxy:3128",
            "socks5://proxy",
            "http://proxy/path",
            "http://proxy?x",
            "http://",
        ] {
            assert!(ProxyUrl::read(&value(bad)).is_err(), "{bad}");
        }
    }
}
