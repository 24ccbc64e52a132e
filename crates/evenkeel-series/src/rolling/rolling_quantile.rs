//! Median and other quantiles of the newest values.

use super::order_statistics::Order;
use super::window::LONGEST;
use crate::quantile::Quantile;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, Stage, observed};

/// A quantile of the newest values, the median by default; any other quantile, and the rank of any value, on
/// request.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::RollingQuantile;
/// use evenkeel_series::quantile::Quantile;
///
/// let mut rolling = RollingQuantile::builder(4).min_periods(2).build()?;
/// let medians: Vec<_> = rolling.run([3.0, 900.0, f64::NAN, 4.0, 5.0]).collect();
/// assert_eq!(medians, [None, Some(451.5), Some(451.5), Some(4.0), Some(5.0)]);
/// assert_eq!(rolling.quantile(&Quantile::new(1.0)?), Some(900.0));
/// assert_eq!((rolling.below(5.0), rolling.count()), (1, 3));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// The window counts inputs, missing ones as well: a missing value pushes the oldest out, and the output
/// describes the rest, as long as `min_periods` of them are observed (as in pandas).
///
/// Values are kept in order by an indexable skip list (Pugh 1990, doi:10.1145/78973.78977) in an arena whose
/// heights belong to places of the window, not to insertions: nothing is allocated after construction, and
/// the state follows from the values in the window. Time: O(log window) on average for an input and for each
/// quantile asked for. Memory: 36 bytes times the window.
#[derive(Debug, Clone)]
pub struct RollingQuantile {
    quantile: Quantile,
    min_periods: usize,
    /// NaN where missing, or before the first value.
    values: Vec<f64>,
    next: usize,
    order: Order,
}

impl RollingQuantile {
    /// Over the newest `window` inputs, from 1 to 16,777,216.
    pub fn builder(window: usize) -> RollingQuantileBuilder {
        RollingQuantileBuilder { window, min_periods: None, quantile: Quantile::MEDIAN }
    }

    /// The window: how many inputs it looks back.
    #[must_use]
    pub fn window(&self) -> usize {
        self.values.len()
    }

    /// How many of them must be observed.
    #[must_use]
    pub fn min_periods(&self) -> usize {
        self.min_periods
    }

    /// How many of them are observed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.order.count()
    }

    /// Any quantile of the values in the window; `None` if nothing is observed. O(log window) on average.
    #[must_use]
    pub fn quantile(&self, quantile: &Quantile) -> Option<f64> {
        quantile.of_ordered(self.order.count(), |rank| self.order.at(rank))
    }

    /// How many values in the window are below `x`: its rank. 0 if `x` is NaN. O(log window) on average.
    #[must_use]
    pub fn below(&self, x: f64) -> usize {
        if x.is_nan() { 0 } else { self.order.below(x) }
    }

    /// The median absolute deviation of what is in the window, not scaled: [`mad`](crate::quantile::mad) of
    /// it, bit for bit. `None` if nothing is observed. O(log² window) on average.
    #[must_use]
    pub fn mad(&self) -> Option<f64> {
        let median = self.quantile(&Quantile::MEDIAN)?;
        let n = self.count();
        if n % 2 == 1 {
            return self.distance(median, n / 2);
        }
        let (lower, upper) = self.distances(median, n / 2 - 1)?;
        Some(lower + 0.5 * (upper - lower))
    }

    /// The distance from `center` that has this rank among the distances of all values in the window, 0 the
    /// nearest. `None` if there are no more than `rank` values or `center` is NaN. O(log² window) on average.
    #[must_use]
    pub fn distance(&self, center: f64, rank: usize) -> Option<f64> {
        self.distances(center, rank).map(|(distance, _)| distance)
    }

    /// The distance of a rank and the next larger one, infinite after the last.
    fn distances(&self, center: f64, rank: usize) -> Option<(f64, f64)> {
        let n = self.count();
        if rank >= n || center.is_nan() {
            return None;
        }
        // Distances rise on either side: search where to cut two sorted lists so that `rank + 1` of both are
        // on the near side.
        let split = self.below(center);
        let left = |i: usize| self.order.at(split - 1 - i).map_or(f64::INFINITY, |x| center - x);
        let right = |i: usize| self.order.at(split + i).map_or(f64::INFINITY, |x| x - center);
        let (mut low, mut high) = ((rank + 1).saturating_sub(n - split), split.min(rank + 1));
        while low < high {
            let middle = usize::midpoint(low, high);
            if left(middle) < right(rank - middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let of_left = if low > 0 { left(low - 1) } else { f64::NEG_INFINITY };
        let of_right = if low <= rank { right(rank - low) } else { f64::NEG_INFINITY };
        let next_left = if low < split { left(low) } else { f64::INFINITY };
        // The rank itself is at most the last, so that beyond the end there is nothing on the right.
        Some((of_left.max(of_right), next_left.min(right(rank + 1 - low))))
    }

    fn fresh(quantile: Quantile, window: usize, min_periods: usize) -> Result<Self, Error> {
        Error::require((1..=LONGEST).contains(&window), "window", "in 1..=16777216", window)?;
        Error::require(
            (1..=window).contains(&min_periods),
            "min_periods",
            "at least 1 and at most the window",
            min_periods,
        )?;
        let values = vec![f64::NAN; window];
        Ok(Self { quantile, min_periods, values, next: 0, order: Order::new(window) })
    }
}

impl Stage<f64> for RollingQuantile {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        self.order.remove(self.next);
        // Zeros of either sign are equal.
        let x = observed(x).map_or(f64::NAN, |x| x + 0.0);
        self.values[self.next] = x;
        if !x.is_nan() {
            self.order.insert(self.next, x);
        }
        self.next = if self.next + 1 == self.values.len() { 0 } else { self.next + 1 };
        if self.order.count() < self.min_periods { None } else { self.quantile(&self.quantile) }
    }

    fn reset(&mut self) {
        self.values.fill(f64::NAN);
        self.next = 0;
        self.order.clear();
    }
}

