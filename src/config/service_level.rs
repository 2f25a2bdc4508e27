//! Reads the service levels of the departments of a workspace.
//!
//! Each key is layered separately: a department over its workspace over the settings for all workspaces. Keys that no
//! layer has set stay `None` until all layers are read. `omnichannel::service_level` gives the meaning of the keys.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::omnichannel::business_hours::{BusinessHours, Span, WeeklyHours, parse_time_zone};
use crate::omnichannel::closed_days::{ClosedDay, ClosedDays};
use crate::omnichannel::service_level::{ServiceLevel, ServiceLevels};

use super::reader::MappingReader;
use super::scalar::{ScalarResult, duration, name, number_up_to, text};

/// Longest time in a service level; a chat that may wait longer is no live chat.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The keys that the layers have set so far.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceLevelKeys {
    common: Keys,
    departments: BTreeMap<String, Keys>,
    voip_threshold: Option<Duration>,
}

/// The keys of one service level. The business hours are one key, because a part of them has no meaning.
#[derive(Debug, Clone, Default)]
struct Keys {
    threshold: Option<Duration>,
    objective: Option<f64>,
    short_abandon: Option<Duration>,
    exclude_sources: Option<BTreeSet<String>>,
    business_hours: Option<BusinessHours>,
}

impl ServiceLevelKeys {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        self.common.overlay(section);
        let wait = Duration::from_secs(1)..=LONGEST_WAIT;
        section.set("voip_threshold", &mut self.voip_threshold, |it| duration(wait, it).map(Some));
        let read = section.named("departments", |name, value, location, problems| {
            let mut keys = self.departments.get(name).cloned().unwrap_or_default();
            MappingReader::read(value, location, problems, |section| keys.overlay(section))?;
            Some(keys)
        });
        self.departments.extend(read.unwrap_or_default());
    }

    /// The service levels, with the default for each key that no layer has set.
    pub(super) fn resolve(self) -> ServiceLevels {
        let default = self.common.over(&ServiceLevel::default());
        let own = |(name, keys): (String, Keys)| (name, keys.over(&default));
        let departments = self.departments.into_iter().map(own).collect();
        let voip_threshold = self.voip_threshold.unwrap_or(ServiceLevels::default().voip_threshold);
        ServiceLevels { default, departments, voip_threshold }
    }
}

impl Keys {
    fn overlay(&mut self, section: &mut MappingReader<'_>) {
        let wait = |value: &_| duration(Duration::ZERO..=LONGEST_WAIT, value).map(Some);
        let threshold = Duration::from_secs(1)..=LONGEST_WAIT;
        section.set("threshold", &mut self.threshold, |value| duration(threshold, value).map(Some));
        section.set("objective", &mut self.objective, |value| number_up_to(1.0, value).map(Some));
        section.set("short_abandon", &mut self.short_abandon, wait);
        let sources = section.list("exclude_sources", name).map(BTreeSet::from_iter);
        self.exclude_sources = sources.or(self.exclude_sources.take());
        self.business_hours = read_hours(section).or(self.business_hours.take());
    }

    fn over(self, base: &ServiceLevel) -> ServiceLevel {
        let base = base.clone();
        ServiceLevel {
            threshold: self.threshold.unwrap_or(base.threshold),
            objective: self.objective.unwrap_or(base.objective),
            short_abandon: self.short_abandon.unwrap_or(base.short_abandon),
            exclude_sources: self.exclude_sources.unwrap_or(base.exclude_sources),
            business_hours: self.business_hours.unwrap_or(base.business_hours),
        }
    }
}

fn read_hours(section: &mut MappingReader<'_>) -> Option<BusinessHours> {
    let key = "business_hours";
    if section.holds_mapping(key) {
        return section.section(key, read_mapping)?;
    }
    let expected = "must be `always`, `server`, or a mapping with time_zone and open, or with from";
    section.get(key, |value| match text(value).as_deref() {
        Ok("always") => Ok(BusinessHours::Always),
        Ok("server") => Ok(BusinessHours::Server(ClosedDays::default())),
        _ => Err(expected.into()),
    })
}

fn read_mapping(section: &mut MappingReader<'_>) -> Option<BusinessHours> {
    let closed = section.list("closed", |value| described(text(value)?.parse::<ClosedDay>()));
    let closed: ClosedDays = closed.unwrap_or_default().into_iter().collect();
    let is_from = section.holds("from");
    let from = section.get("from", |value| match text(value).as_deref() {
        Ok("server") => Ok(BusinessHours::Server(closed.clone())),
        _ => Err("must be one of server".into()),
    });
    if is_from {
        return from;
    }
    match read_weekly(section)? {
        BusinessHours::Weekly(hours) => {
            Some(BusinessHours::Weekly(WeeklyHours { closed, ..hours }))
        }
        other => Some(other),
    }
}

fn read_weekly(section: &mut MappingReader<'_>) -> Option<BusinessHours> {
    let zone = section.require("time_zone", |value| described(parse_time_zone(&text(value)?)));
    if !section.holds("open") {
        section.require("open", text);
        return None;
    }
    let spans = section.list("open", |value| described(text(value)?.parse::<Span>()));
    let hours = BusinessHours::weekly(zone?, spans?);
    hours.map_err(|error| section.complain("open", &error)).ok()
}

fn described<T, E: ToString>(read: Result<T, E>) -> ScalarResult<T> {
    read.map_err(|error| error.to_string().into())
}
