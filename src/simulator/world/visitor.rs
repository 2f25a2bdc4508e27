//! Fake personal data of visitors, every piece of it recognisable.
//!
//! Tests search whatever leaves the exporter for [`VISITOR_MARKER`]; the world calls
//! [`Visitor::number`] for every chat and call. None of it is derived from a real person.

use jiff::Timestamp;

use super::Person;

/// Occurs in every name, token, number and message of a visitor, and nowhere else.
pub const VISITOR_MARKER: &str = "VISITOR-SECRET";

/// A visitor: what the server must know and an exporter must not repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// `v._id`.
    pub id: String,
    /// `v.name` and `fname`.
    pub name: String,
    /// `v.username`.
    pub username: String,
    /// `v.token`: whoever has it can write as the visitor.
    pub token: String,
    /// `v.phone`.
    pub phone: String,
    /// An e-mail address, part of `livechatData`.
    pub email: String,
    /// `v.status`: online until the chat is closed.
    pub online: bool,
    /// `v.lastMessageTs`.
    pub last_message_at: Option<Timestamp>,
}

impl Visitor {
    /// The visitor as other documents mention one.
    pub(crate) fn as_person(&self) -> Person {
        Person { id: self.id.clone(), username: self.username.clone() }
    }

    /// The visitor with that number, known to the server by `id`.
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

/// The words of a message, as long as people write them.
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
