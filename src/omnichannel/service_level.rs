//! The service level of a department and the chats to which it applies.
//!
//! The module contains the rules only; it judges no chat.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::business_hours::BusinessHours;

/// The service level of a department: the share `objective` of chats has a first response within `threshold`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLevel {
    /// Longest wait for the first response that meets the service level.
    pub threshold: Duration,
    /// Share of chats that is to be answered within the threshold, above 0 and at most 1.
    pub objective: f64,
    /// A chat that the visitor closes before this time does not count against the department.
    pub short_abandon: Duration,
    /// Sources (`source.type` of a room) to whose chats the service level does not apply.
    pub exclude_sources: BTreeSet<String>,
    /// The hours in which the wait for an answer must begin for the service level to apply.
    pub business_hours: BusinessHours,
}

impl ServiceLevel {
    /// True if the service level applies to a chat of this source whose wait for an answer began at this time.
    pub fn applies_to(&self, source: &str, at: Timestamp) -> bool {
        !self.exclude_sources.contains(source) && self.business_hours.is_open(at)
    }
}

impl Default for ServiceLevel {
    /// 80 % within a minute, at all hours; e-mail is excluded, because nobody answers an e-mail within a minute.
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

/// The service levels of all departments of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLevels {
    /// The service level of a department without a service level of its own.
    pub default: ServiceLevel,
    /// Service levels by department name, in the exact spelling of Rocket.Chat.
    pub departments: BTreeMap<String, ServiceLevel>,
    /// Longest wait of a caller that meets the service level. Calls have a queue and no department.
    pub voip_threshold: Duration,
}

impl Default for ServiceLevels {
    /// Calls within 20 s, the usual promise of call centres.
    fn default() -> Self {
        Self {
            default: ServiceLevel::default(),
            departments: BTreeMap::new(),
            voip_threshold: Duration::from_secs(20),
        }
    }
}

impl ServiceLevels {
    /// The service level of a department, by the department's name.
    pub fn of(&self, department: &str) -> &ServiceLevel {
        self.departments.get(department).unwrap_or(&self.default)
    }

    /// The time zone of the days of a department, by the department's name: the zone of its business hours, else of the
    /// default hours, else of the first department with hours, else UTC.
    pub fn time_zone(&self, department: &str) -> TimeZone {
        let levels = [self.of(department), &self.default].into_iter();
        let levels = levels.chain(self.departments.values());
        let mut hours = levels.filter_map(|level| level.business_hours.as_weekly());
        hours.next().map_or(TimeZone::UTC, |hours| hours.zone.clone())
    }

    /// True if the hours of at least one service level are the server's.
    pub fn refer_to_server(&self) -> bool {
        let refers =
            |level: &ServiceLevel| matches!(level.business_hours, BusinessHours::Server(_));
        self.departments.values().chain([&self.default]).any(refers)
    }

    /// The threshold of every service level, the default included.
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
    fn the_days_of_a_department_follow_the_nearest_business_hours() {
        let level = |zone| ServiceLevel {
            business_hours: BusinessHours::parse(zone, &["fri 09:00-18:00"]).unwrap(),
            ..ServiceLevel::default()
        };
        let zone =
            |levels: &ServiceLevels, of| levels.time_zone(of).iana_name().unwrap().to_owned();
        let mut levels = ServiceLevels::default();
        assert_eq!(zone(&levels, "Sales"), "UTC");
        levels.departments.insert("VIP".to_owned(), level("Asia/Tokyo"));
        assert_eq!(zone(&levels, "Sales"), "Asia/Tokyo");
        levels.default = level("Europe/Berlin");
        assert_eq!(zone(&levels, "Sales"), "Europe/Berlin");
        assert_eq!(zone(&levels, "VIP"), "Asia/Tokyo");
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
