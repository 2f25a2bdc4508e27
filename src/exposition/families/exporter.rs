//! The families about the exporter itself, for one workspace.

use strum::VariantArray;

use super::super::page_builder::WorkspacePage;
use super::flag::flag;
use crate::catalog;
use crate::cycle::snapshot::{Counting, Snapshot};
use crate::cycle::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::capabilities::{OnHoldForm, Support};
use crate::rocketchat::error::Reason;
use crate::rocketchat::instant::epoch_seconds;
use crate::rocketchat::request_stats::{NO_ANSWER, Traffic};
use crate::webhook::nudges::Nudges;

/// The architecture for which this exporter was compiled.
const TARGET: &str = std::env::consts::ARCH;

/// Fills everything that the exporter reports about its work on one workspace.
pub(super) fn fill(page: &mut WorkspacePage<'_>, snapshot: &Snapshot) {
    let version = env!("CARGO_PKG_VERSION");
    page.gauge(catalog::BUILD_INFO, [version, TARGET], 1.0);
    let server =
        snapshot.capabilities.version().map_or(String::new(), |version| version.to_string());
    page.gauge(catalog::TARGET_INFO, [&snapshot.url, &server], 1.0);
    page.gauge(catalog::UP, [], snapshot.is_up().map(flag));
    if snapshot.cycles > 0 {
        let clock = &snapshot.clock;
        page.gauge(catalog::CLOCK_OFFSET_SECONDS, [], clock.said_offset().as_secs_f64());
        page.gauge(catalog::CLOCK_SPREAD_SECONDS, [], clock.spread().as_secs_f64());
        page.counter(catalog::CLOCK_SAMPLES_DROPPED_TOTAL, [], clock.dropped() as f64);
        fill_capabilities(page, snapshot);
    }
    for status in &snapshot.lists {
        fill_list(page, status);
        fill_records(page, status, &snapshot.counting);
    }
    page.counter(catalog::CYCLE_PANICS_TOTAL, [], snapshot.panics as f64);
    for (label, values) in snapshot.labels.folded_ever() {
        page.counter(catalog::DROPPED_LABEL_VALUES_TOTAL, [label], values as f64);
    }
    fill_traffic(page, &snapshot.request_stats.traffic());
    if let Some(nudges) = &snapshot.nudges {
        fill_webhooks(page, nudges);
    }
}

fn fill_webhooks(page: &mut WorkspacePage<'_>, nudges: &Nudges) {
    for (event_type, webhooks) in nudges.received() {
        page.counter(catalog::WEBHOOKS_TOTAL, [event_type.as_ref()], webhooks as f64);
    }
    page.counter(catalog::NUDGED_POLLS_TOTAL, [], nudges.polls() as f64);
}

fn fill_list(page: &mut WorkspacePage<'_>, status: &ListStatus) {
    let list = [status.list.as_ref()];
    page.gauge(catalog::COLLECTOR_SUCCESS, list, status.works().map(flag));
    if let Some(at) = status.last_success {
        page.gauge(catalog::LAST_SUCCESS_TIMESTAMP_SECONDS, list, epoch_seconds(at));
        page.gauge(catalog::COLLECTION_DURATION_SECONDS, list, status.took.as_secs_f64());
        page.gauge(catalog::TRUNCATED, list, flag(status.truncated));
    }
    let interval = status.is_asked().then(|| status.effective_interval().as_secs_f64());
    page.gauge(catalog::POLL_INTERVAL_SECONDS, list, interval);
    for reason in Reason::VARIANTS {
        let failures = status.failures.get(reason).copied().unwrap_or_default();
        let labels = [status.list.as_ref(), reason.as_ref()];
        page.counter(catalog::POLL_FAILURES_TOTAL, labels, failures as f64);
    }
    if matches!(status.list, List::Queued | List::Closed | List::OnHold | List::Open) {
        page.counter(catalog::FILTER_MISMATCH_TOTAL, list, status.contradictions as f64);
    }
}

/// The late closed chats, and the chats and calls with impossible values, are known only from counting.
fn fill_records(page: &mut WorkspacePage<'_>, status: &ListStatus, counting: &Counting) {
    let (records, is_closed) = (status.records, status.list == List::Closed);
    let late = if is_closed { counting.late_records } else { 0 };
    let invalid = match status.list {
        List::Closed => counting.invalid_chats,
        List::Calls => counting.invalid_calls,
        _ => 0,
    };
    let results = [
        ("duplicate", Some(records.duplicate)),
        ("invalid", Some(records.invalid + invalid)),
        ("late", is_closed.then_some(late)),
        ("new", Some(records.new.saturating_sub(late))),
    ];
    for (result, rows) in results {
        if let Some(rows) = rows {
            page.counter(catalog::RECORDS_TOTAL, [status.list.as_ref(), result], rows as f64);
        }
    }
}

fn fill_capabilities(page: &mut WorkspacePage<'_>, snapshot: &Snapshot) {
    let capabilities = snapshot.capabilities;
    let offers = |list| {
        let status = snapshot.lists.iter().find(|status| status.list == list);
        status.is_some_and(|status| !status.refused && status.refreshed.is_some())
    };
    let voip = capabilities.voip() == Support::Yes || offers(List::Calls);
    let known = [
        ("queued_filter", capabilities.queued_filter() == Support::Yes || offers(List::Queued)),
        ("onhold_filter", capabilities.onhold() != OnHoldForm::Unknown),
        ("response_times", capabilities.response_times()),
        ("voip", voip),
        ("room_department_name", snapshot.names_departments),
        ("departments", offers(List::Departments)),
        ("agents", offers(List::Agents)),
        ("members", snapshot.reads_members),
        ("priorities", offers(List::Priorities)),
        ("slas", offers(List::Slas)),
        ("licence", offers(List::Licence)),
        ("hours", offers(List::Hours)),
        ("widget", offers(List::Widget)),
    ];
    for (name, has) in known {
        page.gauge(catalog::CAPABILITY, [name], flag(has));
    }
}

fn fill_traffic(page: &mut WorkspacePage<'_>, traffic: &Traffic) {
    for ((endpoint, code), requests) in &traffic.requests {
        let code = if *code == NO_ANSWER { "none".to_owned() } else { code.to_string() };
        page.counter(catalog::API_REQUESTS_TOTAL, [endpoint.route(), &code], *requests as f64);
    }
    for (endpoint, durations) in &traffic.durations {
        let labels = [endpoint.route()];
        let retries = traffic.retries.get(endpoint).copied().unwrap_or_default();
        page.counter(catalog::API_RETRIES_TOTAL, labels, retries as f64);
        page.histogram(catalog::API_REQUEST_DURATION_SECONDS, labels, durations);
    }
    for (endpoint, (announced, reset_at)) in &traffic.limits {
        let labels = [endpoint.route()];
        page.gauge(catalog::API_RATE_LIMIT, labels, f64::from(announced.limit));
        page.gauge(catalog::API_RATE_LIMIT_REMAINING, labels, f64::from(announced.remaining));
        page.gauge(catalog::API_RATE_LIMIT_RESET_TIMESTAMP_SECONDS, labels, *reset_at);
    }
    for (endpoint, seconds) in &traffic.throttled_seconds {
        page.counter(catalog::THROTTLED_SECONDS_TOTAL, [endpoint.route()], *seconds);
    }
}
