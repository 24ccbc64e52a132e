//! A series folded by a period.

use super::Spectral;
use crate::quantile::median_of_mut;
use crate::{MAD_TO_SD, Quantile};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_stats::Beta;

/// Deviations beyond so many robust standard deviations are cut.
const CUT: f64 = 4.0;

/// How a series looks when folded by a period.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    pub(super) period: usize,
    /// The mean of each phase, NaN where none was observed.
    pub(super) profile: Vec<f64>,
    /// The share of the variance, corrected for the number of phases, that the profile explains.
    pub(super) strength: f64,
    /// How probable so much would be without a season.
    pub(super) p: f64,
}

impl Fold {
    /// Folds what remains of a series without its moving average over one period. `None` if too little is observed or nothing varies.
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
        // NaN goes out here too.
        let enough = total > 0.0 && cycles >= 1.5 && phases > 0.5 * period as f64 && phases > 1.0;
        if !enough {
            return None;
        }
        let strength = 1.0 - (within / (seen - phases)) / (total / seen);
        // As many independent values are in a cycle as its autocorrelation leaves: 2 for a wave, all for white noise.
        let independent = independent(spectral, &detrended, period)?;
        let (a, b) = (independent * (phases - 1.0) / phases, independent * (cycles - 1.0));
        let ratio = (between / (phases - 1.0)) / (within / (seen - phases)).max(f64::MIN_POSITIVE);
        let p = Beta::new(0.5 * b, 0.5 * a).ok()?.lower(b / (b + a * ratio));
        Some(Self { period, profile, strength, p })
    }

    /// Takes the season out of the values.
    pub(super) fn remove(&self, values: &mut [f64]) {
        for (i, x) in values.iter_mut().enumerate() {
            let season = self.profile[i % self.period];
            *x -= if season.is_nan() { 0.0 } else { season };
        }
    }
}

/// Values without their centered moving average over one period; missing where half of a cycle around is. The first and last average
/// serve for what is before and after: of four cycles none can be spared.
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

/// Cuts outliers at so many robust standard deviations from the median. If more than half of the values are equal, their mean absolute
/// deviation serves.
pub(super) fn cut(values: &mut [f64]) {
    let mut scratch: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let Some(center) = median_of_mut(&mut scratch) else { return };
    scratch.iter_mut().for_each(|x| *x = (*x - center).abs());
    let mut scale = MAD_TO_SD * median_of_mut(&mut scratch).unwrap_or(0.0);
    if scale == 0.0 {
        scale = scratch.iter().sum::<f64>() / scratch.len() as f64;
        // What is rare and far must not set the scale by itself.
        let far = Quantile::new(0.99).ok().and_then(|q| q.of_mut(&mut scratch)).unwrap_or(scale);
        scale = scale.max(far / CUT);
    }
    let (low, high) = (center - CUT * scale, center + CUT * scale);
    for x in values.iter_mut().filter(|x| !x.is_nan()) {
        *x = x.clamp(low, high);
    }
}

/// How many independent values a cycle holds: the period by the sum of the squared autocorrelations within half of one to either side
/// (M. S. Bartlett 1946, for the variance of a mean of products).
fn independent(spectral: &mut Spectral, detrended: &[f64], period: usize) -> Option<f64> {
    let r = spectral.autocorrelation(detrended, period.div_ceil(2).min(detrended.len() - 1)).ok()?;
    let sum: f64 = 1.0 + 2.0 * r[1..].iter().filter(|r| !r.is_nan()).map(|r| r * r).sum::<f64>();
    Some((period as f64 / sum).clamp(1.0, period as f64))
}
