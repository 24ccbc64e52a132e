//! PELT: optimal partitioning with pruning.

use super::cost::{Cost, Costs, Prepared, check_size, places, without_missing};
use super::penalty::{Penalty, noise_scale};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// PELT: the change points that minimize the sum of the segments' costs plus a penalty for each, exactly.
///
/// ```
/// use evenkeel_series::segmentation::{Cost, Pelt, Penalty};
///
/// let mut y: Vec<f64> = (0..300).map(|t| f64::from((t * 7919) % 101) / 50.0).collect();
/// y[100..].iter_mut().for_each(|x| *x += 4.0);
/// y[220..].iter_mut().for_each(|x| *x -= 2.0);
/// assert_eq!(Pelt::new(Cost::L2).penalty(Penalty::Mbic).fit(&y)?, [100, 220]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Method*: dynamic programming over the last change, pruning candidates that can never be it again. R.
/// Killick, P. Fearnhead, I. Eckley, Journal of the American Statistical Association 107 (2012) 1590-1598,
/// doi:10.1080/01621459.2012.737745. Pruning waits for the minimal size, so that the optimum is exact also
/// with one (ruptures prunes at once, and may lose it).
///
/// *Settings*: [`penalty`](Self::penalty), by default [`Penalty::Bic`] with the noise of [`noise_scale`];
/// [`min_size`](Self::min_size), by default 2. *Output*: the index of the first value of each segment but the
/// first. *Missing* values are skipped.
///
/// *Complexity*: O(n) time where changes are frequent, O(n²) where there are none, times O(1) for a cost of
/// sums and O(segment) for medians; O(n) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Pelt {
    cost: Cost,
    penalty: Penalty,
    min_size: usize,
}

impl Pelt {
    /// With a cost and the defaults.
    pub const fn new(cost: Cost) -> Self {
        Self { cost, penalty: Penalty::Bic, min_size: 2 }
    }

    /// The penalty for each change.
    pub const fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty, ..self }
    }

    /// The fewest observed values of a segment, at least 1 (2 for [`Cost::Normal`]).
    pub const fn min_size(self, min_size: usize) -> Self {
        Self { min_size, ..self }
    }

    /// The change points, in order.
    ///
    /// # Errors
    /// If a setting is out of range or there are fewer observed values than the minimal size.
    pub fn fit(&self, values: &[f64]) -> Result<Vec<usize>, Error> {
        check_size(self.min_size, self.cost)?;
        let (seen, at) = without_missing(values);
        if seen.len() < self.min_size.max(1) {
            return Err(Error::TooShort { needed: self.min_size.max(1), got: seen.len() });
        }
        let penalty = self.penalty.value(self.cost, seen.len(), noise_scale(&seen));
        Error::require(penalty >= 0.0, "penalty", "at least 0", penalty)?;
        let mut prepared = Prepared::new(self.cost, &seen);
        Ok(places(&optimum(&mut prepared, penalty, self.min_size), &at))
    }
}

/// The change points of the least sum of costs and penalties.
pub(super) fn optimum(costs: &mut impl Costs, penalty: f64, min_size: usize) -> Vec<usize> {
    let n = costs.len();
    // The best objective of the values before each place (infinite if they cannot be cut so), and the change
    // before.
    let mut best = vec![f64::INFINITY; n + 1];
    let mut last = vec![0_usize; n + 1];
    best[0] = -penalty;
    let (mut starts, mut found) = (vec![0_usize], Vec::with_capacity(n));
    // The end from which on a start is pruned: a start that is beaten at one end may still be best one
    // minimal size later, because the one that beat it needs as much room.
    let mut until = vec![usize::MAX];
    let mut soonest = usize::MAX;
    for end in min_size..=n {
        if end >= 2 * min_size && best[end - min_size].is_finite() {
            starts.push(end - min_size);
            until.push(usize::MAX);
        }
        if soonest <= end {
            let mut kept = 0;
            soonest = usize::MAX;
            for i in 0..starts.len() {
                if until[i] > end {
                    (starts[kept], until[kept]) = (starts[i], until[i]);
                    soonest = soonest.min(until[i]);
                    kept += 1;
                }
            }
            starts.truncate(kept);
            until.truncate(kept);
        }
        costs.of_starts(&starts, end, &mut found);
        let (mut least, mut from) = (f64::INFINITY, 0);
        for (start, objective) in starts.iter().zip(&mut found) {
            *objective += best[*start];
            if *objective < least {
                (least, from) = (*objective, *start);
            }
        }
        let limit = least + penalty;
        best[end] = limit;
        last[end] = from;
        // No cost here grows when a segment is cut in two.
        for (objective, until) in found.iter().zip(&mut until) {
            if *objective > limit && *until == usize::MAX {
                *until = end + min_size;
                soonest = soonest.min(*until);
            }
        }
    }
    let mut changes = Vec::new();
    let mut end = last[n];
    while end > 0 {
        changes.push(end);
        end = last[end];
    }
    changes.reverse();
    changes
}
