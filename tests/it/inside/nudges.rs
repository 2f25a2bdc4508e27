//! Polls that webhooks pull forward, in simulated time: when they come, and that no other poll is later for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::{Clock, ManualClock};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::webhook::event_type::EventType;
use rocketchat_omnichannel_exporter::webhook::nudges::Nudges;
use rocketchat_omnichannel_exporter::wiring::{CycleParts, RateLimiters};
use tokio::time::{Instant, advance, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::inside::in_process::InProcess;
use crate::watching::{Numbers, numbers, page_of, quiet, sum, workspace};

const INTERVAL: Duration = Duration::from_secs(30);

/// The times of requests since the beginning, by the list that is asked for.
type Asked = BTreeMap<&'static str, Vec<Duration>>;

/// A transport that writes down each request.
#[derive(Debug)]
struct Recording {
    inner: InProcess,
    asked: Arc<Mutex<Asked>>,
    began: Instant,
}

impl Transport for Recording {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let query = request.url.query().unwrap_or_default();
        let list = match request.endpoint {
            Endpoint::LivechatRooms if query.contains("queued=true") => "queued",
            Endpoint::LivechatRooms if query.contains("onhold=true") => "onhold",
            Endpoint::LivechatRooms if query.contains("closedAt") => "closed",
            Endpoint::LivechatRooms => "open",
            Endpoint::LivechatQueue => "queue",
            _ => "other",
        };
        let since = self.began.elapsed();
        self.asked.lock().unwrap().entry(list).or_default().push(since);
        self.inner.get(request)
    }
}

