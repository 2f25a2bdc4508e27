//! The memory limit for answers in progress, of all workspaces together.
//!
//! A small answer needs no permit. A larger answer takes a permit for a page, and an answer larger than a page also
//! takes one of the few permits for the largest answers. The permits are released when the answer is unpacked or has
//! failed. There is no deadlock: an answer that waits for a largest permit holds only a page permit, and an answer with
//! a largest permit waits for no other permit. The wait ends with the timeout of the request.

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

/// Size of an answer that needs no permit.
pub(super) const SMALL_BYTES: usize = 256 * 1024;
/// Largest size that a page permit allows; a page of 100 rooms is not larger.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Largest answer that is read.
pub(super) const LARGEST_BYTES: usize = 16 * 1024 * 1024;

const PAGES: usize = 8;
const LARGEST: usize = 2;

/// The permits of this process.
static PERMITS: Permits = Permits::new();

// Memory for one largest answer more than the permits: only one answer is unpacked at a time, because one thread
// unpacks all answers.
const _: () = assert!(PAGES * PAGE_BYTES + (LARGEST + 1) * LARGEST_BYTES == 64 * 1024 * 1024);

#[derive(Debug)]
struct Permits {
    pages: Semaphore,
    largest: Semaphore,
}

impl Permits {
    const fn new() -> Self {
        Self { pages: Semaphore::const_new(PAGES), largest: Semaphore::const_new(LARGEST) }
    }
}

/// The memory permits of one answer.
#[derive(Debug)]
pub(super) struct AnswerMemory {
    permits: &'static Permits,
    page: Option<SemaphorePermit<'static>>,
    largest: Option<SemaphorePermit<'static>>,
    deadline: Instant,
}

/// Other answers hold all permits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MemoryTaken;

impl AnswerMemory {
    /// The permits of a small answer; waits for more permits end at `deadline`.
    pub(super) fn until(deadline: Instant) -> Self {
        Self::of(&PERMITS, deadline)
    }

    fn of(permits: &'static Permits, deadline: Instant) -> Self {
        Self { permits, page: None, largest: None, deadline }
    }

    /// Takes the permits for an answer of this many bytes, at most [`LARGEST_BYTES`].
    pub(super) async fn grow(&mut self, bytes: usize) -> Result<(), MemoryTaken> {
        if bytes > SMALL_BYTES && self.page.is_none() {
            self.page = Some(place(&self.permits.pages, self.deadline).await?);
        }
        if bytes > PAGE_BYTES && self.largest.is_none() {
            self.largest = Some(place(&self.permits.largest, self.deadline).await?);
        }
        Ok(())
    }
}

async fn place(
    permits: &'static Semaphore,
    deadline: Instant,
) -> Result<SemaphorePermit<'static>, MemoryTaken> {
    let place = timeout_at(deadline, permits.acquire()).await;
    place.map_err(|_| MemoryTaken)?.map_err(|_| MemoryTaken)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn memory(permits: &'static Permits) -> AnswerMemory {
        AnswerMemory::of(permits, Instant::now() + PATIENCE)
    }

    async fn grown(permits: &'static Permits, bytes: usize) -> AnswerMemory {
        let mut memory = memory(permits);
        memory.grow(bytes).await.unwrap();
        memory
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_answers_wait_for_each_other_in_bounded_time_and_pages_do_not() {
        static PERMITS: Permits = Permits::new();
        let mut largest = Vec::new();
        for _ in 0..LARGEST {
            largest.push(grown(&PERMITS, LARGEST_BYTES).await);
        }
        let started = Instant::now();
        let mut one_more = grown(&PERMITS, PAGE_BYTES).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(one_more.grow(PAGE_BYTES + 1).await, Err(MemoryTaken));
        assert_eq!(started.elapsed(), PATIENCE);
        let mut waits = memory(&PERMITS);
        let wait = tokio::spawn(async move { waits.grow(LARGEST_BYTES).await });
        tokio::task::yield_now().await;
        largest.pop();
        assert_eq!(wait.await.unwrap(), Ok(()));
        assert_eq!(started.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_answer_waits_for_nobody() {
        static PERMITS: Permits = Permits::new();
        let mut pages = Vec::new();
        for _ in 0..PAGES {
            pages.push(grown(&PERMITS, SMALL_BYTES + 1).await);
        }
        let started = Instant::now();
        let mut small = grown(&PERMITS, SMALL_BYTES).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(small.grow(SMALL_BYTES + 1).await, Err(MemoryTaken));
        assert_eq!(started.elapsed(), PATIENCE);
        pages.pop();
        assert!(memory(&PERMITS).grow(PAGE_BYTES).await.is_ok(), "a place that was given back");
        drop(pages);
        let all =
            (0..100).map(|_| tokio::spawn(async { memory(&PERMITS).grow(LARGEST_BYTES).await }));
        for one in all.collect::<Vec<_>>() {
            assert_eq!(one.await.unwrap(), Ok(()), "each has its turn");
        }
    }
}
