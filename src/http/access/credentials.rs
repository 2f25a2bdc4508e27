//! The user and password of a request, from its `Authorization` field (RFC 7617).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox, SecretSlice};

/// The user name and password of a request.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: SecretSlice<u8>,
}

impl Credentials {
    /// The credentials of a request; `None` if it has none or they cannot be read.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let field = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, encoded) = field.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = SecretSlice::from(STANDARD.decode(encoded.trim()).ok()?);
        let decoded = decoded.expose_secret();
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let (user, password) = (decoded.get(..colon)?, decoded.get(colon + 1..)?);
        let user = String::from_utf8(user.to_vec()).ok()?;
        Some(Self { user, password: SecretBox::new(password.into()) })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    fn read(field: &str) -> Option<(String, Vec<u8>)> {
        let field = HeaderValue::from_str(field).unwrap();
        let credentials = Credentials::of(&[(AUTHORIZATION, field)].into_iter().collect())?;
        Some((credentials.user, credentials.password.expose_secret().to_vec()))
    }

    fn encoded(text: &[u8]) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_password_may_hold_anything_colons_included() {
        let read_back = read(&encoded(b"ada:a:b\xff\0")).unwrap();
        assert_eq!(read_back, ("ada".to_owned(), b"a:b\xff\0".to_vec()));
        assert_eq!(read("bAsIc OnA=").unwrap(), (String::new(), b"p".to_vec()));
        assert_eq!(read(&encoded(b"ada:")).unwrap(), ("ada".to_owned(), Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_nobody() {
        let no_colon = encoded(b"ada");
        for field in ["", "Basic", "Basic !", "Bearer YTpi", "Basic YTpi YTpi", &no_colon] {
            assert_eq!(read(field), None, "{field}");
        }
        assert!(Credentials::of(&HeaderMap::new()).is_none());
    }
}
