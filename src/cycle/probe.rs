//! The queue of a server that hides its version: `queued=true&open=true`.
//!
//! A server that knows `queued` lists the chats that wait and no others; one that ignores it lists all open chats,
//! those that wait included. Either answer shows the queue, a refusal does not: then the waiting chats come with
//! the open ones if signs prove an old server. Without proof the queue is not seen, which is a failure.

use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::livechat_rooms::{RoomRow, Select};
use crate::rocketchat::paging::PageRequest;

use super::poll_context::{PageOutcome, PollContext, PollOutcome};

/// This failure is a refusal of the probe rather than a failure of the route.
pub(crate) fn is_refusal(list: List, failure: &Failure, capabilities: Capabilities) -> bool {
    list == List::Queued
        && capabilities.queued_filter() == Support::Untried
        && !failure.reason.concerns_the_route()
}

/// A server of hidden version has ignored the probe.
pub(crate) fn is_ignored(capabilities: Capabilities, signs: Signs) -> bool {
    capabilities.version().is_none() && signs.contains(Sign::QueuedIgnored)
}

/// Judges a probe that was refused, or ignored (`None`).
///
/// `Ok`: `learned` proves that the waiting chats come with the open ones. `Err`: no list is
/// sure to hold them; the refusal itself is the failure where no other list of the route is answered either.
pub(crate) fn judge(
    refusal: Option<Failure>,
    learned: Capabilities,
    others_answer: bool,
) -> Result<(), Failure> {
    match refusal {
        _ if learned.queued_filter() == Support::No => Ok(()),
        Some(refusal) if !others_answer => Err(refusal),
        refusal => Err(unseen(refusal.as_ref())),
    }
}

fn unseen(refusal: Option<&Failure>) -> Failure {
    let how = refusal.map_or("ignored".to_owned(), |it| format!("refused ({})", it.what));
    let what = format!(
        "the version is hidden, queued=true is {how}, and nothing proves that open=true lists the waiting chats"
    );
    Failure::new(Endpoint::LivechatRooms, Reason::QueueUnseen, what)
}

/// An old server may have been replaced unseen: its open chats have been read and none of them waits.
pub(crate) fn is_due_again(context: &PollContext<'_>, outcome: &PollOutcome) -> bool {
    let is_old = context.capabilities.queued_filter() == Support::No;
    let has_read =
        outcome.updates.iter().any(|update| matches!(update, Update::Chats(List::Open, _)));
    // Chats that are asked for by their agents have one.
    let may_list_waiting = context.plan.rooms.agents.is_empty();
    context.capabilities.version().is_none()
        && is_old
        && has_read
        && may_list_waiting
        && !outcome.signs.contains(Sign::WaitingAmongOpen)
}

/// The smallest probe: one row.
pub(crate) fn request() -> (Select, PageRequest) {
    (Select::Queued { probe: true }, PageRequest::ONE_ROW)
}

/// The sign in the answer to the smallest probe. A refusal by something on the way is none.
pub(crate) fn sign_of(asked: &PageOutcome<RoomRow>) -> Option<Sign> {
    match asked {
        PageOutcome::Failed(failure) if failure.unknown_parameter => Some(Sign::QueuedRefused),
        PageOutcome::Failed(_) | PageOutcome::Later => None,
        PageOutcome::Page(page, _) if page.rows.iter().any(|row| row.served_by.is_some()) => {
            Some(Sign::QueuedIgnored)
        }
        PageOutcome::Page(..) => Some(Sign::QueuedTaken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Failure {
        Failure::new(Endpoint::LivechatRooms, Reason::Forbidden, "HTTP 403")
    }

    fn learned(signs: &[Sign]) -> Capabilities {
        Capabilities::of(None).with(signs.iter().copied().collect())
    }

    #[test]
    fn a_refused_probe_leaves_the_queue_unseen_unless_a_sign_proves_an_old_server() {
        let unseen = judge(Some(refused()), learned(&[]), true).unwrap_err();
        assert_eq!(unseen.reason, Reason::QueueUnseen);
        assert!(unseen.to_string().contains("/api/info"), "{unseen}");
        for sign in [Sign::WaitingAmongOpen, Sign::QueuedRefused] {
            assert!(judge(Some(refused()), learned(&[sign]), true).is_ok(), "{sign:?}");
        }
        let newer = learned(&[Sign::QueuedRefused, Sign::RoomVerified]);
        assert!(judge(Some(refused()), newer, true).is_err());
        assert!(judge(None, newer, true).is_err(), "ignored");
    }

    #[test]
    fn a_route_that_refuses_everything_is_refused_for_its_own_reason() {
        let failure = judge(Some(refused()), learned(&[]), false).unwrap_err();
        assert_eq!(failure.reason, Reason::Forbidden);
    }
}
