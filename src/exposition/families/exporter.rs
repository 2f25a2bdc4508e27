//! The families about the exporter itself, for one workspace.

use super::super::catalog;
use super::super::page_builder::PageBuilder;
use super::flag;
use crate::cycle::snapshot::{Counting, Snapshot};
use crate::cycle::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::capabilities::{OnHoldForm, Support};
use crate::rocketchat::error::Reason;
use crate::rocketchat::request_stats::{NO_ANSWER, Traffic};

/// The architecture for which this exporter was compiled.
const TARGET: &str = std::env::consts::ARCH;

/// Fills everything that the exporter reports about its work on one workspace.
pub(super) fn fill(builder: &mut PageBuilder, snapshot: &Snapshot) {
    let w = &*snapshot.workspace;
    let version = env!("CARGO_PKG_VERSION");
    builder.gauge(&catalog::BUILD_INFO, &[w, version, TARGET], 1.0);
    let server =
        snapshot.capabilities.version().map_or(String::new(), |version| version.to_string());
    builder.gauge(&catalog::TARGET_INFO, &[w, &snapshot.url, &server], 1.0);
    if let Some(is_up) = snapshot.is_up() {
        builder.gauge(&catalog::UP, &[w], flag(is_up));
    }
    if snapshot.cycles > 0 {
        let clock = &snapshot.clock;
        builder.gauge(&catalog::CLOCK_OFFSET_SECONDS, &[w], clock.said_offset().as_secs_f64());
        builder.gauge(&catalog::CLOCK_SPREAD_SECONDS, &[w], clock.spread().as_secs_f64());
        let dropped = clock.dropped() as f64;
        builder.counter(&catalog::CLOCK_SAMPLES_DROPPED_TOTAL, &[w], dropped);
        fill_capabilities(builder, snapshot);
    }
    for status in &snapshot.lists {
        fill_list(builder, w, status);
        fill_records(builder, w, status, &snapshot.counting);
    }
    builder.counter(&catalog::CYCLE_PANICS_TOTAL, &[w], snapshot.panics as f64);
    fill_dropped(builder, snapshot);
    fill_traffic(builder, w, &snapshot.request_stats.traffic());
}

fn fill_list(builder: &mut PageBuilder, w: &str, status: &ListStatus) {
    let labels = [w, status.list.label()];
    let [_, collector] = labels;
    if let Some(works) = status.works() {
        builder.gauge(&catalog::COLLECTOR_SUCCESS, &labels, flag(works));
    }
    if let Some(at) = status.last_success {
        let seconds = at.as_millisecond() as f64 / 1000.0;
        builder.gauge(&catalog::LAST_SUCCESS_TIMESTAMP_SECONDS, &labels, seconds);
        let took = status.took.as_secs_f64();
        builder.gauge(&catalog::COLLECTION_DURATION_SECONDS, &labels, took);
        builder.gauge(&catalog::TRUNCATED, &labels, flag(status.truncated));
    }
    if status.is_asked() {
        let interval = status.effective_interval().as_secs_f64();
        builder.gauge(&catalog::POLL_INTERVAL_SECONDS, &labels, interval);
    }
    for reason in Reason::ALL {
        let failures = status.failures.get(reason).copied().unwrap_or_default();
        let labels = [w, collector, reason.label()];
        builder.counter(&catalog::POLL_FAILURES_TOTAL, &labels, failures as f64);
    }
    if matches!(status.list, List::Queued | List::Closed | List::OnHold | List::Open) {
        let rows = status.contradictions as f64;
        builder.counter(&catalog::FILTER_MISMATCH_TOTAL, &labels, rows);
    }
}

/// The late closed chats, and the chats and calls with impossible values, are known only from counting.
fn fill_records(builder: &mut PageBuilder, w: &str, status: &ListStatus, counting: &Counting) {
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
            let labels = [w, status.list.label(), result];
            builder.counter(&catalog::RECORDS_TOTAL, &labels, rows as f64);
        }
    }
}

fn fill_capabilities(builder: &mut PageBuilder, snapshot: &Snapshot) {
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
    ];
    for (name, has) in known {
        builder.gauge(&catalog::CAPABILITY, &[&snapshot.workspace, name], flag(has));
    }
}

fn fill_dropped(builder: &mut PageBuilder, snapshot: &Snapshot) {
    for (label, values) in snapshot.labels.folded_ever() {
        let labels = [&*snapshot.workspace, label];
        builder.counter(&catalog::DROPPED_LABEL_VALUES_TOTAL, &labels, values as f64);
    }
}

fn fill_traffic(builder: &mut PageBuilder, w: &str, traffic: &Traffic) {
    for ((endpoint, code), requests) in &traffic.requests {
        let code = if *code == NO_ANSWER { "none".to_owned() } else { code.to_string() };
        let labels = [w, endpoint.route(), &code];
        builder.counter(&catalog::API_REQUESTS_TOTAL, &labels, *requests as f64);
    }
    for (endpoint, durations) in &traffic.durations {
        let labels = [w, endpoint.route()];
        let retries = traffic.retries.get(endpoint).copied().unwrap_or_default();
        builder.counter(&catalog::API_RETRIES_TOTAL, &labels, retries as f64);
        builder.histogram(&catalog::API_REQUEST_DURATION_SECONDS, &labels, durations);
    }
    for (endpoint, (announced, reset_at)) in &traffic.limits {
        let labels = [w, endpoint.route()];
        builder.gauge(&catalog::API_RATE_LIMIT, &labels, f64::from(announced.limit));
        let remaining = f64::from(announced.remaining);
        builder.gauge(&catalog::API_RATE_LIMIT_REMAINING, &labels, remaining);
        builder.gauge(&catalog::API_RATE_LIMIT_RESET_TIMESTAMP_SECONDS, &labels, *reset_at);
    }
    for (endpoint, seconds) in &traffic.throttled_seconds {
        builder.counter(&catalog::THROTTLED_SECONDS_TOTAL, &[w, endpoint.route()], *seconds);
    }
}
