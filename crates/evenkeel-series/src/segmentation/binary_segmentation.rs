//! Binary segmentation.

use super::cost::{Cost, Costs, Prepared, check_size, places, without_missing};
use super::penalty::{Penalty, noise_scale};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Binary segmentation: the best single change, then the best in one of both parts, and so on.
///
/// Fast and simple, and not optimal: a short bump between equal levels may be missed. A. Scott, M. Knott,
/// Biometrics 30 (1974) 507-512, doi:10.2307/2529204.
///
/// ```
/// use evenkeel_series::segmentation::{BinarySegmentation, Cost};
///
/// let y = [1.0, 1.2, 0.9, 5.1, 5.0, 4.8, 9.1, 9.0, 8.8];
/// assert_eq!(BinarySegmentation::new(Cost::L2).changes(2).fit(&y)?, [3, 6]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: stops at a gain below the [`penalty`](Self::penalty), by default [`Penalty::Bic`], or at a
/// number of [`changes`](Self::changes); segments of at least 2. *Complexity*: O(n log n) costs on average.
/// *Missing* values are skipped.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct BinarySegmentation {
    cost: Cost,
    penalty: Penalty,
    changes: Option<usize>,
    min_size: usize,
}

impl BinarySegmentation {
    /// With a cost and the defaults.
    pub const fn new(cost: Cost) -> Self {
        Self { cost, penalty: Penalty::Bic, changes: None, min_size: 2 }
    }

    /// The penalty for each change.
    pub const fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty, changes: None, ..self }
    }

    /// Exactly so many changes, or as many as there is room for.
    pub const fn changes(self, changes: usize) -> Self {
        Self { changes: Some(changes), ..self }
    }

    /// The fewest observed values of a segment, at least 1 (2 for the costs of normal values and lines).
    pub const fn min_size(self, min_size: usize) -> Self {
        Self { min_size, ..self }
    }

    /// The change points, in order.
    ///
    /// # Errors
    /// If a setting is out of range or nothing is observed.
    pub fn fit(&self, values: &[f64]) -> Result<Vec<usize>, Error> {
        check_size(self.min_size, self.cost)?;
        let (seen, at) = without_missing(values);
        if seen.is_empty() {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let penalty = self.penalty.value(self.cost, seen.len(), noise_scale(&seen));
        Error::require(penalty >= 0.0, "penalty", "at least 0", penalty)?;
        let mut prepared = Prepared::new(self.cost, &seen);
        let n = prepared.len();
        // Segments with their best cut: gain and place.
        let mut open: Vec<(usize, usize, f64, usize)> = Vec::new();
        let mut changes = Vec::new();
        open.extend(self.best(&mut prepared, 0, n));
        while self.changes.is_none_or(|most| changes.len() < most) {
            let best = (0..open.len()).max_by(|a, b| {
                let (a, b) = (open[*a], open[*b]);
                a.2.total_cmp(&b.2).then(b.3.cmp(&a.3))
            });
            let Some((start, end, gain, place)) = best.map(|i| open.swap_remove(i)) else { break };
            if self.changes.is_none() && gain <= penalty {
                break;
            }
            changes.push(place);
            open.extend(self.best(&mut prepared, start, place));
            open.extend(self.best(&mut prepared, place, end));
        }
        changes.sort_unstable();
        Ok(places(&changes, &at))
    }

    /// The best cut of a segment, if there is room for one.
    fn best(&self, costs: &mut Prepared<'_>, start: usize, end: usize) -> Option<(usize, usize, f64, usize)> {
        if (end - start) / 2 < self.min_size {
            return None;
        }
        let whole = costs.of(start, end);
        let (mut gain, mut at) = (f64::NEG_INFINITY, start);
        for place in start + self.min_size..=end - self.min_size {
            let this = whole - costs.of(start, place) - costs.of(place, end);
            if this > gain {
                (gain, at) = (this, place);
            }
        }
        Some((start, end, gain, at))
    }
}
