//! Settings of polling: the interval, the timeout, and the number of pages and requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::reader::MappingReader;
use super::scalar::{count, duration};

const LEAST_TIMEOUT: Duration = Duration::from_millis(100);

/// Longest interval or timeout that can be set.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of polling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The time from one cycle to the next, from 1 s to a day.
    pub interval: Duration,
    /// The longest duration of one whole request, from 100 ms to a day.
    pub timeout: Duration,
    /// Most pages of one list in one cycle, at least 1.
    pub max_pages: u32,
    /// Most requests per minute to a route if the server announces no limit, at least 1.
    pub max_requests_per_minute: u32,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            max_pages: 100,
            max_requests_per_minute: 120,
        }
    }
}

impl Poll {
    /// Permitted intervals; an interval below 1 s yields nothing that a scrape could see.
    pub(crate) const INTERVALS: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;

    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        section.set("interval", &mut self.interval, |value| duration(Self::INTERVALS, value));
        section.set("timeout", &mut self.timeout, |value| duration(LEAST_TIMEOUT..=DAY, value));
        section.set("max_pages", &mut self.max_pages, count);
        section.set("max_requests_per_minute", &mut self.max_requests_per_minute, count);
    }
}
