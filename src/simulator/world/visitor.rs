//! Fake personal data of visitors, recognisable in every part.
//!
//! Every value except ids and times contains [`VISITOR_MARKER`], so that a search for the marker in the exporter's
//! output finds leaked personal data. No value is derived from a real person.

use jiff::Timestamp;

use super::person::Person;

/// Part of every name, token, number and message of a visitor, and of nothing else.
pub const VISITOR_MARKER: &str = "VISITOR-SECRET";

/// A visitor: personal data that the server has and the exporter must not publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// `v._id`.
    pub id: String,
    /// `v.name` and `fname`.
    pub name: String,
    /// `v.username`.
    pub username: String,
    /// `v.token`: it allows anyone to write as the visitor.
    pub token: String,
    /// `v.phone`.
    pub phone: String,
    /// E-mail address, part of `livechatData`.
    pub email: String,
    /// `v.status`: true for online, which lasts until the chat is closed.
    pub online: bool,
    /// `v.lastMessageTs`.
    pub last_message_at: Option<Timestamp>,
}

impl Visitor {
    /// The reference to the visitor in other documents.
    pub(crate) fn as_person(&self) -> Person {
        Person { id: self.id.clone(), username: self.username.clone() }
    }

    /// The visitor with this number and this `_id`.
    pub(crate) fn number(number: u64, id: String) -> Self {
        Self {
            name: format!("{VISITOR_MARKER} Visitor {number}"),
            username: format!("guest-{number}-{VISITOR_MARKER}"),
            token: format!("{VISITOR_MARKER}-token-{number:08}-{id}"),
            phone: format!("+49 30 {VISITOR_MARKER} {number}"),
            email: format!("{VISITOR_MARKER}-{number}@example.org"),
            online: true,
            last_message_at: None,
            id,
        }
    }
}

/// Text of a message, with a realistic length.
pub(crate) fn words(number: u64, from_visitor: bool) -> String {
    if from_visitor {
        format!(
            "{VISITOR_MARKER}: where is my order {number}? It was to arrive on Tuesday, I paid with \
             the card ending in 4242 and live in {VISITOR_MARKER} Street {number}."
        )
    } else {
        format!(
            "Thank you for waiting, {VISITOR_MARKER}. Parcel {number} left our house this morning \
             and will reach you tomorrow between nine and noon."
        )
    }
}
