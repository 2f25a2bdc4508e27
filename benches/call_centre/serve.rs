//! A simulated call centre of a given size as a separate process, for measurements of the exporter from outside
//! (`benches/serve.sh`).
//!
//! `call_centre DEPARTMENTS AGENTS ROOMS` prints a configuration for the exporter and serves until it is killed.

use std::error::Error;
use std::io::Write;

#[path = "mod.rs"]
mod call_centre;

use call_centre::Size;
use rocketchat_omnichannel_exporter::simulator::Simulator;

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Result<Vec<usize>, _> = std::env::args().skip(1).map(|it| it.parse()).collect();
    let [departments, agents, rooms] = numbers?[..] else {
        return Err("usage: call_centre DEPARTMENTS AGENTS ROOMS".into());
    };
    let size = Size { departments, agents, rooms };
    let runtime = tokio::runtime::Runtime::new()?;
    let login = call_centre::settings(size);
    let simulator = runtime.block_on(Simulator::start(login.clone()))?;
    call_centre::populate(&simulator, size);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "poll: {{interval: 1h, max_requests_per_minute: 1000000}}\n\
         workspaces:\n  - {{name: acme, url: '{}', user_id: {}, auth_token: {}}}",
        simulator.url(),
        login.user_id,
        login.token
    )?;
    out.flush()?;
    runtime.block_on(std::future::pending())
}
