//! Differencing and its inverse.

use crate::missing::missing_as_nan;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

evenkeel_core::state! {
    /// Differences of a series: `order` times with its predecessor, and `seasonal order` times with the value
    /// a period ago, (1 - B)^d (1 - B^s)^D.
    ///
    /// ```
    /// use evenkeel_series::transform::Differencing;
    ///
    /// let once = Differencing::new(1)?;
    /// let y = [1.0, 4.0, 9.0, 16.0];
    /// let w = once.apply(&y);
    /// assert_eq!(w, [3.0, 5.0, 7.0]);
    /// assert_eq!(once.integrate(&y[..1], &w)?, [4.0, 9.0, 16.0]);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// A difference is missing if one of the values that it needs is. Integration cannot pass a missing
    /// difference: from there on the integral is missing wherever it needs it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Differencing("Differencing@1") {
        order: usize,
        seasonal_order: usize,
        period: usize,
    }
}

/// Beyond it, binomial coefficients amplify rounding errors too much.
const HIGHEST_ORDER: usize = 8;

impl Differencing {
    /// Without a season.
    ///
    /// # Errors
    /// If `order` is above 8.
    pub fn new(order: usize) -> Result<Self, Error> {
        Error::require(order <= HIGHEST_ORDER, "order", "at most 8", order)?;
        Ok(Self { order, seasonal_order: 0, period: 1 })
    }

    /// With a season.
    ///
    /// # Errors
    /// If `seasonal_order` is above 8 or `period` is 0 or above 16,777,216.
    pub fn with_season(self, seasonal_order: usize, period: usize) -> Result<Self, Error> {
        Error::require(seasonal_order <= HIGHEST_ORDER, "seasonal order", "at most 8", seasonal_order)?;
        Error::require((1..=1 << 24).contains(&period), "period", "in 1..=16777216", period)?;
        Ok(Self { seasonal_order, period, ..self })
    }

    /// How many differences with the predecessor are taken.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// How many differences with the value a period ago are taken.
    #[must_use]
    pub fn seasonal_order(&self) -> usize {
        self.seasonal_order
    }

    /// The period, in samples.
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// How many values at the start have no difference: d + D s.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.order + self.seasonal_order * self.period
    }

    /// The differences, [`lost`](Self::lost) fewer than values; none if there are no more values than that.
    /// Takes O(n (d + D)).
    #[must_use]
    pub fn apply(&self, values: &[f64]) -> Vec<f64> {
        if values.len() <= self.lost() {
            return Vec::new();
        }
        let mut differences: Vec<f64> = missing_as_nan(values);
        for lag in self.lags() {
            let length = differences.len() - lag;
            for i in 0..length {
                differences[i] = differences[i + lag] - differences[i];
            }
            differences.truncate(length);
        }
        differences
    }

    /// The values that have these differences and come after `before`, the [`lost`](Self::lost) values before
    /// the first of them. Undoes [`apply`](Self::apply): `integrate(&y[..lost], &apply(y)) == y[lost..]` up
    /// to rounding. Takes O(n d D).
    ///
    /// # Errors
    /// [`Error::Shape`] if `before` has another length.
    pub fn integrate(&self, before: &[f64], differences: &[f64]) -> Result<Vec<f64>, Error> {
        if before.len() != self.lost() {
            return Err(Error::Shape { what: "before", expected: self.lost(), found: before.len() });
        }
        let terms = self.terms();
        let mut values: Vec<f64> = missing_as_nan(before);
        for difference in differences {
            let now = values.len();
            let x = terms.iter().fold(*difference, |sum, (lag, factor)| sum - factor * values[now - lag]);
            values.push(observed(x).unwrap_or(f64::NAN));
        }
        values.drain(..before.len());
        Ok(values)
    }

    /// The lag of each difference, one after the other.
    fn lags(&self) -> impl Iterator<Item = usize> {
        let (order, seasonal_order, period) = (self.order, self.seasonal_order, self.period);
        core::iter::repeat_n(1, order).chain(core::iter::repeat_n(period, seasonal_order))
    }

    /// The lags above 0 of the polynomial and their coefficients.
    fn terms(&self) -> Vec<(usize, f64)> {
        let mut terms = vec![(0, 1.0)];
        for lag in self.lags() {
            let shifted: Vec<_> = terms.iter().map(|(at, factor)| (at + lag, -factor)).collect();
            for (at, factor) in shifted {
                match terms.iter_mut().find(|term| term.0 == at) {
                    Some(term) => term.1 += factor,
                    None => terms.push((at, factor)),
                }
            }
        }
        terms.retain(|(at, _)| *at > 0);
        terms
    }
}

#[cfg(feature = "serde")]
impl Differencing {
    fn validate(&self) -> Result<(), Error> {
        Self::new(self.order)?.with_season(self.seasonal_order, self.period).map(|_| ())
    }
}
