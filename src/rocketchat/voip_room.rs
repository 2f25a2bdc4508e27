//! `GET /api/v1/voip/room` for one call, only by `rid` **and** `token`.
//!
//! The same path without `rid` creates a room on the server, so this module cannot build that form.

use super::query::Query;

/// A visitor's call, identified by its room and the visitor's token.
#[derive(Debug, Clone)]
pub struct CallOfVisitor {
    rid: String,
    token: secrecy::SecretString,
}

/// `rid` or `token` is empty: the server would create a room.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a call needs its room id and the visitor's token")]
pub struct IncompleteCall;

impl CallOfVisitor {
    /// A call with both values; an error if one of them is empty.
    pub fn new(rid: &str, token: &str) -> Result<Self, IncompleteCall> {
        if rid.trim().is_empty() || token.trim().is_empty() {
            return Err(IncompleteCall);
        }
        Ok(Self { rid: rid.to_owned(), token: token.to_owned().into() })
    }

    /// The query with exactly these two parameters (the server's validator accepts no third one).
    pub fn query(&self) -> Query {
        use secrecy::ExposeSecret;
        Query::default().with("rid", self.rid.as_str()).with("token", self.token.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_creates_a_room_cannot_be_built() {
        assert_eq!(CallOfVisitor::new("", "token").unwrap_err(), IncompleteCall);
        assert_eq!(CallOfVisitor::new("rid", " ").unwrap_err(), IncompleteCall);
        let query = CallOfVisitor::new("rid", "secret").unwrap().query();
        assert_eq!(format!("{query:?}"), r#"Query["rid", "token"]"#);
        assert_eq!(query.pairs().collect::<Vec<_>>(), [("rid", "rid"), ("token", "secret")]);
    }
}
