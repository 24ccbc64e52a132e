//! Mean, variance, skewness, kurtosis, of a slice and of the newest values.

use super::rolling_builder::{Rolling, RollingBuilder};
use super::window::{Summary, Window};
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use evenkeel_core::{Error, Stage, observed};
use evenkeel_stats::CompensatedSum;

/// Sum, mean, variance, skewness and kurtosis of a set of values.
///
/// ```
/// use evenkeel_series::rolling::Moments;
///
/// let m = Moments::of(&[2.0, 4.0, f64::NAN, 4.0, 10.0]).unwrap();
/// assert_eq!((m.count(), m.sum(), m.mean()), (4, 20.0, 5.0));
/// assert!((m.variance().unwrap() - 12.0).abs() < 1e-12);
/// assert!(m.skewness().unwrap() > 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    count: u64,
    sum: f64,
    mean: f64,
    m2: f64,
    /// `f64::MAX` where the power left the range of floats.
    m3: f64,
    m4: f64,
}

impl Moments {
    /// Of the observed values; `None` if there is none. Takes O(n), in one stable pass.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let sums = values
            .iter()
            .filter_map(|x| observed(*x))
            .fold(Sums::empty(), |sums, x| sums.merge(&Sums::of(x)));
        (sums.count > 0).then(|| sums.moments())
    }

    /// How many values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Their mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The variance with n - 1; `None` for a single value.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// The standard deviation with n - 1; `None` for a single value.
    #[must_use]
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(libm::sqrt)
    }

    /// The bias-corrected skewness, G1 of Joanes and Gill (1998, doi:10.1111/1467-9884.00122). `None` for
    /// fewer than three values or equal ones, or where third powers leave the range of floats (values beyond
    /// 1e100 or spreads below 1e-100).
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        let n = self.count as f64;
        if self.count < 3 || self.m2 < 1e-200 || self.m3 == f64::MAX {
            return None;
        }
        let spread = libm::sqrt(self.m2 / n);
        let g = self.m3 / n / spread / spread / spread;
        Some(g * libm::sqrt(n * (n - 1.0)) / (n - 2.0)).filter(|g| g.is_finite())
    }

    /// The bias-corrected excess kurtosis, G2 of Joanes and Gill (1998), 0 for a normal distribution. `None`
    /// for fewer than four values or equal ones, or where fourth powers leave the range of floats (values
    /// beyond 1e75 or spreads below 1e-75).
    #[must_use]
    pub fn kurtosis(&self) -> Option<f64> {
        let n = self.count as f64;
        if self.count < 4 || self.m2 * self.m2 < f64::MIN_POSITIVE || self.m4 == f64::MAX {
            return None;
        }
        let g = n * (self.m4 / self.m2 / self.m2) - 3.0;
        Some((n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g + 6.0)).filter(|g| g.is_finite())
    }
}

/// Sums of powers of deviations from the mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) sum: CompensatedSum,
    pub(super) mean: f64,
    pub(super) m2: f64,
    pub(super) m3: f64,
    pub(super) m4: f64,
}

impl Sums {
    pub(super) fn moments(&self) -> Moments {
        let power = |m: f64| if m.is_finite() { m } else { f64::MAX };
        Moments {
            count: self.count,
            sum: self.sum.value(),
            mean: self.mean,
            m2: self.m2,
            m3: power(self.m3),
            m4: power(self.m4),
        }
    }
}

impl Summary for Sums {
    fn empty() -> Self {
        Self { count: 0, sum: CompensatedSum::new(), mean: 0.0, m2: 0.0, m3: 0.0, m4: 0.0 }
    }

    fn of(x: f64) -> Self {
        let sum = core::iter::once(x).collect();
        Self { count: 1, sum, mean: x, ..Self::empty() }
    }

    /// P. Pébay, Sandia report SAND2008-6212 (2008), doi:10.2172/1028931, equations 2.1 to 2.3.
    fn merge(&self, later: &Self) -> Self {
        if self.count == 0 {
            return later.clone();
        }
        if later.count == 0 {
            return self.clone();
        }
        // The smaller part into the larger one, so that single values are added without an extra rounding.
        let (mut sum, more) =
            if self.count < later.count { (later.sum, self.sum) } else { (self.sum, later.sum) };
        sum.add(more.value());
        let (a, b) = (self.count as f64, later.count as f64);
        let n = a + b;
        let d = later.mean - self.mean;
        let (u, v, both) = (a / n, b / n, a * b / n);
        let d2 = d * d;
        Self {
            count: self.count.saturating_add(later.count),
            sum,
            mean: self.mean + d * v,
            m2: self.m2 + later.m2 + d2 * both,
            m3: self.m3 + later.m3 + d2 * d * both * (u - v) + 3.0 * d * (u * later.m2 - v * self.m2),
            m4: self.m4
                + later.m4
                + d2 * d2 * both * (u * u - u * v + v * v)
                + 6.0 * d2 * (u * u * later.m2 + v * v * self.m2)
                + 4.0 * d * (u * later.m3 - v * self.m3),
        }
    }

    fn count(&self) -> u64 {
        self.count
    }
}

/// The [`Moments`] of the newest values: mean, variance, skewness, kurtosis, sum.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::RollingMoments;
///
/// let mut rolling = RollingMoments::builder(3).min_periods(2).build()?;
/// let means: Vec<_> = rolling.run([1.0, 2.0, f64::NAN, 6.0]).map(|m| m.map(|m| m.mean())).collect();
/// assert_eq!(means, [None, Some(1.5), Some(1.5), Some(4.0)]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// The window counts inputs, missing ones as well: a missing value pushes the oldest out, and the output
/// describes the rest, as long as `min_periods` of them are observed. (As in pandas, except that skewness and
/// kurtosis of equal values are `None`.)
///
/// Sums of deviations of parts of the window are merged and nothing is ever subtracted, so there is no drift,
/// and a huge value that has left the window has no effect. Time: O(1) on average, O(window) once a window.
/// Memory: 64 bytes times the window.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingMoments(Window<Sums>);

impl RollingMoments {
    /// Over the newest `window` inputs, from 1 to 16,777,216.
    pub fn builder(window: usize) -> RollingBuilder<Self> {
        RollingBuilder::new(window)
    }

    /// The window: how many inputs it looks back.
    #[must_use]
    pub fn window(&self) -> usize {
        self.0.length()
    }

    /// How many of them must be observed.
    #[must_use]
    pub fn min_periods(&self) -> usize {
        self.0.min_periods()
    }
}

impl Rolling for RollingMoments {
    fn of(window: usize, min_periods: usize) -> Result<Self, Error> {
        Window::new(window, min_periods).map(Self)
    }
}

impl Stage<f64> for RollingMoments {
    type Output = Moments;

    fn update(&mut self, x: f64) -> Option<Moments> {
        self.0.push(x).map(|sums| sums.moments())
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

evenkeel_core::state! {
    RollingMoments as struct SavedRollingMoments("RollingMoments@1") {
        min_periods: usize,
        values: Vec<f64>,
        next: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&RollingMoments> for SavedRollingMoments {
    fn from(rolling: &RollingMoments) -> Self {
        let (min_periods, values, next) = rolling.0.saved();
        Self { min_periods, values, next }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedRollingMoments> for RollingMoments {
    type Error = Error;

    fn try_from(
        SavedRollingMoments { min_periods, values, next }: SavedRollingMoments,
    ) -> Result<Self, Error> {
        Window::restored(min_periods, values, next).map(Self)
    }
}
