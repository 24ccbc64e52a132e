//! Gaussian values that depend on the value before: Markov switching autoregression of order 1.

use super::emission::{Before, Emission, ForecastEmission};
use super::weight::{LEAST_WEIGHT, require_states};
use evenkeel_core::gaussian::{self, LN_SQRT_TAU};
use evenkeel_core::{Error, observed};
use evenkeel_stats::scalar_search::{BrentTolerance, brent_minimum};

/// The largest coefficient, in both directions: every state is stationary.
const MOST_COEFFICIENT: f64 = 0.999;
/// The least standard deviation of the innovations, as a share of that of the history.
const FLOOR: f64 = 1e-3;
/// The longest distance to the last value at which it is remembered.
const MEMORY: usize = 64;
/// Sums of a state: of values with nothing before them, and of pairs at each distance.
const EACH: usize = FIRSTS + MEMORY * PAIRS;
const FIRSTS: usize = 3;
const PAIRS: usize = 6;

/// Autoregressive Gaussian emissions of order 1 (Markov switching): in state k it is
/// `x_t = c_k + phi_k x_(t-1) + e_t` with the variance `s_k` of the innovations `e_t`.
///
/// Use it where a regime is a way to move, not a level: calm and nervous, returning fast and returning
/// slowly.
///
/// A value with nothing before it is from the stationary distribution of its state, Gaussian with mean
/// `c_k / (1 - phi_k)` and variance `s_k / (1 - phi_k²)`; `statsmodels` and Hamilton (1989,
/// doi:10.2307/1912559) leave it out of the likelihood. After a gap, values are taken to have moved through it as the state at its
/// end moves, so that the last value before it is remembered with `phi_k` to the power of the distance;
/// beyond a distance of 64 it is forgotten. The same rule makes forecasts further ahead than one step. For
/// one state both are exact, for several they are where the state does not change on the way.
///
/// A fit is the maximum of the likelihood with `|phi_k| <= 0.999` and standard deviations of innovations of
/// at least 0.001 of the standard deviation of the history. States are ordered by their stationary means.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster};
/// use evenkeel_models::{Hmm, hmm::AutoregressiveGaussian};
///
/// // Around 10 and sluggish, then for a while around 10 and jumpy.
/// let mut x = 10.0;
/// let history: Vec<f64> = (0..400u32)
///     .map(|t| {
///         let noise = f64::from(t * 7919 % 101) / 50.0 - 1.0;
///         x = if t % 200 < 120 { 1.0 + 0.9 * x + 0.2 * noise } else { 16.0 - 0.6 * x + 3.0 * noise };
///         x
///     })
///     .collect();
/// let model = Hmm::new(2).emission(AutoregressiveGaussian::new()).fit(&history)?;
/// let phi = [0, 1].map(|k| model.emission().coefficient(k));
/// assert!(phi[0].max(phi[1]) > 0.7 && phi[0].min(phi[1]) < -0.3);
/// assert!(model.assess(10.0).is_some());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AutoregressiveGaussian {
    states: Vec<Autoregression>,
    /// The least standard deviation of innovations.
    least: f64,
}

/// One state, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Autoregression {
    constant: f64,
    coefficient: f64,
    variance: f64,
    log_norm: f64,
    mean: f64,
    stationary_variance: f64,
    stationary_log_norm: f64,
}

impl Autoregression {
    fn new(constant: f64, coefficient: f64, variance: f64) -> Self {
        let stationary_variance = variance / (1.0 - coefficient * coefficient);
        Self {
            constant,
            coefficient,
            variance,
            log_norm: -LN_SQRT_TAU - 0.5 * libm::log(variance),
            mean: constant / (1.0 - coefficient),
            stationary_variance,
            stationary_log_norm: -LN_SQRT_TAU - 0.5 * libm::log(stationary_variance),
        }
    }

    fn log_density(&self, x: f64) -> f64 {
        let deviation = x - self.mean;
        self.stationary_log_norm - 0.5 * (deviation * deviation / self.stationary_variance)
    }

    /// Mean and variance given the last value.
    fn moments_after(&self, before: Before<'_>) -> (f64, f64) {
        let b = before.row[0];
        if before.ago == 1 {
            return (self.constant + self.coefficient * b, self.variance);
        }
        if before.ago > MEMORY {
            return (self.mean, self.stationary_variance);
        }
        let p = power(self.coefficient, before.ago);
        (self.mean + p * (b - self.mean), self.stationary_variance * (1.0 - p * p))
    }

    fn log_density_after(&self, before: Before<'_>, x: f64) -> f64 {
        let (mean, variance) = self.moments_after(before);
        let log_norm = match before.ago {
            1 => self.log_norm,
            ago if ago > MEMORY => self.stationary_log_norm,
            _ => -LN_SQRT_TAU - 0.5 * libm::log(variance),
        };
        let innovation = x - mean;
        log_norm - 0.5 * (innovation * innovation / variance)
    }
}

