//! The page for people at `/`, and its facts as JSON.
//!
//! [`facts`] has the types of the facts. [`board`] and [`health`] read them from the published snapshots, `document`
//! writes them as HTML, and [`page`] keeps the finished bytes. The module sends no request, counts nothing and names no
//! agent and no visitor.

pub mod assets;
pub mod board;
mod board_table;
mod document;
pub mod facts;
pub mod health;
pub mod page;
mod problems;
mod service_level;
mod spelled;
mod table;
