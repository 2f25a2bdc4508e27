//! What the numbers of an Omnichannel mean.
//!
//! Pure: no I/O, no clock of its own, no Prometheus. A cycle calls it with rows and instants and gets states back.

pub mod business_hours;
pub mod service_level;
