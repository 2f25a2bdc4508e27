//! A chat is at risk in the last seconds before its threshold, until it is answered, closed or missed.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};

use crate::watching::{Numbers, Watched, quiet, series, sum};

const POLL_SECONDS: u64 = 10;
const WITHIN: [u32; 3] = [30, 60, 300];

/// The end of the risk of a chat.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Answered,
    ClosedByVisitor,
    ClosedByAgent,
    Missed,
}

impl End {
    fn happen(self, world: &mut World, room: &str) {
        let agent = world.agents.keys().next().cloned().unwrap();
        let done = match self {
            Self::Answered => world.assign(room, &agent) && world.reply(room),
            Self::ClosedByVisitor => world.close(room, RoomCloser::Visitor),
            Self::ClosedByAgent => world.close(room, RoomCloser::User),
            Self::Missed => true,
        };
        assert!(done, "{self:?}");
    }
}

fn at_risk(page: &Numbers) -> [f64; 3] {
    WITHIN.map(|within| {
        let labels = [("department", "Public"), ("within", &*within.to_string())];
        page[&series("service_level_at_risk_chats", &labels)]
    })
}

/// The risk of a chat with this time left, by its definition.
fn expected(left: Option<f64>) -> [f64; 3] {
    WITHIN.map(|within| if left.is_some_and(|left| left <= f64::from(within)) { 1.0 } else { 0.0 })
}

async fn is_at_risk_until(end: End, end_seconds: u32, threshold: u64) {
    let mut watched = Watched::start(quiet(), |workspace| {
        workspace.service_levels.default.threshold = Duration::from_secs(threshold);
    })
    .await;
    assert_eq!(at_risk(&watched.poll().await), [0.0; 3], "0 before there is a chat");
    watched.scraped().await;
    let room = watched.simulator.world(|world| world.arrive_silently(None, Channel::Widget));
    let opened = watched.simulator.world(|world| world.rooms[&room].ts);
    let mut is_over = false;
    for _ in 0..threshold / POLL_SECONDS + 3 {
        let page = watched.poll().await;
        let now = watched.simulator.world(|world| world.now());
        let waited = now.duration_since(opened).as_secs_f64();
        let left = Duration::from_secs(threshold).as_secs_f64() - waited;
        let left = (left >= 0.0 && !is_over).then_some(left);
        assert_eq!(at_risk(&page), expected(left), "{end:?} {end_seconds} {threshold}: {left:?}");
        watched.simulator.world(|world| {
            if !is_over && end != End::Missed && waited >= f64::from(end_seconds) {
                is_over = true;
                end.happen(world, &room);
            }
            world.advance(Duration::from_millis(POLL_SECONDS * 1000 - 3));
        });
    }
    let page = watched.poll().await;
    let missed = sum(&page, "service_level_chats_total", r#"("result", "missed")"#);
    assert_eq!(missed, if end == End::Missed { 1.0 } else { 0.0 }, "{end:?} {threshold}");
}

#[tokio::test]
async fn a_chat_that_is_missed_was_at_risk_before_its_threshold() {
    for threshold in [20, 60, 400] {
        is_at_risk_until(End::Missed, 0, threshold).await;
    }
}

#[tokio::test]
async fn a_chat_that_is_answered_or_closed_in_time_leaves_at_the_next_poll() {
    for end in [End::Answered, End::ClosedByVisitor, End::ClosedByAgent] {
        for (end_seconds, threshold) in [(10, 60), (40, 60), (350, 400)] {
            is_at_risk_until(end, end_seconds, threshold).await;
        }
    }
}
