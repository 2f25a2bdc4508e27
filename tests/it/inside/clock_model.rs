//! Property test: the counts are correct for random sequences of correct, early and late `Date` headers, jumps of the
//! server's clock, jumps of the exporter's own clock, outages and restarts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use rocketchat_omnichannel_exporter::simulator::{Fault, Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::Store;
use tokio::time::Instant;

use crate::crashing_disk::CrashingDisk;
use crate::inside::clocks::{INTERVAL, Lies, Wire, live};
use crate::watching::{Watched, numbers, quiet, sum};

/// An event at the start of an interval.
#[derive(Debug, Clone)]
enum Event {
    Nothing,
    /// One answer or all answers have a wrong `Date`.
    Lie {
        is_ahead: bool,
        is_whole: bool,
    },
    /// From now on the exporter's own clock differs from the true time by this many seconds.
    Wall(i64),
    /// The server's clock jumps forward by this many seconds.
    Step(u64),
    /// The server answers every request with an error.
    Outage,
    /// The exporter ends and starts again.
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Nothing),
        3 => (any::<bool>(), any::<bool>())
            .prop_map(|(is_ahead, is_whole)| Event::Lie { is_ahead, is_whole }),
        1 => prop::sample::select(vec![0, -5_400, 5_400, 30, 691_200, -691_200])
            .prop_map(Event::Wall),
        1 => (1_u64..300).prop_map(Event::Step),
        1 => Just(Event::Outage),
        1 => Just(Event::Restart),
    ]
}

struct Scene {
    settings: SimulatorSettings,
    simulator: Arc<Simulator>,
    disk: CrashingDisk,
    lies: Lies,
    /// Clock differences of the nodes behind one load balancer, which answer in turn, seconds.
    nodes: Vec<i64>,
    watched: Option<Watched>,
    wall: i64,
    open: Option<String>,
    closed: f64,
    /// The counter's increase as Prometheus computes it, with every decrease taken as a restart.
    counted: f64,
    last: f64,
    told: i64,
}

impl Scene {
    fn new(nodes: Vec<i64>) -> Self {
        let settings = quiet();
        Self {
            simulator: Arc::new(Simulator::detached(settings.clone())),
            settings,
            disk: CrashingDisk::new(1),
            lies: Arc::new(Mutex::new(nodes.clone())),
            nodes,
            watched: None,
            wall: 0,
            open: None,
            closed: 0.0,
            counted: 0.0,
            last: 0.0,
            told: 0,
        }
    }

    fn begin(&self) -> Watched {
        let (simulator, store) =
            (Arc::clone(&self.simulator), Store::new(Box::new(self.disk.clone())));
        let lies = Arc::clone(&self.lies);
        let wire = |inner| Wire { inner, lies };
        let watched = Watched::beside_over(simulator, &self.settings, |_| (), Some(store), wire);
        watched.clock.put(self.our_now());
        watched
    }

    fn our_now(&self) -> jiff::Timestamp {
        self.simulator.world(|world| world.now()) + SignedDuration::from_secs(self.wall)
    }

    /// A new clock difference in seconds, different from all earlier ones and far from the exporter's own clock.
    fn lie(&mut self, is_ahead: bool) -> i64 {
        self.told += 1;
        let seconds = 3_600 * (self.told + 1) + 17 * self.told;
        if is_ahead { seconds } else { -seconds }
    }

    fn happen(&mut self, event: &Event) {
        self.lies.lock().unwrap().clone_from(&self.nodes);
        self.simulator.set_fault_everywhere(None);
        match event {
            Event::Nothing => {}
            Event::Lie { is_ahead, is_whole } => {
                let lie = self.lie(*is_ahead);
                let lies = if *is_whole { vec![lie] } else { [&self.nodes[..], &[lie]].concat() };
                *self.lies.lock().unwrap() = lies;
            }
            Event::Wall(seconds) => self.wall = *seconds,
            Event::Step(seconds) => {
                self.simulator.world(|world| world.advance(Duration::from_secs(*seconds)));
            }
            Event::Outage => {
                self.simulator.set_fault_everywhere(Some(Fault::Status(502, String::new())));
            }
            Event::Restart => self.watched = None,
        }
    }

    fn live(&mut self) {
        self.closed += f64::from(u8::from(self.open.is_some()));
        self.open = Some(live(&self.simulator, self.open.take()));
    }

    /// An interval without a chat event.
    async fn pass(&mut self) {
        self.simulator.world(|world| world.advance(INTERVAL));
        self.poll().await;
    }

    async fn poll(&mut self) {
        tokio::time::advance(INTERVAL).await;
        let mut watched = self.watched.take().unwrap_or_else(|| self.begin());
        watched.clock.advance(INTERVAL.try_into().unwrap());
        watched.clock.put(self.our_now());
        let began = Instant::now();
        watched.cycle.once(Duration::from_secs(60)).await;
        let total = sum(&numbers(&watched.page(began)), "chats_closed_total", "");
        watched.mark_scraped();
        self.watched = Some(watched);
        self.counted += if total < self.last { total } else { total - self.last };
        self.last = total;
    }

    async fn run(&mut self, events: &[Event]) {
        for _ in 0..2 {
            self.pass().await;
        }
        for event in events {
            self.happen(event);
            self.live();
            self.poll().await;
        }
        self.happen(&Event::Nothing);
        for _ in 0..12 {
            self.pass().await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_answers_and_our_own_clock_say_every_close_is_counted_once(
        spread in prop_oneof![2 => Just(0_i64), 1 => -590_i64..590],
        events in prop::collection::vec(event(), 1..40),
    ) {
        let nodes = if spread == 0 { vec![0] } else { vec![0, spread] };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let mut scene = Scene::new(nodes);
        runtime.block_on(scene.run(&events));
        prop_assert_eq!(scene.counted, scene.closed);
    }
}
