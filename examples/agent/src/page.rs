//! The agent's own metrics.

use std::fmt::Write;
use std::fs;

/// A page in the text format of Prometheus.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn gauge(&mut self, name: &str, value: f64) {
        let _ = writeln!(self.0, "# TYPE evenkeel_agent_{name} gauge\nevenkeel_agent_{name} {value}");
    }

    pub(crate) fn counter(&mut self, name: &str, value: f64) {
        let _ = writeln!(
            self.0,
            "# TYPE evenkeel_agent_{name}_total counter\nevenkeel_agent_{name}_total {value}"
        );
    }

    pub(crate) fn counters<'a>(
        &mut self,
        name: &str,
        label: &str,
        values: impl Iterator<Item = (&'a str, f64)>,
    ) {
        let _ = writeln!(self.0, "# TYPE evenkeel_agent_{name}_total counter");
        for (text, value) in values {
            let _ = writeln!(self.0, "evenkeel_agent_{name}_total{{{label}={text:?}}} {value}");
        }
    }

    /// The page, with what is the same for every process.
    pub(crate) fn finish(mut self) -> String {
        if let Some(bytes) = resident_bytes() {
            let _ = writeln!(
                self.0,
                "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {bytes}"
            );
        }
        self.0
    }
}

/// The resident memory of this process, where the system tells it.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
