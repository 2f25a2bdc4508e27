//! `GET /api/v1/me`: whose token this is.
//!
//! Some 7.x builds with anonymous reading let a wrong token pass everywhere else; here it must answer
//! with the configured user.

use serde::Deserialize;

use super::wire;

/// The user behind the token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
}
