//! The health of the exporter: each list, the request budget, counting, and the first line of the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::facts::{
    Condition, CountingStatus, ListHealth, ListReading, ReloadStatus, RouteBudget, StatusFacts,
    WorkspaceStatus,
};
use super::{board, problems};
use crate::cycle::snapshot::{Counting, Snapshot};
use crate::cycle::status::ListStatus;
use crate::rocketchat::request_stats::Traffic;
use crate::sanitize;

/// Longest text of a failure that is shown, bytes.
const LONGEST_FAILURE: usize = 1024;
/// Longest name or address of a workspace that is shown, bytes.
const LONGEST_NAME: usize = 256;

/// All facts at the time `now`, which is `rendered_at` by the wall clock.
pub fn status(
    snapshots: &[Arc<Snapshot>],
    reload: ReloadStatus,
    now: Instant,
    rendered_at: Timestamp,
) -> StatusFacts {
    let workspaces: Vec<_> = snapshots.iter().map(|it| workspace(it, now)).collect();
    let worst = workspaces.iter().map(|it| it.condition).max().unwrap_or(Condition::Well);
    let is_unreloaded = worst < Condition::Incomplete && !reload.is_successful;
    StatusFacts {
        condition: if is_unreloaded { Condition::Incomplete } else { worst },
        summary: summary(&workspaces, reload),
        exporter_version: env!("CARGO_PKG_VERSION"),
        rendered_at,
        reload,
        workspaces,
    }
}

fn summary(workspaces: &[WorkspaceStatus], reload: ReloadStatus) -> String {
    let mut problems: Vec<_> =
        workspaces.iter().filter(|it| it.condition != Condition::Well).collect();
    problems.sort_by_key(|it| std::cmp::Reverse(it.condition));
    let mut sentences: Vec<String> = problems.iter().map(|it| it.summary.clone()).collect();
    if !reload.is_successful {
        let sentence = "The last reload of the configuration failed: the previous configuration stays in effect; the log \
            has the reason.";
        sentences.push(sentence.to_owned());
    }
    match (&*sentences, workspaces) {
        ([], []) => "This exporter watches no workspace.".to_owned(),
        ([], [_]) => "All is well: the workspace is read.".to_owned(),
        ([], all) => format!("All is well: {} workspaces are read.", all.len()),
        _ => sentences.join(" "),
    }
}

fn workspace(snapshot: &Snapshot, now: Instant) -> WorkspaceStatus {
    let lists: Vec<_> = snapshot.lists.iter().map(|status| list(status, now)).collect();
    let name = sanitize::name(&snapshot.workspace, LONGEST_NAME);
    let counting = counting(&snapshot.counting);
    let problems = problems::of(&name, snapshot, &lists, &counting, now);
    let sentences: Vec<_> = problems.iter().map(|it| &*it.sentence).collect();
    WorkspaceStatus {
        condition: problems.first().map_or(Condition::Well, |it| it.condition),
        summary: if sentences.is_empty() {
            format!("Workspace {name} is read.")
        } else {
            sentences.join(" ")
        },
        name,
        url: sanitize::name(&snapshot.url, LONGEST_NAME),
        server_version: snapshot.capabilities.version().map(|version| version.to_string()),
        departments: board::departments(snapshot, now),
        lists,
        routes: routes(&snapshot.request_stats.traffic()),
        counting,
    }
}

fn list(status: &ListStatus, now: Instant) -> ListHealth {
    let age = status.refreshed.map(|at| now.saturating_duration_since(at));
    let last_failure = status.last_failure.as_ref().map(ToString::to_string);
    ListHealth {
        name: status.list.into(),
        is_mandatory: status.list.is_mandatory(),
        reading: reading(status, now),
        age_seconds: age.map(|age| age.as_secs_f64()),
        interval_seconds: status.is_asked().then(|| status.effective_interval().as_secs_f64()),
        pages: status.pages,
        is_truncated: status.truncated,
        failures: status.failures.values().sum(),
        has_failed: status.refused || status.works() == Some(false),
        last_failure: last_failure.as_deref().map(failure),
    }
}

fn failure(text: &str) -> String {
    sanitize::name(text, LONGEST_FAILURE)
}

fn reading(status: &ListStatus, now: Instant) -> ListReading {
    match status.works() {
        _ if status.refused => ListReading::Refused,
        None => ListReading::Untried,
        Some(true) if status.is_fresh(now) => ListReading::Works,
        Some(_) => ListReading::Fails,
    }
}

fn routes(traffic: &Traffic) -> Vec<RouteBudget> {
    let mut requests: BTreeMap<_, u64> = BTreeMap::new();
    for ((endpoint, _), count) in &traffic.requests {
        *requests.entry(*endpoint).or_default() += count;
    }
    let route = |(endpoint, requests)| {
        let announced = traffic.limits.get(&endpoint).map(|(announced, _)| announced);
        RouteBudget {
            route: endpoint.route(),
            requests,
            limit: announced.map(|it| it.limit),
            remaining: announced.map(|it| it.remaining),
            throttled_seconds: traffic.throttled_seconds.get(&endpoint).copied().unwrap_or(0.0),
        }
    };
    requests.into_iter().map(route).collect()
}

fn counting(counting: &Counting) -> CountingStatus {
    CountingStatus {
        is_persistent: counting.is_persistent,
        restored: counting.restored.map(|outcome| outcome.as_ref().to_owned()),
        write_failures: counting.write_failures,
        write_failure: counting.write_failure.as_deref().map(failure),
        lost_state: counting.lost_state.as_deref().map(failure),
        watermark: counting.watermark,
        unobserved_seconds: counting.unobserved_seconds,
        audit_missing_chats: counting.audit.map(|audit| audit.missing),
        audit_vanished_chats: counting.audit.map(|audit| audit.vanished),
    }
}
