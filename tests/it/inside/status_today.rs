//! The service level of today on the page for people.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::status::facts::ServiceLevelSpan;
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use tokio::time::Instant;

use super::status::{busy, facts};
use crate::watching::{Numbers, Watched, series};

/// A zone whose day begins 15 minutes after the simulated workspace.
const ZONE: &str = "Pacific/Chatham";
const MIDNIGHT: &str = "2026-03-02T10:15:00Z";
const MINUTE: Duration = Duration::from_secs(60);

fn open_in_zone(workspace: &mut Workspace) {
    let hours = BusinessHours::parse(ZONE, &["mon-sun 00:00-24:00"]).unwrap();
    workspace.service_levels.default.business_hours = hours;
}

/// An exporter that keeps its state in this directory.
fn exporter(simulator: &Arc<Simulator>, directory: &Path) -> Watched {
    let state = StateDirectory::open(directory, LockMode::Alone).unwrap();
    let store = Store::new(Box::new(state.claim("acme").unwrap()));
    Watched::beside(Arc::clone(simulator), &busy(), open_in_zone, Some(store))
}

/// Polls each minute, and returns the last page.
async fn minutes(watched: &mut Watched, minutes: u32) -> Numbers {
    let mut page = Numbers::new();
    for _ in 0..minutes {
        tokio::time::advance(MINUTE).await;
        watched.simulator.world(|world| world.live(MINUTE));
        page = watched.poll().await;
        watched.mark_scraped();
    }
    page
}

/// The service level of today, by department.
fn today(watched: &Watched) -> Vec<(String, ServiceLevelSpan)> {
    let departments = facts(watched, Instant::now()).workspaces.remove(0).departments;
    let of = departments.into_iter().map(|it| {
        assert_eq!(it.service_level.time_zone, ZONE);
        (it.name, it.service_level.today.unwrap())
    });
    of.collect()
}

/// The judged chats of a department and those that met the service level, by the counters.
fn counted(page: &Numbers, department: &str) -> [f64; 2] {
    let of = |result| {
        let labels = [("department", department), ("result", result)];
        page.get(&series("service_level_chats_total", &labels)).copied().unwrap_or_default()
    };
    [of("met") + of("missed"), of("met")]
}

#[tokio::test(start_paused = true)]
async fn today_begins_at_midnight_of_the_zone_and_outlives_a_restart() {
    let (directory, simulator) = (tempfile::tempdir().unwrap(), Simulator::detached(busy()));
    let simulator = Arc::new(simulator);
    let mut watched = exporter(&simulator, directory.path());
    let of_yesterday = minutes(&mut watched, 14).await;
    let yesterday = today(&watched);
    let of_today = minutes(&mut watched, 30).await;
    let before = today(&watched);
    assert!(before.len() > 1, "{before:?}");
    let mut judged = [0, 0];
    for ((name, span), (_, ended)) in before.iter().zip(&yesterday) {
        assert_eq!((span.since.to_string().as_str(), span.is_partial), (MIDNIGHT, false), "{name}");
        assert!(ended.is_partial, "{name}: counting began in the middle of that day");
        let [[all, met], [all_before, met_before]] =
            [&of_today, &of_yesterday].map(|page| counted(page, name));
        let expected = [all - all_before, met - met_before];
        assert_eq!([span.judged_chats as f64, span.met_chats as f64], expected, "{name}");
        assert_eq!([ended.judged_chats as f64, ended.met_chats as f64], [all_before, met_before]);
        judged = [judged[0] + ended.judged_chats, judged[1] + span.judged_chats];
    }
    assert!(judged[0] > 5 && judged[1] > 5, "{judged:?}");
    drop(watched);
    let mut watched = exporter(&simulator, directory.path());
    watched.poll().await;
    assert_eq!(today(&watched), before);
}
