//! Events between two polls, of which the row of the next poll shows only the last.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::RoomCloser;

use super::{INTERVAL, agents, arrived, close, closes, pass, serve, settle, total, watched};
use crate::counts::Counted;
use crate::watching::quiet;

/// The closes by the visitor and by the agent that are counted of a chat. The visitor closes it, opens it again, and
/// an agent closes it.
async fn closes_of_two(are_polled: bool) -> [f64; 2] {
    let mut watched = watched(&quiet()).await;
    let [ada, _] = agents(&watched);
    let chat = arrived(&watched, None);
    serve(&watched, &chat, &ada);
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| assert!(world.close(&chat, RoomCloser::Visitor)));
    if are_polled {
        pass(&mut watched, INTERVAL).await;
    }
    watched.simulator.world(|world| assert!(world.reopen(&chat)));
    serve(&watched, &chat, &ada);
    if are_polled {
        pass(&mut watched, INTERVAL).await;
    }
    close(&watched, &chat);
    let page = settle(&mut watched).await;
    ["visitor", "agent"].map(|closer| total(&page, "chats_closed_total", &[("closer", closer)]))
}

#[tokio::test(start_paused = true)]
async fn of_a_chat_that_was_closed_twice_between_two_polls_only_the_last_close_is_counted() {
    assert_eq!(Box::pin(closes_of_two(false)).await, [0.0, 1.0]);
    assert_eq!(Box::pin(closes_of_two(true)).await, [1.0, 1.0]);
}

/// The state of a reopened chat at the poll that first sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Waiting,
    Taken,
    Answered,
}

/// The waits, the first responses, the verdicts and the closes.
fn figures(page: &Counted) -> [f64; 4] {
    [
        total(page, "queue_wait_seconds_count", &[("outcome", "assigned")]),
        total(page, "first_response_seconds_count", &[]),
        total(page, "service_level_chats_total", &[]),
        closes(page),
    ]
}

/// The figures that a chat adds after it was closed and opened again.
async fn added_by_a_reopened_chat(seen: Seen) -> [f64; 4] {
    let mut watched = watched(&quiet()).await;
    let [ada, _] = agents(&watched);
    let chat = arrived(&watched, None);
    serve(&watched, &chat, &ada);
    pass(&mut watched, INTERVAL).await;
    close(&watched, &chat);
    let before = figures(&settle(&mut watched).await);
    assert_eq!(before, [1.0; 4]);
    watched.simulator.world(|world| assert!(world.reopen(&chat)));
    if seen == Seen::Waiting {
        pass(&mut watched, INTERVAL).await;
    }
    watched.simulator.world(|world| assert!(world.assign(&chat, &ada)));
    if seen == Seen::Taken {
        pass(&mut watched, INTERVAL).await;
    }
    watched.simulator.world(|world| assert!(world.reply(&chat)));
    pass(&mut watched, INTERVAL).await;
    close(&watched, &chat);
    let after = figures(&settle(&mut watched).await);
    std::array::from_fn(|figure| after[figure] - before[figure])
}

#[tokio::test(start_paused = true)]
async fn an_answer_before_the_poll_that_sees_the_reopened_chat_has_no_time_and_no_verdict() {
    for (seen, counted) in [(Seen::Answered, 0.0), (Seen::Taken, 1.0), (Seen::Waiting, 1.0)] {
        let [_, responses, verdicts, closes] = Box::pin(added_by_a_reopened_chat(seen)).await;
        assert_eq!([responses, verdicts, closes], [counted, counted, 1.0], "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_ended_before_the_poll_that_sees_the_reopened_chat_is_not_counted() {
    for (seen, counted) in [(Seen::Answered, 0.0), (Seen::Taken, 0.0), (Seen::Waiting, 1.0)] {
        let [waits, _, _, closes] = Box::pin(added_by_a_reopened_chat(seen)).await;
        assert_eq!([waits, closes], [counted, 1.0], "{seen:?}");
    }
}

/// The number of the waits, and their seconds.
fn waits(page: &Counted) -> [f64; 2] {
    ["queue_wait_seconds_count", "queue_wait_seconds_sum"].map(|name| total(page, name, &[]))
}

/// The waits that a chat adds which returns to the queue for five seconds and then for two.
async fn added_by_two_waits(are_polled: bool) -> [f64; 2] {
    let mut watched = watched(&quiet()).await;
    let [ada, bob] = agents(&watched);
    let chat = arrived(&watched, None);
    serve(&watched, &chat, &ada);
    let before = waits(&settle(&mut watched).await);
    for (agent, seconds) in [(&bob, 5), (&ada, 2)] {
        watched.simulator.world(|world| {
            assert!(world.return_to_queue(&chat));
            world.advance(Duration::from_secs(seconds));
            assert!(world.assign(&chat, agent));
        });
        if are_polled {
            pass(&mut watched, INTERVAL).await;
        }
    }
    let after = waits(&settle(&mut watched).await);
    std::array::from_fn(|figure| (after[figure] - before[figure]).round())
}

#[tokio::test(start_paused = true)]
async fn of_several_waits_between_two_polls_only_the_last_is_counted() {
    assert_eq!(Box::pin(added_by_two_waits(false)).await, [1.0, 2.0]);
    assert_eq!(Box::pin(added_by_two_waits(true)).await, [2.0, 7.0]);
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_ended_before_the_next_poll_is_not_counted() {
    let mut watched = watched(&quiet()).await;
    let [ada, _] = agents(&watched);
    let chat = arrived(&watched, None);
    serve(&watched, &chat, &ada);
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| assert!(world.hold(&chat) && world.resume(&chat)));
    let page = settle(&mut watched).await;
    assert_eq!(total(&page, "on_hold_total", &[]), 0.0);
    watched.simulator.world(|world| assert!(world.hold(&chat)));
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| assert!(world.resume(&chat)));
    let page = settle(&mut watched).await;
    assert_eq!(total(&page, "on_hold_total", &[]), 1.0);
}
