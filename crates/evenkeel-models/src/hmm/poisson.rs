//! Counts with a rate for each state.

use super::emission::{Emission, ForecastEmission};
use super::weight::LEAST_WEIGHT;
use evenkeel_core::{Error, observed};
use evenkeel_stats::special::incomplete_gamma;

evenkeel_core::state! {
    /// Poisson emissions: counts of things that happen at a rate, another one in each state; several
    /// coordinates are independent given the state.
    ///
    /// The maximum-likelihood rate is the weighted mean. A rate of 0 is allowed: that state then only says 0.
    /// A negative or fractional value has probability 0; in a history it is an error, in a stream it teaches
    /// nothing.
    ///
    /// ```
    /// use evenkeel_core::Fit;
    /// use evenkeel_models::{Hmm, hmm::Poisson};
    ///
    /// // Restarts an hour: usually few, for some hours many.
    /// let history: Vec<f64> =
    ///     (0..120u32).map(|t| f64::from(t * 7 % 3 + if t % 40 < 30 { 0 } else { 9 })).collect();
    /// let model = Hmm::new(2).emission(Poisson::new(1)?).fit(&history)?;
    /// assert!(model.emission().rate(0, 0) < 1.5 && model.emission().rate(1, 0) > 9.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Poisson("Poisson@1") {
        dimension: usize,
        rates: Vec<f64>,
        log_rates: Vec<f64>,
    }
}

/// Larger counts are not whole numbers to a double any more.
const MOST: f64 = 9_007_199_254_740_992.0;

fn is_count(x: f64) -> bool {
    (0.0..=MOST).contains(&x) && libm::floor(x) == x
}

impl Poisson {
    /// For rows of so many counts, with rate 1.
    ///
    /// # Errors
    /// If `dimension` is 0.
    pub fn new(dimension: usize) -> Result<Self, Error> {
        Self::from_rates(dimension, vec![1.0; dimension])
    }

    /// With given rates, state by state.
    ///
    /// # Errors
    /// If `dimension` is 0, there are no rates or not a multiple of `dimension`, or one is negative or above
    /// 2⁵³.
    pub fn from_rates(dimension: usize, rates: impl Into<Vec<f64>>) -> Result<Self, Error> {
        let rates = rates.into();
        let log_rates = rates.iter().map(|r| libm::log(*r)).collect();
        let new = Self { dimension, rates, log_rates };
        new.validate()?;
        Ok(new)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.dimension >= 1, "dimension", "at least 1", self.dimension)?;
        super::weight::require_states(self.rates.len(), self.dimension, "rates")?;
        let same = self.log_rates.len() == self.rates.len()
            && self.rates.iter().zip(&self.log_rates).all(|(r, l)| libm::log(*r) == *l);
        for rate in &self.rates {
            Error::require((0.0..=MOST).contains(rate), "rate", "in [0, 2^53]", rate)?;
        }
        Error::require(same, "log_rates", "the logarithms of the rates", "another")
    }

    /// The rate of a coordinate in a state.
    ///
    /// # Panics
    /// If there is no such state or coordinate.
    #[must_use]
    pub fn rate(&self, state: usize, coordinate: usize) -> f64 {
        assert!(coordinate < self.dimension, "coordinate {coordinate} of {}", self.dimension);
        self.rates[state * self.dimension + coordinate]
    }
}

impl Emission for Poisson {
    fn states(&self) -> usize {
        self.rates.len() / self.dimension
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn with_states(&self, states: usize) -> Self {
        self.reordered(&vec![0; states])
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let pick = |from: &[f64]| -> Vec<f64> {
            order.iter().flat_map(|k| &from[k * self.dimension..][..self.dimension]).copied().collect()
        };
        Self { dimension: self.dimension, rates: pick(&self.rates), log_rates: pick(&self.log_rates) }
    }

    fn mean(&self, state: usize) -> f64 {
        self.rates[state * self.dimension]
    }

    fn parameters(&self) -> usize {
        self.rates.len()
    }

    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
        for x in rows.iter().copied().filter_map(observed) {
            Error::require(is_count(x), "history", "of counts: whole numbers from 0 to 2^53", x)?;
        }
        Ok(())
    }

    fn log_densities(&self, row: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (d, &x) in row.iter().enumerate() {
            if x.is_nan() {
                continue;
            }
            if !is_count(x) {
                out.fill(f64::NEG_INFINITY);
                return;
            }
            let factorial = libm::lgamma(x + 1.0);
            for (k, out) in out.iter_mut().enumerate() {
                let at = k * self.dimension + d;
                *out += if x == 0.0 {
                    -self.rates[at]
                } else {
                    x * self.log_rates[at] - self.rates[at] - factorial
                };
            }
        }
    }

    fn sums(&self) -> usize {
        2 * self.rates.len()
    }

    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        for (k, weight) in weights.iter().enumerate() {
            for (d, x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                let at = 2 * (k * self.dimension + d);
                sums[at] += weight;
                sums[at + 1] += weight * x;
            }
        }
    }

    fn maximize(&mut self, sums: &[f64]) {
        for (at, sums) in sums.chunks_exact(2).enumerate() {
            if sums[0] > LEAST_WEIGHT {
                self.rates[at] = sums[1] / sums[0];
                self.log_rates[at] = libm::log(self.rates[at]);
            }
        }
    }
}

impl ForecastEmission for Poisson {
    fn moments(&self, state: usize) -> (f64, f64) {
        let rate = self.rates[state * self.dimension];
        (rate, rate)
    }

    fn tails(&self, state: usize, x: f64) -> (f64, f64) {
        let rate = self.rates[state * self.dimension];
        if x < 0.0 {
            return (0.0, 1.0);
        }
        // P(X <= n) is the upper tail of a gamma distribution with shape n + 1 at the rate.
        let whole = libm::floor(x).min(MOST);
        if rate == 0.0 {
            return (1.0, if x > 0.0 { 0.0 } else { 1.0 });
        }
        let lower = incomplete_gamma(whole + 1.0, rate).upper();
        let least = libm::ceil(x).min(MOST);
        let upper = if least == 0.0 { 1.0 } else { incomplete_gamma(least, rate).lower() };
        (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0))
    }
}
