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
        let user = sensitive(endpoint, "user_id", &self.user_id)?;
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
        let token = sensitive(endpoint, "the token", secret.expose_secret())?;
        *self.token.lock() = Some(token.clone());
        Ok(token)
    }
}

/// The value of a header. `name` is the name of the value for the failure.
fn sensitive(endpoint: Endpoint, name: &str, text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Failure::new(endpoint, Reason::Credentials, format!("{name} is not plain text"))
            .with_remedy("write it in printable ASCII without spaces")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_remedy_for_a_text_that_no_header_carries_is_another_text() {
        for (user, token, what) in
            [("u\n", "t", "user_id is not plain text"), ("u", "t\n", "the token is not plain text")]
        {
            let auth = Auth::new(user.to_owned(), TokenSource::Inline(token.into()));
            let failure = auth.headers(Endpoint::Me).await.unwrap_err();
            let expected = format!("{what}; write it in printable ASCII without spaces");
            assert_eq!(failure.problem_and_remedy(), expected);
        }
    }
}
