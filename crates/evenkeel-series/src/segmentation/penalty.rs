//! Penalties for changes, and the scale of the noise.

use super::cost::Cost;
use crate::quantile::MAD_TO_SD;
use crate::quantile::median_of_mut;
use alloc::vec::Vec;

/// The penalty for each change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Penalty {
    /// A constant, in units of the cost.
    Value(f64),
    /// The Bayesian information criterion: ln n for each parameter that a change brings, its place being one.
    /// G. Schwarz, Annals of Statistics 6 (1978) 461-464, doi:10.1214/aos/1176344136; Y.-C. Yao, Statistics &
    /// Probability Letters 6 (1988) 181-189, doi:10.1016/0167-7152(88)90118-6.
    #[default]
    Bic,
    /// The modified criterion of N. Zhang and D. Siegmund, Biometrics 63 (2007) 22-32,
    /// doi:10.1111/j.1541-0420.2006.00662.x, in the form for a fixed number of segments: 3 ln n for a change
    /// of the level, half as much again for each parameter more. The term that depends on the lengths of
    /// segments, which a penalty for each change cannot contain, is left out, as in R's `changepoint`.
    Mbic,
}

impl Penalty {
    /// The penalty in units of a cost, for n values under noise of this standard deviation (see
    /// [`noise_scale`]). Infinite or negative values are used as they are.
    ///
    /// Costs are made likelihoods: squared deviations in units of the noise's variance, absolute ones in
    /// units of its scale as for a Laplace distribution, ranks as they are.
    #[must_use]
    pub fn value(&self, cost: Cost, n: usize, noise: f64) -> f64 {
        let log = libm::log(n.max(2) as f64);
        // Level, or level and variance or slope; and the place.
        let parameters = if matches!(cost, Cost::Normal | Cost::Line) { 3.0 } else { 2.0 };
        // As minus twice a log-likelihood.
        let twice = match self {
            Self::Value(value) => return *value,
            Self::Bic => parameters * log,
            Self::Mbic => 1.5 * parameters * log,
        };
        match cost {
            Cost::L2 | Cost::Line => twice * noise * noise,
            Cost::Normal => twice,
            // A Laplace distribution of this standard deviation has the scale noise / sqrt(2), and -2
            // log-likelihood 2 |x| / scale.
            Cost::L1 => 0.5 * twice * noise * core::f64::consts::FRAC_1_SQRT_2,
            Cost::Rank => 0.5 * twice,
        }
    }
}

/// The standard deviation of the noise of a series, robust to its changes, outliers and slow variation: the
/// median absolute difference of neighbors, times 1.4826 / √2. Where more than half of them are equal, the
/// mean is used; 0 for constant series and fewer than two observed values. For independent noise: with
/// positively correlated noise it is too small (see [`Segmentation`](crate::segmentation::Segmentation),
/// which takes that into account).
///
/// ```
/// let noise = evenkeel_series::segmentation::noise_scale(&[1.0, 3.0, 2.0, 4.0, 103.0, 102.0, 104.0, 102.0]);
/// assert!((noise - 2.0 * 1.4826 / 2.0_f64.sqrt()).abs() < 1e-3);
/// ```
#[must_use]
pub fn noise_scale(values: &[f64]) -> f64 {
    let seen: Vec<f64> = values.iter().copied().filter_map(evenkeel_core::observed).collect();
    let mut steps: Vec<f64> = seen.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let median = median_of_mut(&mut steps).unwrap_or(0.0);
    if median > 0.0 {
        return median * MAD_TO_SD * core::f64::consts::FRAC_1_SQRT_2;
    }
    // For a normal distribution the mean absolute difference is 2 / sqrt(pi) standard deviations.
    let mean = steps.iter().sum::<f64>() / steps.len().max(1) as f64;
    mean * 0.886_226_925_452_758
}
