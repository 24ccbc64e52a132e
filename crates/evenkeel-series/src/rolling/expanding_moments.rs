//! Moments of all values so far.

use super::rolling_moments::{Moments, Sums};
use super::window::Summary;
use evenkeel_core::{Error, Stage, observed};

/// The [`Moments`] of all values so far: mean, variance, skewness, kurtosis, sum, in one stable pass. Two of
/// them [merge](Self::merge).
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::rolling::ExpandingMoments;
///
/// let mut expanding = ExpandingMoments::new(2)?;
/// let means: Vec<_> = expanding.run([1.0, f64::NAN, 3.0, 8.0]).map(|m| m.map(|m| m.mean())).collect();
/// assert_eq!(means, [None, None, Some(2.0), Some(4.0)]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// For a missing value the output is the moments so far. Sums of deviations are updated as by Pébay (2008,
/// doi:10.2172/1028931). Nothing is forgotten, not even an extreme value: remove those before
/// ([`Hampel`](crate::clean::Hampel)). O(1) in time and memory.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpandingMoments {
    min_periods: u64,
    sums: Sums,
}

impl ExpandingMoments {
    /// With outputs from so many observed values on, at least 1.
    ///
    /// # Errors
    /// If `min_periods` is 0.
    pub fn new(min_periods: u64) -> Result<Self, Error> {
        Error::require(min_periods > 0, "min_periods", "at least 1", min_periods)?;
        Ok(Self { min_periods, sums: Sums::empty() })
    }

    /// The moments so far; `None` below `min_periods` observed values.
    #[must_use]
    pub fn moments(&self) -> Option<Moments> {
        (self.sums.count() >= self.min_periods).then(|| self.sums.moments())
    }

    /// Adds the values of another, as if they had come after the own ones, up to rounding.
    pub fn merge(&mut self, other: &Self) {
        self.take(&other.sums);
    }

    fn take(&mut self, later: &Sums) {
        let mut sums = self.sums.merge(later);
        // A power that left the range of floats stays infinite, even where infinities cancel.
        for (sum, before, new) in
            [(&mut sums.m3, self.sums.m3, later.m3), (&mut sums.m4, self.sums.m4, later.m4)]
        {
            if !(sum.is_finite() && before.is_finite() && new.is_finite()) {
                *sum = f64::INFINITY;
            }
        }
        self.sums = sums;
    }
}

impl Stage<f64> for ExpandingMoments {
    type Output = Moments;

    fn update(&mut self, x: f64) -> Option<Moments> {
        if let Some(x) = observed(x) {
            self.take(&Sums::of(x));
        }
        self.moments()
    }

    fn reset(&mut self) {
        self.sums = Sums::empty();
    }
}

evenkeel_core::state! {
    ExpandingMoments as struct SavedExpandingMoments("ExpandingMoments@1") {
        min_periods: u64,
        count: u64,
        sum: evenkeel_stats::CompensatedSum,
        mean: f64,
        m2: f64,
        m3: f64,
        m4: f64,
    }
}

#[cfg(feature = "serde")]
impl From<&ExpandingMoments> for SavedExpandingMoments {
    fn from(expanding: &ExpandingMoments) -> Self {
        let Sums { count, sum, mean, m2, m3, m4 } = expanding.sums.clone();
        Self { min_periods: expanding.min_periods, count, sum, mean, m2, m3, m4 }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedExpandingMoments> for ExpandingMoments {
    type Error = Error;

    fn try_from(saved: SavedExpandingMoments) -> Result<Self, Error> {
        let mut expanding = Self::new(saved.min_periods)?;
        let SavedExpandingMoments { count, sum, mean, m2, m3, m4, .. } = saved;
        let sums = Sums { count, sum, mean, m2, m3, m4 };
        Error::require(count <= 1 << 53, "count", "at most 2^53", count)?;
        if count == 0 {
            Error::require(sums == Sums::empty(), "sums", "zero without a value", "not so")?;
        }
        Error::require(observed(mean).is_some(), "mean", "finite and at most 1e100", mean)?;
        Error::require(
            observed(sum.value() / count.max(1) as f64).is_some(),
            "sum",
            "of such values",
            sum.value(),
        )?;
        Error::require((0.0..=1e220).contains(&m2), "m2", "in [0, 1e220]", m2)?;
        let power = |m: f64| m.is_finite() || m == f64::INFINITY;
        Error::require(power(m3), "m3", "finite, or infinite for good", m3)?;
        Error::require(power(m4) && m4 >= 0.0, "m4", "at least 0", m4)?;
        expanding.sums = sums;
        Ok(expanding)
    }
}
