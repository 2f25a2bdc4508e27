//! CPU time, user and system: of this thread, of another thread, of another process.

use std::time::Duration;

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// Ticks of `/proc/PID/stat` in a second, on every Linux.
const TICKS: u64 = 100;

/// CPU time of this thread so far.
pub fn of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// CPU time so far of a thread of this process. It is exact while the thread waits.
pub fn of_thread(thread: &str) -> Result<Duration> {
    let schedstat = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat"))?;
    let nanoseconds = schedstat.split(' ').next().context("an empty schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// The id of this thread.
pub fn this_thread() -> Result<String> {
    let link = std::fs::read_link("/proc/thread-self")?;
    let id = link.file_name().context("no thread")?;
    Ok(id.to_string_lossy().into_owned())
}

/// CPU time of a process so far, in steps of 10 ms.
pub fn of_process(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("no name in the stat")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks = ticks.sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * (1000 / TICKS)))
}