struct Scene {
    simulator: Arc<Simulator>,
    hands: ManualClock,
    /// The page after the latest round.
    page: Arc<Mutex<Numbers>>,
    nudges: Arc<Nudges>,
    asked: Arc<Mutex<Asked>>,
    began: Instant,
    cancel: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Scene {
    /// A cycle every 30 s with this many requests a minute for each route.
    fn begin(settings: &SimulatorSettings, max_requests_per_minute: u32) -> Self {
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        Self::over(simulator, settings, max_requests_per_minute)
    }

    /// Like [`Scene::begin`], with an existing simulator.
    fn over(
        simulator: Arc<Simulator>,
        settings: &SimulatorSettings,
        max_requests_per_minute: u32,
    ) -> Self {
        let mut workspace = workspace(&simulator, settings);
        workspace.poll.interval = INTERVAL;
        workspace.poll.max_requests_per_minute = max_requests_per_minute;
        let source = "secret".to_owned().into();
        let token = rocketchat_omnichannel_exporter::rocketchat::token::TokenSource::Inline(source);
        workspace.webhook_token = Some(token);
        let (asked, began) = (Arc::default(), Instant::now());
        let inner = InProcess::new(Arc::clone(&simulator), workspace.poll.timeout);
        let transport = Recording { inner, asked: Arc::clone(&asked), began };
        let (clock, hands) = Clock::manual(simulator.world(|world| world.now()));
        let nudges = Arc::<Nudges>::default();
        let parts = CycleParts::over(
            &workspace,
            clock,
            &mut RateLimiters::default(),
            Arc::new(transport),
            Arc::default(),
            None,
        );
        let mut cycle = parts.with_nudges(Arc::clone(&nudges)).cycle(None);
        let cancel = CancellationToken::new();
        let cancelled = cancel.clone();
        let page: Arc<Mutex<Numbers>> = Arc::default();
        let latest = Arc::clone(&page);
        let ended = move |snapshot| {
            *latest.lock().unwrap() = numbers(&page_of(&[snapshot], Instant::now()));
        };
        let running = tokio::spawn(async move { cycle.run(ended, cancelled).await });
        Self { simulator, hands, page, nudges, asked, began, cancel, running }
    }

    async fn until(&self, second: u64) {
        sleep_until(self.began + Duration::from_secs(second)).await;
    }

    async fn end(self) -> (Asked, u64) {
        self.cancel.cancel();
        self.running.await.unwrap();
        let asked = self.asked.lock().unwrap().clone();
        (asked, self.nudges.polls())
    }

    fn webhook(&self, event_type: EventType) {
        self.nudges.receive(event_type, Instant::now());
    }
}

/// The requests of these seconds.
fn between(times: &[Duration], from: u64, to: u64) -> Vec<Duration> {
    let seconds = Duration::from_secs;
    times.iter().copied().filter(|at| (seconds(from)..seconds(to)).contains(at)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_webhook_pulls_its_lists_forward_within_a_second_and_no_others_and_moves_no_later_poll() {
    let scene = Scene::begin(&quiet(), 60_000);
    scene.until(10).await;
    scene.webhook(EventType::LivechatSessionStart);
    scene.until(35).await;
    let (asked, polls) = scene.end().await;
    for (list, expected) in [("queued", 1), ("open", 1), ("closed", 0), ("onhold", 0), ("queue", 0)]
    {
        let pulled = between(&asked[list], 1, 20);
        assert_eq!(pulled.len(), expected, "{list}: {pulled:?}");
        assert!(pulled.iter().all(|at| *at <= Duration::from_secs(11)), "{list}: {pulled:?}");
        assert!(!between(&asked[list], 25, 35).is_empty(), "{list}: {asked:?}");
    }
    assert_eq!(polls, 2);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_webhooks_makes_one_round_a_second_and_moves_no_regular_poll() {
    let mut regular = Vec::new();
    for storm in [false, true] {
        fastrand::seed(7);
        let scene = Scene::begin(&quiet(), 60_000);
        let mut second = 0;
        while second < 150 {
            second += 1;
            for _ in 0..20 {
                if storm {
                    scene.webhook(EventType::LivechatSessionQueued);
                }
            }
            scene.until(second).await;
        }
        let (asked, polls) = scene.end().await;
        assert!(polls == 0 || (250..=3 * 151).contains(&polls), "{polls}");
        assert_eq!(polls > 0, storm);
        let near =
            |time: &Duration| Duration::from_millis(u64::try_from(time.as_millis()).unwrap());
        regular.push(asked["closed"].iter().map(near).collect::<Vec<_>>());
    }
    assert_eq!(regular[0].len(), regular[1].len());
    for (without, with) in regular[0].iter().zip(&regular[1]) {
        assert!(without.abs_diff(*with) <= Duration::from_secs(1), "{regular:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_the_regular_polls_use_up_is_left_to_them() {
    let mut seen = Vec::new();
    for storm in [false, true] {
        fastrand::seed(7);
        let scene = Scene::begin(&quiet(), 5);
        for second in 1..400 {
            if storm {
                scene.webhook(EventType::LivechatSession);
            }
            scene.until(second).await;
        }
        let (asked, polls) = scene.end().await;
        seen.push((asked, polls));
    }
    let [(without, _), (with, _)] = &seen[..] else { panic!("two scenes") };
    for list in ["queued", "closed", "onhold", "open"] {
        let (without, with) = (&without[list], &with[list]);
        let gap = |times: &[Duration]| {
            times.windows(2).map(|pair| pair[1].abs_diff(pair[0])).max().unwrap_or_default()
        };
        let slack = Duration::from_secs(3);
        assert!(gap(with) <= gap(without) + slack, "{list}: {without:?} {with:?}");
    }
    let rooms = |asked: &Asked| -> Vec<Duration> {
        let lists = ["queued", "closed", "onhold", "open"];
        let mut all: Vec<_> = lists.iter().flat_map(|list| asked[list].clone()).collect();
        all.sort_unstable();
        all
    };
    let minute = Duration::from_secs(60);
    let all = rooms(with);
    let most =
        all.iter().map(|at| all.iter().filter(|it| *it >= at && **it < *at + minute).count());
    // A bucket of five that is filled by five a minute.
    assert!(most.max().unwrap() <= 10, "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_during_a_round_leads_to_another_round_after_it() {
    let scene = Scene::begin(&quiet(), 60_000);
    scene.until(10).await;
    scene.webhook(EventType::LivechatSessionQueued);
    let asked = Arc::clone(&scene.asked);
    let polled = |times: usize| {
        let asked = Arc::clone(&asked);
        async move {
            while asked.lock().unwrap().get("queued").map_or(0, Vec::len) < times {
                advance(Duration::from_millis(1)).await;
            }
        }
    };
    timeout(Duration::from_secs(5), polled(2)).await.expect("the first round");
    scene.webhook(EventType::LivechatSessionQueued);
    timeout(Duration::from_secs(5), polled(3)).await.expect("the round after it");
    let (asked, _) = scene.end().await;
    let times = &asked["queued"];
    let gap = times[2].abs_diff(times[1]);
    assert!((950..2_000).contains(&gap.as_millis()), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn below_6_11_a_webhook_of_the_queue_reads_the_open_list() {
    let settings = SimulatorSettings { version: "6.10.0".parse().unwrap(), ..quiet() };
    let scene = Scene::begin(&settings, 60_000);
    scene.until(10).await;
    scene.webhook(EventType::LivechatSessionQueued);
    scene.until(20).await;
    let (asked, _) = scene.end().await;
    assert!(!asked.contains_key("queued"), "{asked:?}");
    assert_eq!(between(&asked["open"], 1, 20).len(), 1, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_of_a_close_reads_only_the_changes_of_a_long_list() {
    let settings = SimulatorSettings { page_limit: 10, ..quiet() };
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let rooms: Vec<String> = simulator.world(|world| {
        let agent = world.agents.keys().next().unwrap().clone();
        let begin = |world: &mut World| {
            let room = world.arrive(None, Channel::Widget);
            world.assign(&room, &agent);
            room
        };
        let rooms = (0..60).map(|_| begin(world)).collect();
        world.advance(Duration::from_secs(60));
        rooms
    });
    let scene = Scene::over(simulator, &settings, 60_000);
    scene.until(40).await;
    scene.simulator.world(|world| {
        world.advance(Duration::from_secs(40));
        scene.hands.set(world.now());
        assert!(world.close(&rooms[3], RoomCloser::User));
    });
    scene.webhook(EventType::LivechatSession);
    scene.until(50).await;
    let shown = sum(&scene.page.lock().unwrap(), "open_chats", "");
    let (asked, _) = scene.end().await;
    let whole = between(&asked["open"], 0, 20);
    assert_eq!((shown, between(&asked["open"], 40, 50).len()), (59.0, 1), "{asked:?}");
    assert!(whole.len() > 6, "{whole:?}");
}
