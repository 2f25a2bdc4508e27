//! A backfill beside a running exporter, its memory, and its history in a running Prometheus.

mod beside;
mod computed_chats;
mod dashboards;
mod memory;
mod rules;
