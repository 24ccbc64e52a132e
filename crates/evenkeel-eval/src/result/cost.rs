//! What a method costs.

use serde::{Deserialize, Serialize};

/// What a detector costs: time for each row and, where that can be known, memory.
///
/// Of a detector of this process, time is that of building it and of all rows, and processor time that of its
/// thread; its memory cannot be told from that of the data beside it: `evenkeel-eval detect NAME` runs it as
/// a program. Of a [`Program`](crate::detectors::Program), time is that from giving a row to its answer, both
/// pipes included, without the first row of each series, before which interpreters load their libraries;
/// processor time and memory are those of all its processes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cost {
    /// How many rows were timed.
    pub rows: usize,
    /// Microseconds a row by the clock on the wall.
    pub microseconds_per_row: f64,
    /// Microseconds of processor time a row, on all cores together, to within a tick of the scheduler a
    /// series, some milliseconds; `None` where it cannot be known, as on
    /// systems other than Linux. Of programs it is counted in hundredths of a second a series.
    pub processor_microseconds_per_row: Option<f64>,
    /// Seconds from the start of a program to its first answer, the mean over series.
    pub seconds_to_start: Option<f64>,
    /// The most memory that was resident at once, in bytes, the largest of all series: the peaks of all
    /// processes that a program has (`VmHWM`), added up, so that what they share counts for each; shared
    /// libraries and the interpreter are part of it. Looked at after 1, 2, 4, 8, ... rows and after the last:
    /// a process that lives for less than that is not seen. `None` for detectors of this process, and where
    /// there is no `/proc`.
    pub peak_bytes: Option<u64>,
}

impl Cost {
    /// That of several series together.
    #[must_use]
    pub fn of_all<'a>(costs: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let costs: Vec<&Self> = costs.into_iter().collect();
        let rows: usize = costs.iter().map(|cost| cost.rows).sum();
        if costs.is_empty() {
            return None;
        }
        let mean = |of: &dyn Fn(&Self) -> Option<f64>| {
            let sum = costs.iter().map(|cost| Some(of(cost)? * cost.rows as f64)).sum::<Option<f64>>()?;
            Some(sum / rows.max(1) as f64)
        };
        let starts = costs.iter().map(|cost| cost.seconds_to_start).sum::<Option<f64>>();
        Some(Self {
            rows,
            microseconds_per_row: mean(&|cost| Some(cost.microseconds_per_row)).unwrap_or(0.0),
            processor_microseconds_per_row: mean(&|cost| cost.processor_microseconds_per_row),
            seconds_to_start: starts.map(|sum| sum / costs.len() as f64),
            peak_bytes: costs.iter().filter_map(|cost| cost.peak_bytes).max(),
        })
    }
}
