//! A workspace whose chats the real binary has counted, and the state file of that process.

use std::path::PathBuf;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, World};

use super::{Exporter, PATIENCE, every_second, get, until};
use crate::counts::{self, Counted, Series};

const CAME_AND_WENT: u8 = 3;
/// Number of counted chats.
pub const CHATS: f64 = CAME_AND_WENT as f64;
pub const CLOSED: &str = "chats_closed_total";
pub const ANSWERED: &str = "first_response_seconds_count";

pub struct Kept {
    pub simulator: Simulator,
    pub settings: SimulatorSettings,
    pub directory: tempfile::TempDir,
}

impl Kept {
    /// Runs a process that counts a few chats, then kills it.
    pub async fn new() -> Self {
        let settings = SimulatorSettings {
            arrivals_per_hour: 0.0,
            warm_up: Duration::ZERO,
            calls: false,
            ..SimulatorSettings::default()
        };
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let kept = Self { simulator, settings, directory: tempfile::tempdir().unwrap() };
        let exporter = kept.exporter(&[]);
        page_when(&exporter, "it is up", is_up).await;
        // An event in the second in which counting begins may or may not be counted.
        kept.simulator.world(|world| world.advance(Duration::from_secs(30)));
        (0..CAME_AND_WENT).for_each(|_| kept.simulator.world(come_and_go));
        page_when(&exporter, "all is counted", |page| {
            sum(page, CLOSED) == CHATS && sum(page, ANSWERED) == CHATS
        })
        .await;
        exporter.kill_nine();
        kept
    }

    /// The next process on the same state directory, with these extra variables.
    pub fn exporter(&self, variables: &[(&'static str, &str)]) -> Exporter {
        Exporter::serve(&self.arguments(), &self.variables(&self.simulator, variables))
    }

    /// The same with another workspace of the same name.
    pub fn exporter_of(&self, other: &Simulator) -> Exporter {
        Exporter::serve(&self.arguments(), &self.variables(other, &[]))
    }

    pub fn arguments(&self) -> [&str; 2] {
        ["--state.directory", self.directory.path().to_str().unwrap()]
    }

    pub fn variables(
        &self,
        simulator: &Simulator,
        more: &[(&'static str, &str)],
    ) -> Vec<(&'static str, String)> {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        every_second(simulator, &self.settings).into_iter().chain(more).collect()
    }

    /// The state file of the workspace.
    pub fn state(&self) -> PathBuf {
        let files = self.directory.path().read_dir().unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|it| it == "state")).unwrap()
    }
}

/// A chat from its start to its close, and the time until the row of the close has settled.
pub fn come_and_go(world: &mut World) {
    let department = world.departments.keys().next().cloned();
    let agent = world.agents.keys().next().cloned().unwrap();
    let room = world.arrive(department.as_deref(), Channel::Widget);
    world.advance(Duration::from_secs(10));
    assert!(world.assign(&room, &agent));
    world.advance(Duration::from_secs(5));
    assert!(world.reply(&room));
    world.advance(Duration::from_secs(20));
    assert!(world.close(&room, RoomCloser::User));
    world.advance(Duration::from_secs(10));
}

/// The page as soon as it fulfils the condition.
pub async fn page_when(
    exporter: &Exporter,
    what: &str,
    mut holds: impl FnMut(&Counted) -> bool,
) -> Counted {
    let address = exporter.address().await;
    until(what, PATIENCE, async || {
        let text = get(address, "/metrics").await?.text;
        let page = counts::page(&text);
        if holds(&page) { Ok(page) } else { Err(text + &exporter.stderr()) }
    })
    .await
}

/// The sum of a family over all its label sets.
pub fn sum(page: &Counted, name: &str) -> f64 {
    page.iter().filter(|(series, _)| series.name == name).map(|(_, value)| value).sum()
}

pub fn is_up(page: &Counted) -> bool {
    page.get(&Series::new("up", [])) == Some(&1.0)
}