/// By repeated multiplication: the same bits everywhere.
fn power(x: f64, n: usize) -> f64 {
    (0..n).fold(1.0, |power, _| power * x)
}

/// What is best for a coefficient, from weighted sums of deviations from a state's present mean.
#[derive(Debug, Clone, Copy)]
struct Profile {
    /// How far the mean moves.
    moved: f64,
    variance: f64,
    /// Minus the expected log-likelihood.
    loss: f64,
}

impl Profile {
    /// Least squares, weighted by the inverse variances relative to that of the innovations.
    fn new(sums: &[f64], phi: f64, least: f64) -> Self {
        let (firsts, pairs) = sums.split_at(FIRSTS);
        let inverse = 1.0 - phi * phi;
        let mut weight = firsts[0];
        let (mut a, mut b, mut c) = (inverse * firsts[0], inverse * firsts[1], inverse * firsts[2]);
        let mut log_inverses = firsts[0] * libm::log(inverse);
        let mut p = 1.0;
        for pairs in pairs.chunks_exact(PAIRS) {
            p *= phi;
            let &[of_pairs, x, before, xx, x_before, before_before] = pairs else { continue };
            if of_pairs <= 0.0 {
                continue;
            }
            let relative = inverse / (1.0 - p * p);
            weight += of_pairs;
            a += relative * of_pairs * (1.0 - p) * (1.0 - p);
            b += relative * (1.0 - p) * (x - p * before);
            c += relative * (xx - 2.0 * p * x_before + p * p * before_before);
            log_inverses += of_pairs * libm::log(relative);
        }
        let moved = b / a;
        let squares = (c - b * moved).max(0.0);
        let variance = (squares / weight).max(least * least);
        let loss = 0.5 * (weight * libm::log(variance) + squares / variance - log_inverses);
        Self { moved, variance, loss }
    }
}

impl Default for AutoregressiveGaussian {
    fn default() -> Self {
        Self::new()
    }
}

impl AutoregressiveGaussian {
    /// For values of one coordinate; each state begins as independent values with mean 0 and variance 1.
    #[must_use]
    pub fn new() -> Self {
        Self { states: vec![Autoregression::new(0.0, 0.0, 1.0)], least: 0.0 }
    }

    /// With given constants, coefficients and variances of the innovations, one of each for every state.
    ///
    /// # Errors
    /// If there are not equally many, or not 1 to 64; a coefficient that is not in [-0.999, 0.999], a
    /// constant that is not observed (finite, at most 1e100), a variance that is not in [1e-280, 1e200].
    pub fn from_parameters(
        constants: &[f64],
        coefficients: &[f64],
        variances: &[f64],
    ) -> Result<Self, Error> {
        require_states(constants.len(), 1, "constants")?;
        let expected = constants.len();
        for (what, found) in [("coefficients", coefficients.len()), ("variances", variances.len())] {
            if found != expected {
                return Err(Error::Shape { what, expected, found });
            }
        }
        let mut states = Vec::with_capacity(expected);
        for ((constant, coefficient), variance) in constants.iter().zip(coefficients).zip(variances) {
            let inside = (-MOST_COEFFICIENT..=MOST_COEFFICIENT).contains(coefficient);
            Error::require(observed(*constant).is_some(), "constant", "finite, at most 1e100", constant)?;
            Error::require(inside, "coefficient", "in [-0.999, 0.999]", coefficient)?;
            Error::require((1e-280..=1e200).contains(variance), "variance", "in [1e-280, 1e200]", variance)?;
            states.push(Autoregression::new(*constant, *coefficient, *variance));
        }
        Ok(Self { states, least: 0.0 })
    }

    /// The constant of a state.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn constant(&self, state: usize) -> f64 {
        self.states[state].constant
    }

    /// The coefficient of the value before.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn coefficient(&self, state: usize) -> f64 {
        self.states[state].coefficient
    }

    /// The variance of the innovations of a state.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn variance(&self, state: usize) -> f64 {
        self.states[state].variance
    }
}

impl Emission for AutoregressiveGaussian {
    fn states(&self) -> usize {
        self.states.len()
    }

    fn dimension(&self) -> usize {
        1
    }

    fn with_states(&self, states: usize) -> Self {
        self.reordered(&vec![0; states])
    }

    fn reordered(&self, order: &[usize]) -> Self {
        Self { states: order.iter().map(|k| self.states[*k]).collect(), least: self.least }
    }

    /// The stationary mean.
    fn mean(&self, state: usize) -> f64 {
        self.states[state].mean
    }

