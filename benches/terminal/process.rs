//! What a process uses, as the system counts it.

use std::path::PathBuf;
use std::time::Duration;

/// Returns true where the system tells.
pub fn can_be_read() -> bool {
    std::path::Path::new("/proc/self/status").exists()
}

/// A process by its number.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// Returns a figure of the process's status in MiB.
    pub fn mib(self, name: &str) -> f64 {
        let text = std::fs::read_to_string(self.path("status")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kib: Option<f64> = line.and_then(|rest| {
            rest.trim_start_matches(':')
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        });
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Returns the processor time all its threads have used.
    pub fn busy(self) -> Duration {
        let threads = std::fs::read_dir(self.path("task")).into_iter().flatten();
        let used = threads.flatten().filter_map(|thread| -> Option<u64> {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse().ok()
        });
        Duration::from_nanos(used.sum())
    }
}
