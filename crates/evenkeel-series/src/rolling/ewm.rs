//! Exponentially weighted mean and variance.

use evenkeel_core::{Error, Stage, observed};

/// How fast the weight of a value falls with its age.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Decay {
    /// The weight of the newest value, in (0, 1]; each step multiplies by 1 - alpha.
    Alpha(f64),
    /// At least 1: alpha = 2 / (span + 1). A span of n weighs about like a mean of n.
    Span(f64),
    /// Steps until the weight has halved, above 0: alpha = 1 - 2^(-1/half-life).
    HalfLife(f64),
    /// The mean age of the weights, at least 0: alpha = 1 / (1 + center).
    CenterOfMass(f64),
}

impl Decay {
    fn alpha(self) -> Result<f64, Error> {
        let (holds, name, must, was, alpha) = match self {
            Self::Alpha(alpha) => (alpha > 0.0 && alpha <= 1.0, "alpha", "in (0, 1]", alpha, alpha),
            Self::Span(span) => (span >= 1.0, "span", "finite and at least 1", span, 2.0 / (span + 1.0)),
            Self::HalfLife(steps) => {
                let alpha = -libm::expm1(-core::f64::consts::LN_2 / steps);
                (steps > 0.0, "half-life", "finite and above 0", steps, alpha)
            }
            Self::CenterOfMass(age) => {
                (age >= 0.0, "center of mass", "finite and at least 0", age, 1.0 / (1.0 + age))
            }
        };
        Error::require(holds && was.is_finite() && alpha > 0.0, name, must, was)?;
        Ok(alpha)
    }
}

/// Mean and variance under exponential weights: the output of [`Ewm`] and
/// [`TimeEwm`](crate::rolling::TimeEwm).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EwmStats {
    mean: f64,
    variance: Option<f64>,
}

impl EwmStats {
    pub(crate) fn new(mean: f64, variance: Option<f64>) -> Self {
        Self { mean, variance }
    }

    /// The weighted mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The weighted variance, corrected for its bias as n - 1 does for equal weights. `None` as long as one
    /// value has all the weight.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        self.variance
    }

    /// The square root of the variance.
    #[must_use]
    pub fn sd(&self) -> Option<f64> {
        self.variance.map(libm::sqrt)
    }
}

evenkeel_core::state! {
    /// Exponentially weighted mean and variance: the newest values count most, and no values are stored.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_series::Ewm;
    /// use evenkeel_series::rolling::Decay;
    ///
    /// let mut ewm = Ewm::builder(Decay::Alpha(0.5)).adjust(false).build()?;
    /// let means: Vec<_> = ewm.run([0.0, 8.0, f64::NAN, 8.0]).map(|w| w.map(|w| w.mean())).collect();
    /// // The missing value lets the old mean age by one more step.
    /// assert_eq!(means, [Some(0.0), Some(4.0), Some(4.0), Some(8.0 - 4.0 / 3.0)]);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// What it computes is pandas' `ewm(alpha, adjust, ignore_na)` with `mean()` and `var()`.
    ///
    /// - [`adjust`](EwmBuilder::adjust) (default true): weights (1-alpha)^age over their sum, so that the
    ///   first values weigh like the others; without, the recursion `mean += alpha * (x - mean)` from the
    ///   first value on.
    /// - [`ignore_missing`](EwmBuilder::ignore_missing) (default false): whether a missing value leaves the
    ///   weights as they are, or ages them.
    /// - [`min_periods`](EwmBuilder::min_periods) (default 1): observed values before the first output.
    ///
    /// For a missing value the output is the mean so far. An extreme value counts like any other, and is
    /// forgotten like any other: one that is s times as large as the usual ones matters less than a millionth
    /// of them after (ln s + 14) / -ln(1 - alpha) values in the mean, and after about twice as many in the
    /// variance: of 2⁶⁴ at a span of 20 after 600 and 1,000. O(1) in time and memory.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Ewm("Ewm@1") {
        alpha: f64,
        adjust: bool,
        ignore_missing: bool,
        min_periods: u64,
        observed: u64,
        /// NaN before the first value.
        mean: Option<f64>,
        /// Variance with the sum of weights as divisor.
        variance: f64,
        /// The weight of the mean, where a new value has weight 1 (`adjust`) or alpha.
        weight: f64,
        /// The sum of the weights, and of their squares, for the correction of the bias.
        sum: f64,
        squares: f64,
    }
}

impl Ewm {
    /// With a decay.
    pub fn builder(decay: Decay) -> EwmBuilder {
        EwmBuilder { decay, adjust: true, ignore_missing: false, min_periods: 1 }
    }

    /// The weight of the newest value, in (0, 1].
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// How many values were observed.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// The mean and variance so far: what the last update said.
    #[must_use]
    pub fn current(&self) -> Option<EwmStats> {
        self.weighted()
    }

