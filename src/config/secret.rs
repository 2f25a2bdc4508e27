//! Secrets of the configuration: tokens, and the credentials of proxies.
//!
//! Neither `Debug` nor an error shows a secret. Only tokens in the configuration itself are checked here;
//! `rocketchat::token` reads the files with tokens.

use config::Value;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::scalar::{ScalarResult, bare};
use crate::rocketchat::token::{TokenSource, is_printable};

/// A token that stands in the configuration file or in a variable.
pub(super) fn token(value: &Value) -> ScalarResult<TokenSource> {
    let token = bare(value)?;
    if token.is_empty() {
        return Err("must not be empty".into());
    }
    if !is_printable(&token) {
        return Err("must be printable ASCII without spaces".into());
    }
    Ok(TokenSource::Inline(token.into()))
}

/// The address of an HTTP proxy; only [`ProxyUrl::expose`] shows its credentials.
#[derive(Debug, Clone)]
pub struct ProxyUrl {
    whole: SecretString,
    shown: String,
}

impl PartialEq for ProxyUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ProxyUrl {}

impl ProxyUrl {
    /// The whole address, for the HTTP client only.
    pub fn expose(&self) -> &str {
        self.whole.expose_secret()
    }

    /// The address with its credentials replaced by `<hidden>`.
    pub fn masked(&self) -> &str {
        &self.shown
    }

    pub(super) fn read(value: &Value) -> ScalarResult<Self> {
        let expected =
            "must be an http:// or https:// address of a proxy, e.g. http://proxy.example.com:3128";
        let url: Url = bare(value)?.parse().map_err(|_| expected)?;
        let is_bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare {
            return Err(expected.into());
        }
        Ok(Self { shown: mask(&url), whole: String::from(url).into() })
    }
}

fn mask(url: &Url) -> String {
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let credentials = if has_credentials { "<hidden>@" } else { "" };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{credentials}{host}{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::new(None, text)
    }

    #[test]
    fn an_inline_token_is_checked_and_never_shown() {
        let source = token(&value("hunter2")).unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "hunter2");
        assert!(!format!("{source:?}").contains("hunter2"));
        for bad in ["", "hunter 2", "hüter"] {
            let message = token(&value(bad)).unwrap_err();
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
        for bad in
            ["proxy:3128", "socks5://proxy", "http://proxy/path", "http://proxy?x", "http://"]
        {
            assert!(ProxyUrl::read(&value(bad)).is_err(), "{bad}");
        }
    }
}
