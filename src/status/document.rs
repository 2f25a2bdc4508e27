//! The HTML of the page.
//!
//! Every text is escaped. All links to the exporter are relative, so that the page works below a sub-path of a proxy.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets::{SCRIPT, STYLE};
use super::board_table;
use super::facts::{
    Condition, CountingStatus, ListHealth, ListReading, RouteBudget, StatusFacts, WorkspaceStatus,
};
use super::spelled::{duration, known};
use super::table::table;

const DOCUMENTATION: &str = "https://github.com/rocketchat-omnichannel-exporter/rocketchat-omnichannel-exporter/blob/main/README.md";

/// The whole document; `telemetry_path` is the path of the metrics.
pub(super) fn document(status: &StatusFacts, telemetry_path: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title(status.condition)) }
                link rel="icon" href="data:,";
                noscript { meta http-equiv="refresh" content="5"; }
                style { (PreEscaped(STYLE)) }
            }
            body {
                // Before the numbers: a page that is not renewed must not look alive.
                p #lost .lost hidden { span role="alert" {} span {} }
                main { (content(status, telemetry_path)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn title(condition: Condition) -> &'static str {
    match condition {
        Condition::Well => "Well – Omnichannel",
        Condition::Starting => "Starting – Omnichannel",
        Condition::Incomplete => "Incomplete – Omnichannel",
        Condition::Unreadable => "Cannot be read – Omnichannel",
    }
}

fn content(status: &StatusFacts, telemetry_path: &str) -> Markup {
    let reload = status.reload;
    html! {
        p .first .(colour(status.condition)) role="status" aria-live="polite" { (status.summary) }
        h1 { "Rocket.Chat Omnichannel, by rocketchat-omnichannel-exporter " (status.exporter_version) }
        @for workspace in &status.workspaces { (section(workspace)) }
        h2 { "Exporter" }
        p {
            "Configuration: "
            @if reload.is_successful { "in effect since " } @else { "the last reload failed; in effect since " }
            (format!("{:.0}", reload.succeeded_at)) ". Page of " (format!("{:.0}", status.rendered_at)) "."
        }
        nav aria-label="Endpoints" {
            a href=(telemetry_path.trim_start_matches('/')) { "Metrics" }
            a href="sd" { "Targets" }
            a href="config" { "Configuration" }
            a href="-/healthy" { "Health" }
            a href="-/ready" { "Readiness" }
            a href="status.json" { "These facts as JSON" }
            a href=(DOCUMENTATION) rel="noopener noreferrer" { "Documentation" }
        }
    }
}

fn colour(condition: Condition) -> &'static str {
    match condition {
        Condition::Well => "well",
        Condition::Starting | Condition::Incomplete => "amber",
        Condition::Unreadable => "red",
    }
}

fn section(workspace: &WorkspaceStatus) -> Markup {
    let chats = format!("{}/omnichannel/current", workspace.url.trim_end_matches('/'));
    html! {
        section aria-label=(workspace.name) {
            h2 { bdi { (workspace.name) } }
            p {
                a href=(chats) rel="noopener noreferrer" { "Chats in Rocket.Chat" }
                @if let Some(version) = &workspace.server_version { ", version " (version) }
            }
            (board_table::board(&workspace.departments))
            details open[workspace.condition == Condition::Unreadable] {
                summary { "Health of the exporter for " bdi { (workspace.name) } }
                (lists(&workspace.lists))
                (routes(&workspace.routes))
                (counting(&workspace.counting))
            }
        }
    }
}

fn lists(lists: &[ListHealth]) -> Markup {
    let rows = html! {
        @for list in lists {
            tr {
                th scope="row" { (list.name) }
                td { (reading(list.reading)) }
                td { (known(list.age_seconds.map(duration))) }
                td { (known(list.interval_seconds.map(duration))) }
                td { (list.failures) }
                td .text {
                    @if list.is_truncated { "The limit of pages cut the list; raise poll.max_pages. " }
                    (list.last_failure.as_deref().unwrap_or_default())
                }
            }
        }
    };
    let columns = ["List", "State", "Age", "Interval", "Failures", "Last failure and its remedy"];
    table("Lists", "lists", &columns, &rows)
}

fn reading(reading: ListReading) -> Markup {
    let (class, words) = match reading {
        ListReading::Works => ("well", "works"),
        ListReading::Fails => ("red", "fails"),
        ListReading::Refused => ("amber", "refused"),
        ListReading::Untried => ("dim", "not tried"),
    };
    html! { span .state .(class) { (words) } }
}

fn routes(routes: &[RouteBudget]) -> Markup {
    let rows = html! {
        @for route in routes {
            tr {
                th scope="row" { (route.route) }
                td { (route.requests) }
                td { (known(route.limit)) }
                td { (known(route.remaining)) }
                td { (duration(route.throttled_seconds)) }
            }
        }
    };
    let columns = ["Route", "Requests", "Limit of the server", "Left", "Waited for the budget"];
    table("Request budget", "", &columns, &rows)
}

fn counting(counting: &CountingStatus) -> Markup {
    html! {
        h3 { "Counting" }
        p {
            @if counting.is_persistent { "Totals outlive a restart. " }
            @else { "Totals begin at zero at each start: set state.directory to keep them. " }
            @if let Some(restored) = &counting.restored { "State at the start: " (restored) ". " }
            @if counting.write_failures > 0 {
                "Failed writes of the state since the start: " (counting.write_failures) ". "
            }
            @if let Some(watermark) = counting.watermark {
                "Closed chats are counted up to " (format!("{watermark:.0}")) ". "
            }
            "Not observed: " (duration(counting.unobserved_seconds)) ". "
            @if let Some(missing) = counting.audit_missing_chats {
                "Last audit: " (missing) " chats missing, " (known(counting.audit_vanished_chats)) " vanished."
            } @else { "No audit yet." }
        }
    }
}
