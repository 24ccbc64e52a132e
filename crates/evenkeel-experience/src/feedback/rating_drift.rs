//! Ratings that become worse.

use evenkeel_core::{Error, Stage, observed};

/// Evidence that ratings have become worse.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct DriftEvidence {
    /// Natural logarithm of the evidence now, from 0 on.
    pub log_e: f64,
    /// Whether it is at or above the threshold `ln(1 / alpha)`.
    pub drifted: bool,
}

evenkeel_core::state! {
    /// Notices, answer by answer, that ratings have become worse than they were, however long they were fine.
    ///
    /// Ratings are scaled to [0, 1]. Each multiplies the evidence by `1 + lambda (baseline - x)`, whose
    /// expectation is at most 1 while the mean is at least the baseline, whatever the distribution; the
    /// evidence starts anew from 1 whenever it is less. So while nothing is worse, alarms come at most once in
    /// `1 / alpha` answers on average. `lambda = drop / (baseline (1 - baseline))`, at most 0.9 of what is
    /// possible, is nearly the best bet for a fall by `drop`. Source: J. Shin, A. Ramdas and A. Rinaldo,
    /// E-detectors: a nonparametric framework for sequential change detection, New Engl. J. Stat. Data Sci. 2
    /// (2024) 229-260, doi:10.51387/23-NEJSDS51 (the CUSUM type). For complaints, events with a rate,
    /// [`BernoulliCusum`](evenkeel_stats::sequential::BernoulliCusum) is sharper. O(1), 40 bytes.
    ///
    /// A value outside of [0, 1] is missing.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::feedback::RatingDrift;
    /// use evenkeel_stats::Generator;
    ///
    /// let mut users = Generator::new(3);
    /// // Four of five stars on average; a fall by half a star matters.
    /// let mut drift = RatingDrift::new(0.8, 0.1, 1e-4)?;
    /// let mut rate = |good: f64| if users.bernoulli(good) { 1.0 } else { 0.2 };
    /// assert!(!(0..1000).any(|_| drift.update(rate(0.75)).unwrap().drifted));
    /// assert!((0..1000).any(|_| drift.update(rate(0.55)).unwrap().drifted));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct RatingDrift("RatingDrift@1") {
        baseline: f64,
        lambda: f64,
        threshold: f64,
        log_e: f64,
    }
}

impl RatingDrift {
    /// For ratings with the mean `baseline`, of which a fall by `drop` should be noticed soon.
    ///
    /// # Errors
    /// If `baseline` is not in [1e-6, 1 - 1e-6], `drop` not in (0, baseline], or `alpha` not in (0, 1).
    pub fn new(baseline: f64, drop: f64, alpha: f64) -> Result<Self, Error> {
        let inside = (1e-6..=1.0 - 1e-6).contains(&baseline);
        Error::require(inside, "baseline", "in [1e-6, 1 - 1e-6]", baseline)?;
        Error::require(drop > 0.0 && drop <= baseline, "drop", "in (0, baseline]", drop)?;
        crate::experiment::moments::require_alpha(alpha)?;
        let lambda = (drop / (baseline * (1.0 - baseline))).min(0.9 / (1.0 - baseline));
        let drift = Self { baseline, lambda, threshold: -libm::log(alpha), log_e: 0.0 };
        drift.validate()?;
        Ok(drift)
    }

    fn validate(&self) -> Result<(), Error> {
        let inside = (1e-6..=1.0 - 1e-6).contains(&self.baseline);
        Error::require(inside, "baseline", "in [1e-6, 1 - 1e-6]", self.baseline)?;
        let lambda = self.lambda > 0.0 && self.lambda * (1.0 - self.baseline) < 1.0;
        Error::require(lambda, "lambda", "in (0, 1 / (1 - baseline))", self.lambda)?;
        let threshold = self.threshold > 0.0 && self.threshold.is_finite();
        Error::require(threshold, "threshold", "positive", self.threshold)?;
        let log_e = (0.0..=1e6).contains(&self.log_e);
        Error::require(log_e, "log_e", "in [0, 1e6]", self.log_e)
    }

    /// The evidence now.
    pub fn evidence(&self) -> DriftEvidence {
        DriftEvidence { log_e: self.log_e, drifted: self.log_e >= self.threshold }
    }
}

impl Stage<f64> for RatingDrift {
    type Output = DriftEvidence;

    fn update(&mut self, x: f64) -> Option<DriftEvidence> {
        let x = observed(x).filter(|x| (0.0..=1.0).contains(x))?;
        let gain = libm::log1p(self.lambda * (self.baseline - x));
        // At the threshold it says what it has to say; no higher, so that it comes back soon.
        self.log_e = (self.log_e + gain).clamp(0.0, self.threshold);
        Some(self.evidence())
    }

    fn reset(&mut self) {
        self.log_e = 0.0;
    }
}
