//! The credentials of a request: `X-Auth-Token` and `X-User-Id`.
//!
//! The token is kept only as a sensitive header value. Its file is read again when the server refuses the token. The
//! module sends nothing.

use parking_lot::Mutex;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::endpoint::Endpoint;
use super::error::{Failure, Reason};
use super::token::TokenSource;
use crate::file_reader::FileReader;

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const USER: HeaderName = HeaderName::from_static("x-user-id");

/// A user's id and the source of the user's token.
#[derive(Debug)]
pub struct Auth {
    pub(super) user_id: String,
    source: TokenSource,
    token: Mutex<Option<HeaderValue>>,
    file_reader: FileReader,
}

impl Auth {
    /// Credentials that are read at the first request.
    pub fn new(user_id: String, source: TokenSource) -> Self {
        Self { user_id, source, token: Mutex::new(None), file_reader: FileReader::default() }
    }

    /// The two headers, both marked sensitive.
    pub(crate) async fn headers(&self, endpoint: Endpoint) -> Result<HeaderMap, Failure> {
        let known = self.token.lock().clone();
        let token = match known {
            Some(token) => token,
            None => self.read(endpoint).await?,
        };
        let user = sensitive(&self.user_id).ok_or_else(|| {
            Failure::new(endpoint, Reason::Credentials, "user_id is not plain text")
        })?;
        Ok(HeaderMap::from_iter([(TOKEN, token), (USER, user)]))
    }

    /// Reads the token again after a refusal; true if the token now differs from the refused token. The comparison is
    /// with the refused headers, because another route may have read the new token in the meantime.
    pub(crate) async fn renewed(&self, endpoint: Endpoint, refused: &HeaderMap) -> bool {
        let Ok(token) = self.read(endpoint).await else {
            *self.token.lock() = None;
            return false;
        };
        Some(&token) != refused.get(TOKEN)
    }

    async fn read(&self, endpoint: Endpoint) -> Result<HeaderValue, Failure> {
        let failure = |what: String| Failure::new(endpoint, Reason::Credentials, what);
        let secret = match &self.source {
            TokenSource::Inline(token) => token.clone(),
            file @ TokenSource::File(_) => {
                let file = file.clone();
                let read = self.file_reader.read(move || file.read()).await;
                let read = read.map_err(|error| failure(format!("the token file: {error}")))?;
                read.map_err(|error| failure(error.to_string()))?
            }
        };
        let token = sensitive(secret.expose_secret())
            .ok_or_else(|| failure("the token is not plain text".to_owned()))?;
        *self.token.lock() = Some(token.clone());
        Ok(token)
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