/// The order follows from the values.
impl PartialEq for RollingQuantile {
    fn eq(&self, other: &Self) -> bool {
        self.quantile == other.quantile
            && self.min_periods == other.min_periods
            && self.next == other.next
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

/// Builds a [`RollingQuantile`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RollingQuantileBuilder {
    window: usize,
    min_periods: Option<usize>,
    quantile: Quantile,
}

impl RollingQuantileBuilder {
    /// The quantile that [`update`](Stage::update) gives; the median by default.
    pub fn quantile(mut self, quantile: Quantile) -> Self {
        self.quantile = quantile;
        self
    }

    /// How many values of the window have to be observed for an output, from 1 to the window (the default).
    pub fn min_periods(mut self, observed: usize) -> Self {
        self.min_periods = Some(observed);
        self
    }

    /// Builds the statistic.
    ///
    /// # Errors
    /// If the window is 0 or above 16,777,216, or `min_periods` is 0 or above the window.
    pub fn build(self) -> Result<RollingQuantile, Error> {
        RollingQuantile::fresh(self.quantile, self.window, self.min_periods.unwrap_or(self.window))
    }
}

evenkeel_core::state! {
    RollingQuantile as struct SavedRollingQuantile("RollingQuantile@1") {
        p: f64,
        definition: crate::quantile::QuantileDefinition,
        min_periods: usize,
        values: Vec<f64>,
        next: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&RollingQuantile> for SavedRollingQuantile {
    fn from(rolling: &RollingQuantile) -> Self {
        let RollingQuantile { quantile, min_periods, values, next, .. } = rolling;
        let (p, definition) = quantile.parts();
        Self { p, definition, min_periods: *min_periods, values: values.clone(), next: *next }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedRollingQuantile> for RollingQuantile {
    type Error = Error;

    fn try_from(saved: SavedRollingQuantile) -> Result<Self, Error> {
        let quantile = Quantile::new(saved.p)?.definition(saved.definition);
        let mut rolling = Self::fresh(quantile, saved.values.len(), saved.min_periods)?;
        Error::require(saved.next < saved.values.len(), "next", "inside the window", saved.next)?;
        rolling.next = saved.next;
        for (slot, x) in saved.values.into_iter().enumerate() {
            if let Some(x) = observed(x) {
                rolling.values[slot] = x + 0.0;
                rolling.order.insert(slot, x + 0.0);
            }
        }
        Ok(rolling)
    }
}
