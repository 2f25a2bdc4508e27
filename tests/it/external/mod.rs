//! Tests against other programs, such as Prometheus, nginx and OpenSSL.

pub mod alert_replay;
mod alerts_end_to_end;
pub mod backfill;
mod chromium;
mod confined;
pub mod dashboards;
mod drift;
mod figures;
mod kill_nine;
mod lost_page;
mod openmetrics;
mod prometheus;
pub mod promql;
mod promtool;
mod proxies;
mod time_zones;
mod tls_clients;
mod tls_servers;
mod trust;
mod wrong_times;
