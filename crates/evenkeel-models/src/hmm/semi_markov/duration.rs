//! How many rows a visit to a state lasts.

use crate::hmm::weight::LEAST_WEIGHT;
use evenkeel_core::Error;
use evenkeel_stats::scalar_search::{BrentTolerance, brent_minimum};

/// The longest duration that can be asked for.
pub(super) const MOST_ROWS: usize = 100_000;
/// Shapes of negative binomial distributions that are looked at, as logarithms: 0.05 to 1,000.
const LOG_SHAPES: (f64, f64) = (-3.0, 6.9);

/// What durations may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum DurationFamily {
    /// Negative binomial, beginning at 1 and cut off at the longest duration: two parameters, from shapes
    /// below 1 (many short visits, few long ones) over 1 (geometric, as in a hidden Markov model) to large
    /// ones (Poisson, a typical duration).
    NegativeBinomial,
    /// A probability for each duration, for histories with many visits: what never occurred gets probability
    /// 0.
    Free,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(DurationFamily);

/// The distribution of the number of rows that a visit to a state lasts, from 1 to a longest one.
///
/// ```
/// use evenkeel_models::hmm::Duration;
///
/// let batch_job = Duration::negative_binomial(30.0, 50.0, 120)?;
/// assert!((batch_job.mean() - 30.0).abs() < 0.01 && batch_job.probability(2) < 1e-4);
/// let shift = Duration::from_probabilities([0.0, 0.0, 1.0])?;
/// assert_eq!(shift.mean(), 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Duration {
    pub(super) family: DurationFamily,
    /// Of the untruncated negative binomial distribution: mean less 1, and shape.
    pub(super) rest: f64,
    pub(super) shape: f64,
    pub(super) probabilities: Vec<f64>,
    pub(super) logs: Vec<f64>,
    /// ln P(duration >= d).
    pub(super) log_survival: Vec<f64>,
}

impl Duration {
    /// With a probability for each duration 1, 2, …; their sum is scaled to 1 if it is within 1e-6 of it.
    ///
    /// # Errors
    /// If there are none or more than 100,000, one is negative, or they do not sum to 1.
    pub fn from_probabilities(probabilities: impl Into<Vec<f64>>) -> Result<Self, Error> {
        let mut probabilities = probabilities.into();
        Self::validate_longest(probabilities.len())?;
        crate::hmm::chain::normalize(&mut probabilities, "probabilities")?;
        Ok(Self::new(DurationFamily::Free, 0.0, 1.0, probabilities))
    }

    /// Negative binomial with a mean (before it is cut off at the longest duration) and a shape: 1 is
    /// geometric, larger ones are more regular, with variance `(mean - 1) (1 + (mean - 1) / shape)`.
    ///
    /// # Errors
    /// If `mean` is not in (1, 1e6], `shape` not in [0.01, 1e4], `longest` not in 1 to 100,000.
    pub fn negative_binomial(mean: f64, shape: f64, longest: usize) -> Result<Self, Error> {
        Self::validate_longest(longest)?;
        Error::require(mean > 1.0 && mean <= 1e6, "mean", "in (1, 1e6]", mean)?;
        Error::require((0.01..=1e4).contains(&shape), "shape", "in [0.01, 1e4]", shape)?;
        Ok(Self::of_shape(mean - 1.0, shape, longest))
    }

    pub(super) fn validate_longest(longest: usize) -> Result<(), Error> {
        Error::require((1..=MOST_ROWS).contains(&longest), "longest", "in 1..=100000", longest)
    }

