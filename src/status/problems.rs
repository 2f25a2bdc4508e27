//! The problems of a workspace, each with its remedy. Of several lists that fail, the first one is told.

use std::time::Duration;

use tokio::time::Instant;

use super::facts::{Condition, CountingStatus, ListHealth, ListReading};
use super::spelled::duration;
use crate::cycle::snapshot::Snapshot;
use crate::omnichannel::list::List;

/// Shortest time after which a first poll that has not ended is a problem.
const LONGEST_FIRST_POLL: Duration = Duration::from_secs(120);

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The condition of a workspace with this problem.
    pub(super) condition: Condition,
    /// One or two sentences.
    pub(super) sentence: String,
}

/// The problems of the workspace `name`, the worst one first.
pub(super) fn of(
    name: &str,
    snapshot: &Snapshot,
    lists: &[ListHealth],
    counting: &CountingStatus,
    now: Instant,
) -> Vec<Problem> {
    let mut problems: Vec<_> = reading(name, snapshot, lists, now).into_iter().collect();
    problems.extend(lists.iter().filter(|it| it.is_truncated).map(|it| truncated(name, it)));
    problems.extend(not_durable(name, counting));
    problems.extend(not_counted(name, counting));
    problems.sort_by_key(|it| std::cmp::Reverse(it.condition));
    problems
}

fn incomplete(sentence: String) -> Problem {
    Problem { condition: Condition::Incomplete, sentence }
}

/// The problem of reading, if there is one.
fn reading(name: &str, snapshot: &Snapshot, lists: &[ListHealth], now: Instant) -> Option<Problem> {
    let Some(is_up) = snapshot.is_up() else { return Some(first_poll(name, snapshot, now)) };
    let failing = |it: &&ListHealth| it.reading == ListReading::Fails;
    let mandatory = || lists.iter().filter(|it| it.is_mandatory);
    if !is_up || mandatory().any(|it| failing(&it)) {
        let cause = mandatory().find(failing).map_or_else(|| without_list(snapshot), reason);
        let sentence = format!("Workspace {name} cannot be read: {cause}.");
        return Some(Problem { condition: Condition::Unreadable, sentence });
    }
    let list = lists.iter().find(failing)?;
    let (list, reason) = (list.name, reason(list));
    Some(incomplete(format!("Workspace {name} is read, except its list {list}: {reason}.")))
}

fn first_poll(name: &str, snapshot: &Snapshot, now: Instant) -> Problem {
    let waited = now.saturating_duration_since(snapshot.taken);
    if waited <= LONGEST_FIRST_POLL {
        let sentence = format!("Workspace {name} is being read for the first time.");
        return Problem { condition: Condition::Starting, sentence };
    }
    let sentence = format!(
        "Workspace {name} cannot be read: its first poll has not ended for {}; the log has the reason.",
        duration(waited.as_secs_f64())
    );
    Problem { condition: Condition::Unreadable, sentence }
}

fn without_list(snapshot: &Snapshot) -> String {
    if snapshot.panics > 0 {
        "the exporter failed while it read the workspace; this is a defect, report it with the log"
            .to_owned()
    } else {
        "no list has been read yet; the log has the reason".to_owned()
    }
}

fn reason(list: &ListHealth) -> String {
    // An earlier failure does not explain why a list is old.
    match (list.last_failure.as_ref().filter(|_| list.has_failed), list.age_seconds) {
        (Some(failure), _) => failure.clone(),
        (None, Some(age)) => {
            let age = duration(age);
            format!("the list {} was not read for {age}; the log has the reason", list.name)
        }
        (None, None) => format!("the list {} was never read; the log has the reason", list.name),
    }
}

fn truncated(name: &str, list: &ListHealth) -> Problem {
    let follows = if list.name == List::Closed.as_ref() || list.name == List::Calls.as_ref() {
        "the next poll continues"
    } else {
        "the rest is missing in the numbers"
    };
    incomplete(format!(
        "Workspace {name}: the list {} was cut after {} pages, {follows}; raise poll.max_pages.",
        list.name, list.pages
    ))
}

/// Problems of keeping the totals.
fn not_durable(name: &str, counting: &CountingStatus) -> impl Iterator<Item = Problem> {
    let unwritten = counting.write_failure.as_ref().map(|failure| {
        incomplete(format!(
            "Workspace {name}: counters stand still, because the state cannot be written: {failure}."
        ))
    });
    let lost = counting.lost_state.as_ref().map(|loss| {
        incomplete(format!(
            "Workspace {name}: counters began at zero at the start, and what happened before it may be missing: \
             {loss}. Unless you have changed the workspace, its filter or the release, check the volume of \
             state.directory."
        ))
    });
    unwritten.into_iter().chain(lost)
}

fn not_counted(name: &str, counting: &CountingStatus) -> Option<Problem> {
    let missing = counting.audit_missing_chats.filter(|missing| *missing > 0)?;
    Some(incomplete(format!(
        "Workspace {name}: the last audit found {missing} closed chats of an hour that are not counted; the exporter \
         reads the hour again once; docs/why-not-counted.md has the reasons that can remain."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_list_is_not_explained_by_a_failure_that_has_passed() {
        let mut list = ListHealth {
            name: "queued",
            is_mandatory: true,
            reading: ListReading::Fails,
            age_seconds: Some(200.0),
            interval_seconds: Some(30.0),
            pages: 1,
            is_truncated: false,
            failures: 1,
            has_failed: true,
            last_failure: Some("HTTP 502; ask again".to_owned()),
        };
        assert_eq!(reason(&list), "HTTP 502; ask again");
        list.has_failed = false;
        let told = "the list queued was not read for 3 min 20 s; the log has the reason";
        assert_eq!(reason(&list), told);
    }
}
