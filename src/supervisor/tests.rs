use std::sync::atomic::AtomicU64;

use super::*;
use crate::config::{self, Flags};
use crate::cycle::snapshot::Snapshot;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::transport::{Answer, Transport, TransportFuture, TransportRequest};
use crate::store::Store;

/// A transport that cannot connect, or that panics, at once.
#[derive(Debug)]
struct Nowhere {
    panics: bool,
}

impl Transport for Nowhere {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        assert!(!self.panics, "a defect");
        let failure = Failure::new(request.endpoint, Reason::Connect, "nobody is there");
        Box::pin(std::future::ready(Err(failure)))
    }
}

fn target(name: &str, panics: bool) -> WorkspaceTarget {
    let environment = [
        ("ROCKETCHAT_URL", format!("http://{name}.invalid")),
        ("ROCKETCHAT_USER_ID", "u".to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN", "t".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let settings = config::load(&Flags::default(), BTreeMap::from(environment)).unwrap();
    let workspace = settings.workspaces[0].clone();
    let transport = Arc::new(Nowhere { panics });
    WorkspaceTarget { files: 0, transport, workspace, nudges: Arc::default() }
}

fn supervisor(stop: &CancellationToken) -> Supervisor {
    let dependencies =
        Dependencies { clock: Clock::system(), health: Health::default(), stop: stop.clone() };
    Supervisor::new(dependencies, None)
}

fn snapshot(supervisor: &Supervisor, name: &str) -> Option<Arc<Snapshot>> {
    supervisor.snapshots().subscribe().borrow().get(name).cloned()
}

#[tokio::test(start_paused = true)]
async fn a_cycle_that_panics_is_counted_and_begins_again_while_others_go_on() {
    let stop = CancellationToken::new();
    let mut supervisor = supervisor(&stop);
    for (name, panics) in [("broken", true), ("sound", false)] {
        supervisor.open(Previous::default(), target(name, panics));
    }
    for panics in 1..=3 {
        let broken = loop {
            let (name, ended) = supervisor.tasks.join_next().await.unwrap();
            supervisor.ended(&name, ended);
            let broken = snapshot(&supervisor, "broken.invalid");
            if let Some(broken) = broken.filter(|it| it.panics == panics) {
                break broken;
            }
        };
        assert_eq!(broken.is_up(), Some(false));
    }
    let sound = snapshot(&supervisor, "sound.invalid").unwrap();
    assert!(sound.cycles > 1, "it went on for {} cycles", sound.cycles);
    assert_eq!(sound.panics, 0);
    assert_eq!(supervisor.snapshots().subscribe().borrow().len(), 2);
    stop.cancel();
    supervisor.end().await;
}

/// Stores whose claims panic, and their number.
#[derive(Debug, Default)]
struct Broken(AtomicU64);

impl StoreProvider for Broken {
    fn claim(&self, _: &str) -> Result<Option<Store>, ClaimError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a defect")
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_whose_reading_panics_is_read_again_after_a_pause() {
    let (stop, broken) = (CancellationToken::new(), Arc::new(Broken::default()));
    let mut supervisor = supervisor(&stop);
    supervisor.stores = Arc::clone(&broken) as Arc<dyn StoreProvider>;
    supervisor.open(Previous::default(), target("broken", false));
    let running = tokio::spawn(supervisor.run());
    tokio::time::sleep(CLAIM_EVERY * 5).await;
    let attempts = broken.0.load(Ordering::Relaxed);
    assert!((2..=6).contains(&attempts), "{attempts} attempts in five pauses");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_workspace_has_no_budget_any_more() {
    let stop = CancellationToken::new();
    let mut supervisor = supervisor(&stop);
    let targets = |names: &[&str]| {
        let target = |name: &&str| ((*name).to_owned(), target(name, false));
        Targets(names.iter().map(target).collect())
    };
    supervisor.watch(targets(&["gone", "stays"])).await;
    assert_eq!(
        supervisor.rate_limiters.servers(),
        ["http://gone.invalid/", "http://stays.invalid/"]
    );
    supervisor.watch(targets(&["stays"])).await;
    assert_eq!(supervisor.rate_limiters.servers(), ["http://stays.invalid/"]);
    stop.cancel();
    supervisor.end().await;
}
