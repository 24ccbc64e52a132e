//! The cells of a grid, and their values.

use super::aggregate::Aggregate;
use super::resample_report::ResampleReport;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{At, Timestamp};
use evenkeel_stats::CompensatedSum;

/// The cells of a grid.
pub(super) struct Grid {
    /// The number of the first cell.
    pub(super) first: i128,
    /// How many cells there are.
    pub(super) length: usize,
    /// The time of the first cell.
    pub(super) start: Timestamp,
}

/// The value of each cell, from samples sorted by time; `number` gives the number of the cell that a time
/// belongs to.
pub(super) fn fill(
    aggregate: Aggregate,
    grid: &Grid,
    number: impl Fn(Timestamp) -> i128,
    mut samples: Vec<At<f64>>,
    report: &mut ResampleReport,
) -> Vec<f64> {
    let empty = match aggregate {
        Aggregate::Count | Aggregate::Sum => 0.0,
        _ => f64::NAN,
    };
    let mut values = vec![empty; grid.length];
    let mut filled = 0;
    let mut before: Option<At<f64>> = None;
    let mut from = 0;
    while from < samples.len() {
        let current = number(samples[from].time);
        let to = from + samples[from..].partition_point(|sample| number(sample.time) == current);
        let cell = usize::try_from(current - grid.first).ok().and_then(|cell| values.get_mut(cell));
        let inside = &mut samples[from..to];
        // Counters are followed outside of the range as well: the first increase inside needs the sample
        // before it.
        let rate = (aggregate == Aggregate::Rate).then(|| rate(inside, &mut before, &mut report.resets));
        match cell {
            Some(cell) => {
                report.samples += inside.len();
                filled += 1;
                *cell = rate.unwrap_or_else(|| of_cell(aggregate, inside));
            }
            None => report.outside += inside.len(),
        }
        from = to;
    }
    report.empty = grid.length - filled;
    values
}

/// The aggregate of at least one sample, sorted by time.
fn of_cell(aggregate: Aggregate, samples: &mut [At<f64>]) -> f64 {
    let values = samples.iter().map(|sample| sample.value);
    match aggregate {
        Aggregate::Mean | Aggregate::Sum => {
            // Sorted by value, so that the last bit does not depend on the order of arrival.
            samples.sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
            let sum: CompensatedSum = samples.iter().map(|sample| sample.value).collect();
            if aggregate == Aggregate::Sum {
                return sum.value();
            }
            // Rounding must not move a mean outside of the range of the values.
            let (least, most) = (samples.first(), samples.last());
            let mean =
                (sum.value() / samples.len() as f64).max(least.map_or(f64::NAN, |sample| sample.value));
            mean.min(most.map_or(f64::NAN, |sample| sample.value))
        }
        Aggregate::First => samples.first().map_or(f64::NAN, |sample| sample.value),
        Aggregate::Last => samples.last().map_or(f64::NAN, |sample| sample.value),
        Aggregate::Min => values.fold(f64::NAN, f64::min),
        Aggregate::Max => values.fold(f64::NAN, f64::max),
        Aggregate::Count => samples.len() as f64,
        Aggregate::Rate => f64::NAN,
    }
}

/// The increases of a cell's samples over the time they took, in units a second.
fn rate(samples: &[At<f64>], before: &mut Option<At<f64>>, resets: &mut usize) -> f64 {
    let mut increase = CompensatedSum::new();
    let mut seconds = 0.0;
    for (i, sample) in samples.iter().enumerate() {
        if samples.get(i + 1).is_some_and(|next| next.time == sample.time) {
            continue;
        }
        if let Some(before) = before.replace(*sample) {
            let fell = sample.value < before.value;
            *resets += usize::from(fell);
            increase.add(if fell { sample.value } else { sample.value - before.value });
            seconds += sample.time.since(before.time).as_secs_f64();
        }
    }
    if seconds > 0.0 { increase.value() / seconds } else { f64::NAN }
}
