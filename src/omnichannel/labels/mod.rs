//! Label values: readable, distinct and limited in number.
//!
//! [`registry::LabelRegistry`] remembers the ids of a workspace; [`labelled::Labelled`] has the labels of these ids at
//! one moment. Gauges and totals take their labels from the same registry, so that both have the same label for one
//! thing.

mod combinations;
pub mod labelled;
pub mod names;
pub mod registry;
