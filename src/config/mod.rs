//! x
#![allow(missing_docs)]
#[derive(Debug)]
pub struct TokenSource;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct TokenError;
impl TokenSource {
    pub fn read(&self) -> Result<secrecy::SecretString, TokenError> {
        Err(TokenError)
    }
}
