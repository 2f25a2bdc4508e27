//! Tests in this process: the code as a library, the simulator, and the files of the repository.

pub mod agreement;
mod architecture;
pub mod backfill;
mod calls;
mod clock_model;
pub mod clocks;
mod command_line;
mod config;
mod counting;
pub mod cycle;
pub mod deploy;
mod directory;
mod docs_links;
mod documentation;
mod exposition;
mod figures;
pub mod grafana;
pub mod in_process;
pub mod model;
mod nudges;
mod optional;
mod quick_loop;
mod server_versions;
mod simulator;
mod store;
mod upgrade;
mod why_not_counted;
