//! `GET /api/v1/me`: the user of the token.
//!
//! Some 7.x builds with anonymous reading accept a wrong token on every other endpoint. This endpoint must answer with
//! the configured user.

use serde::Deserialize;

use super::wire;

/// The user of the token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
}
