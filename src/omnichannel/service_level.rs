//! What a department promises, and to which chats.
//!
//! The configuration builds it, the ledger judges chats by it, `present` leaves out of its waits those it does not
//! apply to and the exposition shows it. Nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::business_hours::BusinessHours;

/// The promise of a department: this share of chats has a first response within this time.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLevel {
    /// The longest wait for the first response that keeps the promise.
    pub threshold: Duration,
    /// The share of chats that is to be answered in time, above 0 and at most 1.
    pub objective: f64,
    /// A visitor who leaves before this is not held against the department.
    pub short_abandon: Duration,
    /// Sources (`source.type` of a room) whose chats are not promised anything.
    pub exclude_sources: BTreeSet<String>,
    /// When chats have to come in for the promise to hold.
    pub business_hours: BusinessHours,
}

impl ServiceLevel {
    /// Whether the promise holds for a chat of this source that came in at this instant.
    pub fn applies_to(&self, source: &str, at: Timestamp) -> bool {
        !self.exclude_sources.contains(source) && self.business_hours.is_open(at)
    }
}

impl Default for ServiceLevel {
    /// 80 % within a minute, round the clock; e-mail is left out, because nobody answers it within a minute.
    fn default() -> Self {
        Self {
            threshold: Duration::from_secs(60),
            objective: 0.8,
            short_abandon: Duration::from_secs(5),
            exclude_sources: BTreeSet::from(["email".to_owned()]),
            business_hours: BusinessHours::Always,
        }
    }
}

/// The promises of all departments of a workspace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceLevels {
    /// What holds for a department without a promise of its own.
    pub default: ServiceLevel,
    /// Promises by department name, exactly as Rocket.Chat spells it.
    pub departments: BTreeMap<String, ServiceLevel>,
}

impl ServiceLevels {
    /// The promise of a department, by its name.
    pub fn of(&self, department: &str) -> &ServiceLevel {
        self.departments.get(department).unwrap_or(&self.default)
    }

    /// Every configured target time.
    pub fn thresholds(&self) -> impl Iterator<Item = Duration> {
        let levels = self.departments.values().chain([&self.default]);
        levels.map(|level| level.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_without_a_promise_of_its_own_has_the_common_one() {
        let vip = ServiceLevel { threshold: Duration::from_secs(20), ..ServiceLevel::default() };
        let levels = ServiceLevels {
            departments: BTreeMap::from([("VIP".to_owned(), vip.clone())]),
            ..ServiceLevels::default()
        };
        assert_eq!(levels.of("VIP"), &vip);
        assert_eq!(levels.of("vip"), &levels.default);
    }

    #[test]
    fn a_promise_leaves_out_excluded_sources_and_closed_hours() {
        let level = ServiceLevel {
            business_hours: BusinessHours::parse("UTC", &["fri 09:00-18:00"]).unwrap(),
            ..ServiceLevel::default()
        };
        let (friday, saturday) = ("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z");
        assert!(level.applies_to("widget", friday.parse().unwrap()));
        assert!(!level.applies_to("email", friday.parse().unwrap()));
        assert!(!level.applies_to("widget", saturday.parse().unwrap()));
    }
}
