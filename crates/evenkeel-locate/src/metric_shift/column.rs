//! The arithmetic on one column.

use super::{LEAST_BASELINE, LEAST_WINDOW, MetricShiftBuilder, Shift};
use core::cmp::Ordering;
use evenkeel_core::{Direction, LARGEST as LARGEST_OBSERVED, MetricKind, observed};

/// The interquartile range of a standard normal law.
const NORMAL_IQR: f64 = 1.349;
/// The most that a move without a scale counts.
const LARGEST: f64 = 1e6;

/// What one column says, and a buffer that is used for all columns.
#[derive(Debug, Default)]
pub(super) struct Column {
    buffer: Vec<f64>,
    median: f64,
    scale: f64,
}

impl Column {
    /// Takes median and scale of the baseline; `None` if it is too short.
    pub(super) fn baseline(&mut self, pieces: (&[f64], &[f64]), settings: &MetricShiftBuilder) -> Option<()> {
        self.load(pieces);
        let values = &mut self.buffer[..];
        if values.len() < LEAST_BASELINE {
            return None;
        }
        let sd = standard_deviation(values);
        let (median, middle) = quantile(values, 0.5);
        self.median = median;
        // With at least eight values the quartiles lie strictly on either side of the middle.
        let (below, _) = quantile_within(values, 0.25, 0..middle + 1);
        let (above, _) = quantile_within(values, 0.75, middle..values.len());
        let floor = settings.relative_floor * median.abs();
        self.scale = ((above - below) / NORMAL_IQR).max(0.5 * sd).max(floor);
        Some(())
    }

    /// The move of the window; `None` if it is too short.
    pub(super) fn shift(
        &mut self,
        window: (&[f64], &[f64]),
        settings: &MetricShiftBuilder,
        kind: MetricKind,
    ) -> Option<Shift> {
        self.load(window);
        if self.buffer.len() < LEAST_WINDOW {
            return None;
        }
        let (upper, place) = quantile(&mut self.buffer, settings.quantile);
        let up = self.side(Direction::Up, upper, settings, kind);
        // The complement is not above the quantile, but may lie between the same two values.
        let whole = (place + 2).min(self.buffer.len());
        let lowest = self.buffer[..whole].iter().copied().fold(f64::INFINITY, f64::min);
        // Mostly not even the lowest value of all is far enough down to matter, and the quantile need not be found.
        let down = if self.side(Direction::Down, lowest, settings, kind).score <= up.score {
            None
        } else {
            let lower = quantile_within(&mut self.buffer, 1.0 - settings.quantile, 0..whole).0;
            Some(self.side(Direction::Down, lower, settings, kind)).filter(|down| down.score > up.score)
        };
        Some(down.unwrap_or(up)).filter(|shift| shift.score.is_finite())
    }

    /// The move to one side.
    fn side(
        &self,
        direction: Direction,
        observed: f64,
        settings: &MetricShiftBuilder,
        kind: MetricKind,
    ) -> Shift {
        let distance =
            if direction == Direction::Up { observed - self.median } else { self.median - observed };
        let scales = self.scales(distance.max(0.0), settings);
        let score = settings.weight(kind, direction) * libm::log1p(scales);
        Shift { score, direction, observed, expected: self.median, scales }
    }

    fn scales(&self, distance: f64, settings: &MetricShiftBuilder) -> f64 {
        if distance == 0.0 {
            0.0
        } else if self.scale > 0.0 {
            distance / self.scale
        } else {
            (1.0 / settings.relative_floor).min(LARGEST)
        }
    }

    fn load(&mut self, (first, second): (&[f64], &[f64])) {
        self.buffer.clear();
        for piece in [first, second] {
            // Without a branch a value this is a few vector instructions, and what is complete is copied as it is.
            if piece.iter().fold(true, |complete, x| complete & (x.abs() <= LARGEST_OBSERVED)) {
                self.buffer.extend_from_slice(piece);
            } else {
                self.buffer.extend(piece.iter().copied().filter_map(observed));
            }
        }
    }
}

/// Of numbers that are not NaN; a zero is a zero. It compiles to one comparison, unlike the total order.
fn ascending(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// With n - 1; two passes.
#[expect(clippy::cast_precision_loss, reason = "fewer values than 2^53")]
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

/// The quantile by linear interpolation (type 7) of a slice that is not empty, and the place of the value at or below it. Leaves
/// smaller values before that place and larger ones behind it.
fn quantile(values: &mut [f64], p: f64) -> (f64, usize) {
    quantile_within(values, p, 0..values.len())
}

/// The same, when it is known that the quantile of the whole and its neighbor above, if one counts, lie in a part of it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fewer values than 2^53, and a place between the first and the last"
)]
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

#[cfg(test)]
mod tests {
    use super::{quantile, quantile_within, standard_deviation};

    #[test]
    fn quantiles_interpolate_whatever_the_part() {
        let sorted: Vec<f64> = (0..11).map(|i| f64::from(i * i)).collect();
        for n in 4..=sorted.len() {
            let expected = |p: f64| {
                let place = p * (n - 1) as f64;
                let below = sorted[place as usize];
                below + place.fract() * (sorted[(place as usize + 1).min(n - 1)] - below)
            };
            let mut values: Vec<f64> = (0..n).map(|i| sorted[i * 7 % n]).collect();
            if n == 7 {
                values = sorted[..n].to_vec();
            }
            let (median, middle) = quantile(&mut values, 0.5);
            assert_eq!(median, expected(0.5));
            assert_eq!(quantile_within(&mut values, 0.25, 0..middle + 1).0, expected(0.25));
            assert_eq!(quantile_within(&mut values, 0.75, middle..n).0, expected(0.75));
        }
    }

    #[test]
    fn the_standard_deviation_is_the_usual_one() {
        assert!(
            (standard_deviation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]) - (32.0_f64 / 7.0).sqrt()).abs()
                < 1e-15
        );
    }
}
