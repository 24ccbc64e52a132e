//! The Mann-Kendall trend test.

use crate::hypothesis_tests::TestResult;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::Normal;

/// The Mann-Kendall test, whether a series rises or falls on the whole, whatever its shape and noise: rising
/// pairs against falling pairs. Otherwise values must be independent (remove the season first;
/// autocorrelation makes it reject too often).
///
/// # Method
/// The statistic is Kendall's tau-b between value and time, from -1 (always falling) to 1 (Mann 1945,
/// doi:10.2307/1907187; Kendall 1975). Its distribution under no trend is exact up to 33 different values and
/// for nearly perfect order; otherwise normal with the variance corrected for ties, and by default with
/// Kendall's continuity correction of one pair.
///
/// *Missing data* is left out; times are ranks. *Complexity*: O(n log n), memory O(n).
///
/// ```
/// use evenkeel_series::trend::MannKendall;
///
/// let leak: Vec<f64> = (0..100u32).map(|t| f64::from(t) * 0.3 + f64::from(t * t % 103)).collect();
/// let answer = MannKendall::new().test(&leak)?;
/// assert!(answer.is_rejected(0.01) && answer.statistic() > 0.1);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct MannKendall {
    continuity: bool,
}

impl Default for MannKendall {
    fn default() -> Self {
        Self::new()
    }
}

/// Up to so many values the distribution is exact.
const EXACT: usize = 33;

impl MannKendall {
    /// With the continuity correction.
    pub const fn new() -> Self {
        Self { continuity: true }
    }

    /// With or without the continuity correction (true by default), as scipy's `kendalltau` is.
    pub const fn continuity(self, corrected: bool) -> Self {
        Self { continuity: corrected }
    }

    /// Tests a series, two-sided.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than 3 observed values, [`Error::Numerical`] if nothing varies.
    pub fn test(&self, values: &[f64]) -> Result<TestResult, Error> {
        let mut y: Vec<f64> = values.iter().filter_map(|x| observed(*x)).map(|x| x + 0.0).collect();
        let count = y.len();
        if count < 3 {
            return Err(Error::TooShort { needed: 3, got: count });
        }
        let n = count as f64;
        let falling = inversions(&mut y);
        let (mut tied, mut variance_of_ties) = (0.0, 0.0);
        // Sorted now.
        for group in y.chunk_by(|a, b| a == b) {
            let t = group.len() as f64;
            tied += 0.5 * t * (t - 1.0);
            variance_of_ties += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        let pairs = 0.5 * n * (n - 1.0);
        if tied >= pairs {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let rising = pairs - tied - falling;
        let score = rising - falling;
        let tau = (score / libm::sqrt(pairs) / libm::sqrt(pairs - tied)).clamp(-1.0, 1.0);
        let rarer = rising.min(falling);
        let p = if tied == 0.0 && (count <= EXACT || rarer <= 1.0) {
            exact(count, rarer as usize, pairs)
        } else {
            let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - variance_of_ties) / 18.0;
            let score = if self.continuity { (score.abs() - 1.0).max(0.0) } else { score.abs() };
            2.0 * Normal::new(0.0, 1.0)?.upper(score / libm::sqrt(variance))
        };
        TestResult::new("Mann-Kendall test", "the series neither rises nor falls", tau, p, count)
    }
}

/// The probability that two-sided as extreme an order comes by chance: permutations with at most so many
/// pairs in the rarer order.
fn exact(count: usize, rarer: usize, pairs: f64) -> f64 {
    if 2.0 * rarer as f64 >= pairs {
        return 1.0;
    }
    let mut counts = vec![0.0; rarer + 1];
    counts[0] = 1.0;
    for size in 2..=count {
        // The next value comes before 0 to size - 1 of the others, each as probable.
        let mut window = 0.0;
        let before = counts.clone();
        for k in 0..=rarer {
            window += before[k];
            if k >= size {
                window -= before[k - size];
            }
            counts[k] = window / size as f64;
        }
    }
    2.0 * counts.iter().sum::<f64>()
}

/// Sorts, and counts the pairs that were in falling order. By merging, O(n log n).
fn inversions(y: &mut [f64]) -> f64 {
    let mut other = y.to_vec();
    let mut falling = 0.0;
    let mut width = 1;
    while width < y.len() {
        for (from, to) in y.chunks(2 * width).zip(other.chunks_mut(2 * width)) {
            let (left, right) = from.split_at(width.min(from.len()));
            let (mut i, mut j) = (0, 0);
            for place in to {
                if j == right.len() || i < left.len() && left[i] <= right[j] {
                    *place = left[i];
                    i += 1;
                } else {
                    falling += (left.len() - i) as f64;
                    *place = right[j];
                    j += 1;
                }
            }
        }
        y.copy_from_slice(&other);
        width *= 2;
    }
    falling
}
