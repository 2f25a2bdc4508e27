//! The system's figures of a running process.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A process by its id.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// A figure of the process; `None` if the process has ended.
    fn status(self, key: &str) -> Option<u64> {
        let status = fs::read_to_string(self.path("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// Resident memory, KiB.
    pub fn resident_kib(self) -> u64 {
        self.status("VmRSS").unwrap()
    }

    /// Largest resident memory so far, KiB; `None` if the process has ended.
    pub fn most_resident_kib(self) -> Option<u64> {
        self.status("VmHWM")
    }

    /// CPU time, that of ended threads included.
    pub fn cpu_time(self) -> Duration {
        let stat = fs::read_to_string(self.path("stat")).unwrap();
        let after_name: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: u64 = after_name[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        // Linux counts in hundredths of a second on every architecture that Rust's standard library supports.
        Duration::from_millis(ticks * 10)
    }

    pub fn threads(self) -> u64 {
        self.status("Threads").unwrap()
    }

    pub fn open_files(self) -> u64 {
        fs::read_dir(self.path("fd")).unwrap().count() as u64
    }
}
