//! Minimum and maximum, of a slice and of the newest values.

use super::rolling_builder::{Rolling, RollingBuilder};
use super::window::{Summary, Window};
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use evenkeel_core::{Error, Stage, observed};

/// The smallest and the largest of a set of values.
///
/// ```
/// use evenkeel_series::rolling::Extremes;
///
/// let e = Extremes::of(&[2.0, f64::NAN, -1.0]).unwrap();
/// assert_eq!((e.min(), e.max(), e.count()), (-1.0, 2.0, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    count: u64,
    min: f64,
    max: f64,
}

impl Extremes {
    /// Of the observed values; `None` if there is none. Takes O(n).
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let all = values
            .iter()
            .filter_map(|x| observed(*x))
            .fold(Bounds::empty(), |all, x| all.merge(&Bounds::of(x)));
        (all.0.count > 0).then_some(all.0)
    }

    /// How many values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The largest.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The range: the largest minus the smallest.
    #[must_use]
    pub fn span(&self) -> f64 {
        self.max - self.min
    }
}

/// Extremes, also of no values.
#[derive(Debug, Clone)]
pub(super) struct Bounds(Extremes);

impl Bounds {
    pub(super) fn extremes(&self) -> Extremes {
        self.0
    }
}

impl Summary for Bounds {
    fn empty() -> Self {
        Self(Extremes { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY })
    }

    fn of(x: f64) -> Self {
        Self(Extremes { count: 1, min: x, max: x })
    }

    fn merge(&self, later: &Self) -> Self {
        // Not `f64::min`, which may give either zero of two.
        let lower = if later.0.min < self.0.min { later.0.min } else { self.0.min };
        let upper = if later.0.max > self.0.max { later.0.max } else { self.0.max };
        Self(Extremes { count: self.0.count + later.0.count, min: lower, max: upper })
    }

    fn count(&self) -> u64 {
        self.0.count
    }
}

/// The [`Extremes`] of the newest values.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::rolling::RollingExtremes;
///
/// let mut rolling = RollingExtremes::builder(2).min_periods(1).build()?;
/// let spans: Vec<_> = rolling.run([1.0, 4.0, f64::NAN, 6.0]).map(|e| e.map(|e| e.span())).collect();
/// assert_eq!(spans, [Some(0.0), Some(3.0), Some(0.0), Some(0.0)]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// The window counts inputs, missing ones as well: a missing value pushes the oldest out, and the output
/// describes the rest, as long as `min_periods` of them are observed. Time: O(1) on average, O(window) once a
/// window. Memory: 32 bytes times the window.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingExtremes(Window<Bounds>);

impl RollingExtremes {
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

impl Rolling for RollingExtremes {
    fn of(window: usize, min_periods: usize) -> Result<Self, Error> {
        Window::new(window, min_periods).map(Self)
    }
}

impl Stage<f64> for RollingExtremes {
    type Output = Extremes;

    fn update(&mut self, x: f64) -> Option<Extremes> {
        self.0.push(x).map(|bounds| bounds.0)
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

evenkeel_core::state! {
    RollingExtremes as struct SavedRollingExtremes("RollingExtremes@1") {
        min_periods: usize,
        values: Vec<f64>,
        next: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&RollingExtremes> for SavedRollingExtremes {
    fn from(rolling: &RollingExtremes) -> Self {
        let (min_periods, values, next) = rolling.0.saved();
        Self { min_periods, values, next }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedRollingExtremes> for RollingExtremes {
    type Error = Error;

    fn try_from(
        SavedRollingExtremes { min_periods, values, next }: SavedRollingExtremes,
    ) -> Result<Self, Error> {
        Window::restored(min_periods, values, next).map(Self)
    }
}
