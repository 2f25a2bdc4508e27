//! Many workspaces on a busy machine: a test of the longest time between two readings of a list.

use tokio::sync::Mutex;

use super::*;
use crate::omnichannel::list::List;
use crate::rocketchat::transport::{Answer, Transport, TransportFuture, TransportRequest};
use crate::simulator::Simulator;

const WORKSPACES: usize = 100;
/// Default interval of the exporter.
const INTERVAL: Duration = Duration::from_secs(30);
const INTERVALS: u32 = 6;
/// Time of the processor for each answer: long enough that the first rounds of many workspaces end before all lists are
/// read, and that a list is asked for seconds after its round has begun.
const WORK: Duration = Duration::from_millis(12);
const SECOND: Duration = Duration::from_secs(1);
/// The lists without which `up` is 0.
const MANDATORY: usize = 5;

/// A server whose answers need a processor that all workspaces share, one answer after another.
#[derive(Debug)]
struct Busy {
    processor: Arc<Mutex<()>>,
    wire: InProcess,
}

impl Transport for Busy {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        Box::pin(async move {
            let processor = self.processor.lock().await;
            tokio::time::sleep(WORK).await;
            drop(processor);
            self.wire.get(request).await
        })
    }
}

/// The ends of all complete readings, by workspace and mandatory list.
#[derive(Debug, Default)]
struct Readings(BTreeMap<(Arc<str>, List), BTreeSet<Instant>>);

impl Readings {
    fn note(&mut self, shown: &SnapshotsByName) {
        for (name, snapshot) in shown {
            for status in snapshot.lists.iter().filter(|status| status.list.is_mandatory()) {
                let ends = self.0.entry((Arc::clone(name), status.list)).or_default();
                ends.extend(status.refreshed);
            }
        }
    }

    /// The longest time without the end of a reading, from `start` to now, with its workspace and list.
    fn longest_pause(&self, start: Instant) -> (Duration, String) {
        let pauses = self.0.iter().flat_map(|((name, list), ends)| {
            let from = std::iter::once(&start).chain(ends);
            let to = ends.iter().copied().chain([Instant::now()]);
            from.zip(to).map(move |(from, to)| (to - *from, format!("{name} {}", list.as_ref())))
        });
        pauses.max().unwrap()
    }

    /// The time of the last workspace's first reading.
    fn all_begun(&self) -> Instant {
        *self.0.values().filter_map(BTreeSet::first).max().unwrap()
    }
}

/// A hundred workspaces of one server.
fn targets(simulated: &SimulatedWorkspace, settings: &simulator::SimulatorSettings) -> Targets {
    let workspaces: Vec<_> = (0..WORKSPACES)
        .map(|number| {
            let mut workspace = workspace(&format!("w{number:02}"), simulated, settings, 0);
            workspace.poll.interval = INTERVAL;
            workspace
        })
        .collect();
    let processor = Arc::<Mutex<()>>::default();
    let transport = |_: &Workspace| {
        let wire = InProcess::new(Arc::clone(&simulated.simulator), TIMEOUT);
        Ok(Arc::new(Busy { processor: Arc::clone(&processor), wire }) as Arc<dyn Transport>)
    };
    Targets::default().again_over(&workspaces, transport).unwrap()
}

/// A second passes for the server and for the exporter.
async fn pass_second(simulator: &Simulator, hands: &ManualClock) {
    tokio::time::sleep(SECOND).await;
    simulator.world(|world| world.advance(SECOND));
    hands.set(simulator.world(|world| world.now()));
}

#[tokio::test(start_paused = true)]
async fn of_a_hundred_workspaces_none_waits_longer_than_one_and_a_half_intervals_from_the_start_on()
{
    let settings = simulator::SimulatorSettings {
        agents: 4,
        departments: 2,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        ..simulator::SimulatorSettings::default()
    };
    let simulated = SimulatedWorkspace::new(&settings);
    let (clock, hands) = Clock::manual(simulated.simulator.world(|world| world.now()));
    let stop = CancellationToken::new();
    let dependencies = Dependencies { clock, health: Health::default(), stop: stop.clone() };
    let supervisor = Supervisor::new(dependencies, None);
    let (handle, watched) = (supervisor.handle(), supervisor.snapshots().subscribe());
    let running = tokio::spawn(supervisor.run());
    let start = Instant::now();
    handle.watch(targets(&simulated, &settings)).await.unwrap();
    let mut readings = Readings::default();
    while start.elapsed() < INTERVAL * INTERVALS {
        pass_second(&simulated.simulator, &hands).await;
        readings.note(&watched.borrow());
    }
    assert_eq!(readings.0.len(), WORKSPACES * MANDATORY);
    let first = readings.all_begun() - start;
    assert!(first > INTERVAL / 4, "the machine is not busy at the start: {first:?}");
    let (longest, whose) = readings.longest_pause(start);
    assert!(longest <= INTERVAL * 3 / 2, "{whose} was not read for {longest:?}");
    stop.cancel();
    running.await.unwrap();
}