    fn parameters(&self) -> usize {
        3 * self.states.len()
    }

    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
        self.least = super::gaussian::least_deviations(rows, 1, FLOOR)[0];
        Ok(())
    }

    fn remembers(&self) -> bool {
        true
    }

    fn log_densities(&self, row: &[f64], out: &mut [f64]) {
        for (out, state) in out.iter_mut().zip(&self.states) {
            *out = state.log_density(row[0]);
        }
    }

    fn log_densities_after(&self, before: Before<'_>, row: &[f64], out: &mut [f64]) {
        for (out, state) in out.iter_mut().zip(&self.states) {
            *out = state.log_density_after(before, row[0]);
        }
    }

    fn sums(&self) -> usize {
        EACH * self.states.len()
    }

    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        for ((sums, weight), state) in sums.chunks_exact_mut(EACH).zip(weights).zip(&self.states) {
            let x = row[0] - state.mean;
            sums[0] += weight;
            sums[1] += weight * x;
            sums[2] += weight * x * x;
        }
    }

    fn accumulate_after(&self, before: Before<'_>, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        if before.ago > MEMORY {
            return self.accumulate(row, weights, sums);
        }
        let pairs = FIRSTS + (before.ago - 1) * PAIRS;
        for ((sums, weight), state) in sums.chunks_exact_mut(EACH).zip(weights).zip(&self.states) {
            let (x, b) = (row[0] - state.mean, before.row[0] - state.mean);
            let sums = &mut sums[pairs..pairs + PAIRS];
            sums[0] += weight;
            sums[1] += weight * x;
            sums[2] += weight * b;
            sums[3] += weight * x * x;
            sums[4] += weight * x * b;
            sums[5] += weight * b * b;
        }
    }

    /// Mean and variance are known for each coefficient; the coefficient is searched for, and kept where
    /// nothing is better.
    fn maximize(&mut self, sums: &[f64]) {
        let least = self.least;
        for (state, sums) in self.states.iter_mut().zip(sums.chunks_exact(EACH)) {
            let weight: f64 = sums[0] + sums[FIRSTS..].iter().step_by(PAIRS).sum::<f64>();
            let seen = weight > LEAST_WEIGHT;
            if !seen {
                continue;
            }
            let profile = |phi: f64| Profile::new(sums, phi, least);
            // The regression over consecutive pairs: the whole answer but for gaps and beginnings.
            let &[pairs, x, before, _, x_before, before_before] = &sums[FIRSTS..FIRSTS + PAIRS] else {
                continue;
            };
            let regression = (x_before - x * before / pairs) / (before_before - before * before / pairs);
            let regression = if regression.is_finite() { regression } else { state.coefficient };
            let candidates = [
                regression.clamp(-MOST_COEFFICIENT, MOST_COEFFICIENT),
                brent_minimum(-MOST_COEFFICIENT, MOST_COEFFICIENT, BrentTolerance::default(), |phi| {
                    profile(phi).loss
                }),
            ];
            let mut best = (state.coefficient, profile(state.coefficient));
            for phi in candidates {
                let found = profile(phi);
                if found.loss < best.1.loss {
                    best = (phi, found);
                }
            }
            let (phi, Profile { moved, variance, .. }) = best;
            let new = Autoregression::new((state.mean + moved) * (1.0 - phi), phi, variance);
            let sound = observed(new.constant).is_some() && (1e-280..=1e200).contains(&variance);
            if sound {
                *state = new;
            }
        }
    }
}

impl ForecastEmission for AutoregressiveGaussian {
    /// Of the stationary distribution.
    fn moments(&self, state: usize) -> (f64, f64) {
        (self.states[state].mean, self.states[state].stationary_variance)
    }

    fn tails(&self, state: usize, x: f64) -> (f64, f64) {
        let state = &self.states[state];
        let z = (x - state.mean) / libm::sqrt(state.stationary_variance);
        (gaussian::lower(z), gaussian::upper(z))
    }

    fn moments_after(&self, state: usize, before: Before<'_>) -> (f64, f64) {
        self.states[state].moments_after(before)
    }

    fn tails_after(&self, state: usize, before: Before<'_>, x: f64) -> (f64, f64) {
        let (mean, variance) = self.states[state].moments_after(before);
        let z = (x - mean) / libm::sqrt(variance);
        (gaussian::lower(z), gaussian::upper(z))
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    AutoregressiveGaussian as struct SavedAutoregressiveGaussian("AutoregressiveGaussian@1") {
        constants: Vec<f64>,
        coefficients: Vec<f64>,
        variances: Vec<f64>,
        least: f64,
    }
}

#[cfg(feature = "serde")]
impl From<&AutoregressiveGaussian> for SavedAutoregressiveGaussian {
    fn from(of: &AutoregressiveGaussian) -> Self {
        let all = |f: fn(&Autoregression) -> f64| of.states.iter().map(f).collect();
        let (constants, coefficients) = (all(|s| s.constant), all(|s| s.coefficient));
        Self { constants, coefficients, variances: all(|s| s.variance), least: of.least }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedAutoregressiveGaussian> for AutoregressiveGaussian {
    type Error = Error;

    fn try_from(s: SavedAutoregressiveGaussian) -> Result<Self, Error> {
        let mut new = Self::from_parameters(&s.constants, &s.coefficients, &s.variances)?;
        Error::require((0.0..=1e100).contains(&s.least), "least", "in [0, 1e100]", s.least)?;
        new.least = s.least;
        Ok(new)
    }
}
