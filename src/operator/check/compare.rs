//! The comparison of the configuration with the policies and the hours of the server.
//!
//! A difference is no fault: the configuration may differ on purpose. It is reported, so that it is known.

use jiff::{SignedDuration, Timestamp};

use super::report::CheckReport;
use crate::omnichannel::business_hours::{BusinessHours, WeeklyHours};
use crate::omnichannel::closed_days::ClosedDays;
use crate::omnichannel::server_hours::ServerHours;
use crate::omnichannel::service_level::ServiceLevels;
use crate::operator::client::Departments;
use crate::rocketchat::slas::SlaRow;

/// Minutes of a week.
const WEEK: i64 = 7 * 24 * 60;

/// Reports thresholds that no SLA policy of the server promises; nothing if the server has no policy.
pub(super) fn thresholds(
    levels: &ServiceLevels,
    policies: &[SlaRow],
    report: &mut CheckReport<'_>,
) {
    let due: Vec<f64> = policies.iter().filter_map(SlaRow::due_seconds).collect();
    if due.is_empty() {
        return;
    }
    let promised: Vec<String> = due.iter().map(|seconds| format!("{seconds} s")).collect();
    let configured = levels.departments.iter().map(|(name, level)| (name.as_str(), level));
    for (name, level) in [("all departments", &levels.default)].into_iter().chain(configured) {
        let threshold = level.threshold.as_secs_f64();
        if !due.contains(&threshold) {
            let found = format!(
                "{name}: {threshold} s is configured, and the SLA policies of the server promise {}",
                promised.join(", ")
            );
            report.aside("service_level.threshold", &found);
        }
    }
}

/// Reports that agents or departments have limits of their own which differ from the configured limit of chats; nothing
/// if no limit is configured. `agents` are the limits on the first page of agents.
pub(super) fn chat_limits(
    configured: Option<u32>,
    agents: &[u64],
    departments: &[u64],
    report: &mut CheckReport<'_>,
) {
    let Some(configured) = configured.map(u64::from) else { return };
    for (whose, limits) in [("agents", agents), ("departments", departments)] {
        let others = || limits.iter().filter(|limit| **limit > 0 && **limit != configured);
        if let (Some(least), Some(most)) = (others().min(), others().max()) {
            let found = format!(
                "{configured} is configured, and {} {whose} have another limit in Rocket.Chat, from {least} to {most}",
                others().count()
            );
            report.aside("agents.chat_limit", &found);
        }
    }
}

/// Reports configured business hours that differ from the server's.
pub(super) fn hours(
    levels: &ServiceLevels,
    server: &ServerHours,
    departments: &Departments,
    now: Timestamp,
    report: &mut CheckReport<'_>,
) {
    compare(
        "all departments",
        &levels.default.business_hours,
        server.of_department(None),
        now,
        report,
    );
    for (name, level) in &levels.departments {
        for id in departments.named(name) {
            let server = server.of_department(Some(&id));
            compare(name, &level.business_hours, server, now, report);
        }
    }
}

fn compare(
    name: &str,
    configured: &BusinessHours,
    server: Option<&WeeklyHours>,
    now: Timestamp,
    report: &mut CheckReport<'_>,
) {
    let what = "service_level.business_hours";
    match (configured, server) {
        (BusinessHours::Server(_), None) => {
            report.aside(what, &format!("{name}: the server has no hours, so it is always open"));
        }
        (BusinessHours::Weekly(configured), Some(server)) => {
            let Some(at) = first_difference(configured, server, now) else { return };
            let word = |is_open| if is_open { "open" } else { "closed" };
            let (here, there) = (word(configured.is_open(at)), word(server.is_open(at)));
            report.aside(
                what,
                &format!("{name}: at {at} it is {here} here and {there} at the server"),
            );
        }
        (BusinessHours::Always | BusinessHours::Server(_) | BusinessHours::Weekly(_), _) => {}
    }
}

/// The first minute of the next seven days at which the hours differ; closed days are left out, because the server has
/// none.
fn first_difference(here: &WeeklyHours, there: &WeeklyHours, now: Timestamp) -> Option<Timestamp> {
    let here = WeeklyHours { closed: ClosedDays::default(), ..here.clone() };
    let start = Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(60)).ok()?;
    let minutes =
        (0..WEEK).filter_map(|minute| start.checked_add(SignedDuration::from_mins(minute)).ok());
    minutes.into_iter().find(|at| here.is_open(*at) != there.is_open(*at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::business_hours::HourRow;
    use crate::rocketchat::page;

    fn lines(levels: &ServiceLevels, hour: &str) -> Vec<String> {
        let body = format!(r#"{{"businessHour":{hour}}}"#);
        let rows = page::decode::<HourRow>(body.as_bytes()).unwrap().rows;
        let mut lines = Vec::new();
        let mut print = |line: &str| lines.push(line.to_owned());
        let mut report = CheckReport::new(&mut print);
        let now = "2026-11-20T12:00:30Z".parse().unwrap();
        hours(levels, &ServerHours::of(&rows), &Departments::unknown(), now, &mut report);
        lines
    }

    fn levels(business_hours: BusinessHours) -> ServiceLevels {
        let mut levels = ServiceLevels::default();
        levels.default.business_hours = business_hours;
        levels
    }

    const FRIDAY: &str = r#"{"type":"default","timezone":{"name":"Europe/Berlin"},"workHours":[
        {"day":"Friday","start":{"time":"08:00"},"finish":{"time":"20:00"},"open":true}]}"#;

    #[test]
    fn limits_of_agents_and_departments_that_differ_are_told_if_one_is_configured() {
        let lines = |configured, agents: &[u64], departments: &[u64]| {
            let mut lines = Vec::new();
            let mut print = |line: &str| lines.push(line.to_owned());
            chat_limits(configured, agents, departments, &mut CheckReport::new(&mut print));
            lines
        };
        let told = lines(Some(4), &[0, 4, 6, 2, 5], &[3]);
        assert!(told[0].contains("4 is configured, and 3 agents have another limit"), "{told:?}");
        assert!(told[0].contains("from 2 to 6") && told[1].contains("1 departments"), "{told:?}");
        assert!(lines(Some(4), &[0, 4], &[4]).is_empty());
        assert!(lines(None, &[6], &[3]).is_empty(), "no limit is configured");
    }

    #[test]
    fn the_first_minute_of_a_difference_is_named() {
        let configured =
            |span: &str| levels(BusinessHours::parse("Europe/Berlin", &[span]).unwrap());
        assert!(lines(&configured("fri 08:00-20:00"), FRIDAY).is_empty());
        let line = &lines(&configured("fri 08:00-18:00"), FRIDAY)[0];
        assert!(
            line.contains("at 2026-11-20T17:00:00Z it is closed here and open at the server"),
            "{line}"
        );
        assert!(lines(&levels(BusinessHours::Always), FRIDAY).is_empty());
        let unknown = lines(&levels(BusinessHours::Server([].into_iter().collect())), "null");
        assert!(unknown[0].contains("always open"), "{unknown:?}");
    }
}