    fn fresh(alpha: f64, adjust: bool, ignore_missing: bool, min_periods: u64) -> Self {
        Self {
            alpha,
            adjust,
            ignore_missing,
            min_periods,
            observed: 0,
            mean: None,
            variance: 0.0,
            weight: 1.0,
            sum: 1.0,
            squares: 1.0,
        }
    }

    fn age(&mut self) {
        let keep = 1.0 - self.alpha;
        self.weight *= keep;
        self.sum *= keep;
        self.squares *= keep * keep;
    }

    fn learn(&mut self, mean: f64, x: f64) {
        let new = if self.adjust { 1.0 } else { self.alpha };
        let total = self.weight + new;
        // The same value again must not move the mean by a rounding error.
        let moved = if mean == x { mean } else { (self.weight * mean + new * x) / total };
        let (from_old, from_new) = (mean - moved, x - moved);
        self.variance =
            (self.weight * (self.variance + from_old * from_old) + new * from_new * from_new) / total;
        self.mean = Some(moved);
        self.sum += new;
        self.squares += new * new;
        self.weight = total;
        if !self.adjust {
            self.sum /= total;
            self.squares /= total * total;
            self.weight = 1.0;
        }
    }

    fn weighted(&self) -> Option<EwmStats> {
        let mean = self.mean.filter(|_| self.observed >= self.min_periods)?;
        let square = self.sum * self.sum;
        let divisor = square - self.squares;
        let variance = (divisor > 0.0).then(|| square / divisor * self.variance).filter(|v| v.is_finite());
        Some(EwmStats { mean, variance })
    }
}

impl Stage<f64> for Ewm {
    type Output = EwmStats;

    fn update(&mut self, x: f64) -> Option<EwmStats> {
        let x = observed(x);
        self.observed = self.observed.saturating_add(u64::from(x.is_some()));
        match (self.mean, x) {
            (None, Some(x)) => self.mean = Some(x),
            (Some(_), None) if !self.ignore_missing => self.age(),
            (Some(mean), Some(x)) => {
                self.age();
                self.learn(mean, x);
            }
            _ => {}
        }
        self.weighted()
    }

    fn reset(&mut self) {
        *self = Self::fresh(self.alpha, self.adjust, self.ignore_missing, self.min_periods);
    }
}

/// Builds an [`Ewm`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct EwmBuilder {
    decay: Decay,
    adjust: bool,
    ignore_missing: bool,
    min_periods: u64,
}

impl EwmBuilder {
    /// Whether the weights are divided by their sum, so that the first value has no more weight than is due.
    pub fn adjust(mut self, adjust: bool) -> Self {
        self.adjust = adjust;
        self
    }

    /// Whether a missing value leaves the weights as they are.
    pub fn ignore_missing(mut self, ignore: bool) -> Self {
        self.ignore_missing = ignore;
        self
    }

    /// Observed values before the first output, at least 1.
    pub fn min_periods(mut self, observed: u64) -> Self {
        self.min_periods = observed;
        self
    }

    /// Builds the statistic.
    ///
    /// # Errors
    /// If the decay is outside of its range or `min_periods` is 0.
    pub fn build(self) -> Result<Ewm, Error> {
        let alpha = self.decay.alpha()?;
        Error::require(self.min_periods > 0, "min_periods", "at least 1", self.min_periods)?;
        Ok(Ewm::fresh(alpha, self.adjust, self.ignore_missing, self.min_periods))
    }
}

#[cfg(feature = "serde")]
impl Ewm {
    fn validate(&self) -> Result<(), Error> {
        let fresh = Self::builder(Decay::Alpha(self.alpha)).min_periods(self.min_periods).build()?;
        Error::require(
            (self.observed == 0) == self.mean.is_none(),
            "observed",
            "0 without a mean",
            self.observed,
        )?;
        if let Some(mean) = self.mean {
            Error::require(observed(mean).is_some(), "mean", "finite and at most 1e100", mean)?;
        } else {
            let unseen = Self { adjust: self.adjust, ignore_missing: self.ignore_missing, ..fresh };
            Error::require(*self == unseen, "state", "untouched without a mean", "not so")?;
        }
        Error::require((0.0..=1e201).contains(&self.variance), "variance", "in [0, 1e201]", self.variance)?;
        // A sum of powers of 1 - alpha, at most 1 / alpha, with room for rounding; and 1 at the start.
        let most = (1.001 / self.alpha).min(f64::MAX);
        for (name, weight) in
            [("weight", self.weight), ("sum of weights", self.sum), ("sum of squares", self.squares)]
        {
            Error::require((0.0..=most).contains(&weight), name, "in [0, 1 / alpha]", weight)?;
        }
        Ok(())
    }
}
