//! The result of a hypothesis test.

use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::Error;

/// The result of a hypothesis test: the statistic, and the p-value.
///
/// Its `Display` is a sentence for a person.
///
/// ```
/// use evenkeel_series::hypothesis_tests::Kpss;
///
/// let ramp: Vec<f64> = (0..200u32).map(|t| f64::from(t) + f64::from(t * 7919 % 101) / 10.0).collect();
/// let answer = Kpss::level().test(&ramp)?;
/// assert!(answer.is_rejected(0.05) && answer.is_p_bound());
/// let sentence = "KPSS test: p <= 0.01 that the series varies around a level (statistic ";
/// assert!(answer.to_string().starts_with(sentence));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct TestResult {
    test: &'static str,
    null: &'static str,
    statistic: f64,
    p: f64,
    bound: Option<Bound>,
    lags: Option<usize>,
    count: usize,
    criterion: Option<f64>,
    critical: Vec<(f64, f64)>,
}

/// On which side of the published table a p-value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    AtMost,
    AtLeast,
}

impl TestResult {
    /// # Errors
    /// [`Error::Numerical`] if the statistic is not a number.
    pub(crate) fn new(
        test: &'static str,
        null: &'static str,
        statistic: f64,
        p: f64,
        count: usize,
    ) -> Result<Self, Error> {
        if statistic.is_nan() || p.is_nan() {
            return Err(Error::Numerical { what: "the statistic of the test is not a number" });
        }
        let p = p.clamp(0.0, 1.0);
        let (bound, lags, criterion, critical) = (None, None, None, Vec::new());
        Ok(Self { test, null, statistic, p, bound, lags, count, criterion, critical })
    }

    pub(crate) fn with_lags(self, lags: usize) -> Self {
        Self { lags: Some(lags), ..self }
    }

    pub(crate) fn with_bound(self, bound: Option<Bound>) -> Self {
        Self { bound, ..self }
    }

    pub(crate) fn with_criterion(self, criterion: Option<f64>) -> Self {
        Self { criterion, ..self }
    }

    pub(crate) fn with_critical(self, critical: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self { critical: critical.into_iter().collect(), ..self }
    }

    /// The statistic; each test says in which direction it is extreme.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.statistic
    }

    /// The p-value: the probability of a statistic at least as extreme under the null hypothesis, from 0
    /// to 1.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Whether [`p`](Self::p) is only the end of a published table: the real one lies beyond.
    #[must_use]
    pub fn is_p_bound(&self) -> bool {
        self.bound.is_some()
    }

    /// The number of lags that were used, where a test has lags.
    #[must_use]
    pub fn lags(&self) -> Option<usize> {
        self.lags
    }

    /// How many values, or rows of a regression, were used.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The information criterion by which the lags were chosen, at its minimum; `None` where they were given.
    #[must_use]
    pub fn criterion(&self) -> Option<f64> {
        self.criterion
    }

    /// Levels and critical values, where there are published ones, in the order of the table.
    #[must_use]
    pub fn critical_values(&self) -> &[(f64, f64)] {
        &self.critical
    }

    /// The null hypothesis, in words.
    #[must_use]
    pub fn null_hypothesis(&self) -> &'static str {
        self.null
    }

    /// Whether [`p`](Self::p) is below `level`, so that the null hypothesis is rejected.
    #[must_use]
    pub fn is_rejected(&self, level: f64) -> bool {
        self.p < level
    }
}

impl fmt::Display for TestResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.bound {
            None => "=",
            Some(Bound::AtMost) => "<=",
            Some(Bound::AtLeast) => ">=",
        };
        write!(f, "{}: p {sign} ", self.test)?;
        if self.p > 0.0 && self.p < 1e-3 {
            write!(f, "{:.1e}", self.p)?;
        } else {
            write!(f, "{}", libm::round(self.p * 1e3) / 1e3)?;
        }
        write!(f, " that {} (statistic {:.4}", self.null, self.statistic)?;
        if let Some(lags) = self.lags {
            write!(f, ", {lags} {}", if lags == 1 { "lag" } else { "lags" })?;
        }
        write!(f, ", {} values)", self.count)
    }
}

/// P(F > f) for so many numerator and denominator degrees of freedom.
pub(crate) fn upper_f(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    let whole = denominator + numerator * f;
    if whole == f64::INFINITY {
        return 0.0;
    }
    evenkeel_stats::special::incomplete_beta(
        0.5 * denominator,
        0.5 * numerator,
        denominator / whole,
        numerator * f / whole,
    )
    .lower()
}

/// P(X > x) of a chi-squared distribution.
pub(crate) fn upper_chi_squared(x: f64, dof: f64) -> Result<f64, Error> {
    Ok(evenkeel_stats::ChiSquared::new(dof)?.upper(x))
}
