//! The share of chats that met the service level of a department in the last 30 minutes and today.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::{Attainment, ServiceLevelSpan, ServiceLevelStatus};
use crate::cycle::snapshot::Snapshot;
use crate::omnichannel::gauges::DepartmentGauges;
use crate::omnichannel::totals::service_level_history::{Judged, ServiceLevelHistory};

/// Shortfall from the objective from which a department is far below it, as a share.
const FAR_BELOW: f64 = 0.1;

/// The service level of a department at the time `now` of the server's clock.
pub(super) fn of(
    department: &DepartmentGauges,
    snapshot: &Snapshot,
    now: Timestamp,
) -> ServiceLevelStatus {
    let history = &snapshot.totals.service_level_history;
    let known = &snapshot.labels.departments;
    let name = department.ids.first().and_then(|id| known.name(id)).unwrap_or(&department.label);
    let zone = snapshot.rules.service_levels.time_zone(name);
    let objective = department.objective_ratio;
    let label = &*department.label;
    let span = |from: Timestamp, judged| {
        history.since().map(|since| span(from.max(since), since > from, judged, objective))
    };
    let half_hour = Timestamp::from_second(ServiceLevelHistory::half_hour_began(now));
    let midnight = beginning_of_day(now, &zone);
    ServiceLevelStatus {
        objective_ratio: objective,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        last_30_minutes: half_hour
            .ok()
            .and_then(|from| span(from, history.last_half_hour(label, now))),
        today: midnight.and_then(|from| span(from, history.of_day(label, from))),
    }
}

fn beginning_of_day(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    now.to_zoned(zone.clone()).start_of_day().ok().map(|day| day.timestamp())
}

fn span(since: Timestamp, is_partial: bool, judged: Judged, objective: f64) -> ServiceLevelSpan {
    let met_ratio = ratio(judged);
    ServiceLevelSpan {
        since,
        is_partial,
        judged_chats: judged.chats,
        met_chats: judged.met,
        met_ratio,
        attainment: met_ratio.map(|ratio| attainment(ratio, objective)),
    }
}

fn ratio(judged: Judged) -> Option<f64> {
    (judged.chats > 0).then(|| judged.met as f64 / judged.chats as f64)
}

/// The comparison of a share with an objective.
fn attainment(ratio: f64, objective: f64) -> Attainment {
    // 1.0 - 0.9 is above 0.1 in binary: a tolerance keeps a shortfall of just ten points the far one.
    let shortfall = objective - ratio;
    if shortfall <= 0.0 {
        Attainment::Met
    } else if shortfall < FAR_BELOW - f64::EPSILON {
        Attainment::Below
    } else {
        Attainment::FarBelow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_far_below_its_objective_from_ten_points_on() {
        for (chats, met, expected) in [
            (10, 10, Attainment::Met),
            (10, 8, Attainment::Met),
            (100, 79, Attainment::Below),
            (100, 71, Attainment::Below),
            (10, 7, Attainment::FarBelow),
            (1, 0, Attainment::FarBelow),
        ] {
            let ratio = ratio(Judged { chats, met }).unwrap();
            assert_eq!(attainment(ratio, 0.8), expected, "{met} of {chats}");
        }
        assert_eq!(ratio(Judged::default()), None);
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone_even_if_the_clock_skips_midnight() {
        let begins = |now: &str, zone: &str| {
            let zone = crate::omnichannel::business_hours::parse_time_zone(zone).unwrap();
            beginning_of_day(now.parse().unwrap(), &zone).unwrap().to_string()
        };
        assert_eq!(begins("2026-11-28T09:00:00Z", "UTC"), "2026-11-28T00:00:00Z");
        assert_eq!(begins("2026-11-28T20:00:00Z", "Asia/Tokyo"), "2026-11-28T15:00:00Z");
        assert_eq!(begins("2026-11-28T09:00:00Z", "Asia/Kathmandu"), "2026-11-27T18:15:00Z");
        assert_eq!(begins("2026-09-06T12:00:00Z", "America/Santiago"), "2026-09-06T04:00:00Z");
    }
}
