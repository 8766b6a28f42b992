//! What a step costs: wall, CPU and peak memory, by the process's own accounts under `/proc`.

use std::fs;
use std::time::{Duration, Instant};

/// Clock ticks a second in `/proc/self/stat`: fixed at 100 on Linux for every architecture with a stable ABI.
const TICKS: u64 = 100;

/// Started with a step, read at its end.
#[derive(Debug)]
pub struct Meter {
    start: Instant,
    cpu: Duration,
    is_peak_own: bool,
}

/// What was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Wall.
    pub wall: Duration,
    /// CPU of all threads.
    pub cpu: Duration,
    /// Peak resident memory, bytes; of the step if it could be reset, else of the run.
    pub peak_bytes: u64,
    /// Whether the peak is the step's own.
    pub is_peak_own: bool,
}

impl Meter {
    /// Starts, and resets the peak where the system allows it.
    #[must_use]
    pub fn start() -> Self {
        let is_peak_own = fs::write("/proc/self/clear_refs", "5").is_ok();
        Self { start: Instant::now(), cpu: cpu(), is_peak_own }
    }

    /// What was spent since.
    #[must_use]
    pub fn read(&self) -> Spent {
        Spent {
            wall: self.start.elapsed(),
            cpu: cpu().saturating_sub(self.cpu),
            peak_bytes: peak(),
            is_peak_own: self.is_peak_own,
        }
    }
}

/// User and system time of all threads.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The command's name, in parentheses, may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}

fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes * 1024)
}
