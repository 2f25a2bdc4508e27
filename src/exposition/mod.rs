//! What Prometheus reads: the table of families, the sheet they are filled into, the rendered page.
//!
//! The publisher lets the application fill a [`page_builder::PageBuilder`] with samples of the families in
//! [`catalog`], renders it once and swaps the finished bytes; a scrape only clones a handle. This
//! room knows no HTTP and asks Rocket.Chat nothing.

pub mod catalog;
pub mod families;
mod label;
pub mod page_builder;
pub mod publisher;
pub mod samples;
pub mod scrape_mark;
