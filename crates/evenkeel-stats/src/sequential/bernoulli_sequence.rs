//! The beta-binomial confidence sequence for a rate.

use super::evidence::require_probability;
use super::interval::Interval;
use crate::scalar_search::brent_root;
use crate::special::log_beta;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// Limits for a rate that hold at all times at once.
    ///
    /// A rate `p` is excluded when the likelihood of the data, averaged over a beta distribution of rates
    /// with the parameters `a` and `b`, exceeds its likelihood under `p` by the factor `1 / alpha`:
    /// `B(a + s, b + f) / B(a, b) >= p^s (1-p)^f / alpha` for `s` successes and `f` failures. That ratio is a
    /// martingale under `p`, so the true rate is ever excluded with probability at most `alpha`. Source: H.
    /// Robbins, Statistical methods related to the law of the iterated logarithm, Ann. Math. Stat. 41 (1970)
    /// 1397-1409, doi:10.1214/aoms/1177696786; the mixture is the one of
    /// [`BetaBinomialMixture`](super::boundary::BetaBinomialMixture) with a distribution that does not depend
    /// on `p`, so that the set is always an interval.
    ///
    /// Observations are `bool`, or many at once by [`update_counts`](Self::update_counts). The state is two
    /// counts, so there is no rounding that grows. O(1) time (two roots in one variable), 40 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::BernoulliSequence;
    ///
    /// let mut limits = BernoulliSequence::new(0.05)?;
    /// let interval = limits.update_counts(3, 997).unwrap();
    /// assert!(interval.contains(0.003) && interval.upper() < 0.02);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BernoulliSequence("BernoulliSequence@1") {
        alpha: f64,
        a: f64,
        b: f64,
        successes: u64,
        failures: u64,
    }
}

impl BernoulliSequence {
    /// Limits that fail, ever, with probability at most `alpha`, with `a = b = 1/2`, which is within a factor
    /// of `sqrt(n)` of the best distribution for any rate.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn new(alpha: f64) -> Result<Self, Error> {
        Self::with_prior(alpha, 0.5, 0.5)
    }

    /// With another distribution of rates, as if `a` successes and `b` failures had been expected. The limits
    /// are valid whatever it is, tighter where it is right.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1), or `a` or `b` not in [1e-3, 1e9].
    pub fn with_prior(alpha: f64, a: f64, b: f64) -> Result<Self, Error> {
        let limits = Self { alpha, a, b, successes: 0, failures: 0 };
        limits.validate()?;
        Ok(limits)
    }

    fn validate(&self) -> Result<(), Error> {
        require_probability("alpha", self.alpha)?;
        let range = 1e-3..=1e9;
        Error::require(range.contains(&self.a), "a", "in [1e-3, 1e9]", self.a)?;
        Error::require(range.contains(&self.b), "b", "in [1e-3, 1e9]", self.b)
    }

    /// Takes several observations at once. Counts end at the largest integer.
    pub fn update_counts(&mut self, successes: u64, failures: u64) -> Option<Interval> {
        self.successes = self.successes.saturating_add(successes);
        self.failures = self.failures.saturating_add(failures);
        self.interval()
    }

    /// The limits now; none before the first observation.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        if self.trials() == 0 {
            return None;
        }
        let (s, f) = (self.successes as f64, self.failures as f64);
        let least = log_beta(self.a + s, self.b + f) - log_beta(self.a, self.b) + libm::log(self.alpha);
        let lower = Self::lower_limit(s, f, least);
        let upper = 1.0 - Self::lower_limit(f, s, least);
        Some(Interval::between(lower.min(upper), upper))
    }

    /// Natural logarithm of the evidence against the rate `p`: at or above `ln(1 / alpha)`, `p` is excluded.
    /// Infinite where `p` is impossible.
    #[must_use]
    pub fn log_evidence_against(&self, p: f64) -> f64 {
        let (s, f) = (self.successes as f64, self.failures as f64);
        let mixed = log_beta(self.a + s, self.b + f) - log_beta(self.a, self.b);
        let under = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
        mixed - under(s, libm::log(p)) - under(f, libm::log1p(-p))
    }

    /// The smallest `p` with `s ln p + f ln(1-p) >= least`.
    fn lower_limit(s: f64, f: f64, least: f64) -> f64 {
        if s == 0.0 {
            return 0.0;
        }
        // Already ln p alone must reach it.
        let low = libm::exp(least / s);
        if f == 0.0 {
            return low.min(1.0);
        }
        let best = s / (s + f);
        brent_root(low.min(best), best, |p| s * libm::log(p) + f * libm::log1p(-p) - least).clamp(0.0, 1.0)
    }

    /// How many observations there were.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.successes.saturating_add(self.failures)
    }

    /// How many of them were true.
    #[must_use]
    pub fn successes(&self) -> u64 {
        self.successes
    }
}

impl Stage<bool> for BernoulliSequence {
    type Output = Interval;

    fn update(&mut self, x: bool) -> Option<Interval> {
        self.update_counts(u64::from(x), u64::from(!x))
    }

    fn reset(&mut self) {
        self.successes = 0;
        self.failures = 0;
    }
}
