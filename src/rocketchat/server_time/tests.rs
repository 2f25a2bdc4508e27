//! Tests of the clocks that the estimate follows, and of those that it does not follow.

use proptest::prelude::*;

use super::*;

const START: i64 = 1_800_000_000;
const HOUR: i64 = 3_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// A server whose true time is `START` at the zero of our monotonic clock. It is polled every 30 s by a machine whose
/// wall clock is `wall` seconds ahead of the server.
struct Scene {
    time: ServerTime,
    elapsed: i64,
    wall: i64,
}

impl Scene {
    fn new(wall: i64) -> Self {
        Self { time: ServerTime::default(), elapsed: 0, wall }
    }

    /// A cycle whose answers show the true time plus these differences, in turn.
    fn cycle(&mut self, says: &[i64]) -> i64 {
        self.elapsed += 30;
        self.time.begin_cycle(seconds(self.elapsed));
        for (number, ahead) in (0_i64..).zip(says) {
            self.answer(*ahead, number * 100);
        }
        self.error()
    }

    fn answer(&mut self, ahead: i64, late_ms: i64) {
        let sent = SignedDuration::from_millis(self.elapsed * 1_000 + late_ms);
        let received = sent + SignedDuration::from_millis(40);
        let date = at((self.elapsed * 1_000 + late_ms + 20) / 1_000 + ahead);
        self.time.observe(ClockSample { sent, received, date }, at(self.wall));
    }

    fn row(&mut self, written: i64) {
        self.time.witness(at(written), seconds(self.elapsed), at(self.wall));
    }

    /// The estimate minus the true time, in whole seconds.
    fn error(&self) -> i64 {
        let error = self.time.origin(at(self.wall)).duration_since(at(0)).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, reason = "hours at most")]
        let whole = error.round() as i64;
        whole
    }
}

/// Equal up to a second: `Date` has whole seconds.
fn near(error: i64, expected: i64) -> bool {
    (error - expected).abs() <= 1
}

#[test]
fn a_server_that_is_ahead_is_followed_within_a_second_and_then_closer() {
    let mut scene = Scene::new(-90);
    for _ in 0..50 {
        assert!(scene.cycle(&[0, 0, 0]).abs() <= 1);
    }
    let error = scene.time.origin(at(-90)).duration_since(at(0)).as_secs_f64();
    assert!(error.abs() < 0.2, "off by {error} s");
}

#[test]
fn one_wrong_answer_changes_nothing_and_is_counted() {
    for wrong in [10 * 24 * HOUR, -12 * HOUR, 90] {
        let mut scene = Scene::new(0);
        scene.cycle(&[0, 0, 0]);
        assert_eq!(scene.cycle(&[0, 0, wrong]), 0);
        for _ in 0..5 {
            assert_eq!(scene.cycle(&[0, 0]), 0);
        }
        assert_eq!(scene.time.dropped, 1);
        assert_eq!(scene.time.spread(), SignedDuration::ZERO);
    }
}

#[test]
fn a_whole_poll_of_wrong_answers_changes_nothing() {
    let mut scene = Scene::new(0);
    scene.cycle(&[0, 0, 0]);
    assert_eq!(scene.cycle(&[-12 * HOUR; 8]), 0);
    assert_eq!(scene.cycle(&[0, 0, 0]), 0);
    assert_eq!(scene.cycle(&[0, 0, 0]), 0);
}

#[test]
fn a_first_answer_that_is_wrong_is_not_believed() {
    for wrong in [HOUR, 10 * 24 * HOUR] {
        let mut scene = Scene::new(0);
        assert_eq!(scene.cycle(&[wrong]), 0);
        assert_eq!(scene.cycle(&[0, 0]), 0);
    }
    let mut scene = Scene::new(0);
    assert!(near(scene.cycle(&[-HOUR]), -HOUR), "the earlier of the clocks");
    assert_eq!(scene.cycle(&[0]), 0);
}

#[test]
fn a_real_step_is_followed_after_two_cycles_that_agree() {
    for step in [90, -90, 5 * HOUR, -5 * HOUR] {
        let mut scene = Scene::new(0);
        scene.cycle(&[0, 0, 0]);
        scene.cycle(&[step, step]);
        scene.row(scene.elapsed + step - 1);
        assert_eq!(scene.error(), 0, "held back");
        let after = scene.cycle(&[step, step]);
        scene.row(scene.elapsed + step - 1);
        assert!(near(after, step) || near(scene.error(), step), "{step}: {}", scene.error());
    }
}

