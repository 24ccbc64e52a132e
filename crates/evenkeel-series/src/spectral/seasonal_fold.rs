//! Folding of a series by a period.

use super::fourier_transform::Spectral;
use crate::quantile::median_of_mut;
use crate::quantile::{MAD_TO_SD, Quantile};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_stats::Beta;

/// Deviations beyond so many robust standard deviations are cut.
const CUT: f64 = 4.0;

/// The number of periods between two frequencies that count as independent tests.
const BETWEEN: f64 = 3.0;

/// The profile of a series folded by a period.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub(super) period: usize,
    /// The mean of each phase, NaN where none was observed.
    pub(super) profile: Vec<f64>,
    /// The share of the variance, corrected for the number of phases, that the profile explains.
    pub(super) strength: f64,
    /// The p-value: how probable so much would be without a season.
    pub(super) p: f64,
}

impl Fold {
    /// Folds what remains of a series without its moving average over one period. `None` if too little is
    /// observed or nothing varies.
    pub(super) fn new(spectral: &mut Spectral, values: &[f64], period: usize) -> Option<Self> {
        let mut detrended = without_average(values, period);
        cut(&mut detrended);
        let (mut sums, mut counts) = (vec![0.0; period], vec![0_u32; period]);
        for (i, x) in detrended.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            sums[i % period] += x;
            counts[i % period] += 1;
        }
        let mut profile = sums;
        profile.iter_mut().zip(&counts).for_each(|(sum, count)| *sum /= f64::from(*count));
        let (mut between, mut within, mut total) = (0.0, 0.0, 0.0);
        for (i, x) in detrended.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
            let mean = profile[i % period];
            between += mean * mean;
            within += (x - mean) * (x - mean);
            total += x * x;
        }
        let seen = detrended.iter().filter(|x| !x.is_nan()).count() as f64;
        let phases = counts.iter().filter(|count| **count > 0).count() as f64;
        let cycles = seen / phases;
        // NaN returns here as well.
        let enough = total > 0.0 && cycles >= 1.5 && phases > 0.5 * period as f64 && phases > 1.0;
        if !enough {
            return None;
        }
        let strength = 1.0 - (within / (seen - phases)) / (total / seen);
        // As many independent values are in a cycle as its autocorrelation leaves: 2 for a wave, all for
        // white noise. Where the profile leaves white noise, the correlation comes from the season, not from
        // wandering: it must not count against it.
        let rest: Vec<f64> = detrended.iter().enumerate().map(|(i, x)| x - profile[i % period]).collect();
        // Within half a cycle from the ends there is no average: a trend stays in there, which is not noise.
        let inside = &rest[period / 2..rest.len() - period / 2];
        let white = is_white(inside);
        let independent = if white {
            phases
        } else {
            // That of the values counts the season, that of the rest is too high by what the profile takes
            // from wandering: a harmonic mean, near the smaller of both, in which the careful one counts
            // twice.
            let (all, left) =
                (independent(spectral, &detrended, period)?, independent(spectral, &rest, period)?);
            3.0 / (2.0 / all + 1.0 / left)
        };
        let (a, b) = (independent * (phases - 1.0) / phases, independent * (cycles - 1.0));
        let ratio = (between / (phases - 1.0)) / (within / (seen - phases)).max(f64::MIN_POSITIVE);
        let p = Beta::new(0.5 * b, 0.5 * a).ok()?.lower(b / (b + a * ratio));
        // A test at its nominal level pays for the periods between two frequencies, too; the other one is so
        // careful that it need not.
        let p = if white { (BETWEEN * p).min(1.0) } else { p };
        Some(Self { period, profile, strength, p })
    }

    /// Removes the season from the values.
    pub(super) fn remove(&self, values: &mut [f64]) {
        for (i, x) in values.iter_mut().enumerate() {
            let season = self.profile[i % self.period];
            *x -= if season.is_nan() { 0.0 } else { season };
        }
    }
}

/// Whether neighbors are no more alike than chance makes them: their correlation is at most 1.6 standard
/// errors of that of white noise, as it is 95 times in 100.
fn is_white(rest: &[f64]) -> bool {
    let (mut product, mut square, mut seen) = (0.0, 0.0, 0.0);
    for pair in rest.windows(2).filter(|pair| !pair[0].is_nan() && !pair[1].is_nan()) {
        seen += 1.0;
        product += pair[0] * pair[1];
        square += 0.5 * (pair[0] * pair[0] + pair[1] * pair[1]);
    }
    product <= 1.6 * square / libm::sqrt(seen)
}

/// Values without their centered moving average over one period; missing where half of a cycle around is. The
/// first and last average are used before and after: with four cycles none can be spared.
fn without_average(values: &[f64], period: usize) -> Vec<f64> {
    let n = values.len();
    let mut sums = Vec::with_capacity(n + 1);
    sums.push((0.0, 0_usize));
    for x in values {
        let (sum, count) = sums[sums.len() - 1];
        sums.push(if x.is_nan() { (sum, count) } else { (sum + x, count + 1) });
    }
    let half = period / 2;
    let mut detrended = vec![f64::NAN; n];
    for (i, detrended) in detrended.iter_mut().enumerate() {
        let low = i.saturating_sub(half).min(n.saturating_sub(2 * half + 1));
        let high = (low + 2 * half + 1).min(n);
        let (mut sum, mut count) = (sums[high].0 - sums[low].0, (sums[high].1 - sums[low].1) as f64);
        if period.is_multiple_of(2) {
            for end in [values[low], values[high - 1]] {
                if !end.is_nan() {
                    sum -= 0.5 * end;
                    count -= 0.5;
                }
            }
        }
        if count >= 0.5 * period as f64 {
            *detrended = values[i] - sum / count;
        }
    }
    detrended
}

/// Cuts outliers at so many robust standard deviations from the median. If more than half of the values are
/// equal, their mean absolute deviation serves.
pub(super) fn cut(values: &mut [f64]) {
    let mut scratch: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let Some(center) = median_of_mut(&mut scratch) else { return };
    scratch.iter_mut().for_each(|x| *x = (*x - center).abs());
    let mut scale = MAD_TO_SD * median_of_mut(&mut scratch).unwrap_or(0.0);
    if scale == 0.0 {
        scale = scratch.iter().sum::<f64>() / scratch.len() as f64;
        // Rare outliers must not determine the scale.
        let far = Quantile::new(0.99).ok().and_then(|q| q.of_mut(&mut scratch)).unwrap_or(scale);
        scale = scale.max(far / CUT);
    }
    let (low, high) = (center - CUT * scale, center + CUT * scale);
    for x in values.iter_mut().filter(|x| !x.is_nan()) {
        *x = x.clamp(low, high);
    }
}

/// How many independent values a cycle holds: the period by the sum of the squared autocorrelations within
/// half of one to either side (M. S. Bartlett 1946, for the variance of a mean of products).
fn independent(spectral: &mut Spectral, detrended: &[f64], period: usize) -> Option<f64> {
    let r = spectral.autocorrelation(detrended, period.div_ceil(2).min(detrended.len() - 1)).ok()?;
    let sum: f64 = 1.0 + 2.0 * r[1..].iter().filter(|r| !r.is_nan()).map(|r| r * r).sum::<f64>();
    Some((period as f64 / sum).clamp(1.0, period as f64))
}
