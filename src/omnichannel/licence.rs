//! The part of the server's licence that stops the queue.

use crate::rocketchat::licence::LicenceRow;

/// The limit of monthly active contacts. At the limit the server assigns no waiting chat (`execute` of its queue
/// worker).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Licence {
    /// True while the limit stops the queue.
    pub limit_is_reached: bool,
    /// The limit; `None` without a limit or if the account may not read it.
    pub contacts_limit: Option<f64>,
    /// The active contacts of this month; `None` if the account may not read them.
    pub contacts_used: Option<f64>,
}

impl Licence {
    /// The licence of a row; `None` if the row does not tell if the limit is reached.
    pub fn of(row: &LicenceRow) -> Option<Self> {
        Some(Self {
            limit_is_reached: row.limit_is_reached()?,
            contacts_limit: row.contacts_limit(),
            contacts_used: row.contacts_used(),
        })
    }
}
