//! Without `--to`, a history ends where the running exporter began to count.

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::backfill;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, Flags};
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use tokio_util::sync::CancellationToken;

use super::{adjust, files, settings, wanted};
use crate::watching::{self, Watched};

#[tokio::test]
async fn the_state_of_a_running_exporter_tells_the_end() {
    let settings = settings(19);
    let simulator = Arc::new(Simulator::start(settings.clone()).await.unwrap());
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(Duration::from_secs(2 * 3600)));
    let began = simulator.world(|world| world.now());
    let (state, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let directory = StateDirectory::open(state.path(), LockMode::Alone).unwrap();
    let store = Store::new(Box::new(directory.claim("acme").unwrap()));
    let mut watched = Watched::beside(Arc::clone(&simulator), &settings, adjust, Some(store));
    watched.poll().await;
    simulator.world(|world| world.live(Duration::from_secs(3600)));
    watched.poll().await;
    let (clock, _hands) = Clock::manual(simulator.world(|world| world.now()));
    let workspace = watching::workspace(&simulator, &settings);
    let variables = [
        ("ROCKETCHAT_URL", simulator.url()),
        ("ROCKETCHAT_USER_ID", settings.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN", settings.token.clone()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let flags = Flags { state_directory: Some(state.path().to_owned()), ..Flags::default() };
    let mut all = config::load(&flags, variables).unwrap();
    all.workspaces = vec![workspace];
    let wanted = wanted(from, output.path(), "--requests-per-minute 100000");
    backfill::run(&all, &clock, &wanted, CancellationToken::new()).await.unwrap();
    let last = files(output.path()).into_values().next_back().unwrap();
    let text = String::from_utf8(last).unwrap();
    let end = text.lines().rev().nth(1).unwrap().rsplit(' ').next().unwrap();
    let began = began.as_millisecond() as f64 / 1000.0;
    assert!((end.parse::<f64>().unwrap() - began).abs() < 0.01, "{end} {began}");
}
