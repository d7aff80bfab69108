//! Memory and processor time of this process, as the system counts them.

use std::time::Duration;

/// The most memory this process has held so far, in MiB; 0 where the system does not say.
pub(crate) fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// Processor time that this process has spent in its own code so far, as the system counts it
/// (hundredths of a second); on a busy machine it says more than real time.
pub(crate) fn cpu() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().nth(11).and_then(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.unwrap_or(0) * 10)
}
