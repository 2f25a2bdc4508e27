//! The server's business hours, for departments whose configuration refers to them.
//!
//! The server decides by the hours of the department (`businessHourId`), else by the default hours. Hours that are not
//! active open nothing. As long as the server's hours are not known, a department counts as always open: no alert and no
//! verdict is held back. Hours that were read stay until other hours are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::business_hours::{BusinessHours, Span, SpanText, WeeklyHours, parse_time_zone};
use super::closed_days::ClosedDays;
use super::labels::names::KnownIds;
use super::rules::Rules;
use super::service_level::ServiceLevel;
use crate::rocketchat::business_hours::{DayRow, HourRow};

/// The hours of a server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerHours {
    default: Option<WeeklyHours>,
    /// The hours of departments with hours of their own, by the department's id.
    own: BTreeMap<Box<str>, WeeklyHours>,
}

impl ServerHours {
    /// The hours of these rows. Hours of an unknown time zone are left out.
    pub fn of(rows: &[HourRow]) -> Self {
        let mut hours = Self::default();
        for (row, weekly) in rows.iter().filter_map(|row| Some((row, weekly(row)?))) {
            let own = row.departments().map(|id| (Box::from(id), weekly.clone()));
            hours.own.extend(own);
            if row.is_default() {
                hours.default = Some(weekly);
            }
        }
        hours
    }

    /// The hours of the department with this id, or of chats without a department; `None` if the server has none.
    pub fn of_department(&self, id: Option<&str>) -> Option<&WeeklyHours> {
        id.and_then(|id| self.own.get(id)).or(self.default.as_ref())
    }

    fn resolve(&self, level: &ServiceLevel, id: Option<&str>) -> Option<ServiceLevel> {
        let BusinessHours::Server(closed) = &level.business_hours else { return None };
        let hours = self.of_department(id)?.clone();
        let hours = WeeklyHours { closed: closed.clone(), ..hours };
        Some(ServiceLevel { business_hours: BusinessHours::Weekly(hours), ..level.clone() })
    }

    /// The rules with the server's hours in the place of each reference to them. Two departments of one name share a
    /// service level, and so the hours of one of them.
    pub fn rules(&self, rules: &Arc<Rules>, departments: &KnownIds) -> Arc<Rules> {
        let levels = &rules.service_levels;
        if *self == Self::default() || !levels.refer_to_server() {
            return Arc::clone(rules);
        }
        let mut resolved = levels.clone();
        for (id, name, _) in departments.entries() {
            let name = name.unwrap_or(id);
            if let Some(level) = self.resolve(levels.of(name), Some(id)) {
                resolved.departments.insert(name.to_string(), level);
            }
        }
        if let Some(level) = self.resolve(&levels.default, None) {
            resolved.default = level;
        }
        Arc::new(Rules { service_levels: resolved, ..Rules::clone(rules) })
    }
}

/// The hours of a row; `None` if its time zone is unknown.
fn weekly(row: &HourRow) -> Option<WeeklyHours> {
    let zone = parse_time_zone(row.time_zone()?).ok()?;
    let days = row.days.iter().filter(|day| row.is_active() && day.open);
    let spans = days.filter_map(span).collect();
    Some(WeeklyHours { zone, spans, closed: ClosedDays::default() })
}

/// The span of a day; `None` for a day of which a part is missing.
fn span(day: &DayRow) -> Option<Span> {
    let name = day.day.as_deref()?.get(..3)?.to_lowercase();
    let (open, close) = (day.start()?, day.finish()?);
    Span::of(SpanText { first_day: &name, last_day: &name, open, close }).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::omnichannel::labels::names::LabelContent;
    use crate::omnichannel::rules::AgentDetail;
    use crate::omnichannel::service_level::ServiceLevels;
    use crate::rocketchat::page;

    const DEFAULT: &str = r#"{"type":"default","active":true,"timezone":{"name":"UTC"},"workHours":[
        {"day":"Friday","start":{"time":"08:00"},"finish":{"time":"20:00"},"open":true},
        {"day":"Saturday","start":{"time":"08:00"},"finish":{"time":"20:00"},"open":false}]}"#;
    const NIGHT: &str = r#"{"type":"custom","active":true,"timezone":{"name":"Asia/Tokyo"},"departments":[{"_id":"night"}],
        "workHours":[{"day":"Saturday","start":{"time":"01:00"},"finish":{"time":"23:59"},"open":true}]}"#;
    const OFF: &str = r#"{"type":"custom","active":false,"timezone":{"name":"UTC"},"departments":[{"_id":"off"}],
        "workHours":[{"day":"Friday","start":{"time":"00:00"},"finish":{"time":"23:59"},"open":true}]}"#;

    fn hours(rows: &[&str]) -> ServerHours {
        let body = format!(r#"{{"businessHours":[{}]}}"#, rows.join(","));
        ServerHours::of(&page::decode::<HourRow>(body.as_bytes()).unwrap().rows)
    }

    fn rules(business_hours: BusinessHours) -> Arc<Rules> {
        let default = ServiceLevel { business_hours, ..ServiceLevel::default() };
        Arc::new(Rules {
            service_levels: ServiceLevels { default, ..ServiceLevels::default() },
            detail: AgentDetail::default(),
            agent_label: LabelContent::Id,
            shows_public: true,
            compares_loads: true,
        })
    }

    fn departments() -> KnownIds {
        let mut departments = KnownIds::new(10);
        for (id, name) in [("night", Some("Night")), ("off", Some("Off")), ("day", None)] {
            departments.see(&Arc::from(id), name.map(Arc::from).as_ref(), Timestamp::UNIX_EPOCH);
        }
        departments
    }

    fn is_open(rules: &Rules, name: &str, at: &str) -> bool {
        rules.service_levels.of(name).business_hours.is_open(at.parse().unwrap())
    }

    #[test]
    fn each_department_has_its_own_hours_else_the_default_ones() {
        let server = BusinessHours::Server(["12-25".parse().unwrap()].into_iter().collect());
        let resolved = hours(&[DEFAULT, NIGHT, OFF]).rules(&rules(server), &departments());
        for (name, at, open) in [
            ("day", "2026-11-20T12:00:00Z", true),
            ("day", "2026-11-20T20:00:00Z", false),
            ("day", "2026-11-21T12:00:00Z", false),
            ("unknown", "2026-11-20T12:00:00Z", true),
            ("Night", "2026-11-20T12:00:00Z", false),
            ("Night", "2026-11-20T16:00:00Z", true),
            ("Off", "2026-11-20T12:00:00Z", false),
            ("day", "2026-12-25T12:00:00Z", false),
        ] {
            assert_eq!(is_open(&resolved, name, at), open, "{name} {at}");
        }
    }

    #[test]
    fn hours_that_are_not_known_hold_nothing_back_and_configured_hours_stay() {
        let server = rules(BusinessHours::Server(ClosedDays::default()));
        let closed_everywhere = "2026-11-21T03:00:00Z";
        assert!(is_open(&hours(&[]).rules(&server, &departments()), "day", closed_everywhere));
        assert!(is_open(&hours(&[NIGHT]).rules(&server, &departments()), "day", closed_everywhere));
        let configured = rules(BusinessHours::parse("UTC", &["sat 00:00-24:00"]).unwrap());
        assert!(is_open(
            &hours(&[DEFAULT]).rules(&configured, &departments()),
            "day",
            closed_everywhere
        ));
    }
}
