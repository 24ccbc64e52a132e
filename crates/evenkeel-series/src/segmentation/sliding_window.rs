//! Sliding windows.

use super::cost::{Cost, Costs, Prepared, check_size, places, without_missing};
use super::penalty::{Penalty, noise_scale};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Sliding windows: changes are where the values before and after differ most, within half a window to either
/// side.
///
/// O(n) costs; finds at most one change in half a window, and none in the first and last half window. The
/// discrepancy is the cost of the whole window minus those of both halves; its peaks, the highest first, are
/// changes. As in C. Truong, L. Oudre, N. Vayatis, Signal Processing 167 (2020) 107299,
/// doi:10.1016/j.sigpro.2019.107299, whose ends are neighbors in the search of peaks.
///
/// ```
/// use evenkeel_series::segmentation::{Cost, SlidingWindow};
///
/// let y: Vec<f64> = (0..90).map(|t| f64::from(t / 30 * 5 + t % 2)).collect();
/// assert_eq!(SlidingWindow::new(Cost::L2, 20).changes(2).fit(&y)?, [30, 60]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: takes peaks whose gain exceeds the [`penalty`](Self::penalty), by default [`Penalty::Bic`], or
/// a number of [`changes`](Self::changes). *Missing* values are skipped.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct SlidingWindow {
    cost: Cost,
    width: usize,
    penalty: Penalty,
    changes: Option<usize>,
}

impl SlidingWindow {
    /// With a cost and the width of both windows together, even and at least 4.
    pub const fn new(cost: Cost, width: usize) -> Self {
        Self { cost, width, penalty: Penalty::Bic, changes: None }
    }

    /// The penalty for each change.
    pub const fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty, changes: None, ..self }
    }

    /// Exactly so many changes, or as many as there are peaks.
    pub const fn changes(self, changes: usize) -> Self {
        Self { changes: Some(changes), ..self }
    }

    /// The change points, in order.
    ///
    /// # Errors
    /// If the width is odd or below 4, or there are fewer observed values than that.
    pub fn fit(&self, values: &[f64]) -> Result<Vec<usize>, Error> {
        let width_holds = self.width >= 4 && self.width.is_multiple_of(2);
        Error::require(width_holds, "width", "even and at least 4", self.width)?;
        let half = self.width / 2;
        check_size(half, self.cost)?;
        let (seen, at) = without_missing(values);
        if seen.len() < self.width {
            return Err(Error::TooShort { needed: self.width, got: seen.len() });
        }
        let penalty = self.penalty.value(self.cost, seen.len(), noise_scale(&seen));
        Error::require(penalty >= 0.0, "penalty", "at least 0", penalty)?;
        let mut costs = Prepared::new(self.cost, &seen);
        let gains: Vec<f64> = (half..costs.len() - half)
            .map(|k| costs.of(k - half, k + half) - costs.of(k - half, k) - costs.of(k, k + half))
            .collect();
        let n = gains.len();
        let higher = |i: usize| {
            (1..=half).all(|d| gains[i] > gains[(i + d) % n] && gains[i] > gains[(i + n - d % n) % n])
        };
        let mut peaks: Vec<usize> = (0..n).filter(|i| higher(*i)).collect();
        peaks.sort_by(|a, b| gains[*b].total_cmp(&gains[*a]).then(b.cmp(a)));
        match self.changes {
            Some(most) => peaks.truncate(most),
            None => peaks.retain(|i| gains[*i] > penalty),
        }
        peaks.sort_unstable();
        let changes: Vec<usize> = peaks.into_iter().map(|i| i + half).collect();
        Ok(places(&changes, &at))
    }
}
