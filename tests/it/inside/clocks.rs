//! Counts stay correct with wrong `Date` headers, with nodes whose clocks differ, and with a wall clock that jumps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use httpdate::{fmt_http_date, parse_http_date};
use jiff::SignedDuration;
use reqwest::header::{DATE, HeaderValue};
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};
use tokio::time::Instant;

use crate::inside::in_process::InProcess;
use crate::watching::{Numbers, Watched, numbers, quiet, series, sum};

pub const INTERVAL: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600;

/// Differences of `Date` from the true time of the next answers, seconds. The answers use the values in turn,
/// repeatedly. An empty list means the true time.
pub type Lies = Arc<Mutex<Vec<i64>>>;

/// A transport that changes the `Date` of answers.
#[derive(Debug)]
pub struct Wire {
    pub inner: InProcess,
    pub lies: Lies,
}

impl Transport for Wire {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let lie = {
            let mut lies = self.lies.lock().unwrap();
            let lie = lies.first().copied().unwrap_or_default();
            let turn = usize::from(!lies.is_empty());
            lies.rotate_left(turn);
            lie
        };
        Box::pin(async move {
            let mut answer = self.inner.get(request).await?;
            let date =
                answer.headers.get(DATE).and_then(|it| parse_http_date(it.to_str().ok()?).ok());
            if let Some(date) = date {
                let by = Duration::from_secs(lie.unsigned_abs());
                let date = if lie < 0 { date - by } else { date + by };
                let date = HeaderValue::from_str(&fmt_http_date(date)).unwrap();
                answer.headers.insert(DATE, date);
            }
            Ok(answer)
        })
    }
}

/// Simulates an interval in which one chat starts and the chat `before` is closed. Returns the new chat.
pub fn live(simulator: &Simulator, before: Option<String>) -> String {
    simulator.world(|world| {
        let agent = world.agents.keys().next().cloned().unwrap();
        world.advance(INTERVAL / 3);
        let chat = world.arrive(None, Channel::Widget);
        world.advance(INTERVAL / 3);
        assert!(world.assign(&chat, &agent) && world.reply(&chat));
        assert!(before.is_none_or(|before| world.close(&before, RoomCloser::User)));
        world.advance(INTERVAL / 3);
        chat
    })
}

struct Scene {
    watched: Watched,
    lies: Lies,
    open: Option<String>,
    closed: f64,
}

impl Scene {
    /// A workspace after its first poll; later events count.
    async fn new(first: &[i64]) -> Self {
        let settings = quiet();
        let lies: Lies = Arc::new(Mutex::new(first.to_vec()));
        let on_the_wire = Arc::clone(&lies);
        let mut watched =
            Watched::over(&settings, |_| (), |inner| Wire { inner, lies: on_the_wire });
        watched.poll().await;
        watched.mark_scraped();
        Self { watched, lies, open: None, closed: 0.0 }
    }

    /// Sets the `Date` differences of the following answers.
    fn say(&self, lies: &[i64]) {
        *self.lies.lock().unwrap() = lies.to_vec();
    }

    /// Simulates an interval in which one chat starts and the previous chat is closed, then polls.
    async fn pass(&mut self) -> Numbers {
        tokio::time::advance(INTERVAL).await;
        self.closed += f64::from(u8::from(self.open.is_some()));
        self.open = Some(live(&self.watched.simulator, self.open.take()));
        let page = self.watched.poll().await;
        self.watched.mark_scraped();
        page
    }

    /// Polls without new events until everything pending is counted.
    async fn settle(&mut self) -> Numbers {
        let mut page = Numbers::new();
        for _ in 0..8 {
            tokio::time::advance(INTERVAL).await;
            self.watched.simulator.world(|world| world.advance(INTERVAL));
            page = self.watched.poll().await;
            self.watched.mark_scraped();
        }
        page
    }

