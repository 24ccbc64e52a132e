//! Welch's test.

use super::moments::{Moments, require_confidence};
use evenkeel_core::Error;
use evenkeel_stats::StudentT;
use evenkeel_stats::sequential::Interval;

/// Welch's t-test: do two samples, whose variances may differ, have the same mean?
///
/// For a comparison at a size fixed in advance, of values whose means are roughly normal: some dozen values
/// without extreme outliers, or many. Read again and again while data arrive it raises false alarms
/// (`tests/calibration.rs` measures how many); the stages of [`arms`](super::arms) do not.
///
/// `t = (mean x - mean y) / sqrt(vx/nx + vy/ny)` with the degrees of freedom of Welch and Satterthwaite.
/// Source: B. L. Welch, The generalization of "Student's" problem when several different population
/// variances are involved, Biometrika 34 (1947) 28-35, doi:10.1093/biomet/34.1-2.28. O(n).
///
/// ```
/// use evenkeel_experience::experiment::Welch;
///
/// let canary = [14.3, 12.4, 12.5, 9.8, 6.6, 9.0, 11.3, 11.4, 8.7];
/// let control = [8.0, 10.7, 8.6, 9.6, 9.1, 10.0, 7.3];
/// let test = Welch::new(&canary, &control)?;
/// assert!(test.p_two_sided() > 0.05 && test.interval(0.95)?.contains(0.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Welch {
    difference: f64,
    standard_error: f64,
    t: f64,
    distribution: StudentT,
}

impl Welch {
    /// Compares `x` (the treatment, or canary) with `y` (the control).
    ///
    /// # Errors
    /// If a sample has fewer than two values, a value is missing, or neither sample varies.
    pub fn new(x: &[f64], y: &[f64]) -> Result<Self, Error> {
        Self::from_moments(Moments::of(x)?, Moments::of(y)?)
    }

    pub(crate) fn from_moments(x: Moments, y: Moments) -> Result<Self, Error> {
        let (a, b) = (x.variance / x.n, y.variance / y.n);
        let total = a + b;
        if total <= 0.0 {
            return Err(Error::Numerical { what: "both samples are constant" });
        }
        // Of shares, so that squares of tiny or huge variances stay representable.
        let (share_a, share_b) = (a / total, b / total);
        let dof = 1.0 / (share_a * share_a / (x.n - 1.0) + share_b * share_b / (y.n - 1.0));
        let standard_error = libm::sqrt(total);
        let difference = x.mean - y.mean;
        let t = difference / standard_error;
        Ok(Self { difference, standard_error, t, distribution: StudentT::standard(dof)? })
    }

    /// The mean of `x` minus that of `y`.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.difference
    }

    /// The standard error of the difference.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// The difference in standard errors.
    #[must_use]
    pub fn t(&self) -> f64 {
        self.t
    }

    /// The degrees of freedom of Welch and Satterthwaite; rarely whole.
    #[must_use]
    pub fn dof(&self) -> f64 {
        self.distribution.dof()
    }

    /// The probability of a difference at least as large, in either direction, if the means are equal.
    #[must_use]
    pub fn p_two_sided(&self) -> f64 {
        (2.0 * self.distribution.upper(self.t.abs())).min(1.0)
    }

    /// The probability of a difference at least as large if the mean of `x` is not above that of `y`.
    #[must_use]
    pub fn p_greater(&self) -> f64 {
        self.distribution.upper(self.t)
    }

    /// The probability of a difference at least as small if the mean of `x` is not below that of `y`.
    #[must_use]
    pub fn p_less(&self) -> f64 {
        self.distribution.lower(self.t)
    }

    /// Limits for the difference in means that hold with probability `confidence`.
    ///
    /// # Errors
    /// If `confidence` is not in (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, Error> {
        require_confidence(confidence)?;
        let half = self.distribution.upper_quantile(0.5 * (1.0 - confidence)) * self.standard_error;
        Interval::new(self.difference - half, self.difference + half)
    }
}
