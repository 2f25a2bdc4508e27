//! Lists of open chats of which only the changes are read: few requests, and the same page as if all were read.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::Value;
use tokio::time::Instant;

use crate::inside::in_process::InProcess;
use crate::slow::recorded::timeline;
use crate::watching::{Numbers, Watched, numbers, quiet, sum};

const CHATS: usize = 60;
const PAGE_LIMIT: usize = 10;
/// Pages of the list of open chats.
const PAGES: f64 = (CHATS / PAGE_LIMIT) as f64;
/// Requests for rooms in a poll in which each list needs one page.
const LISTS: f64 = 4.0;

type Change = fn(&mut World, &str);

fn settings() -> SimulatorSettings {
    SimulatorSettings { page_limit: PAGE_LIMIT, version: "8.1.0".parse().unwrap(), ..quiet() }
}

/// Chats of an agent, begun a while ago.
fn populate(simulator: &Simulator) -> Vec<String> {
    simulator.world(|world| {
        let agent = world.agents.keys().next().unwrap().clone();
        let department = world.departments.keys().next().unwrap().clone();
        let rooms: Vec<String> = (0..CHATS)
            .map(|_| {
                let room = world.arrive(Some(&department), Channel::Widget);
                world.assign(&room, &agent);
                room
            })
            .collect();
        world.advance(Duration::from_secs(120));
        rooms
    })
}

async fn pass(watched: &Watched, time: Duration) {
    watched.simulator.world(|world| world.advance(time));
    tokio::time::advance(time).await;
}

/// Polls once. Returns the page and the number of requests for rooms.
async fn polled(watched: &mut Watched) -> (Numbers, f64) {
    pass(watched, Duration::from_secs(30)).await;
    let before = requests(watched);
    let page = watched.poll().await;
    (page, requests(watched) - before)
}

/// The requests for rooms so far.
fn requests(watched: &Watched) -> f64 {
    let page = numbers(&watched.page(Instant::now()));
    sum(&page, "exporter_api_requests_total", "livechat/rooms")
}

fn open(page: &Numbers) -> f64 {
    sum(page, "open_chats", "")
}

async fn watched(adjust: impl FnOnce(&mut Workspace)) -> (Watched, Vec<String>) {
    let mut watched = Watched::in_process(&settings(), adjust);
    let rooms = populate(&watched.simulator);
    let (page, requests) = polled(&mut watched).await;
    assert_eq!(open(&page), CHATS as f64);
    assert!(requests > PAGES, "the whole list is read: {requests}");
    (watched, rooms)
}

