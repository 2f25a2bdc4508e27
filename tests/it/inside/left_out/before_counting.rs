//! Events from before counting began, by the clock of the server.

use std::time::Duration;

use jiff::SignedDuration;
use rocketchat_omnichannel_exporter::simulator::Fault;
use tokio::time::Instant;

use super::{INTERVAL, agents, arrived, closes, pass, serve, settle, starts, total, whole_chat};
use crate::counts::{self, Counted};
use crate::watching::{Watched, quiet};

#[tokio::test(start_paused = true)]
async fn what_ended_before_the_first_answer_of_the_server_is_not_counted() {
    let mut watched = Watched::in_process(&quiet(), |_| ());
    watched.simulator.set_fault_everywhere(Some(Fault::Status(502, String::new())));
    pass(&mut watched, INTERVAL).await;
    whole_chat(&watched);
    let page = pass(&mut watched, INTERVAL).await;
    assert_eq!(total(&page, "up", &[]), 0.0);
    assert!(page.keys().all(|series| series.name != "chats_closed_total"), "{page:?}");
    watched.simulator.set_fault_everywhere(None);
    let page = settle(&mut watched).await;
    assert_eq!((total(&page, "up", &[]), starts(&page), closes(&page)), (1.0, 0.0, 0.0));
    whole_chat(&watched);
    let page = settle(&mut watched).await;
    assert_eq!((starts(&page), closes(&page)), (1.0, 1.0));
}

/// The holds, and the transfers by the server.
fn holds_and_moves(page: &Counted) -> (f64, f64) {
    (total(page, "on_hold_total", &[]), total(page, "transfers_total", &[("kind", "auto")]))
}

#[tokio::test(start_paused = true)]
async fn a_hold_and_a_move_by_the_server_from_before_counting_began_are_not_counted() {
    let mut watched = Watched::in_process(&quiet(), |_| ());
    let [ada, bob] = agents(&watched);
    let [held, moved] = [(); 2].map(|()| {
        let chat = arrived(&watched, None);
        serve(&watched, &chat, &ada);
        chat
    });
    watched.simulator.world(|world| {
        assert!(world.hold(&held) && world.transfer_automatically(&moved, &bob));
    });
    let page = settle(&mut watched).await;
    assert_eq!(holds_and_moves(&page), (0.0, 0.0));
    watched.simulator.world(|world| {
        assert!(world.resume(&held) && world.transfer_automatically(&moved, &ada));
    });
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| assert!(world.hold(&held)));
    let page = settle(&mut watched).await;
    assert_eq!(holds_and_moves(&page), (1.0, 1.0));
}

/// Polls after an interval. The exporter's own clocks run on, whatever the clock of the server shows.
async fn pass_by_our_clock(watched: &mut Watched) -> Counted {
    tokio::time::advance(INTERVAL).await;
    watched.simulator.world(|world| world.advance(INTERVAL));
    watched.clock.advance(INTERVAL.try_into().unwrap());
    let began = Instant::now();
    watched.cycle.once(Duration::from_secs(60)).await;
    let page = counts::page(&watched.page(began));
    watched.mark_scraped();
    page
}

/// The starts and closes that are counted of a chat which ends directly after a change of the server's clock by this
/// many seconds, and of this chat and another one which ends five minutes later.
async fn counted_after_a_change_by(seconds: i64) -> [(f64, f64); 2] {
    let mut watched = Watched::in_process(&quiet(), |_| ());
    for _ in 0..3 {
        pass_by_our_clock(&mut watched).await;
    }
    watched.simulator.world(|world| world.shift_clock(SignedDuration::from_secs(seconds)));
    let mut counted = [(0.0, 0.0); 2];
    for totals in &mut counted {
        whole_chat(&watched);
        for _ in 0..10 {
            let page = pass_by_our_clock(&mut watched).await;
            *totals = (starts(&page), closes(&page));
        }
    }
    counted
}

#[tokio::test(start_paused = true)]
async fn what_ends_at_a_time_before_counting_began_is_not_counted_after_a_clock_was_put_back() {
    // Counting begins a minute before the change. After five minutes, this time has passed again.
    assert_eq!(counted_after_a_change_by(0).await, [(1.0, 1.0), (2.0, 2.0)]);
    assert_eq!(counted_after_a_change_by(-300).await, [(0.0, 0.0), (1.0, 1.0)]);
}
