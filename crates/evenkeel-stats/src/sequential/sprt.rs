//! Wald's sequential probability ratio test.

use super::evidence::{require_probability, require_rate};
use evenkeel_core::{Error, Stage};

/// The state of a sequential test between two hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub enum Decision {
    /// There is not enough evidence for either hypothesis.
    #[default]
    Continue,
    /// The null hypothesis is accepted.
    AcceptNull,
    /// The alternative hypothesis is accepted.
    AcceptAlternative,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Decision);

evenkeel_core::state! {
    /// Decides between two rates, `p0` and `p1`, with as few observations as any test with the same error
    /// probabilities.
    ///
    /// The choice when both rates mean something: "5 % of requests fail, as in the incident, or 1 %, as
    /// before". When there is only a limit not to be crossed, take [`BernoulliTest`](super::BernoulliTest).
    ///
    /// The log-likelihood ratio `s ln(p1/p0) + f ln((1-p1)/(1-p0))` of `s` successes and `f` failures is
    /// compared after every observation with `ln((1-beta)/alpha)` above and `ln(beta/(1-alpha))` below.
    /// Source: A. Wald, Sequential Tests of Statistical Hypotheses, Ann. Math. Stat. 16 (1945) 117-186,
    /// doi:10.1214/aoms/1177731118. The first crossing decides for good; the ratio goes on and can be read.
    ///
    /// `alpha` is the probability to accept `p1` under `p0`, `beta` to accept `p0` under `p1`. Wald's limits
    /// keep the sum of both below `alpha + beta`, and each below `alpha / (1 - beta)` and
    /// `beta / (1 - alpha)`.
    ///
    /// Observations are `bool` (true: the event whose rate is in question), or many at once by
    /// [`update_counts`](Self::update_counts). O(1) time, 72 bytes, no rounding that grows: the state is two
    /// counts.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::{Decision, Sprt};
    ///
    /// // Has the error rate gone from 5 % back to 1 %?
    /// let mut test = Sprt::new(0.05, 0.01, 0.05, 0.05)?;
    /// let needed = test.run([false; 200]).position(|d| d == Some(Decision::AcceptAlternative)).unwrap() + 1;
    /// assert_eq!(needed, 72);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Sprt("Sprt@1") {
        p0: f64,
        p1: f64,
        alpha: f64,
        beta: f64,
        successes: u64,
        failures: u64,
        decision: Decision,
        decided_at: u64,
    }
}

impl Sprt {
    /// A test of the rate `p0` against the rate `p1` with the error probabilities `alpha` and `beta`.
    ///
    /// # Errors
    /// If a rate is not in [1e-300, 1), an error probability is not in (0, 1), `p0 = p1`, or
    /// `alpha + beta >= 1`.
    pub fn new(p0: f64, p1: f64, alpha: f64, beta: f64) -> Result<Self, Error> {
        let test = Self {
            p0,
            p1,
            alpha,
            beta,
            successes: 0,
            failures: 0,
            decision: Decision::Continue,
            decided_at: 0,
        };
        test.validate_settings()?;
        Ok(test)
    }

    fn validate_settings(&self) -> Result<(), Error> {
        require_rate("p0", self.p0)?;
        require_rate("p1", self.p1)?;
        require_probability("alpha", self.alpha)?;
        require_probability("beta", self.beta)?;
        Error::require(self.p0 != self.p1, "p1", "different from p0", self.p1)?;
        Error::require(self.alpha + self.beta < 1.0, "beta", "less than 1 - alpha", self.beta)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.validate_settings()?;
        let decided = self.decision != Decision::Continue;
        Error::require(
            decided == (self.decided_at > 0) && self.decided_at <= self.trials(),
            "decided_at",
            "0 until there is a decision, then at most the number of observations",
            self.decided_at,
        )
    }

    /// Takes several observations at once. The test then looks only after the last of them, which delays a
    /// decision but keeps the error probabilities. Counts end at the largest integer.
    pub fn update_counts(&mut self, successes: u64, failures: u64) -> Decision {
        self.successes = self.successes.saturating_add(successes);
        self.failures = self.failures.saturating_add(failures);
        if self.decision == Decision::Continue {
            let ratio = self.log_likelihood_ratio();
            if ratio >= self.upper_limit() {
                self.decision = Decision::AcceptAlternative;
            } else if ratio <= self.lower_limit() {
                self.decision = Decision::AcceptNull;
            }
            if self.decision != Decision::Continue {
                self.decided_at = self.trials();
            }
        }
        self.decision
    }

    /// Natural logarithm of the likelihood under `p1` over that under `p0`: positive speaks for `p1`.
    #[must_use]
    pub fn log_likelihood_ratio(&self) -> f64 {
        let success = libm::log(self.p1 / self.p0);
        let failure = libm::log1p(-self.p1) - libm::log1p(-self.p0);
        self.successes as f64 * success + self.failures as f64 * failure
    }

    /// `ln((1 - beta) / alpha)`: at or above it, `p1` is accepted.
    #[must_use]
    pub fn upper_limit(&self) -> f64 {
        libm::log((1.0 - self.beta) / self.alpha)
    }

    /// `ln(beta / (1 - alpha))`: at or below it, `p0` is accepted.
    #[must_use]
    pub fn lower_limit(&self) -> f64 {
        libm::log(self.beta / (1.0 - self.alpha))
    }

    /// The decision, which is final once it is not [`Decision::Continue`].
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// How many observations the decision took.
    #[must_use]
    pub fn decided_at(&self) -> Option<u64> {
        if self.decided_at == 0 { None } else { Some(self.decided_at) }
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

impl Stage<bool> for Sprt {
    type Output = Decision;

    fn update(&mut self, x: bool) -> Option<Decision> {
        Some(self.update_counts(u64::from(x), u64::from(!x)))
    }

    fn reset(&mut self) {
        self.successes = 0;
        self.failures = 0;
        self.decision = Decision::Continue;
        self.decided_at = 0;
    }
}
