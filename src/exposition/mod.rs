//! The metrics page: the samples of a page, and its rendered text.
//!
//! The publisher has a [`page_builder::PageBuilder`] filled with samples of the families in
//! [`catalog`](crate::catalog), and renders the whole page or a part of it. It keeps the whole page, so that most scrapes
//! only clone a handle. This module does not depend on HTTP and sends no request to Rocket.Chat.

pub mod families;
pub mod format;
pub mod openmetrics;
pub mod page_builder;
pub mod page_part;
pub mod publisher;
mod rendering;
pub mod samples;
