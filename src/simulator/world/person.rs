//! The reference to an agent or a visitor.

/// A user as other documents refer to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `_id`.
    pub id: String,
    /// `username` at the moment of the reference; a later renaming does not change it.
    pub username: String,
}
