//! What has been counted of calls: each is told twice, when it is answered and when it has ended.
//!
//! Called by the book. A call is made when it is answered, so there is no queue, no promise and no transfer.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::UNSEEN;
use super::closed::Closed;
use super::coverage::{Coverage, earlier};
use crate::omnichannel::call::CallSight;
use crate::omnichannel::event::{CallEvent, CallWhat};
use crate::omnichannel::millisecond::Millisecond;
use crate::rocketchat::key::Key;

/// What has been counted of a workspace's calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallLedger {
    /// How far it was looked.
    pub coverage: Coverage,
    /// With when they were last seen.
    active: HashMap<Key, Millisecond>,
    closed: Closed,
}

impl CallLedger {
    /// Counting begins at this instant of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        let coverage = Coverage::begin(now);
        Self { coverage, active: HashMap::new(), closed: Closed::default() }
    }

    /// Takes rows in the order they were fetched; gives what they tell for the first time.
    pub fn advance(&mut self, sights: &[CallSight]) -> Vec<CallEvent> {
        let mut events = Vec::new();
        for sight in sights {
            match &sight.ending {
                None => self.take_active(sight, &mut events),
                Some((at, ended)) => self.take_closed(sight, *at, ended, &mut events),
            }
        }
        events
    }

    fn take_active(&mut self, sight: &CallSight, events: &mut Vec<CallEvent>) {
        if self.closed.knows(sight.key) {
            return;
        }
        if self.active.insert(sight.key, sight.read_at.into()).is_none() {
            events.extend(self.started(sight, sight.read_at));
        }
    }

    fn take_closed(
        &mut self,
        sight: &CallSight,
        at: Timestamp,
        ended: &CallWhat,
        events: &mut Vec<CallEvent>,
    ) {
        if self.closed.knows(sight.key) || at <= self.coverage.counts_after() {
            return;
        }
        if self.active.remove(&sight.key).is_none() {
            events.extend(self.started(sight, at));
        }
        events.push(sight.event(ended.clone()));
        self.closed.note(sight.key, at.into(), ());
    }

    fn started(&self, sight: &CallSight, met: Timestamp) -> Option<CallEvent> {
        let is_new = self.coverage.past_of(sight.began, met).is_none();
        is_new.then(|| sight.event(CallWhat::Started))
    }

    /// Forgets what nothing will show again.
    pub fn prune(&mut self, now: Timestamp) {
        self.closed.prune(now.min(self.coverage.watermark()));
        let horizon = Millisecond::from(earlier(now, UNSEEN));
        self.active.retain(|_, seen| *seen >= horizon);
    }
}
