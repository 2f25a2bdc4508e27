//! The progress of a backfill: a bar on a terminal, log lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use jiff::Timestamp;
use strum::EnumMessage;
use tokio::time::Instant;

use super::span::BackfillSpan;
use crate::telemetry;

/// Time between two log lines.
const LINE_EVERY: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);
/// Length of the bar in steps.
const BAR_STEPS: u64 = 1_000;
/// The bar, in the notation of `indicatif`. The text is cut at the width of the terminal: it fits into 80 columns.
const BAR: &str = "[{bar:6}] {wide_msg}";

/// A part of the work; its message is the part in the words of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, EnumMessage)]
#[cfg_attr(test, derive(strum::VariantArray))]
pub(super) enum WorkPart {
    /// Reading of the chats that were closed in the span.
    #[strum(serialize = "Reading closed chats", message = "Closed chats")]
    ClosedChats,
    /// Reading of the chats that are open.
    #[strum(serialize = "Reading open chats", message = "Open chats")]
    OpenChats,
    /// Reading of the chats that were closed after the span.
    #[strum(serialize = "Reading chats that were closed later", message = "Closed later")]
    LaterChats,
    /// Reading of the calls.
    #[strum(serialize = "Reading calls", message = "Calls")]
    Calls,
    /// Writing of the files.
    #[strum(serialize = "Writing files", message = "Files")]
    Files,
}

/// The numbers of a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Numbers {
    /// The part of the days that is done, from 0 to 1; `None` if a list is not in the order of days.
    pub(super) share: Option<f64>,
    /// Rows that were read; not shown for [`WorkPart::Files`].
    pub(super) rows: u64,
    pub(super) requests: u64,
    /// Requests a minute of this run so far, as measured; `None` before the second request.
    pub(super) requests_per_minute: Option<u64>,
}

/// The progress of one run.
#[derive(Debug)]
pub(super) struct Progress {
    days: u64,
    /// The part in progress, its start, and the part of the days that was done before.
    part: Option<(WorkPart, Instant, f64)>,
    logged_at: Option<Instant>,
    /// Is hidden if the standard error output is no terminal.
    bar: ProgressBar,
}

/// The progress of a part: the time that is left, as an estimate, and the days that are done.
struct PartProgress {
    left: Option<Duration>,
    days_done: Option<u64>,
}

impl Progress {
    /// The progress of a run over this span.
    pub(super) fn begin(span: &BackfillSpan) -> Self {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(BAR_STEPS), target);
        let style = ProgressStyle::with_template(BAR);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let bar = bar.with_finish(ProgressFinish::AndClear);
        telemetry::write_above(&bar);
        Self { days: span.days().count() as u64, part: None, logged_at: None, bar }
    }

    /// Shows the numbers of this moment, in a log line at most every half minute.
    pub(super) fn show(&mut self, part: WorkPart, numbers: Numbers) {
        let estimate = self.estimate(part, numbers.share);
        if self.bar.is_hidden() {
            if self.is_due() {
                self.log(part, numbers, &estimate);
            }
            return;
        }
        let share = numbers.share.unwrap_or(1.0);
        self.bar.set_position(steps(share));
        self.bar.set_message(message(part, numbers, &estimate, self.days));
    }

    fn is_due(&mut self) -> bool {
        let is_due = self.logged_at.is_none_or(|at| at.elapsed() >= LINE_EVERY);
        if is_due {
            self.logged_at = Some(Instant::now());
        }
        is_due
    }

    fn log(&self, part: WorkPart, numbers: Numbers, estimate: &PartProgress) {
        let Numbers { rows, requests, requests_per_minute, .. } = numbers;
        let (days_done, days) = (estimate.days_done, self.days);
        let left_minutes = estimate.left.map(|left| left.as_secs().div_ceil(MINUTE.as_secs()));
        if part == WorkPart::Files {
            tracing::info!(days_done, days, left_minutes, "{part}.");
        } else {
            tracing::info!(
                rows,
                requests,
                requests_per_minute,
                days_done,
                days,
                left_minutes,
                "{part}."
            );
        }
    }

    /// The estimate, as if the rest of the days had as many rows as the days of this run so far.
    fn estimate(&mut self, part: WorkPart, share: Option<f64>) -> PartProgress {
        let now = share.unwrap_or(0.0);
        let (_, began, before) = match self.part {
            Some(known) if known.0 == part => known,
            _ => *self.part.insert((part, Instant::now(), now)),
        };
        let done = now - before;
        let left = began.elapsed().as_secs_f64() * (1.0 - now) / done;
        let left = (done > 0.0).then(|| Duration::try_from_secs_f64(left).ok()).flatten();
        PartProgress { left, days_done: share.map(|share| whole(share * self.days as f64)) }
    }
}

