//! The exact distribution of a rank sum.

use alloc::vec;
use alloc::vec::Vec;

/// The most values, both samples together, for which the exact distribution is computed: the work grows with
/// the fourth power of it, below a second here.
pub(crate) const LARGEST_TOTAL: usize = 200;

/// The distribution of the sum of the ranks of the first sample when all assignments of the pooled ranks are
/// equally likely. Ranks are doubled, so that those of ties are whole.
///
/// The shift algorithm: B. Streitberg and J. Röhmel, Exact distributions for permutation and rank tests,
/// Stat. Softw. Newsl. 12 (1986) 10-18. All terms are positive, so nothing cancels.
#[derive(Debug)]
pub(crate) struct RankSum {
    /// Weights of the sums from 0 on, and their total.
    weights: Vec<f64>,
    total: f64,
}

impl RankSum {
    /// Of `chosen` ranks out of the doubled `ranks`.
    pub(crate) fn new(ranks: &[usize], chosen: usize) -> Self {
        let largest: usize = {
            let mut sorted = ranks.to_vec();
            sorted.sort_unstable();
            sorted.iter().rev().take(chosen).sum()
        };
        let width = largest + 1;
        // Row k: in how many ways k ranks have each sum.
        let mut ways = vec![0.0_f64; (chosen + 1) * width];
        ways[0] = 1.0;
        for (seen, rank) in ranks.iter().enumerate() {
            for k in (1..=chosen.min(seen + 1)).rev() {
                let (fewer, more) = ways.split_at_mut(k * width);
                let fewer = &fewer[(k - 1) * width..];
                for sum in *rank..width {
                    more[sum] += fewer[sum - rank];
                }
            }
        }
        let weights = ways[chosen * width..].to_vec();
        let total = weights.iter().sum();
        Self { weights, total }
    }

    /// P(sum <= s) and P(sum >= s).
    pub(crate) fn tails(&self, s: usize) -> (f64, f64) {
        let lower: f64 = self.weights.iter().take(s + 1).sum();
        let upper: f64 = self.weights.iter().skip(s).sum();
        ((lower / self.total).min(1.0), (upper / self.total).min(1.0))
    }
}
