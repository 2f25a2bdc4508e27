//! What the log says of a cycle: changes, not states, and one line for one cause.
//!
//! Called at the end of each cycle with the statuses before and after it. A server that is down is one
//! line, however many lists wait for it; that it still is down is none.

use std::collections::BTreeMap;

use super::status::ListStatus;

/// Logs which lists began to fail, work again, or are not offered.
pub(crate) fn changes(workspace: &str, before: &[ListStatus], after: &[ListStatus]) {
    let was = |list, test: fn(&ListStatus) -> bool| {
        before
            .iter()
            .any(|status| status.list == list && test(status))
    };
    let began = |test: fn(&ListStatus) -> bool| {
        after
            .iter()
            .filter(move |status| test(status) && !was(status.list, test))
    };
    for (cause, collectors) in by_cause(began(failed)) {
        tracing::warn!(workspace, collectors, "{cause}");
    }
    for (cause, collectors) in by_cause(began(|status| status.refused)) {
        tracing::info!(workspace, collectors, "Not available here: {cause}");
    }
    let recovered = after.iter().filter(|status| status.succeeded == Some(true));
    let recovered = recovered.filter(|status| was(status.list, failed));
    let collectors: Vec<&str> = recovered.map(|status| status.list.label()).collect();
    if !collectors.is_empty() {
        tracing::info!(workspace, collectors = collectors.join(","), "Works again.");
    }
}

fn failed(status: &ListStatus) -> bool {
    status.succeeded == Some(false)
}

fn by_cause<'a>(statuses: impl Iterator<Item = &'a ListStatus>) -> BTreeMap<String, String> {
    let mut causes = BTreeMap::<String, String>::new();
    for status in statuses {
        let cause = status
            .last_failure
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let collectors = causes.entry(cause).or_default();
        if !collectors.is_empty() {
            collectors.push(',');
        }
        collectors.push_str(status.list.label());
    }
    causes
}
