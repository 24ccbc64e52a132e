//! Baseline statistics of a column: median, quantiles and robust scale.

use crate::coverage::LEAST_BASELINE;
use crate::least_move::LeastMove;
use crate::metric_shift::builder::MetricShiftBuilder;
use crate::metric_shift::shift::Shift;
use core::cmp::Ordering;
use evenkeel_core::{Direction, LARGEST as LARGEST_OBSERVED, MetricKind, observed};

/// The interquartile range of a standard normal distribution.
const NORMAL_IQR: f64 = 1.349;
/// How many scales a move counts where nothing says how large it is: a column of zeros in an unknown unit,
/// without any other of its name. Enough to be named, and less than what a move is worth that is known to be
/// large.
const UNKNOWN: f64 = 10.0;

/// A buffer that is used for all columns.
#[derive(Debug, Default)]
pub(super) struct PreparedColumn {
    buffer: Vec<f64>,
}

/// What is normal for a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Baseline {
    pub(super) median: f64,
    scale: f64,
    /// Whether all of it is whole numbers, as counts are.
    is_whole: bool,
}

/// What a move is measured by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub(super) settings: &'a MetricShiftBuilder,
    pub(super) kind: MetricKind,
    pub(super) least: LeastMove,
}

impl PreparedColumn {
    /// Takes median and scale of the baseline, with so many zeros more; `None` if it is too short.
    pub(super) fn baseline(
        &mut self,
        pieces: (&[f64], &[f64]),
        zeros: usize,
        settings: &MetricShiftBuilder,
    ) -> Option<Baseline> {
        self.load(pieces);
        self.buffer.resize(self.buffer.len() + zeros, 0.0);
        let values = &mut self.buffer[..];
        if values.len() < LEAST_BASELINE {
            return None;
        }
        let sd = standard_deviation(values);
        let (median, middle) = quantile(values, 0.5);
        // With at least eight values the quartiles lie strictly on either side of the middle.
        let (below, _) = quantile_within(values, 0.25, 0..middle + 1);
        let (above, _) = quantile_within(values, 0.75, middle..values.len());
        let floor = settings.relative_floor * median.abs();
        let scale = ((above - below) / NORMAL_IQR).max(0.5 * sd).max(floor);
        // Only asked where nothing else says how large a move is.
        let is_whole = scale == 0.0 && values.iter().all(|x| x.fract() == 0.0);
        Some(Baseline { median, scale, is_whole })
    }

    /// The move of the window; `None` if it has no value.
    pub(super) fn shift(
        &mut self,
        window: (&[f64], &[f64]),
        baseline: &Baseline,
        measure: Measure<'_>,
    ) -> Option<Shift> {
        self.load(window);
        if self.buffer.is_empty() {
            return None;
        }
        let quantile_of = measure.settings.quantile;
        let mut measure = measure;
        if baseline.is_whole
            && measure.least.from_nothing == 0.0
            && self.buffer.iter().all(|x| x.fract() == 0.0)
        {
            measure.least.from_nothing = 1.0;
        }
        let (upper, place) = quantile(&mut self.buffer, quantile_of);
        let up = baseline.side(Direction::Up, upper, measure);
        // The complement is not above the quantile, but may lie between the same two values.
        let whole = (place + 2).min(self.buffer.len());
        let lowest = self.buffer[..whole].iter().copied().fold(f64::INFINITY, f64::min);
        // Mostly not even the lowest value of all is far enough down to matter, and the quantile need not be
        // found.
        let down = if baseline.side(Direction::Down, lowest, measure).score <= up.score {
            None
        } else {
            let lower = quantile_within(&mut self.buffer, 1.0 - quantile_of, 0..whole).0;
            Some(baseline.side(Direction::Down, lower, measure)).filter(|down| down.score > up.score)
        };
        Some(down.unwrap_or(up)).filter(|shift| shift.score.is_finite())
    }

    fn load(&mut self, (first, second): (&[f64], &[f64])) {
        self.buffer.clear();
        for piece in [first, second] {
            // Without a branch a value this is a few vector instructions, and what is complete is copied as
            // it is.
            if piece.iter().fold(true, |complete, x| complete & (x.abs() <= LARGEST_OBSERVED)) {
                self.buffer.extend_from_slice(piece);
            } else {
                self.buffer.extend(piece.iter().copied().filter_map(observed));
            }
        }
    }
}

impl Baseline {
    /// The move to one side.
    fn side(&self, direction: Direction, observed: f64, measure: Measure<'_>) -> Shift {
        let distance =
            if direction == Direction::Up { observed - self.median } else { self.median - observed };
        let scales = self.scales(distance.max(0.0), measure);
        let score = measure.settings.weight(measure.kind, direction) * libm::log1p(scales);
        Shift { score, direction, observed, expected: self.median, scales }
    }

    fn scales(&self, distance: f64, measure: Measure<'_>) -> f64 {
        if distance == 0.0 {
            0.0
        } else if self.scale > 0.0 {
            distance / self.scale.max(measure.least.known)
        } else if measure.least.from_nothing > 0.0 {
            // The new level stands in for the one that there was not.
            distance / (measure.least.from_nothing + measure.settings.relative_floor * distance)
        } else {
            UNKNOWN
        }
    }
}

/// Of numbers that are not NaN; a zero is a zero. It compiles to one comparison, unlike the total order.
fn ascending(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// With n - 1; two passes.
fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    // Shares of the sum, so that values up to 1e100 squared are the largest numbers met.
    let mean = sum(values, |x| x) / n;
    (sum(values, |x| (x - mean) * (x - mean)) / (n - 1.0)).sqrt()
}

/// A sum in four lanes, which the compiler turns into vector instructions.
fn sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 4];
    let chunks = values.chunks_exact(4);
    let rest: f64 = chunks.remainder().iter().map(|x| f(*x)).sum();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// The quantile by linear interpolation (type 7) of a slice that is not empty, and the place of the value at
/// or below it. Leaves smaller values before that place and larger ones behind it.
fn quantile(values: &mut [f64], p: f64) -> (f64, usize) {
    quantile_within(values, p, 0..values.len())
}

/// The same, when it is known that the quantile of the whole and its neighbor above, if one counts, lie in a
/// part of it.
fn quantile_within(values: &mut [f64], p: f64, part: core::ops::Range<usize>) -> (f64, usize) {
    let place = p * (values.len() - 1) as f64;
    let below = place as usize;
    let share = place - below as f64;
    let (_, at, behind) = values[part.clone()].select_nth_unstable_by(below - part.start, ascending);
    let value = *at;
    if share == 0.0 || behind.is_empty() {
        return (value, below);
    }
    let next = behind.iter().copied().fold(f64::INFINITY, f64::min);
    (value + share * (next - value), below)
}
