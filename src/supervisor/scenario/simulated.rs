//! Simulated workspaces: servers that hang or make a cycle panic, and disks that hang.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::super::stores::StoreProvider;
use crate::config::Workspace;
use crate::demo::in_process::InProcess;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::http_settings::HttpSettingsError;
use crate::rocketchat::transport::{Answer, Transport, TransportFuture, TransportRequest};
use crate::simulator::{self, Simulator};
use crate::store::file::Disk;
use crate::store::{ClaimError, Store};

pub(super) const TIMEOUT: Duration = Duration::from_secs(4);

/// A workspace: its server, and the disk of its state.
#[derive(Debug)]
pub(super) struct SimulatedWorkspace {
    pub(super) simulator: Arc<Simulator>,
    pub(super) requests: AtomicU64,
    pub(super) server_hangs: AtomicBool,
    pub(super) panics_next: AtomicBool,
    state: Mutex<Option<Vec<u8>>>,
    pub(super) disk_hangs: Mutex<bool>,
    may_go_on: Condvar,
    operations_under_way: AtomicUsize,
    /// Number of its disks that are claimed at present.
    pub(super) claims: AtomicUsize,
    pub(super) most_claims: AtomicUsize,
}

impl SimulatedWorkspace {
    pub(super) fn new(settings: &simulator::SimulatorSettings) -> Arc<Self> {
        Arc::new(Self {
            simulator: Arc::new(Simulator::detached(settings.clone())),
            requests: AtomicU64::default(),
            server_hangs: AtomicBool::default(),
            panics_next: AtomicBool::default(),
            state: Mutex::default(),
            disk_hangs: Mutex::default(),
            may_go_on: Condvar::new(),
            operations_under_way: AtomicUsize::default(),
            claims: AtomicUsize::default(),
            most_claims: AtomicUsize::default(),
        })
    }

    pub(super) fn let_disk_hang(&self, on: bool) {
        *self.disk_hangs.lock().unwrap() = on;
        self.may_go_on.notify_all();
    }

    /// No operation of the disk is under way that does not hang.
    pub(super) fn is_still(&self) -> bool {
        *self.disk_hangs.lock().unwrap() || self.operations_under_way.load(Ordering::Acquire) == 0
    }
}

#[derive(Debug)]
struct Wire(Arc<SimulatedWorkspace>, InProcess);

impl Transport for Wire {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        assert!(!self.0.panics_next.swap(false, Ordering::Relaxed), "a defect that was asked for");
        if self.0.server_hangs.load(Ordering::Relaxed) {
            return Box::pin(async move {
                tokio::time::sleep(TIMEOUT).await;
                Err(Failure::new(request.endpoint, Reason::Timeout, "no answer in time"))
            });
        }
        self.1.get(request)
    }
}

#[derive(Debug)]
struct HangingDisk(Arc<SimulatedWorkspace>, Vec<u8>);

impl HangingDisk {
    fn hang(&self) {
        let hang = self.0.disk_hangs.lock().unwrap();
        drop(self.0.may_go_on.wait_while(hang, |hang| *hang).unwrap());
    }
}

impl Disk for HangingDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.0.operations_under_way.fetch_add(1, Ordering::Release);
        self.hang();
        let state = self.0.state.lock().unwrap().clone();
        self.0.operations_under_way.fetch_sub(1, Ordering::Release);
        Ok(state)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.operations_under_way.fetch_add(1, Ordering::Release);
        self.1 = bytes.to_vec();
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.hang();
        Ok(())
    }

    fn rename(&mut self) -> io::Result<()> {
        *self.0.state.lock().unwrap() = Some(std::mem::take(&mut self.1));
        Ok(())
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        self.0.operations_under_way.fetch_sub(1, Ordering::Release);
        Ok(())
    }
}

impl Drop for HangingDisk {
    fn drop(&mut self) {
        self.0.claims.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) type SimulatedWorkspaces = BTreeMap<String, Arc<SimulatedWorkspace>>;

/// The transport to a workspace, if there is one of that name.
pub(super) fn transport(
    places: &SimulatedWorkspaces,
    workspace: &Workspace,
) -> Result<Arc<dyn Transport>, HttpSettingsError> {
    let place = places.get(&workspace.name).ok_or(HttpSettingsError::Proxy)?;
    let inner = InProcess::new(Arc::clone(&place.simulator), TIMEOUT);
    Ok(Arc::new(Wire(Arc::clone(place), inner)))
}

#[derive(Debug)]
pub(super) struct SimulatedStores(pub(super) SimulatedWorkspaces);

impl StoreProvider for SimulatedStores {
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let place = &self.0[workspace];
        let claims = place.claims.fetch_add(1, Ordering::Relaxed) + 1;
        place.most_claims.fetch_max(claims, Ordering::Relaxed);
        Ok(Some(Store::new(Box::new(HangingDisk(Arc::clone(place), Vec::new())))))
    }
}
