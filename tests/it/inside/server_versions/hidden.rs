//! A server with a hidden version: the exporter proves which list holds the queue, or does not show the queue.

use rocketchat_omnichannel_exporter::simulator::world::RoomCloser;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route};

use super::guarded::{Guard, block_page, firewall, gateway, guarded, guarded_at, stripping_proxy};
use super::{INTERVAL, an_interval_later, hidden, queue, served, up, waits};
use crate::watching::{Watched, of_family, sum};

#[tokio::test]
async fn a_hidden_server_shows_its_queue_in_every_generation() {
    for version in ["2.4.0", "3.18.0", "4.8.0", "5.0.0", "6.10.0", "6.11.0", "7.9.0", "8.8.0"] {
        let mut watched = Watched::in_process(&hidden(version), |_| {});
        for _ in 0..3 {
            let page = watched.poll().await;
            assert_eq!((up(&page), queue(&page)), (Some(true), Some(0.0)), "{version}: empty");
        }
        watched.simulator.world(served);
        let page = watched.poll().await;
        assert_eq!((up(&page), queue(&page)), (Some(true), Some(0.0)), "{version}: one served");
        let room = watched.simulator.world(waits);
        for _ in 0..3 {
            let page = watched.poll().await;
            assert_eq!((up(&page), queue(&page)), (Some(true), Some(1.0)), "{version}: one waits");
        }
        watched.simulator.world(|world| assert!(world.close(&room, RoomCloser::Visitor)));
        let page = watched.poll().await;
        assert_eq!((up(&page), queue(&page)), (Some(true), Some(0.0)), "{version}: nobody waits");
    }
}

#[tokio::test]
async fn a_hidden_server_that_is_upgraded_unseen_keeps_its_queue_in_sight() {
    for was_waiting in [0, 1] {
        for newer in ["6.11.0", "7.9.0", "8.6.0"] {
            let mut watched = Watched::in_process(&hidden("6.10.0"), |_| {});
            watched.simulator.world(|world| {
                served(world);
                (0..was_waiting).for_each(|_| drop(waits(world)));
            });
            assert_eq!(queue(&watched.poll().await), Some(f64::from(was_waiting)));
            watched.poll().await;
            watched.simulator.set_version(newer.parse().unwrap());
            watched.simulator.world(waits);
            for _ in 0..3 {
                let page = watched.poll().await;
                let expected = (Some(true), Some(f64::from(was_waiting) + 1.0));
                assert_eq!((up(&page), queue(&page)), expected, "to {newer}");
            }
        }
    }
}

#[tokio::test]
async fn a_queue_that_nothing_proves_to_be_seen_is_a_failure_and_no_zero() {
    let guards: [(&str, Guard); 2] = [("403", firewall), ("block page", block_page)];
    for (name, guard) in guards {
        for version in ["4.8.0", "6.10.0", "6.13.0", "7.9.0", "8.6.0"] {
            let mut watched = guarded(&hidden(version), guard);
            watched.simulator.world(served);
            let page = watched.poll().await;
            assert_eq!((up(&page), queue(&page)), (Some(false), None), "{name} {version}");
            let unseen = sum(&page, "exporter_poll_failures_total", "\"queue_unseen\"");
            assert_eq!(unseen, 1.0, "{name} {version}");
            assert_eq!(sum(&page, "exporter_poll_failures_total", ""), 1.0, "{name} {version}");
            assert_eq!(sum(&page, "open_chats", "in_progress"), 1.0, "{name} {version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_seen_stays_so_while_the_other_lists_rest() {
    let mut watched = guarded_at(&hidden("8.1.0"), INTERVAL, 5, firewall);
    watched.simulator.world(waits);
    for poll in 1..=8 {
        let page = an_interval_later(&mut watched).await;
        assert_eq!((up(&page), queue(&page)), (Some(false), None), "poll {poll}");
        let told = sum(&page, "exporter_poll_failures_total", "\"queue_unseen\"");
        assert!(told > 0.0 && told == sum(&page, "exporter_poll_failures_total", ""), "{poll}");
    }
}

#[tokio::test]
async fn a_waiting_chat_among_the_open_ones_proves_an_old_server_behind_a_firewall() {
    for version in ["4.8.0", "6.10.0"] {
        let mut watched = guarded(&hidden(version), firewall);
        let room = watched.simulator.world(waits);
        let page = watched.poll().await;
        assert_eq!((up(&page), queue(&page)), (Some(true), Some(1.0)), "{version}");
        watched.simulator.world(|world| assert!(world.close(&room, RoomCloser::Visitor)));
        let page = watched.poll().await;
        assert_eq!(
            (up(&page), queue(&page)),
            (Some(true), Some(0.0)),
            "{version}: it stays proved"
        );
    }
}

/// A gateway refuses the parameters that its older release does not know; a stripping proxy takes them out.
#[tokio::test]
async fn a_new_server_behind_what_refuses_or_strips_the_filter_is_not_taken_for_an_old_one() {
    let guards: [(&str, Guard); 2] = [("gateway", gateway), ("stripping proxy", stripping_proxy)];
    for (name, guard) in guards {
        for version in ["7.0.0", "7.9.0", "8.6.0"] {
            let mut watched = guarded(&hidden(version), guard);
            watched.simulator.world(|world| (waits(world), served(world)));
            for _ in 0..2 {
                let page = watched.poll().await;
                assert_eq!((up(&page), queue(&page)), (Some(false), None), "{name} {version}");
            }
        }
    }
}

#[tokio::test]
async fn a_route_that_refuses_every_list_says_so_and_not_that_the_queue_is_unseen() {
    let mut watched = Watched::in_process(&hidden("8.1.0"), |_| {});
    let refusal = r#"{"success":false,"error":"unauthorized"}"#.to_owned();
    watched.simulator.set_fault(Route::Rooms, Some(Fault::Status(403, refusal)));
    let page = watched.poll().await;
    assert_eq!(up(&page), Some(false));
    assert_eq!(sum(&page, "exporter_poll_failures_total", "\"queue_unseen\""), 0.0);
    let labels = ["\"forbidden\"", "\"queued\""];
    let failures = of_family(&page, "exporter_poll_failures_total").into_iter();
    let of_queue = failures.filter(|(series, _)| labels.iter().all(|it| series.contains(it)));
    assert_eq!(of_queue.map(|(_, value)| value).sum::<f64>(), 1.0);
}
