//! The snapshot of a cycle over a simulated call centre, and the page that shows the snapshot.
//!
//! Requests and answers stay in this process, and time stands still: the same call centre gives the same snapshot each
//! time, however long the cycle takes.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, AgentDetail, Flags, Workspace};
use rocketchat_omnichannel_exporter::cycle::snapshot::Snapshot;
use rocketchat_omnichannel_exporter::demo::in_process::InProcess;
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::publisher::{PublishError, Publisher};
use rocketchat_omnichannel_exporter::simulator::{self, Simulator};
use rocketchat_omnichannel_exporter::wiring;
use tokio::time::Instant;

use crate::call_centre::{self, Size};

/// Number of open rooms.
pub(crate) const ROOMS: usize = 10_000;

/// A call centre and the agent detail that its page shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallCentre {
    pub(crate) name: &'static str,
    pub(crate) size: Size,
    pub(crate) detail: AgentDetail,
}

impl fmt::Display for CallCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A call centre with 10 000 series on its page, most of them of agents.
pub(crate) const AGENTS_SHOWN: CallCentre = CallCentre {
    name: "60 departments, 600 agents shown with presence",
    size: Size { departments: 60, agents: 600, rooms: ROOMS },
    detail: AgentDetail::Presence,
};

/// The published snapshot after one cycle, and the time at which the cycle ended.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) at: Instant,
}

impl Watched {
    /// A publisher that has rendered the page once. Every page is rendered for the time at which the cycle ended.
    pub(crate) fn publisher(self) -> Result<Publisher, PublishError> {
        let (workspaces, at) = ([self.snapshot], self.at);
        let source = move |page: &mut PageBuilder| families::fill(page, &workspaces, at);
        let publisher = Publisher::new(Box::new(source));
        publisher.render(Format::Text)?;
        Ok(publisher)
    }
}

/// One cycle over the call centre.
pub(crate) fn watch(call_centre: CallCentre) -> Result<Watched, Box<dyn Error>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(cycle(call_centre))
}

async fn cycle(CallCentre { size, detail, .. }: CallCentre) -> Result<Watched, Box<dyn Error>> {
    let login = call_centre::settings(size);
    let simulator = Arc::new(Simulator::detached(login.clone()));
    call_centre::populate(&simulator, size);
    let mut workspace = workspace(&simulator, login)?;
    workspace.poll.max_requests_per_minute = u32::MAX;
    // The data stays fresh for the whole run of the bench.
    workspace.poll.interval = Duration::from_secs(3600);
    workspace.agents.detail = detail;
    let (clock, _hands) = Clock::manual(simulator.world(|world| world.now()));
    let transport = InProcess::new(simulator, workspace.poll.timeout);
    let mut limiters = wiring::RateLimiters::default();
    let mut cycle = wiring::cycle_over(&workspace, clock, &mut limiters, None, Arc::new(transport));
    cycle.once(Duration::from_secs(300)).await;
    Ok(Watched { snapshot: cycle.snapshot(), at: Instant::now() })
}

/// The workspace of this simulator, as a user would configure it.
pub(crate) fn workspace(
    simulator: &Simulator,
    login: simulator::SimulatorSettings,
) -> Result<Workspace, Box<dyn Error>> {
    let environment = [
        ("ROCKETCHAT_URL", simulator.url()),
        ("ROCKETCHAT_USER_ID", login.user_id),
        ("ROCKETCHAT_AUTH_TOKEN", login.token),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let mut settings = config::load(&Flags::default(), environment.into())?;
    Ok(settings.workspaces.remove(0))
}
