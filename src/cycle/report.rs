//! The log lines of a cycle: changes instead of states, and one line for each cause.
//!
//! They come from the statuses before and after the cycle. A server that is down causes one line for all its lists, and
//! no further line while it stays down.

use std::collections::BTreeMap;

use super::status::ListStatus;
use crate::omnichannel::ledger::MOST_TRACKED;
use crate::rocketchat::error::Reason;

/// Logs the lists that began to fail, fail for another reason, were cut, work again, or are not offered.
pub(crate) fn changes(workspace: &str, before: &[ListStatus], after: &[ListStatus]) {
    let earlier = |list| before.iter().find(|status| status.list == list);
    let is_new = |status: &&ListStatus| {
        let earlier = earlier(status.list).and_then(trouble);
        trouble(status).is_some_and(|trouble| Some(trouble) != earlier)
    };
    let new = || after.iter().filter(is_new);
    for (cause, collectors) in by_cause(new().filter(|status| !status.refused)) {
        tracing::warn!(workspace, collectors, "{cause}");
    }
    for (cause, collectors) in by_cause(new().filter(|status| status.refused)) {
        tracing::info!(workspace, collectors, "These lists are not available: {cause}");
    }
    let is_cut = |status: &&ListStatus| {
        status.truncated && earlier(status.list).is_none_or(|earlier| !earlier.truncated)
    };
    let cut: Vec<&str> = after.iter().filter(is_cut).map(|status| status.list.as_ref()).collect();
    if !cut.is_empty() {
        tracing::warn!(
            workspace,
            collectors = cut.join(","),
            "These lists have more pages than poll.max_pages allows. Closed chats and calls are read further in the \
             next cycle. The other lists are incomplete: raise poll.max_pages."
        );
    }
    let was_failing = |status: &&ListStatus| {
        earlier(status.list).is_some_and(|earlier| earlier.works() == Some(false))
    };
    let working = after.iter().filter(|status| status.works() == Some(true));
    let collectors: Vec<&str> =
        working.filter(was_failing).map(|status| status.list.as_ref()).collect();
    if !collectors.is_empty() {
        tracing::info!(
            workspace,
            collectors = collectors.join(","),
            "These lists can be read again."
        );
    }
}

/// Logs once that the limit of tracked chats is reached. The chats beyond it are not followed.
pub(crate) fn tracking(workspace: &str, before: u64, after: u64) {
    let most = MOST_TRACKED as u64;
    if before < most && after >= most {
        tracing::warn!(
            workspace,
            tracked_chats_limit = most,
            "The limit of tracked open chats is reached. For further chats only the close is counted. Close chats \
             that were left open, or narrow the filter."
        );
    }
}

/// The trouble of a list: true for a refusal, and the reason of the last failure. `None` if the list works.
fn trouble(status: &ListStatus) -> Option<(bool, Option<Reason>)> {
    let is_in_trouble = status.refused || status.works() == Some(false);
    let reason = status.last_failure.as_ref().map(|failure| failure.reason);
    is_in_trouble.then_some((status.refused, reason))
}

fn by_cause<'a>(statuses: impl Iterator<Item = &'a ListStatus>) -> BTreeMap<String, String> {
    let mut causes = BTreeMap::<String, Vec<&str>>::new();
    for status in statuses {
        let cause = status.last_failure.as_ref().map(ToString::to_string).unwrap_or_default();
        causes.entry(cause).or_default().push(status.list.as_ref());
    }
    causes.into_iter().map(|(cause, collectors)| (cause, collectors.join(","))).collect()
}
