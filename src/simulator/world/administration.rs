//! Priorities, SLA policies, business hours and the licence: the settings of an administrator that the API tells.

use std::collections::BTreeSet;

/// A priority of Enterprise servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priority {
    /// `_id`.
    pub id: String,
    /// `name`; `None` as long as nobody has renamed the priority.
    pub name: Option<String>,
    /// `i18n`: the level.
    pub level: &'static str,
    /// `sortItem`: 1 is the highest level.
    pub weight: u8,
}

/// An SLA policy of Enterprise servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaPolicy {
    /// `_id`.
    pub id: String,
    /// `name`.
    pub name: String,
    /// `dueTimeInMinutes`.
    pub due_minutes: u32,
}

/// The hours of one day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkDay {
    /// `day`, such as `Monday`.
    pub day: &'static str,
    /// `start.time`, such as `08:00`.
    pub start: String,
    /// `finish.time`.
    pub finish: String,
    /// `open`.
    pub open: bool,
}

/// The business hours of the workspace or of some departments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHour {
    /// `_id`.
    pub id: String,
    /// `name`; empty for the default hours.
    pub name: String,
    /// `active`.
    pub active: bool,
    /// True if `type` is `default`.
    pub is_default: bool,
    /// `timezone.name`.
    pub time_zone: String,
    /// `workHours`.
    pub days: Vec<WorkDay>,
    /// The departments whose `businessHourId` is this id.
    pub departments: BTreeSet<String>,
}

/// The part of the licence that stops the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// Highest number of monthly active contacts; `None` without a limit.
    pub contacts_limit: Option<u64>,
    /// Active contacts of this month.
    pub contacts_used: u64,
}

impl Licence {
    /// True if the licence prevents further contacts: at the limit and beyond.
    pub fn stops_the_queue(&self) -> bool {
        self.contacts_limit.is_some_and(|limit| self.contacts_used >= limit)
    }
}

/// The settings of an administrator.
#[derive(Debug, Clone)]
pub struct Administration {
    /// True for an Enterprise server with a licence, false for a community build.
    pub is_enterprise: bool,
    /// Priorities, in no order.
    pub priorities: Vec<Priority>,
    /// SLA policies, in no order.
    pub slas: Vec<SlaPolicy>,
    /// The default hours first.
    pub business_hours: Vec<BusinessHour>,
    /// The licence.
    pub licence: Licence,
}

const LEVELS: [&str; 5] = ["Highest", "High", "Medium", "Low", "Lowest"];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Administration {
    /// The settings of a new server, with two SLA policies on an Enterprise server.
    pub(super) fn new(is_enterprise: bool) -> Self {
        let priority = |(weight, level): (u8, &&'static str)| Priority {
            id: format!("priority-{}", level.to_lowercase()),
            name: None,
            level,
            weight,
        };
        let policy = |name: &str, due_minutes| SlaPolicy {
            id: format!("sla-{}", name.to_lowercase()),
            name: name.to_owned(),
            due_minutes,
        };
        Self {
            is_enterprise,
            priorities: (1..).zip(&LEVELS).map(priority).collect(),
            slas: vec![policy("Gold", 2), policy("Silver", 10)],
            business_hours: vec![BusinessHour::default_of("UTC")],
            licence: Licence { contacts_limit: Some(1_000_000), contacts_used: 0 },
        }
    }
}

impl BusinessHour {
    /// The hours of a new server: Monday to Friday from 8 to 20.
    pub fn default_of(time_zone: &str) -> Self {
        let day = |day: &'static str| WorkDay {
            day,
            start: "08:00".to_owned(),
            finish: "20:00".to_owned(),
            open: !day.starts_with('S'),
        };
        Self {
            id: "hours-default".to_owned(),
            name: String::new(),
            active: true,
            is_default: true,
            time_zone: time_zone.to_owned(),
            days: DAYS.map(day).to_vec(),
            departments: BTreeSet::new(),
        }
    }
}
