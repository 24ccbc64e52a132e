//! A history made ready for the likelihood.

use super::constant::Constant;
use super::scalar::is_positive;
use evenkeel_core::{Error, observed};

/// Shorter than this beside its scale, a series has no variation but rounding: variance per observation after scaling.
pub(super) const ROUNDING: f64 = 1e-32;

/// A history without its outer gaps, shifted and scaled so that its values are of order 1, and differenced if it has no gap.
///
/// The scale is a power of two, so that scaling loses nothing.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) d: usize,
    /// The scaled values, NaN where missing.
    pub(super) y: Vec<f64>,
    /// The regressor of the constant at each of them.
    pub(super) x: Option<Vec<f64>>,
    /// The d-th differences of both; empty if a value is missing in between.
    pub(super) z: Vec<f64>,
    pub(super) zx: Option<Vec<f64>>,
    pub(super) gaps: bool,
    /// Observed values.
    pub(super) observed: usize,
    /// The constant in units of the data is `offset + scale * (that of the sample)`.
    pub(super) offset: f64,
    pub(super) scale: f64,
}

impl Sample {
    /// `parameters` is the number of coefficients and constants to estimate; more observations than that are needed.
    pub(super) fn new(
        history: &[f64],
        d: usize,
        constant: Constant,
        parameters: usize,
    ) -> Result<Self, Error> {
        let seen = |x: f64| observed(x).is_some();
        let count = history.iter().filter(|x| seen(**x)).count();
        let needed = d + parameters + 2;
        let short = || Error::TooShort { needed, got: count };
        if count < needed {
            return Err(short());
        }
        let first = history.iter().position(|x| seen(*x)).ok_or_else(short)?;
        let last = history.iter().rposition(|x| seen(*x)).ok_or_else(short)?;
        let raw = &history[first..=last];
        let regressor: Option<Vec<f64>> = match constant {
            Constant::None => None,
            Constant::Mean => Some(vec![1.0; raw.len()]),
            Constant::Drift => Some((0..raw.len()).map(|i| index(first + i + 1)).collect()),
        };
        // Where levels are differenced away, any shift is allowed.
        let shift = if d > 0 { raw[0] } else { 0.0 };
        let offset = preliminary(raw, regressor.as_deref(), shift, d);
        let residual = |i: usize| {
            let trend = regressor.as_ref().map_or(0.0, |x| offset * x[i]);
            (raw[i] - shift) - trend
        };
        let largest =
            (0..raw.len()).filter(|i| seen(raw[*i])).fold(0.0, |most: f64, i| most.max(residual(i).abs()));
        let scale = power_of_two(largest);
        let y: Vec<f64> =
            (0..raw.len()).map(|i| if seen(raw[i]) { residual(i) / scale } else { f64::NAN }).collect();
        let gaps = y.iter().any(|v| v.is_nan());
        let (mut z, mut zx) = (Vec::new(), None);
        if !gaps {
            z.clone_from(&y);
            difference(&mut z, d);
            zx = regressor.clone().map(|mut x| {
                difference(&mut x, d);
                x
            });
        }
        Ok(Self { d, y, x: regressor, z, zx, gaps, observed: count, offset, scale })
    }

    /// Observed values without the d that only set the level: what the likelihood counts.
    pub(super) fn effective(&self) -> usize {
        self.observed - self.d
    }
}

/// Differences `d` times in place.
pub(super) fn difference(y: &mut Vec<f64>, d: usize) {
    for _ in 0..d {
        for t in 1..y.len() {
            y[t - 1] = y[t] - y[t - 1];
        }
        y.pop();
    }
}

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not fit in memory")]
pub(super) fn index(t: usize) -> f64 {
    t as f64
}

/// A constant close to the estimate: the mean, or the slope of a line. What is left to estimate is then small, and nothing
/// cancels.
fn preliminary(raw: &[f64], regressor: Option<&[f64]>, shift: f64, d: usize) -> f64 {
    let Some(x) = regressor else { return 0.0 };
    let seen = || (0..raw.len()).filter(|i| observed(raw[*i]).is_some());
    if d == 1 {
        // the slope between the ends
        let (a, b) = (0, raw.len() - 1);
        return (raw[b] - raw[a]) / (x[b] - x[a]).max(1.0);
    }
    // Least squares through the origin; twice, so that the result is right to its last digits also beside a large offset.
    let mut slope = 0.0;
    for _ in 0..2 {
        let largest = seen().fold(0.0, |most: f64, i| most.max((raw[i] - shift - slope * x[i]).abs()));
        let unit = power_of_two(largest);
        let (mut xy, mut xx) = (0.0, 0.0);
        for i in seen() {
            xy += x[i] * ((raw[i] - shift - slope * x[i]) / unit);
            xx += x[i] * x[i];
        }
        slope += xy / xx * unit;
    }
    slope
}

/// The power of two at or just below `x`; 1 for 0.
fn power_of_two(x: f64) -> f64 {
    if !is_positive(x) {
        return 1.0;
    }
    // Kept within what has a reciprocal.
    libm::exp2(libm::floor(libm::log2(x)).clamp(-1000.0, 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_offset_keeps_its_digits() {
        let history: Vec<f64> = (0..50).map(|t| 1e9 + f64::from(t % 7)).collect();
        let sample = Sample::new(&history, 0, Constant::Mean, 1).unwrap();
        for (t, y) in sample.y.iter().enumerate() {
            assert_eq!(y * sample.scale + sample.offset, history[t]);
        }
    }

    #[test]
    fn outer_gaps_are_no_gaps() {
        let history = [f64::NAN, 1.0, 4.0, 9.0, 16.0, 25.0, f64::INFINITY];
        let sample = Sample::new(&history, 2, Constant::None, 0).unwrap();
        assert!(!sample.gaps && sample.observed == 5 && sample.effective() == 3);
        assert!(sample.z.iter().all(|z| z * sample.scale == 2.0));
        let drift = Sample::new(&history, 1, Constant::Drift, 1).unwrap();
        assert_eq!(drift.x.as_deref(), Some([2.0, 3.0, 4.0, 5.0, 6.0].as_slice()));
    }

    #[test]
    fn too_short_says_how_much_is_needed() {
        let error = Sample::new(&[1.0, f64::NAN], 1, Constant::None, 2).unwrap_err();
        assert_eq!(error, Error::TooShort { needed: 5, got: 1 });
    }
}
