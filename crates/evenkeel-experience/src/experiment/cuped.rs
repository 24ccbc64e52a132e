//! Variance reduction by a covariate from before the experiment.

use super::moments::{Moments, require_sample};
use super::welch::Welch;
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::CompensatedSum;

/// CUPED: the comparison of two arms after what was known of each unit before the experiment is taken out.
///
/// Where the same users (hosts, cells) have a value from before, the variance falls by the squared
/// correlation, so a correlation of 0.7 halves the time an experiment takes. The covariate must not be
/// influenced by the treatment: take it from before the start.
///
/// `theta = cov(pre, post) / var(pre)` over both arms together, `adjusted = post - theta (pre - mean(pre))`,
/// then Welch's test. Source: A. Deng, Y. Xu, R. Kohavi and T. Walker, Improving the sensitivity of online
/// controlled experiments by utilizing pre-experiment data, WSDM 2013, 123-132,
/// doi:10.1145/2433396.2433413. O(n) time and memory.
///
/// ```
/// use evenkeel_experience::experiment::Cuped;
/// use evenkeel_stats::Generator;
///
/// let mut noise = Generator::new(5);
/// let mut arm = |effect: f64| -> (Vec<f64>, Vec<f64>) {
///     (0..200).map(|_| { let user = 10.0 + 3.0 * noise.normal(); (user, user + effect + noise.normal()) }).unzip()
/// };
/// let ((pre, post), (other_pre, other_post)) = (arm(0.5), arm(0.0));
/// let cuped = Cuped::new(&pre, &post, &other_pre, &other_post)?;
/// assert!(cuped.adjusted().standard_error() < 0.5 * cuped.raw().standard_error());
/// assert!(cuped.adjusted().p_two_sided() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Cuped {
    theta: f64,
    correlation: f64,
    treatment_mean: f64,
    control_mean: f64,
    control_variance_ratio: f64,
    adjusted: Welch,
    raw: Welch,
}

impl Cuped {
    /// From the values before and after of each unit of the treatment and of the control.
    ///
    /// # Errors
    /// If the two slices of an arm differ in length or have fewer than two values, a value is missing, the
    /// covariate does not vary, or the values (raw, or after the adjustment) do not.
    pub fn new(
        treatment_pre: &[f64],
        treatment_post: &[f64],
        control_pre: &[f64],
        control_post: &[f64],
    ) -> Result<Self, Error> {
        for (what, pre, post) in
            [("treatment_post", treatment_pre, treatment_post), ("control_post", control_pre, control_post)]
        {
            require_sample(pre, 2)?;
            require_sample(post, 2)?;
            if pre.len() != post.len() {
                return Err(Error::Shape { what, expected: pre.len(), found: post.len() });
            }
        }
        let pre: Vec<f64> = control_pre.iter().chain(treatment_pre).copied().collect();
        let post: Vec<f64> = control_post.iter().chain(treatment_post).copied().collect();
        let (before, after) = (Moments::of(&pre)?, Moments::of(&post)?);
        let mut products = CompensatedSum::new();
        pre.iter().zip(&post).for_each(|(x, y)| products.add((x - before.mean) * (y - after.mean)));
        let covariance = products.value() / (before.n - 1.0);
        if before.variance <= 0.0 {
            return Err(Error::Numerical { what: "the covariate does not vary" });
        }
        let theta = covariance / before.variance;
        let adjust = |pre: &[f64], post: &[f64]| -> Result<Moments, Error> {
            let adjusted: Vec<f64> =
                pre.iter().zip(post).map(|(x, y)| y - theta * (x - before.mean)).collect();
            Moments::of(&adjusted)
        };
        let (treatment, control) =
            (adjust(treatment_pre, treatment_post)?, adjust(control_pre, control_post)?);
        let (raw_treatment, raw_control) = (Moments::of(treatment_post)?, Moments::of(control_post)?);
        Ok(Self {
            theta,
            correlation: covariance / libm::sqrt(before.variance) / libm::sqrt(after.variance),
            treatment_mean: treatment.mean,
            control_mean: control.mean,
            control_variance_ratio: control.variance / raw_control.variance,
            adjusted: Welch::from_moments(treatment, control)?,
            raw: Welch::from_moments(raw_treatment, raw_control)?,
        })
    }

    /// The slope by which the covariate is taken out.
    #[must_use]
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// The correlation of before and after, over both arms together: the variance falls by its square.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.correlation
    }

    /// The adjusted mean of the treatment.
    #[must_use]
    pub fn treatment_mean(&self) -> f64 {
        self.treatment_mean
    }

    /// The adjusted mean of the control.
    #[must_use]
    pub fn control_mean(&self) -> f64 {
        self.control_mean
    }

    /// The variance of the adjusted values of the control over that of the raw ones.
    #[must_use]
    pub fn control_variance_ratio(&self) -> f64 {
        self.control_variance_ratio
    }

    /// The comparison, treatment minus control, after the adjustment.
    pub fn adjusted(&self) -> Welch {
        self.adjusted
    }

    /// The comparison without the adjustment.
    pub fn raw(&self) -> Welch {
        self.raw
    }
}
