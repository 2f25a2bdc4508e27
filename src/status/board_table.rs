//! The board of a workspace as HTML. Each colour has a text beside it.

use maud::{Markup, html};

use super::facts::{Attainment, DepartmentStatus, ServiceLevelSpan, TargetComparison};
use super::spelled::{duration, known, time_of_day};
use super::table::table;

/// Beginning of the names of the columns that need a whole line on a narrow screen.
const SERVICE_LEVEL: &str = "Service level";

const COLUMNS: [&str; 10] = [
    "Department",
    "Target time",
    "Waiting",
    "Oldest wait",
    "In progress",
    "On hold",
    "Accepting",
    "Free slots",
    "Service level, 30 min",
    "Service level, today",
];

/// The board.
pub(super) fn board(departments: &[DepartmentStatus]) -> Markup {
    let rows = html! { @for department in departments { (row(department)) } };
    table("Departments", "board", &COLUMNS, &rows)
}

fn row(department: &DepartmentStatus) -> Markup {
    let level = &department.service_level;
    let (objective, zone) = (level.objective_ratio, level.time_zone.as_str());
    let cells = [
        target(department),
        text(&known(department.waiting_chats)),
        text(&known(department.oldest_wait_seconds.map(duration))),
        text(&known(department.chats_in_progress)),
        text(&known(department.chats_on_hold)),
        needed(department.accepting_agents, department, "nobody"),
        needed(department.free_slots, department, "no slot"),
        span(level.last_30_minutes.as_ref(), objective, zone),
        span(level.today.as_ref(), objective, zone),
    ];
    html! {
        tr {
            th scope="row" {
                bdi { (department.name) }
                @if department.is_open == Some(false) { " " span .dim { "(closed)" } }
            }
            @for (name, cell) in COLUMNS.iter().skip(1).zip(cells) {
                td .wide[name.starts_with(SERVICE_LEVEL)] data-name=(name) { (cell) }
            }
        }
    }
}

fn text(text: &str) -> Markup {
    html! { (text) }
}

fn target(department: &DepartmentStatus) -> Markup {
    let (class, words) = match department.target_time {
        TargetComparison::Within => ("well", "within"),
        TargetComparison::Over => ("amber", "over"),
        TargetComparison::FarOver => ("red", "far over"),
        TargetComparison::Unknown => ("unknown", "unknown"),
    };
    html! { span .state .(class) { (words) " " (duration(department.target_seconds)) } }
}

/// A number that should not be 0 while chats wait in open hours.
fn needed(number: Option<u64>, department: &DepartmentStatus, lacking: &str) -> Markup {
    let waits = department.waiting_chats.is_some_and(|waiting| waiting > 0);
    if number == Some(0) && waits && department.is_open != Some(false) {
        html! { span .state .red { "0, " (lacking) } }
    } else {
        text(&known(number))
    }
}

fn span(span: Option<&ServiceLevelSpan>, objective: f64, zone: &str) -> Markup {
    let Some(span) = span else { return text("–") };
    let (class, words) = match span.attainment {
        Some(Attainment::Met) => ("well", "met"),
        Some(Attainment::Below) => ("amber", "below"),
        Some(Attainment::FarBelow) => ("red", "far below"),
        None => ("dim", ""),
    };
    html! {
        @if let Some(ratio) = span.met_ratio {
            span .state .(class) { (percent(ratio)) " " (words) }
            " " span .dim { "of " (span.judged_chats) ", objective " (percent(objective)) }
        } @else {
            span .dim { "no chat judged" }
        }
        @if span.is_partial { " " span .dim { "since " (time_of_day(span.since, zone)) } }
    }
}

/// A share, rounded down, so that only a full one is 100 %.
fn percent(ratio: f64) -> String {
    // A share such as 0.29 is a little less than 29 hundredths in binary.
    format!("{} %", (ratio * 100.0 + 1e-9).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down() {
        for (ratio, text) in [(1.0, "100 %"), (0.999, "99 %"), (0.29, "29 %"), (0.0, "0 %")] {
            assert_eq!(percent(ratio), text);
        }
    }
}
