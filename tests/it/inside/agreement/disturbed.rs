//! If chats change while their list is read page by page, the gauges are wrong by at most these chats; the next
//! undisturbed poll is exact again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::Room;

use super::{
    PAGE_LIMITS, UNDATED, differences, family, forget_deleted_departments, labels, settings, truth,
    with_presence,
};
use crate::watching::{Numbers, Watched, series};

const VERSIONS: [&str; 7] = ["2.4.0", "4.8.0", "6.10.0", "6.13.0", "7.10.0", "8.1.0", "9.0.0"];
const ROUNDS: usize = 10;

/// Open chats by id, each with the labels it is counted under: state, department and agent.
type Standing = BTreeMap<String, String>;

fn standing(world: &World) -> Standing {
    let open = world.rooms.values().filter(|room| room.open);
    let place =
        |room: &Room| format!("{:?} {:?} {:?}", room.state(), room.department_id, room.served_by);
    open.map(|room| (room.id.clone(), place(room))).collect()
}

fn changed(before: &Standing, after: &Standing) -> BTreeSet<String> {
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    ids.into_iter().filter(|id| before.get(*id) != after.get(*id)).cloned().collect()
}

fn open_chats(numbers: &Numbers) -> BTreeMap<&String, f64> {
    let of_family = |key: &&String| family(key) == "open_chats";
    numbers.iter().filter(|(key, _)| of_family(key)).map(|(key, value)| (key, *value)).collect()
}

/// Averages with a chat whose first response has lost its dates: until the visitor writes, each message of the agent
/// overwrites the date in `metrics`, and the visitor's message removes the one in `responseBy`.
fn averages_of_lost_dates(world: &World, page: &Numbers) -> Vec<String> {
    let labels = labels(page);
    let is_lost = |room: &&Room| {
        let is_rewritten = room.metrics.response.is_some_and(|response| response.count > 1);
        room.open && is_rewritten && room.metrics.last_reply.is_none() && room.response_by.is_none()
    };
    let departments = world.rooms.values().filter(is_lost).map(|room| &room.department_id);
    let average = |department: &Option<String>| {
        let department = truth::department_label(&labels, department.as_ref());
        series("open_chats_response_average_seconds", &[("department", &department)])
    };
    departments.map(average).collect()
}

async fn off_by_what_changed(version: &str, page_limit: usize, seed: u64, requests_a_step: usize) {
    let mut watched = Watched::start(settings(version, page_limit, seed), with_presence).await;
    let disturbs = Arc::new(AtomicBool::new(false));
    let (switch, clock) = (Arc::clone(&disturbs), watched.clock.clone());
    let disturbed = Arc::new(Mutex::new(BTreeSet::new()));
    let meanwhile = Arc::clone(&disturbed);
    let mut requests = 0_usize;
    watched.simulator.on_request(move |world| {
        requests += 1;
        if switch.load(Ordering::SeqCst) && requests.is_multiple_of(requests_a_step) {
            let before = standing(world);
            world.random_step();
            clock.set(world.now());
            meanwhile.lock().unwrap().extend(changed(&before, &standing(world)));
        }
    });
    for round in 0..ROUNDS {
        disturbed.lock().unwrap().clear();
        disturbs.store(true, Ordering::SeqCst);
        let page = watched.poll().await;
        disturbs.store(false, Ordering::SeqCst);
        let changed = disturbed.lock().unwrap().len() as f64;
        let real = truth(&watched.simulator, &page, version);
        let (shown, real) = (open_chats(&page), open_chats(&real));
        let keys = shown.keys().chain(real.keys());
        for key in keys {
            let gap = shown.get(key).unwrap_or(&0.0) - real.get(key).unwrap_or(&0.0);
            assert!(
                gap.abs() <= changed,
                "{version} {page_limit} {seed}: {key} is off by {gap} of {changed}"
            );
        }
        let mut page = watched.poll().await;
        forget_deleted_departments(&watched.simulator, &mut page);
        let real = truth(&watched.simulator, &page, version);
        let lost = watched.simulator.world(|world| averages_of_lost_dates(world, &page));
        // A requeue or a reopening between two polls has no date, so the start of its wait is not known.
        let is_known = |key: &String| !UNDATED.contains(&family(key)) && !lost.contains(key);
        page.retain(|key, _| is_known(key));
        let known = real.into_iter().filter(|(key, _)| is_known(key)).collect();
        let differences = differences(&page, &known, version);
        assert!(
            differences.is_empty(),
            "{version}, pages of {page_limit}, seed {seed}, quiet poll {round}:\n{}",
            differences.join("\n")
        );
    }
}

#[test]
fn rooms_that_come_and_go_during_paging_cost_at_most_themselves() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let versions = prop::sample::select(&VERSIONS);
    let cases = (versions, prop::sample::select(&PAGE_LIMITS), any::<u64>(), 1_usize..4);
    runner
        .run(&cases, |(version, page_limit, seed, pace)| {
            // Chats must not come faster than pages of one row can be read.
            let requests_a_step = if page_limit == 1 { 12 * pace } else { pace };
            runtime.block_on(off_by_what_changed(version, page_limit, seed, requests_a_step));
            Ok(())
        })
        .unwrap();
}