    fn of_shape(rest: f64, shape: f64, longest: usize) -> Self {
        let log_continue = libm::log(rest / (rest + shape));
        let mut logs = Vec::with_capacity(longest);
        let mut log = 0.0;
        for d in 1..=longest {
            logs.push(log);
            let d = d as f64;
            log += log_continue + libm::log((d - 1.0 + shape) / d);
        }
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut probabilities: Vec<f64> = logs.iter().map(|log| libm::exp(log - most)).collect();
        let total: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|p| *p /= total);
        Self::new(DurationFamily::NegativeBinomial, rest, shape, probabilities)
    }

    pub(super) fn new(family: DurationFamily, rest: f64, shape: f64, probabilities: Vec<f64>) -> Self {
        let logs = probabilities.iter().map(|p| libm::log(*p)).collect();
        let mut log_survival = vec![0.0; probabilities.len()];
        let mut later = 0.0;
        for (log, p) in log_survival.iter_mut().zip(&probabilities).rev() {
            later += p;
            *log = libm::log(later);
        }
        // Every visit lasts one row at least.
        log_survival[0] = 0.0;
        Self { family, rest, shape, probabilities, logs, log_survival }
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> DurationFamily {
        self.family
    }

    /// The longest duration.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.probabilities.len()
    }

    /// The probability of a duration; 0 for 0 and beyond the longest.
    #[must_use]
    pub fn probability(&self, rows: usize) -> f64 {
        rows.checked_sub(1).and_then(|at| self.probabilities.get(at)).copied().unwrap_or(0.0)
    }

    /// The mean duration.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.probabilities.iter().zip(1_u32..).map(|(p, d)| p * f64::from(d)).sum()
    }

    pub(super) fn parameters(&self) -> usize {
        match self.family {
            DurationFamily::NegativeBinomial => 2,
            DurationFamily::Free => self.probabilities.iter().filter(|p| **p > 0.0).count().saturating_sub(1),
        }
    }

    /// The most likely distribution of the same family for expected counts of the durations; itself, if there
    /// are next to none.
    pub(super) fn maximize(&mut self, counts: &[f64], family: DurationFamily) {
        let total: f64 = counts.iter().sum();
        let seen = total > LEAST_WEIGHT;
        if !seen {
            return;
        }
        if family == DurationFamily::Free {
            let shares = counts.iter().map(|count| count / total).collect();
            *self = Self::new(family, 0.0, 1.0, shares);
            return;
        }
        let longest = self.longest();
        let steps: f64 = counts.iter().zip(0_u32..).map(|(count, d)| count * f64::from(d)).sum();
        // The least mean that is told from a duration of always 1.
        let (low, high) = (libm::log(1e-6), libm::log(10.0 * longest as f64));
        let tolerance = BrentTolerance { relative: 1e-7, absolute: 1e-6, steps: 60 };
        let best_rest = |log_shape: f64| -> (f64, f64) {
            let shape = libm::exp(log_shape);
            let ratios: Vec<f64> = (1..longest).map(|d| (d as f64 - 1.0 + shape) / d as f64).collect();
            let (mut log, mut fixed) = (0.0, 0.0);
            for (count, ratio) in counts[1..].iter().zip(&ratios) {
                log += libm::log(*ratio);
                fixed += count * log;
            }
            let loss = |log_rest: f64| {
                let rest = libm::exp(log_rest);
                let goes_on = rest / (rest + shape);
                let (mut term, mut sum, mut exponent) = (1.0, 1.0, 0.0);
                for ratio in &ratios {
                    term *= ratio * goes_on;
                    sum += term;
                    if sum > 1e200 {
                        (term, sum, exponent) = (term * 1e-200, sum * 1e-200, exponent + 1.0);
                    }
                }
                let log_sum = libm::log(sum) + exponent * (200.0 * core::f64::consts::LN_10);
                total * log_sum - steps * libm::log(goes_on) - fixed
            };
            let log_rest = brent_minimum(low, high, tolerance, loss);
            (loss(log_rest), log_rest)
        };
        let log_shape = brent_minimum(LOG_SHAPES.0, LOG_SHAPES.1, tolerance, |s| best_rest(s).0);
        let new = Self::of_shape(libm::exp(best_rest(log_shape).1), libm::exp(log_shape), longest);
        let value = |of: &Self| -> f64 {
            let terms = counts.iter().zip(&of.logs).filter(|(count, _)| **count > 0.0);
            terms.map(|(count, log)| count * log).sum()
        };
        if self.family != family || value(&new) > value(self) {
            *self = new;
        }
    }
}
