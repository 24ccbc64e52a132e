//! The Mann-Whitney test.

use super::effect_size::sorted;
use super::moments::require_confidence;
use super::pairwise_differences::PairwiseDifferences;
use super::rank_sum::{LARGEST_TOTAL, RankSum};
use alloc::vec::Vec;
use evenkeel_core::{Error, gaussian};
use evenkeel_stats::sequential::Interval;

/// The Mann-Whitney (Wilcoxon rank-sum) test: is a value of one sample more often above one of the other than
/// below it?
///
/// For values of any distribution, outliers and ties included; the first choice for latencies. It is not a
/// test of means or medians. Sizes fixed in advance; see [`arms`](super::arms) for data that are watched as
/// they arrive.
///
/// `U` counts the pairs in which `x` is above `y`, and ties half. The normal approximation has the
/// tie-corrected variance and a continuity correction of 1/2; [`exact`](Self::exact) is the permutation
/// distribution itself, with ties too. The shift is the Hodges-Lehmann estimate, the median of all pairwise
/// differences; its limits are the differences at which the test with that shift changes sides, found exactly
/// in O((n + m) log) time without forming the pairs.
///
/// Source: H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically
/// larger than the other, Ann. Math. Stat. 18 (1947) 50-60, doi:10.1214/aoms/1177730491; J. L. Hodges and E.
/// L. Lehmann, Estimates of location based on rank tests, Ann. Math. Stat. 34 (1963) 598-611,
/// doi:10.1214/aoms/1177704172; N. Cliff, Dominance statistics, Psychol. Bull. 114 (1993) 494-509,
/// doi:10.1037/0033-2909.114.3.494. O(n log n) time, O(n) memory.
///
/// ```
/// use evenkeel_experience::experiment::MannWhitney;
///
/// let canary = [62.9, 57.4, 60.1, 61.4, 58.8, 58.0];
/// let control = [10.8, 8.5, 8.3, 8.6, 8.6, 12.1, 12.5, 9.2];
/// let test = MannWhitney::new(&canary, &control)?;
/// assert!(test.exact()?.two_sided < 0.001);
/// assert_eq!(test.superiority(), 1.0);
/// assert!(test.shift_interval(0.95)?.contains(test.shift()));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct MannWhitney {
    x: Vec<f64>,
    y: Vec<f64>,
    /// Twice the number of pairs with x above y, so that ties are whole.
    doubled_u: u64,
    /// Of U under the null given the ties of both samples together.
    sd: f64,
    /// The same given the ties within each sample alone: what applies to a shift that no pair meets.
    sd_within: f64,
}

/// p-values of an exact test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ExactP {
    /// Against a difference in either direction: twice the smaller of the others, at most 1.
    pub two_sided: f64,
    /// Against the first sample being larger.
    pub greater: f64,
    /// Against the first sample being smaller.
    pub less: f64,
}

impl MannWhitney {
    /// Compares `x` (the treatment, or canary) with `y` (the control).
    ///
    /// # Errors
    /// If a sample is empty or a value is missing.
    pub fn new(x: &[f64], y: &[f64]) -> Result<Self, Error> {
        let (x, y) = (sorted(x)?, sorted(y)?);
        let mut doubled_u = 0_u64;
        let (mut below, mut up_to) = (0, 0);
        for value in &x {
            while below < y.len() && y[below] < *value {
                below += 1;
            }
            up_to = up_to.max(below);
            while up_to < y.len() && y[up_to] <= *value {
                up_to += 1;
            }
            doubled_u += (below + up_to) as u64;
        }
        let mut pooled: Vec<f64> = x.iter().chain(&y).copied().collect();
        pooled.sort_unstable_by(f64::total_cmp);
        let sd = |ties: f64| {
            let (n, m) = (x.len() as f64, y.len() as f64);
            let total = n + m;
            libm::sqrt((n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).max(0.0))
        };
        let (all, within) = (sd(tie_sum(&pooled)), sd(tie_sum(&x) + tie_sum(&y)));
        Ok(Self { doubled_u, sd: all, sd_within: within, x, y })
    }

    fn pairs(&self) -> f64 {
        self.x.len() as f64 * self.y.len() as f64
    }

    /// The number of pairs with `x` above `y`, ties counted half.
    #[must_use]
    pub fn u(&self) -> f64 {
        self.doubled_u as f64 / 2.0
    }

    /// The number of pairs with `y` above `x`, ties counted half.
    #[must_use]
    pub fn u_other(&self) -> f64 {
        self.pairs() - self.u()
    }

