//! The probe of the queue on a server that hides its version: `queued=true&open=true`.
//!
//! A server that supports `queued` lists only the waiting chats; a server that ignores it lists all open chats, the
//! waiting ones included. Both answers show the queue. A refusal does not: then the waiting chats are among the open
//! chats if signs prove an old server. Without proof the queue is not visible, which is a failure.

use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::livechat_rooms::{RoomRow, RoomSelection};
use crate::rocketchat::paging::PageRequest;

use super::poll_context::{PageOutcome, PollContext, PollOutcome};

/// True if this failure is a refusal of the probe and not a failure of the route.
pub(crate) fn is_refusal(list: List, failure: &Failure, capabilities: Capabilities) -> bool {
    list == List::Queued
        && capabilities.queued_filter() == Support::Untried
        && !failure.reason.concerns_the_route()
}

/// True if a server of hidden version ignored the probe.
pub(crate) fn is_ignored(capabilities: Capabilities, signs: Signs) -> bool {
    capabilities.version().is_none() && signs.contains(Sign::QueuedIgnored)
}

/// Judges a probe that was refused, or ignored (`None`).
///
/// `Ok` if `learned` proves that the open chats include the waiting ones. `Err` if no list surely holds the waiting
/// chats; it is the refusal itself if no other list of the route was answered either.
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
        "the version is hidden, queued=true is {how}, and no row proves that open=true lists the waiting chats"
    );
    Failure::new(Endpoint::LivechatRooms, Reason::QueueUnseen, what)
}

/// True if the probe must be repeated: the open chats were read and none of them waits, so an old server may have been
/// replaced unnoticed.
pub(crate) fn is_due_again(context: &PollContext<'_>, outcome: &PollOutcome) -> bool {
    let is_old = context.capabilities.queued_filter() == Support::No;
    let has_read =
        outcome.updates.iter().any(|update| matches!(update, Update::Chats(List::Open, _)));
    // Chats that are filtered by agents have an agent, so none of them waits.
    let may_list_waiting = context.plan.rooms.agents.is_empty();
    context.capabilities.version().is_none()
        && is_old
        && has_read
        && may_list_waiting
        && !outcome.signs.contains(Sign::WaitingAmongOpen)
}

/// The smallest probe: one row.
pub(crate) fn request() -> (RoomSelection, PageRequest) {
    (RoomSelection::Queued { probe: true }, PageRequest::ONE_ROW)
}

/// The sign in the answer to the smallest probe. A refusal by another party than the server, such as a proxy, is no
/// sign.
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
