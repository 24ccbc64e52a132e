//! Least squares: the sum of squared errors of a theta model, and the search for its minimum.

use super::kind::ThetaKind;
use crate::count::as_f64;
use crate::seasonal_indices::filled;
use evenkeel_stats::scalar_search::{bracket_on_grid, golden_section};

/// The first errors, which do not count: the line through the values seen so far is not determined yet.
const SKIPPED: usize = 3;
const ALPHA: (f64, f64) = (0.1, 0.99);
/// The largest share of the line: that of theta = 1e10.
const SHARE: f64 = 1.0 - 1e-10;
/// Points of the first grid.
const GRID: u32 = 24;
/// Steps of the golden section.
const STEPS: u32 = 36;

/// A seasonally adjusted history in units of its largest value, with the line at each of its values.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) y: Vec<f64>,
    complete: Vec<f64>,
    /// Intercept and slope of the line that a value is predicted from.
    line: Vec<(f64, f64)>,
    pub(super) intercept: f64,
    pub(super) slope: f64,
    /// Errors that count.
    pub(super) errors: usize,
}

/// The result of a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) alpha: f64,
    /// 1 - 1 / theta: how much of the line the forecast takes.
    pub(super) share: f64,
    pub(super) level: f64,
    pub(super) squares: f64,
    pub(super) evaluations: usize,
}

impl Sample {
    pub(super) fn new(y: Vec<f64>, dynamic: bool) -> Self {
        let complete = filled(&y);
        let n = as_f64(y.len());
        let mean = complete.iter().sum::<f64>() / n;
        let middle = (n + 1.0) / 2.0;
        let across = n * (n * n - 1.0) / 12.0;
        let up: f64 = complete.iter().enumerate().map(|(t, y)| (as_f64(t + 1) - middle) * (y - mean)).sum();
        let slope = up / across;
        let intercept = mean - slope * middle;
        let mut line = vec![(intercept, slope); if dynamic { 0 } else { y.len() }];
        if dynamic {
            let (mut mean, mut slope) = (0.0, 0.0);
            for (i, y) in complete.iter().enumerate() {
                let t = as_f64(i + 1);
                line.push((mean - 0.5 * t * slope, slope));
                if i > 0 {
                    slope = ((t - 2.0) * slope + 6.0 / t * (y - mean)) / (t + 1.0);
                }
                mean += (y - mean) / t;
            }
        }
        let errors = y.iter().skip(SKIPPED).filter(|y| !y.is_nan()).count();
        Self { y, complete, line, intercept, slope, errors }
    }

    /// The variance of the steps from value to value about their mean: the innovations of a walk with a
    /// drift.
    pub(super) fn variance_of_steps(&self) -> f64 {
        let steps: Vec<f64> = self.complete.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let n = as_f64(steps.len());
        let mean = steps.iter().sum::<f64>() / n.max(1.0);
        steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)
    }
}

/// The sum of squares at given numbers.
pub(super) fn evaluate(sample: &Sample, kind: ThetaKind, at: &Found) -> f64 {
    let keep = 1.0 - at.alpha;
    let (mut level, mut power, mut sum) = (at.level, 1.0, 0.0);
    for (t, (y, (a, b))) in sample.complete.iter().zip(&sample.line).enumerate() {
        let ahead = if kind == ThetaKind::Classic {
            (1.0 - power) / at.alpha * sample.slope
        } else {
            power * a + (1.0 - power * keep) / at.alpha * b
        };
        let e = y - level - at.share * ahead;
        if t >= SKIPPED && !sample.y[t].is_nan() {
            sum += e * e;
        }
        level += at.alpha * (y - level);
        power *= keep;
    }
    sum
}

/// The best level, and share if it is free, for an alpha: least squares in both, the share kept in its range.
fn at(sample: &Sample, alpha: f64, free: bool) -> Found {
    let keep = 1.0 - alpha;
    let (mut level, mut power) = (0.0, 1.0);
    let (mut dd, mut dp, mut dx, mut pp, mut px, mut xx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    // The power of the level is counted from the first error, so that its square is a number for every alpha.
    let unit = keep.powi(3);
    for (t, (y, (a, b))) in sample.complete.iter().zip(&sample.line).enumerate() {
        let x = power * a + (1.0 - power * keep) / alpha * b;
        let d = y - level;
        if t >= SKIPPED && !sample.y[t].is_nan() {
            let p = power / unit;
            dd += d * d;
            dp += d * p;
            dx += d * x;
            pp += p * p;
            px += p * x;
            xx += x * x;
        }
        level += alpha * d;
        power *= keep;
    }
    let pp = if pp > 0.0 { pp } else { 1.0 };
    let mut share = 0.5;
    if free {
        let left = xx - px * px / pp;
        if left > 1e-14 * xx {
            share = ((dx - dp * px / pp) / left).clamp(0.0, SHARE);
        }
    }
    let scaled = (dp - share * px) / pp;
    let squares = dd + share * share * xx + scaled * scaled * pp - 2.0 * (share * dx + scaled * dp)
        + 2.0 * share * scaled * px;
    Found { alpha, share, level: scaled / unit, squares, evaluations: 1 }
}

/// The least sum of squares: the best alpha of a grid, refined between its neighbors.
pub(super) fn search(sample: &Sample, free: bool) -> Found {
    let evaluate = |alpha: f64| at(sample, alpha, free);
    let better = |a: &Found, b: &Found| a.squares < b.squares;
    let grid = bracket_on_grid(ALPHA.0, ALPHA.1, GRID, evaluate, better);
    let section = golden_section(grid.low, grid.high, STEPS, evaluate, better);
    let (_, mut best) = grid.best;
    // The ends of the range are not reached by the section.
    for (_, found) in [section.left, section.right] {
        if found.squares < best.squares {
            best = found;
        }
    }
    Found { evaluations: (GRID + STEPS + 3) as usize, ..best }
}