    /// The tail of the normal approximation for a count of pairs. 1 where all values are equal.
    fn tail(&self, u: f64) -> f64 {
        if self.sd > 0.0 { gaussian::upper((u - 0.5 * self.pairs() - 0.5) / self.sd) } else { 1.0 }
    }

    /// The p-value against a difference in either direction, by the normal approximation: good from about
    /// eight values a sample on.
    #[must_use]
    pub fn p_two_sided(&self) -> f64 {
        (2.0 * self.tail(self.u().max(self.u_other()))).min(1.0)
    }

    /// The p-value against `x` being larger, by the normal approximation.
    #[must_use]
    pub fn p_greater(&self) -> f64 {
        self.tail(self.u())
    }

    /// The p-value against `x` being smaller, by the normal approximation.
    #[must_use]
    pub fn p_less(&self) -> f64 {
        self.tail(self.u_other())
    }

    /// The p-values of the permutation distribution given the ties that there are.
    ///
    /// # Errors
    /// If both samples together have more than 200 values: the normal approximation is then better than any
    /// use of it needs.
    pub fn exact(&self) -> Result<ExactP, Error> {
        let total = self.x.len() + self.y.len();
        Error::require(total <= LARGEST_TOTAL, "x and y", "at most 200 values together", total)?;
        let mut pooled: Vec<f64> = self.x.iter().chain(&self.y).copied().collect();
        pooled.sort_unstable_by(f64::total_cmp);
        let mut ranks = Vec::with_capacity(total);
        let mut start = 0;
        while start < total {
            let size = pooled[start..].iter().take_while(|x| **x == pooled[start]).count();
            // Twice the mean of the ranks start + 1 to start + size.
            ranks.extend(core::iter::repeat_n(2 * start + size + 1, size));
            start += size;
        }
        // The smaller sample has fewer possible sums; its tails are those of the other, exchanged.
        let rank_sum = |u: u64, n: usize| u as usize + n * (n + 1);
        let (n, m) = (self.x.len(), self.y.len());
        let (less, greater) = if n <= m {
            RankSum::new(&ranks, n).tails(rank_sum(self.doubled_u, n))
        } else {
            let other = 2 * n as u64 * m as u64 - self.doubled_u;
            let (less, greater) = RankSum::new(&ranks, m).tails(rank_sum(other, m));
            (greater, less)
        };
        Ok(ExactP { two_sided: (2.0 * less.min(greater)).min(1.0), greater, less })
    }

    /// The probability that a value of `x` is above one of `y`, ties counted half: Vargha and Delaney's A12,
    /// the common-language effect size. 1/2 is no difference; 0.56, 0.64, 0.71 are called small, medium,
    /// large.
    #[must_use]
    pub fn superiority(&self) -> f64 {
        self.u() / self.pairs()
    }

    /// Cliff's delta, from -1 (all of `x` below) to 1 (all above).
    #[must_use]
    pub fn cliffs_delta(&self) -> f64 {
        2.0 * self.superiority() - 1.0
    }

    /// The Hodges-Lehmann estimate: the median of all differences `x - y`.
    #[must_use]
    pub fn shift(&self) -> f64 {
        PairwiseDifferences::new(&self.x, &self.y).median()
    }

    /// Limits for the shift that hold with about the probability `confidence`: the shifts that the two-sided
    /// test by normal approximation does not reject.
    ///
    /// # Errors
    /// If `confidence` is not in (0, 1).
    pub fn shift_interval(&self, confidence: f64) -> Result<Interval, Error> {
        require_confidence(confidence)?;
        let z = gaussian::upper_quantile(0.5 * (1.0 - confidence));
        let differences = PairwiseDifferences::new(&self.x, &self.y);
        let (pairs, center) = (self.pairs(), 0.5 * self.pairs());
        let margin = 0.5 + z * self.sd_within;
        // The shift d is rejected from below while more than `center + margin` differences exceed it, and
        // from above once no more than `center - margin` do.
        let nth = |exceed: f64| libm::ceil(pairs - exceed).clamp(1.0, pairs) as u64;
        let lower = differences.kth(nth(center + margin));
        let upper = differences.kth(nth(center - margin));
        Interval::new(lower.min(upper), upper)
    }
}

/// The sum of `t^3 - t` over groups of `t` equal values in ascending order.
fn tie_sum(sorted: &[f64]) -> f64 {
    sorted
        .chunk_by(|a, b| a == b)
        .map(|group| {
            let t = group.len() as f64;
            t * t * t - t
        })
        .sum()
}
