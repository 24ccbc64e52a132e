//! The Bernoulli CUSUM chart of a rate.

use super::evidence::{require_probability, require_rate};
use evenkeel_core::{Error, Stage};

/// Evidence that a rate has risen, and the threshold at which it raises an alarm.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[must_use]
pub struct RateEvidence {
    log_e: f64,
    threshold: f64,
}

impl RateEvidence {
    /// Evidence as a natural logarithm, at least 0, and the threshold of an alarm, above 0. Values out of
    /// range are moved to the nearest that is in range; NaN counts as no evidence.
    pub fn new(log_e: f64, threshold: f64) -> Self {
        Self { log_e: log_e.max(0.0), threshold: threshold.max(f64::MIN_POSITIVE) }
    }

    /// Natural logarithm of the evidence, at least 0.
    #[must_use]
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// The evidence that raises an alarm.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Whether there is no evidence of a rise.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.log_e == 0.0
    }

    /// Whether there is enough evidence to raise an alarm.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.log_e >= self.threshold
    }
}

evenkeel_core::state! {
    /// Detects that a rate has risen above an objective, as early as possible for a rise to `alternative`, on
    /// a stream without end.
    ///
    /// The choice for "more than 1 % of requests fail now". Unlike [`Sprt`](super::Sprt) and
    /// [`BernoulliTest`](super::BernoulliTest) it forgets how long the rate was fine, so it finds a rise
    /// after a year as fast as after a minute.
    ///
    /// *Method*: the likelihood ratio of the rate `alternative` against `objective` is multiplied up
    /// observation by observation and never falls below 1: the chart of E. S. Page, Continuous inspection
    /// schemes, Biometrika 41 (1954) 100-115, doi:10.1093/biomet/41.1-2.100, which is an e-detector (J. Shin,
    /// A. Ramdas, A. Rinaldo, E-detectors: a nonparametric framework for sequential change detection, New
    /// England Journal of Statistics in Data Science 2 (2023) 229-260, doi:10.51387/23-NEJSDS51). As long as
    /// the true rate stays at or below the objective, whatever else it does, it takes at least 1 / `alpha`
    /// observations on average until a false alarm. Under a rate p the evidence grows by p ln(a/o) + (1-p)
    /// ln((1-a)/(1-o)) an observation.
    ///
    /// *Parameters*: `objective` and `alternative`, rates with 0 < objective < alternative < 1; `alpha` in
    /// (0, 1).
    ///
    /// Observations are `(successes, failures)` where a success is the event whose rate is in question: of
    /// many at once only the end is looked at. (0, 0) says nothing. Evidence beyond the threshold is not
    /// kept: it would take long to decay once the rate is low again. O(1) time, 5 numbers.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::BernoulliCusum;
    ///
    /// // At most 1 % of requests may fail; a false alarm in a million requests.
    /// let mut chart = BernoulliCusum::new(0.01, 0.05, 1e-6)?;
    /// assert!(!chart.update((1, 99)).unwrap().is_enough());
    /// // 20 % fail: noticed with the 65th request.
    /// let noticed = (1..).find(|_| chart.update((1, 4)).unwrap().is_enough());
    /// assert_eq!(noticed, Some(10));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BernoulliCusum("BernoulliCusum@1") {
        objective: f64,
        alternative: f64,
        alpha: f64,
        /// Natural logarithm of the evidence, in [0, threshold].
        log_e: f64,
    }
}

impl BernoulliCusum {
    /// A chart for a rise from `objective` to `alternative`, with at most the rate `alpha` of false alarms.
    ///
    /// # Errors
    /// If a rate is not in [1e-300, 1), `alternative` is not above `objective`, or `alpha` is not in (0, 1).
    pub fn new(objective: f64, alternative: f64, alpha: f64) -> Result<Self, Error> {
        let chart = Self { objective, alternative, alpha, log_e: 0.0 };
        chart.validate_settings()?;
        Ok(chart)
    }

    fn validate_settings(&self) -> Result<(), Error> {
        require_rate("objective", self.objective)?;
        require_rate("alternative", self.alternative)?;
        require_probability("alpha", self.alpha)?;
        let above = self.alternative > self.objective;
        Error::require(above, "alternative", "above the objective", self.alternative)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.validate_settings()?;
        let inside = (0.0..=self.threshold()).contains(&self.log_e);
        Error::require(inside, "log_e", "from 0 to the threshold", self.log_e)
    }

    fn threshold(&self) -> f64 {
        -libm::log(self.alpha)
    }

    /// The evidence now.
    pub fn evidence(&self) -> RateEvidence {
        RateEvidence { log_e: self.log_e, threshold: self.threshold() }
    }

    /// The largest rate that raises no alarm in the long run.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.objective
    }
}

impl Stage<(u64, u64)> for BernoulliCusum {
    type Output = RateEvidence;

    fn update(&mut self, (successes, failures): (u64, u64)) -> Option<RateEvidence> {
        let success = libm::log(self.alternative / self.objective);
        let failure = libm::log1p(-self.alternative) - libm::log1p(-self.objective);
        let gain = successes as f64 * success + failures as f64 * failure;
        self.log_e = (self.log_e + gain).clamp(0.0, self.threshold());
        Some(self.evidence())
    }

    fn reset(&mut self) {
        self.log_e = 0.0;
    }
}
