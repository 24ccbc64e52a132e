//! Thompson sampling of successes and failures.

use super::lin_ucb::first_largest;
use crate::distribution::Beta;
use crate::generator::Generator;
use crate::special::{beta_kernel, incomplete_beta};
use alloc::vec::Vec;
use evenkeel_core::Error;

evenkeel_core::state! {
    /// A bandit over successes and failures that draws each arm's rate from its posterior and takes the arm
    /// with the highest.
    ///
    /// *Method*: beta posteriors. Source: W. R. Thompson, On the likelihood that one unknown probability
    /// exceeds another in view of the evidence of two samples, Biometrika 25 (1933) 285-294,
    /// doi:10.1093/biomet/25.3-4.285.
    ///
    /// *Parameters*: arms from 1 to 10,000; a uniform prior, Beta(1, 1), for each, or one's own; seed. A choice
    /// is O(arms), with four numbers of the generator an arm or more.
    ///
    /// ```
    /// use evenkeel_stats::bandit::BetaThompson;
    ///
    /// let mut bandit = BetaThompson::new(2, 1)?;
    /// (0..12).for_each(|i| { bandit.learn(0, i % 3 > 0); bandit.learn(1, i % 3 == 0); });
    /// let best = bandit.probability_best();
    /// assert!(best[0] > 0.93 && (best[0] + best[1] - 1.0).abs() < 1e-10);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct BetaThompson("BetaThompson@1") {
        successes: Vec<f64>,
        failures: Vec<f64>,
        random: Generator,
    }
}

impl BetaThompson {
    /// With uniform priors of so many arms.
    ///
    /// # Errors
    /// If there are none, or more than 10,000.
    pub fn new(arms: usize, seed: u64) -> Result<Self, Error> {
        Self::with_priors(&alloc::vec![(1.0, 1.0); arms.min(super::ridge::MOST_ARMS + 1)], seed)
    }

    /// With the shapes of each arm's prior: those of successes and of failures, as if seen before.
    ///
    /// # Errors
    /// If there are none, or more than 10,000, or a shape is not in [0.1, 1e9].
    pub fn with_priors(shapes: &[(f64, f64)], seed: u64) -> Result<Self, Error> {
        let (successes, failures) = shapes.iter().copied().unzip();
        let bandit = Self { successes, failures, random: Generator::new(seed) };
        bandit.validate()?;
        Ok(bandit)
    }

    fn validate(&self) -> Result<(), Error> {
        let arms = self.successes.len();
        Error::require((1..=super::ridge::MOST_ARMS).contains(&arms), "arms", "from 1 to 10000", arms)?;
        if self.failures.len() != arms {
            return Err(Error::Shape { what: "failures", expected: arms, found: self.failures.len() });
        }
        for shape in self.successes.iter().chain(&self.failures) {
            Error::require((0.1..=1e9).contains(shape), "shape", "in [0.1, 1e9]", shape)?;
        }
        Ok(())
    }

    /// How many arms there are.
    #[must_use]
    pub fn arms(&self) -> usize {
        self.successes.len()
    }

    /// The arm to take, at random by how probably it is the best.
    pub fn choose(&mut self) -> usize {
        let random = &mut self.random;
        let shapes = self.successes.iter().zip(&self.failures);
        // The shapes are in the generator's range.
        let drawn: Vec<f64> = shapes.map(|(a, b)| random.beta(*a, *b).unwrap_or(0.0)).collect();
        first_largest(&drawn)
    }

    /// Whether an arm succeeded. An arm that there is not teaches nothing; after a billion of either kind
    /// both are halved.
    pub fn learn(&mut self, arm: usize, success: bool) {
        let (Some(a), Some(b)) = (self.successes.get_mut(arm), self.failures.get_mut(arm)) else { return };
        *(if success { &mut *a } else { &mut *b }) += 1.0;
        if a.max(*b) > 1e9 {
            (*a, *b) = ((0.5 * *a).max(1.0), (0.5 * *b).max(1.0));
        }
    }

    /// The posterior of an arm's rate.
    #[must_use]
    pub fn posterior(&self, arm: usize) -> Option<Beta> {
        Beta::new(*self.successes.get(arm)?, *self.failures.get(arm)?).ok()
    }

    /// The mean and the variance of an arm's rate.
    #[must_use]
    pub fn moments(&self, arm: usize) -> Option<(f64, f64)> {
        let (a, b) = (*self.successes.get(arm)?, *self.failures.get(arm)?);
        let n = a + b;
        Some((a / n, a * b / (n * n * (n + 1.0))))
    }

    /// The probability of each arm that its rate is the highest, which is that with which it is chosen.
    ///
    /// *Method*: the integral of the arm's density times the distribution functions of the others, on the
    /// scale of the logarithm of the odds, where it falls off exponentially at both ends, by the trapezoidal
    /// rule; its step is a third of the narrowest posterior's width, with which the error is below 1e-10. For
    /// shapes that differ so much that it would take more than 200,000 steps, the steps are larger.
    /// O(arms² × steps).
    #[must_use]
    pub fn probability_best(&self) -> Vec<f64> {
        let arms = self.arms();
        let width = |i: usize| libm::sqrt(1.0 / self.successes[i] + 1.0 / self.failures[i]);
        let narrowest = (0..arms).map(width).fold(1.0, f64::min);
        (0..arms).map(|arm| self.integrate(arm, narrowest / 3.0)).collect()
    }

    fn integrate(&self, arm: usize, step: f64) -> f64 {
        let (a, b) = (self.successes[arm], self.failures[arm]);
        // The density on this scale is exp(kernel), whose maximum is where the odds are a / b.
        let center = libm::log(a / b);
        let density = |t: f64| {
            // Both exactly, next to either end.
            let (x, y) = (1.0 / (1.0 + libm::exp(-t)), 1.0 / (1.0 + libm::exp(t)));
            (libm::exp(beta_kernel(a, b, x, y)), x, y)
        };
        let reach = |direction: f64| {
            let mut reach = step.max(libm::sqrt(1.0 / a + 1.0 / b));
            // Beyond 700 the odds are no numbers any more.
            while reach < 700.0 && density(center + direction * reach).0 > 1e-18 {
                reach *= 1.3;
            }
            reach.min(700.0)
        };
        let (low, high) = (center - reach(-1.0), center + reach(1.0));
        let steps = libm::ceil((high - low) / step).clamp(16.0, 200_000.0);
        let step = (high - low) / steps;
        let mut sum = 0.0;
        for k in 0..=steps as u32 {
            let (density, x, y) = density(low + step * f64::from(k));
            let mut value = density;
            for other in (0..self.arms()).filter(|other| *other != arm) {
                if value <= 1e-30 {
                    break;
                }
                value *= incomplete_beta(self.successes[other], self.failures[other], x, y).lower();
            }
            sum += value;
        }
        (sum * step).clamp(0.0, 1.0)
    }
}
