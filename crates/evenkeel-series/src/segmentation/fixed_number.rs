//! Optimal partitioning with a given number of changes.

use super::cost::{Cost, Costs, Prepared, check_size, places, without_missing};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// The optimal partition into a given number of segments, exactly.
///
/// ```
/// use evenkeel_series::segmentation::{Cost, FixedNumber};
///
/// let y = [1.0, 1.2, 0.9, 5.1, 5.0, 4.8, 1.1, 1.0, 0.8];
/// assert_eq!(FixedNumber::new(Cost::L2, 2).fit(&y)?, [3, 6]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Method*: dynamic programming over ends and numbers (R. Bellman 1961, doi:10.1145/366573.366611).
/// *Complexity*: O(n² (k + cost)) time, O(n k) memory. *Missing* values are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct FixedNumber {
    cost: Cost,
    changes: usize,
    min_size: usize,
}

impl FixedNumber {
    /// With a cost and so many changes; segments of at least 2.
    pub const fn new(cost: Cost, changes: usize) -> Self {
        Self { cost, changes, min_size: 2 }
    }

    /// The fewest observed values of a segment, at least 1 (2 for the costs of normal values and lines).
    pub const fn min_size(self, min_size: usize) -> Self {
        Self { min_size, ..self }
    }

    /// The change points, in order.
    ///
    /// # Errors
    /// If a setting is out of range or there are too few observed values for so many segments.
    pub fn fit(&self, values: &[f64]) -> Result<Vec<usize>, Error> {
        check_size(self.min_size, self.cost)?;
        let (seen, at) = without_missing(values);
        let changes = optimum(&mut Prepared::new(self.cost, &seen), self.changes, self.min_size)?;
        Ok(places(&changes, &at))
    }
}

/// The change points of the least sum of costs.
pub(super) fn optimum(costs: &mut impl Costs, changes: usize, min_size: usize) -> Result<Vec<usize>, Error> {
    let n = costs.len();
    let needed = changes.saturating_add(1).saturating_mul(min_size);
    if n < needed {
        return Err(Error::TooShort { needed, got: n });
    }
    let segments = changes + 1;
    // Of each end, for each number of segments before it.
    let mut best = vec![f64::INFINITY; (n + 1) * segments];
    let mut last = vec![0_usize; (n + 1) * segments];
    let (mut starts, mut found) = (vec![0], Vec::with_capacity(n));
    for end in min_size..=n {
        if end >= 2 * min_size {
            starts.push(end - min_size);
        }
        costs.of_starts(&starts, end, &mut found);
        best[end * segments] = found[0];
        for (start, cost) in starts.iter().zip(&found).skip(1) {
            for number in 1..segments {
                let objective = best[start * segments + number - 1] + cost;
                if objective < best[end * segments + number] {
                    best[end * segments + number] = objective;
                    last[end * segments + number] = *start;
                }
            }
        }
    }
    let mut places = vec![0; changes];
    let mut end = n;
    for number in (1..segments).rev() {
        end = last[end * segments + number];
        places[number - 1] = end;
    }
    Ok(places)
}
