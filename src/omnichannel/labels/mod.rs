//! Label values: readable, distinct and limited in number.

pub(super) mod combinations;
pub mod labelled;
pub mod limits;
pub mod names;
