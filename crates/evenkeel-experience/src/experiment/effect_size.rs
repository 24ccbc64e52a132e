//! Standardized effect sizes.

use super::moments::{Moments, require_sample};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// How far two samples are apart, whatever the sample size: a p-value says whether there is a difference, an
/// effect size whether it matters.
///
/// Probability of superiority and Cliff's delta, which need only an order, are with
/// [`MannWhitney`](super::MannWhitney). Source: J. Cohen, Statistical Power Analysis for the Behavioral
/// Sciences (2nd ed. 1988); L. V. Hedges, Distribution theory for Glass's estimator of effect size, J. Educ.
/// Stat. 6 (1981) 107-128, doi:10.3102/10769986006002107, with the approximation `1 - 3/(4 dof - 1)` of his
/// correction, which is within 0.0004 of it from 10 degrees of freedom on. O(n log n).
///
/// ```
/// use evenkeel_experience::experiment::EffectSize;
///
/// let effect = EffectSize::new(&[12.0, 14.0, 13.0, 15.0], &[10.0, 11.0, 9.0, 12.0])?;
/// assert!(effect.hedges_g() > 0.8 && effect.hedges_g() < effect.cohens_d());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct EffectSize {
    cohens_d: f64,
    hedges_g: f64,
    mean_ratio: f64,
    kolmogorov_smirnov: f64,
}

impl EffectSize {
    /// Of `x` (the treatment, or canary) against `y` (the control).
    ///
    /// # Errors
    /// If a sample has fewer than two values, or a value is missing.
    pub fn new(x: &[f64], y: &[f64]) -> Result<Self, Error> {
        let (a, b) = (Moments::of(x)?, Moments::of(y)?);
        let dof = a.n + b.n - 2.0;
        let pooled = ((a.n - 1.0) * a.variance + (b.n - 1.0) * b.variance) / dof;
        let cohens_d = (a.mean - b.mean) / libm::sqrt(pooled);
        Ok(Self {
            cohens_d,
            hedges_g: cohens_d * (1.0 - 3.0 / (4.0 * dof - 1.0)),
            mean_ratio: mean_ratio(a.mean, b.mean),
            kolmogorov_smirnov: kolmogorov_smirnov(x, y)?,
        })
    }

    /// The difference in means in pooled standard deviations: 0.2 is called small, 0.5 medium, 0.8 large.
    /// Infinite if neither sample varies but the means differ, NaN if they do not differ either.
    #[must_use]
    pub fn cohens_d(&self) -> f64 {
        self.cohens_d
    }

    /// Cohen's d without its bias in small samples.
    #[must_use]
    pub fn hedges_g(&self) -> f64 {
        self.hedges_g
    }

    /// The mean of `x` over that of `y`: for positive quantities. Infinite where the control's mean is 0 and
    /// the other is not, 1 where both are 0.
    #[must_use]
    pub fn mean_ratio(&self) -> f64 {
        self.mean_ratio
    }

    /// The largest distance between the two empirical distribution functions, from 0 to 1: any difference in
    /// shape counts.
    #[must_use]
    pub fn kolmogorov_smirnov(&self) -> f64 {
        self.kolmogorov_smirnov
    }
}

/// `x / y`, and 1 where both are 0: no change of nothing.
pub(crate) fn mean_ratio(x: f64, y: f64) -> f64 {
    if x == 0.0 && y == 0.0 { 1.0 } else { x / y }
}

fn kolmogorov_smirnov(x: &[f64], y: &[f64]) -> Result<f64, Error> {
    let (x, y) = (sorted(x)?, sorted(y)?);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < x.len() && j < y.len() {
        let at = x[i].min(y[j]);
        i += x[i..].iter().take_while(|x| **x == at).count();
        j += y[j..].iter().take_while(|y| **y == at).count();
        // Exact while the counts are below 2^26.
        let apart = i as f64 * y.len() as f64 - j as f64 * x.len() as f64;
        largest = largest.max(apart.abs());
    }
    Ok(largest / (x.len() as f64 * y.len() as f64))
}

/// A sorted copy of observed values.
pub(crate) fn sorted(x: &[f64]) -> Result<Vec<f64>, Error> {
    require_sample(x, 1)?;
    // -0 and 0 are the same value, which the order of bits would tell apart.
    let mut sorted: Vec<f64> = x.iter().map(|x| x + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}