/// The part of the span before this time, from 0 to 1.
pub(super) fn share_until(span: &BackfillSpan, at: Timestamp) -> f64 {
    let all = span.to.duration_since(span.from).as_secs_f64();
    (at.duration_since(span.from).as_secs_f64() / all).clamp(0.0, 1.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number ≥ 0")]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

fn steps(share: f64) -> u64 {
    whole(share * BAR_STEPS as f64).min(BAR_STEPS)
}

/// The text beside the bar.
fn message(part: WorkPart, numbers: Numbers, estimate: &PartProgress, days: u64) -> String {
    let done = estimate.days_done.map(|done| format!("{done}/{days} days"));
    let rows = (part != WorkPart::Files).then(|| format!("{} rows", numbers.rows));
    let rate = numbers.requests_per_minute.map(|rate| format!("{rate} requests/min"));
    let left = estimate.left.map(|left| format!("{} left", hours_and_minutes(left)));
    let parts: Vec<_> = [done, rows, rate, left].into_iter().flatten().collect();
    format!("{} {}", part.get_message().unwrap_or_default(), parts.join(", "))
}

fn hours_and_minutes(time: Duration) -> String {
    if time < MINUTE {
        return "under 1m".to_owned();
    }
    let minutes = time.as_secs().div_ceil(MINUTE.as_secs());
    match minutes / 60 {
        0 => format!("{minutes}m"),
        hours => format!("{hours}h {}m", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn span() -> BackfillSpan {
        let (from, to) = ("2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z");
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        BackfillSpan { from, to, step: SignedDuration::from_mins(1) }
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_left_follows_from_the_days_of_this_run() {
        let mut progress = Progress::begin(&span());
        let first = progress.estimate(WorkPart::ClosedChats, Some(0.5));
        assert_eq!((first.left, first.days_done), (None, Some(2)));
        tokio::time::advance(Duration::from_secs(600)).await;
        let second = progress.estimate(WorkPart::ClosedChats, Some(0.75));
        assert_eq!((second.left, second.days_done), (Some(Duration::from_secs(600)), Some(3)));
        let other = progress.estimate(WorkPart::Files, Some(0.25));
        assert_eq!(other.left, None, "another part has another speed");
    }

    #[test]
    fn each_part_has_words_for_the_bar() {
        for part in <WorkPart as strum::VariantArray>::VARIANTS {
            assert!(part.get_message().is_some(), "{part}");
        }
    }

    #[test]
    fn the_message_tells_days_rows_rate_and_time_left() {
        let numbers = Numbers { rows: 1_200, requests_per_minute: Some(2), ..Numbers::default() };
        let estimate = |left| PartProgress { left, days_done: Some(3) };
        let message = |part, numbers, left| message(part, numbers, &estimate(left), 31);
        let told = "Closed chats 3/31 days, 1200 rows, 2 requests/min";
        for (left, end) in [
            (None, ""),
            (Some(Duration::from_secs(9)), ", under 1m left"),
            (Some(Duration::from_secs(61)), ", 2m left"),
            (Some(Duration::from_secs(3_601)), ", 1h 1m left"),
        ] {
            assert_eq!(message(WorkPart::ClosedChats, numbers, left), format!("{told}{end}"));
        }
        assert_eq!(message(WorkPart::Files, Numbers::default(), None), "Files 3/31 days");
    }

    /// A million chats in a year, at the default rate and at a higher one.
    #[test]
    fn a_long_run_fits_into_80_columns() {
        for (rate, left) in [(2, 83 * 3_600), (120, 5_000)] {
            let numbers =
                Numbers { rows: 1_000_000, requests_per_minute: Some(rate), ..Numbers::default() };
            let left = Some(Duration::from_secs(left + 59 * 60));
            let estimate = PartProgress { left, days_done: Some(365) };
            let part = WorkPart::ClosedChats;
            let told = message(part, numbers, &estimate, 365);
            assert!("[######] ".len() + told.len() < 80, "{told}");
        }
    }

    #[test]
    fn a_share_is_never_outside_of_the_span() {
        let span = span();
        for (hours, share) in [(-5, 0.0), (24, 0.25), (200, 1.0)] {
            let at = span.from + SignedDuration::from_hours(hours);
            assert!((share_until(&span, at) - share).abs() < 1e-9);
        }
        assert_eq!((steps(0.5), steps(7.0)), (500, BAR_STEPS));
    }
}
