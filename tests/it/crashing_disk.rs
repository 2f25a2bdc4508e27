//! A disk in memory whose power can be cut at any step, and which then keeps no more than a real disk guarantees.
//!
//! After a power cut, unsynced content is whole, torn, zeroed or missing. A renaming is kept if the directory was
//! synced, otherwise at random. All random choices come from one seed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use rocketchat_omnichannel_exporter::store::file::Disk;

/// A handle on the disk. Clones share the disk, so that a test can keep a handle while the store owns another one.
#[derive(Debug, Clone)]
pub struct CrashingDisk(Arc<Mutex<Platter>>);

#[derive(Debug)]
struct Platter {
    /// The directory as the running system sees it.
    live: Names,
    /// The directory at its last sync.
    durable: Names,
    /// Number of further steps until the power cut, which happens during the step after them.
    cut_after: Option<u32>,
    is_off: bool,
    refusal: Option<io::ErrorKind>,
    dice: fastrand::Rng,
}

#[derive(Debug, Clone, Default)]
struct Names {
    state: Option<Content>,
    temporary: Option<Content>,
}

#[derive(Debug, Clone)]
struct Content {
    bytes: Vec<u8>,
    is_synced: bool,
}

impl CrashingDisk {
    /// An empty disk.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Platter {
            live: Names::default(),
            durable: Names::default(),
            cut_after: None,
            is_off: false,
            refusal: None,
            dice: fastrand::Rng::with_seed(seed),
        })))
    }

    /// Lets `steps` steps of a commit succeed; the power is cut during the next step.
    pub fn cut_after(&self, steps: u32) {
        self.platter().cut_after = Some(steps);
    }

    /// Cuts the power between two steps.
    pub fn cut(&self) {
        self.platter().is_off = true;
    }

    /// Refuses every step of a commit with this error (a full or read-only disk); `None` ends the refusal.
    pub fn refuse(&self, kind: Option<io::ErrorKind>) {
        self.platter().refusal = kind;
    }

    /// True while the power is off; a process that used the disk is dead.
    pub fn is_off(&self) -> bool {
        self.platter().is_off
    }

    /// Restores the power. Random choices decide about everything that was not durable.
    pub fn restart(&self) {
        let mut platter = self.platter();
        let Platter { live, durable, dice, .. } = &mut *platter;
        let kept = if dice.bool() { live.clone() } else { durable.clone() };
        let kept = Names {
            state: kept.state.and_then(|content| content.survived(dice)),
            temporary: kept.temporary.and_then(|content| content.survived(dice)),
        };
        (*live, *durable) = (kept.clone(), kept);
        (platter.cut_after, platter.is_off) = (None, false);
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }
}

impl Content {
    fn survived(mut self, dice: &mut fastrand::Rng) -> Option<Self> {
        if !self.is_synced {
            let kept = dice.usize(..=self.bytes.len());
            match dice.u8(..4) {
                0 => {}
                1 => self.bytes.truncate(kept),
                2 => self.bytes[kept..].fill(0),
                _ => return None,
            }
            self.is_synced = true;
        }
        Some(self)
    }
}

impl Platter {
    /// Runs one step. The step during which the power is cut is done or not done, at random.
    fn step(&mut self, done: impl FnOnce(&mut Names, &mut Names)) -> io::Result<()> {
        if let Some(kind) = self.refusal.filter(|_| !self.is_off) {
            return Err(kind.into());
        }
        let is_last = self.cut_after == Some(0);
        if !self.is_off && (!is_last || self.dice.bool()) {
            done(&mut self.live, &mut self.durable);
        }
        self.cut_after = self.cut_after.map(|steps| steps.saturating_sub(1));
        self.is_off |= is_last;
        if self.is_off { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }
}

impl Disk for CrashingDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let platter = self.platter();
        if platter.is_off {
            return Err(io::Error::other("the power is gone"));
        }
        Ok(platter.live.state.as_ref().map(|content| content.bytes.clone()))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let content = Content { bytes: bytes.to_vec(), is_synced: false };
        self.platter().step(|live, _| live.temporary = Some(content))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.platter().step(|live, _| {
            live.temporary.as_mut().expect("written").is_synced = true;
        })
    }

    fn rename(&mut self) -> io::Result<()> {
        self.platter().step(|live, _| live.state = Some(live.temporary.take().expect("written")))
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        self.platter().step(|live, durable| durable.clone_from(live))
    }
}
