//! The metrics page: the samples of a page, and its rendered text.
//!
//! The publisher has a [`page_builder::PageBuilder`] filled with samples of the families in
//! [`catalog`](crate::catalog), renders the page once and swaps the finished bytes. A scrape only clones a handle. This
//! module does not depend on HTTP and sends no request to Rocket.Chat.

pub mod families;
pub mod openmetrics;
pub mod page_builder;
pub mod publisher;
pub mod samples;
