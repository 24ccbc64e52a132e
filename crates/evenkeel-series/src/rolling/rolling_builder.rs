//! The builder that rolling statistics share.

use core::marker::PhantomData;
use evenkeel_core::Error;

/// Builds a rolling statistic; see [`RollingMoments::builder`](crate::rolling::RollingMoments::builder) and
/// [`RollingExtremes::builder`](crate::rolling::RollingExtremes::builder).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct RollingBuilder<T> {
    window: usize,
    min_periods: Option<usize>,
    of: PhantomData<fn() -> T>,
}

impl<T> RollingBuilder<T> {
    pub(super) fn new(window: usize) -> Self {
        Self { window, min_periods: None, of: PhantomData }
    }

    /// How many values of the window have to be observed for an output, from 1 to the window (the default).
    pub fn min_periods(mut self, observed: usize) -> Self {
        self.min_periods = Some(observed);
        self
    }
}

impl<T: Rolling> RollingBuilder<T> {
    /// Builds the statistic.
    ///
    /// # Errors
    /// If the window is 0 or above 16,777,216, or `min_periods` is 0 or above the window.
    pub fn build(self) -> Result<T, Error> {
        T::of(self.window, self.min_periods.unwrap_or(self.window))
    }
}

/// The statistics that the builder builds. Sealed, because the module is private.
pub trait Rolling: Sized {
    #[doc(hidden)]
    fn of(window: usize, min_periods: usize) -> Result<Self, Error>;
}
