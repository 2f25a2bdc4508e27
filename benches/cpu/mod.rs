//! CPU time of this thread. It includes system time; it excludes time in which the thread waits.

use std::error::Error;
use std::time::Duration;

/// CPU time of this thread so far, from `/proc/thread-self/schedstat`.
pub(crate) fn of_thread() -> Result<Duration, Box<dyn Error>> {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = schedstat.split(' ').next().ok_or("an empty schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}