#[tokio::test(start_paused = true)]
async fn a_chat_without_a_change_is_not_read_again_and_every_change_is_seen() {
    let (mut watched, rooms) = watched(|_| ()).await;
    let changes: [(&str, Change, f64); 4] = [
        ("nothing", |_, _| (), 0.0),
        ("a reply", |world, room| assert!(world.reply(room)), 0.0),
        ("a close", |world, room| assert!(world.close(room, RoomCloser::User)), -1.0),
        ("a new chat", |world, _| drop(world.arrive(None, Channel::Widget)), 1.0),
    ];
    let mut expected = CHATS as f64;
    for ((what, change, more), room) in changes.into_iter().zip(&rooms) {
        watched.simulator.world(|world| change(world, room));
        expected += more;
        let (page, requests) = polled(&mut watched).await;
        assert_eq!(open(&page), expected, "{what}");
        assert_eq!(requests, LISTS, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_changes_of_earlier_polls_are_not_read_again() {
    let (mut watched, rooms) = watched(|_| ()).await;
    for changed in rooms.chunks(PAGE_LIMIT / 2) {
        watched.simulator.world(|world| assert!(changed.iter().all(|room| world.reply(room))));
        assert_eq!(polled(&mut watched).await.1, LISTS);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_deleted_is_gone_at_the_next_poll() {
    let (mut watched, rooms) = watched(|_| ()).await;
    watched.simulator.world(|world| assert!(world.delete(&rooms[7])));
    let (page, requests) = polled(&mut watched).await;
    assert_eq!(open(&page), (CHATS - 1) as f64);
    assert!(requests > PAGES, "no list shows the chat, so the whole list is read");
    let (page, requests) = polled(&mut watched).await;
    assert_eq!((open(&page), requests), ((CHATS - 1) as f64, LISTS));
}

#[tokio::test(start_paused = true)]
async fn the_whole_list_is_read_again_after_a_quarter_of_an_hour() {
    let (mut watched, _) = watched(|_| ()).await;
    assert_eq!(polled(&mut watched).await.1, LISTS);
    pass(&watched, Duration::from_secs(871)).await;
    assert!(polled(&mut watched).await.1 > PAGES);
    assert_eq!(polled(&mut watched).await.1, LISTS);
}

async fn poll_with_our_clock_ahead(watched: &mut Watched, by: SignedDuration) {
    pass(watched, Duration::from_secs(30)).await;
    let servers = watched.simulator.world(|world| world.now());
    watched.clock.set(servers + by);
    watched.cycle.once(Duration::from_secs(60)).await;
}

/// The server's clock is one hour from ours, so it is accepted only in the second poll.
#[tokio::test(start_paused = true)]
async fn a_list_that_was_read_before_the_clock_is_accepted_is_not_read_again() {
    for hours in [-1, 1] {
        let mut watched = Watched::in_process(&settings(), |_| ());
        let rooms = populate(&watched.simulator);
        for (poll, room) in rooms.iter().enumerate().take(3) {
            let before = requests(&watched);
            poll_with_our_clock_ahead(&mut watched, SignedDuration::from_hours(-hours)).await;
            let asked = requests(&watched) - before;
            let page = numbers(&watched.page(Instant::now()));
            let is_whole = asked > LISTS;
            assert_eq!((open(&page), is_whole), ((CHATS - poll) as f64, poll == 0), "{hours}");
            watched.simulator.world(|world| assert!(world.close(room, RoomCloser::User)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_seen_though_the_clock_of_the_server_was_set_back() {
    let mut watched = Watched::in_process(&settings(), |_| ());
    let rooms = populate(&watched.simulator);
    pass(&watched, Duration::from_secs(1_200)).await;
    let awaiting = |page: &Numbers| sum(page, "awaiting_reply_chats", "");
    let (page, _) = polled(&mut watched).await;
    watched.simulator.world(|world| {
        world.shift_clock(SignedDuration::from_mins(-10));
        assert!(rooms[..30].iter().all(|room| world.reply(room)));
    });
    // A clock that answers show newly is accepted in the second cycle.
    for _ in 0..3 {
        poll_with_our_clock_ahead(&mut watched, SignedDuration::from_mins(10)).await;
    }
    let left = awaiting(&numbers(&watched.page(Instant::now())));
    assert_eq!((awaiting(&page), left), (CHATS as f64, (CHATS - 30) as f64));
}

#[tokio::test(start_paused = true)]
async fn a_list_with_a_filter_is_read_whole_each_time() {
    let by_tag = |workspace: &mut Workspace| workspace.filter.tags = vec!["vip".to_owned()];
    let mut watched = Watched::in_process(&settings(), by_tag);
    for room in populate(&watched.simulator) {
        watched.simulator.world(|world| assert!(world.tag(&room, "vip")));
    }
    for _ in 0..3 {
        let (page, requests) = polled(&mut watched).await;
        assert_eq!(open(&page), CHATS as f64);
        assert!(requests > PAGES, "a chat leaves the filter without a trace");
    }
}

#[tokio::test(start_paused = true)]
async fn a_chat_without_a_change_is_missed_as_soon_as_its_threshold_has_passed() {
    let (mut watched, _) = watched(|workspace| {
        workspace.service_levels.default.threshold = Duration::from_secs(200);
    })
    .await;
    let missed = |page: &Numbers| sum(page, "service_level_chats_total", "\"missed\"");
    let (page, _) = polled(&mut watched).await;
    assert_eq!(missed(&page), 0.0, "the chats wait for 180 s");
    watched.mark_scraped();
    let (_, requests) = polled(&mut watched).await;
    assert_eq!(requests, LISTS);
    watched.mark_scraped();
    let (page, _) = polled(&mut watched).await;
    assert_eq!(missed(&page), CHATS as f64);
}

/// A token with a budget with which the lists are seldom read in the same round.
fn limited(requests_per_minute: u32) -> (Watched, Vec<String>) {
    let watched = Watched::in_process(&settings(), |workspace| {
        workspace.poll.interval = Duration::from_secs(30);
        workspace.poll.max_requests_per_minute = requests_per_minute;
    });
    let rooms = populate(&watched.simulator);
    (watched, rooms)
}

fn interval(page: &Numbers) -> f64 {
    sum(page, "exporter_poll_interval_seconds", "\"open\"")
}

#[tokio::test(start_paused = true)]
async fn a_token_with_few_requests_a_minute_reads_a_long_list_in_the_interval_of_a_short_one() {
    let (mut watched, rooms) = limited(5);
    let (mut longest, mut expected) = (0.0_f64, CHATS as f64);
    for (round, room) in rooms.iter().enumerate() {
        let (page, _) = polled(&mut watched).await;
        longest = longest.max(interval(&page));
        if round >= 20 {
            assert!(interval(&page) <= 60.0, "round {round}: {}", interval(&page));
            assert!(open(&page) >= expected, "round {round}");
        }
        if (20..56).contains(&round) {
            watched.simulator.world(|world| assert!(world.close(room, RoomCloser::User)));
            expected -= 1.0;
        }
    }
    let (page, _) = polled(&mut watched).await;
    assert_eq!((longest > 200.0, open(&page)), (true, expected), "{longest} s");
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_changes_between_the_reading_and_its_proof_is_counted_once() {
    for requests_per_minute in 5..9 {
        counts_each_event_once(requests_per_minute).await;
    }
}

async fn counts_each_event_once(requests_per_minute: u32) {
    let (mut watched, rooms) = limited(requests_per_minute);
    for _ in 0..20 {
        polled(&mut watched).await;
        watched.mark_scraped();
    }
    let (mut transfers, mut holds) = (0.0, 0.0);
    for round in 0..60 {
        watched.simulator.world(|world| {
            let agents: Vec<String> = world.agents.keys().cloned().collect();
            if round % 2 == 0 {
                assert!(world.close(&rooms[round / 2], RoomCloser::User));
            }
            // Seldom enough for each transfer to be seen.
            if round % 6 == 0 {
                transfers += 1.0;
                assert!(world.forward_to_agent(&rooms[40], &agents[(round / 6 + 1) % 2]));
            }
            if round % 12 == 3 {
                holds += 1.0;
                assert!(world.hold(&rooms[41 + round / 12]));
            }
        });
        polled(&mut watched).await;
        watched.mark_scraped();
    }
    for _ in 0..10 {
        polled(&mut watched).await;
        watched.mark_scraped();
    }
    let (page, _) = polled(&mut watched).await;
    let counted = ["transfers_total", "on_hold_total", "chats_closed_total"];
    assert_eq!(
        counted.map(|family| sum(&page, family, "")),
        [transfers, holds, 30.0],
        "{requests_per_minute}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_deleted_is_gone_with_few_requests_a_minute_too() {
    let (mut watched, rooms) = limited(5);
    for _ in 0..20 {
        polled(&mut watched).await;
    }
    watched.simulator.world(|world| assert!(world.delete(&rooms[7])));
    let mut gone_after = None;
    for round in 0..40 {
        let (page, _) = polled(&mut watched).await;
        if open(&page) < CHATS as f64 {
            gone_after = gone_after.or(Some(round));
        }
    }
    let gone_after = gone_after.unwrap();
    assert!((10..35).contains(&gone_after), "after {gone_after} rounds");
}

/// A server that answers every request but those for changes.
#[derive(Debug)]
struct WithoutChanges(InProcess);

impl Transport for WithoutChanges {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        if request.url.query().is_some_and(|query| query.contains("_updatedAt")) {
            let refused = Failure::new(request.endpoint, Reason::Server, "not in this order");
            return Box::pin(async { Err(refused) });
        }
        self.0.get(request)
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_the_order_of_the_changes_is_read_whole_after_two_polls() {
    let mut watched = Watched::over(&settings(), |_| (), WithoutChanges);
    populate(&watched.simulator);
    let mut polls = Vec::new();
    for _ in 0..8 {
        let (page, requests) = polled(&mut watched).await;
        polls.push((open(&page), requests > PAGES));
    }
    // With an interval of a nanosecond, a list that was not read is absent.
    let (read, not_read) = ((CHATS as f64, true), (0.0, false));
    assert_eq!(polls, [read, not_read, not_read, read, read, read, read, read]);
}

/// The fact on which reading of changes rests, in all that was recorded from the server's own code.
#[test]
fn every_recorded_change_of_a_room_moves_the_time_of_its_last_change() {
    let mut changes = 0;
    for file in timeline::all() {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        for room in timeline::rooms(&file) {
            let id = room["_id"].as_str().unwrap().to_owned();
            if let Some(before) = known.get(&id).filter(|before| **before != room) {
                let [before, after] =
                    [before, &room].map(|it| it["_updatedAt"].as_str().unwrap().to_owned());
                assert!(before < after, "{}: {id} at {before}, then at {after}", file.display());
                changes += 1;
            }
            known.insert(id, room);
        }
    }
    assert!(changes > 3_000, "{changes}");
}