    async fn assert_all_counted(&mut self, told: &str) {
        let page = self.settle().await;
        assert_eq!(sum(&page, "chats_closed_total", ""), self.closed, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_answer_with_a_wrong_time_costs_nothing() {
    for lie in [10 * 24 * HOUR, HOUR, -12 * HOUR] {
        let mut scene = Scene::new(&[]).await;
        for _ in 0..3 {
            scene.pass().await;
        }
        scene.say(&[0, 0, 0, 0, lie]);
        scene.pass().await;
        scene.say(&[]);
        let mut page = Numbers::new();
        for _ in 0..6 {
            page = scene.pass().await;
        }
        assert!(page[&series("exporter_clock_samples_dropped_total", &[])] >= 1.0, "{lie}");
        scene.assert_all_counted(&format!("{lie}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_first_answer_does_not_decide_when_counting_begins() {
    for lie in [10 * 24 * HOUR, HOUR] {
        let mut scene = Scene::new(&[lie]).await;
        scene.say(&[]);
        for _ in 0..6 {
            scene.pass().await;
        }
        scene.assert_all_counted(&format!("{lie}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_poll_with_a_wrong_time_counts_nothing_twice() {
    for lie in [-12 * HOUR, 12 * HOUR] {
        let mut scene = Scene::new(&[]).await;
        for _ in 0..20 {
            scene.pass().await;
        }
        // Longer ago than an earlier release remembered.
        for _ in 0..12 {
            scene.watched.simulator.world(|world| world.advance(Duration::from_secs(1_200)));
            tokio::time::advance(Duration::from_secs(1_200)).await;
            scene.watched.poll().await;
        }
        scene.say(&[lie]);
        scene.pass().await;
        scene.say(&[]);
        for _ in 0..6 {
            scene.pass().await;
        }
        scene.assert_all_counted(&format!("{lie}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_constant_lie_is_outvoted_and_said() {
    for lie in [2 * HOUR, -2 * HOUR] {
        let mut scene = Scene::new(&[lie]).await;
        let mut page = Numbers::new();
        for _ in 0..12 {
            page = scene.pass().await;
        }
        let offset = page[&series("exporter_clock_offset_seconds", &[])];
        assert!((offset - lie as f64).abs() < 2.0, "{offset}");
        scene.assert_all_counted(&format!("{lie}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nodes_whose_clocks_differ_count_every_close_once() {
    for spread in [90, -90, 540, -540] {
        let mut scene = Scene::new(&[0, spread]).await;
        let mut page = Numbers::new();
        for _ in 0..40 {
            page = scene.pass().await;
        }
        let told = page[&series("exporter_clock_spread_seconds", &[])];
        assert!((told - spread.abs() as f64).abs() < 2.0, "{spread}: {told}");
        scene.assert_all_counted(&format!("{spread}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nodes_that_are_hours_apart_are_told_and_nothing_is_counted_twice() {
    for spread in [3 * HOUR, -3 * HOUR] {
        let mut scene = Scene::new(&[0, spread]).await;
        let mut page = Numbers::new();
        for _ in 0..40 {
            page = scene.pass().await;
        }
        let clock = [("collector", "closed"), ("reason", "clock")];
        assert!(page[&series("exporter_poll_failures_total", &clock)] > 10.0, "{spread}");
        assert!(sum(&page, "chats_closed_total", "") <= scene.closed);
        scene.say(&[]);
        for _ in 0..6 {
            scene.pass().await;
        }
        scene.assert_all_counted(&format!("{spread}")).await;
    }
}

/// The analytics of the last reply are written a moment after the close.
#[tokio::test(start_paused = true)]
async fn a_close_is_counted_when_it_has_settled_although_our_own_clock_is_ahead() {
    for ahead in [0, HOUR] {
        let mut scene = Scene::new(&[]).await;
        scene.pass().await;
        let chat = scene.open.take().unwrap();
        let mut closed_after = async |pause: Duration| {
            tokio::time::advance(INTERVAL).await;
            let simulator = &scene.watched.simulator;
            let now = simulator.world(|world| {
                world.advance(INTERVAL.checked_sub(pause).unwrap());
                if world.rooms[&chat].open {
                    world.close(&chat, RoomCloser::User);
                }
                world.advance(pause);
                world.now()
            });
            scene.watched.clock.set(now);
            scene.watched.clock.put(now + SignedDuration::from_secs(ahead));
            scene.watched.cycle.once(Duration::from_secs(60)).await;
            let page = numbers(&scene.watched.page(Instant::now()));
            scene.watched.mark_scraped();
            scene.watched.clock.put(now);
            sum(&page, "chats_closed_total", "")
        };
        assert_eq!(closed_after(Duration::from_secs(2)).await, 0.0, "{ahead}");
        assert_eq!(closed_after(Duration::from_secs(2)).await, 1.0, "{ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_decides_nothing() {
    let mut scene = Scene::new(&[]).await;
    for _ in 0..5 {
        scene.pass().await;
    }
    let week = SignedDuration::from_hours(8 * 24);
    let now = scene.watched.simulator.world(|world| world.now());
    scene.watched.clock.put(now + week);
    scene.watched.cycle.once(Duration::from_secs(60)).await;
    scene.watched.clock.put(now);
    let mut page = Numbers::new();
    for _ in 0..5 {
        page = scene.pass().await;
    }
    assert_eq!(page[&series("exporter_given_up_chats_total", &[])], 0.0);
    scene.assert_all_counted("a jump").await;
}
