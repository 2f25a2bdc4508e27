//! A request before it is read.

/// One received request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Path without the prefix of the workspace.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) token: Option<String>,
    pub(crate) user_id: Option<String>,
}
