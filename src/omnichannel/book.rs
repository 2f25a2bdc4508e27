//! The book of a workspace: what has been counted, and how often.
//!
//! Ledgers and totals stand and fall together: they become durable as one, so that nothing is shown that a
//! restart would count again. Called by the cycle with the rows of a round; it reads no clock and no disk.

use jiff::Timestamp;
use std::time::Duration;

use super::call::CallSight;
use super::floor::Floor;
use super::labelled::Labelled;
use super::ledger::{CallLedger, Ledger, Promises};
use super::present::Rules;
use super::sight::Sight;
use super::totals::Totals;

/// Ledgers and totals of a workspace.
#[derive(Debug)]
pub struct Book {
    /// Chats.
    pub chats: Ledger,
    /// Calls.
    pub calls: CallLedger,
    /// What they come to.
    pub totals: Totals,
    impossible: u64,
}
