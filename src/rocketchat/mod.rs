//! The client of Rocket.Chat's REST API: requests, their budget and rate, and the decoding of answers.
//!
//! The client only reads from Rocket.Chat. It depends neither on the meaning of a row nor on Prometheus.

pub mod agents;
mod answer_memory;
pub mod auth;
pub mod budget;
pub mod business_hours;
pub mod capabilities;
pub mod client;
pub mod closing;
mod content_encoding;
pub mod departments;
pub mod endpoint;
pub mod error;
pub mod evidence;
mod front;
pub mod http_settings;
pub mod http_transport;
pub mod info;
pub(crate) mod instant;
pub mod key;
pub mod licence;
pub mod limiter;
pub mod livechat_queue;
pub mod livechat_rooms;
pub mod me;
pub mod page;
pub mod paging;
pub mod permission;
pub mod priorities;
pub mod query;
pub(crate) mod rate_limit_headers;
mod reason;
mod refusal;
pub mod request_stats;
mod resolver;
pub mod retry;
pub mod server_clock;
pub mod server_time;
pub mod server_version;
pub mod slas;
pub(crate) mod tls;
pub mod token;
pub mod transport;
mod transport_failure;
pub mod unix_millis;
pub mod visitor;
pub mod voip_room;
pub mod voip_rooms;
pub mod widget;
mod wire;

pub use closing::RoomCloser;
pub use wire::Reference;
