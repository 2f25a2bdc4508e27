//! The system's figures of a running process.

use std::fs;
use std::path::PathBuf;

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

    pub fn threads(self) -> u64 {
        self.status("Threads").unwrap()
    }

    pub fn open_files(self) -> u64 {
        fs::read_dir(self.path("fd")).unwrap().count() as u64
    }
}