#[test]
fn a_constant_lie_is_outvoted_by_rows_and_our_own_clock() {
    let mut scene = Scene::new(0);
    for _ in 0..20 {
        assert_eq!(scene.cycle(&[2 * HOUR, 2 * HOUR, 2 * HOUR]), 0);
        scene.row(scene.elapsed - 10);
        assert_eq!(scene.error(), 0);
    }
    let said = scene.time.said(at(0)).duration_since(at(0));
    assert!(near(said.as_secs(), 2 * HOUR), "it can be said: {said}");
    let mut scene = Scene::new(0);
    for _ in 0..20 {
        scene.cycle(&[-2 * HOUR, -2 * HOUR, -2 * HOUR]);
        scene.row(scene.elapsed - 10);
        assert_eq!(scene.error(), 0);
    }
}

#[test]
fn a_lie_that_begins_later_is_outvoted_too() {
    for lie in [2 * HOUR, -2 * HOUR] {
        let mut scene = Scene::new(0);
        scene.cycle(&[0, 0, 0]);
        for _ in 0..20 {
            scene.cycle(&[lie, lie, lie]);
            scene.row(scene.elapsed - 10);
            assert_eq!(scene.error(), 0, "{lie}");
        }
    }
}

#[test]
fn our_own_clock_may_be_wrong_where_rows_and_answers_agree() {
    for wall in [-5 * HOUR, 8 * 24 * HOUR] {
        let mut scene = Scene::new(wall);
        for _ in 0..3 {
            scene.cycle(&[0, 0, 0]);
            scene.row(scene.elapsed - 5);
        }
        assert!(near(scene.error(), 0), "{wall}: {}", scene.error());
        scene.wall = 0;
        assert!(near(scene.cycle(&[0]), 0));
    }
}

#[test]
fn our_own_clock_may_jump() {
    let mut scene = Scene::new(0);
    scene.cycle(&[0, 0]);
    scene.wall = 8 * 24 * HOUR;
    for _ in 0..3 {
        assert_eq!(scene.cycle(&[0, 0]), 0);
    }
}

#[test]
fn nodes_whose_clocks_differ_are_told_and_the_belief_stays_with_one() {
    let mut scene = Scene::new(0);
    scene.cycle(&[0, 0]);
    for _ in 0..10 {
        assert_eq!(scene.cycle(&[0, 90, 0, 90]), 0);
    }
    let spread = scene.time.spread().as_secs_f64();
    assert!((spread - 90.0).abs() < 2.0, "{spread}");
    for _ in 0..5 {
        scene.cycle(&[0, 0]);
    }
    assert_eq!(scene.time.spread(), SignedDuration::ZERO);
    assert_eq!(scene.time.take_reread(), None, "90 s are within every window");
}

#[test]
fn once_nodes_agree_that_were_hours_apart_what_was_missed_is_read_again() {
    let mut scene = Scene::new(0);
    scene.cycle(&[0, 0]);
    for _ in 0..10 {
        assert_eq!(scene.cycle(&[0, -3 * HOUR, 0, -3 * HOUR]), 0);
    }
    assert!(scene.time.spread() > FARTHEST_SPREAD);
    for _ in 0..6 {
        scene.cycle(&[0, 0]);
    }
    let from = scene.time.take_reread().unwrap();
    assert!(from < at(-2 * HOUR), "{from}");
    assert_eq!(scene.time.take_reread(), None);
}

proptest! {
    /// Answers are right, or wrong by a difference that no two consecutive cycles share.
    #[test]
    fn no_lie_that_does_not_repeat_moves_the_belief(
        wall in -600_i64..600,
        cycles in prop::collection::vec(prop::collection::vec(prop::option::weighted(0.3, -90_000_i64..90_000), 1..6), 2..40)
    ) {
        let mut scene = Scene::new(wall);
        scene.cycle(&[0, 0]);
        for (number, lies) in cycles.iter().enumerate() {
            let sign = if number % 2 == 0 { 1 } else { -1 };
            let lie = |lie: &Option<i64>| lie.map_or(0, |lie| sign * (lie.abs() + 60));
            let says: Vec<i64> = lies.iter().map(lie).collect();
            let error = scene.cycle(&says);
            prop_assert!(error.abs() <= 2, "{error}");
        }
    }

    /// The time is never later than the later clock. It is the earlier clock if the two differ by more than
    /// [`LASTING`].
    #[test]
    fn without_a_belief_the_earlier_clock_counts(wall in -90_000_i64..90_000, date in -90_000_i64..90_000) {
        let mut scene = Scene::new(wall);
        let error = scene.cycle(&[date]);
        prop_assert!(error <= wall.max(date) + 1 && error >= wall.min(date) - 1);
        if (wall - date).abs() > 901 {
            prop_assert!((error - wall.min(date)).abs() <= 1);
        }
    }
}
