//! What processes use, as far as Linux tells in `/proc`.

use std::fs;

/// The processor time of this thread so far, in seconds; `None` where there is no `/proc`.
pub(super) fn of_thread() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// What a group of processes has used so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Usage {
    /// Seconds of processor time, of those that have ended too, as far as they were waited for.
    pub(super) processor: f64,
    /// The peaks of their resident memory, added up, in bytes.
    pub(super) peak: u64,
}

/// How many ticks of processor time a second has in `/proc`: `USER_HZ`, which Linux keeps at 100 on all
/// common machines.
const TICKS: f64 = 100.0;

/// What the processes of a group use; `None` where there is no `/proc`, or no such process.
pub(super) fn of_group(group: u32) -> Option<Usage> {
    let mut usage: Option<Usage> = None;
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let path = entry.path();
        let Ok(stat) = fs::read_to_string(path.join("stat")) else { continue };
        // The name of the program may hold anything; numbers follow its last bracket: state, parent, group.
        let Some((_, numbers)) = stat.rsplit_once(')') else { continue };
        let numbers: Vec<&str> = numbers.split_whitespace().collect();
        let number = |place: usize| numbers.get(place).and_then(|field| field.parse::<f64>().ok());
        if number(2) != Some(f64::from(group)) {
            continue;
        }
        let usage = usage.get_or_insert_default();
        // Of itself, in and out of the kernel, and of children that it waited for.
        usage.processor += (11..15).filter_map(number).sum::<f64>() / TICKS;
        let status = fs::read_to_string(path.join("status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        usage.peak += peak.and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) * 1_024;
    }
    usage
}
