//! Upper confidence bounds of a mean.

use crate::scalar_search::brent_root;
use evenkeel_core::Error;

fn validate(pulls: u64, mean: f64, all: u64) -> Result<(), Error> {
    Error::require(pulls > 0, "pulls", "at least 1", pulls)?;
    Error::require((0.0..=1.0).contains(&mean), "mean", "in [0, 1]", mean)?;
    Error::require(all >= pulls, "all", "at least the pulls of the arm", all)
}

/// The index of UCB1 for an arm whose rewards in [0, 1] had this mean over so many pulls, of `all` pulls of
/// any arm: the arm with the largest is taken next.
///
/// Source: P. Auer, N. Cesa-Bianchi, P. Fischer, Finite-time analysis of the multiarmed bandit problem,
/// Machine Learning 47 (2002) 235-256, doi:10.1023/A:1013689704352. O(1).
///
/// # Errors
/// If the arm was not pulled yet (it comes first), the mean is not in [0, 1], or `all` is less than `pulls`.
pub fn ucb1(pulls: u64, mean: f64, all: u64) -> Result<f64, Error> {
    validate(pulls, mean, all)?;
    Ok(mean + libm::sqrt(2.0 * libm::log(all as f64) / pulls as f64))
}

/// The index of KL-UCB: the largest rate that is not too improbable after what was seen, by the
/// Kullback-Leibler divergence of two coins and the threshold `ln(all)`; at most 1.
///
/// Tighter than [`ucb1`]. Source: A. Garivier, O. Cappé, The KL-UCB algorithm for bounded stochastic bandits
/// and beyond (COLT 2011), arXiv:1102.2490, with c = 0. O(1): a root by Brent's method.
///
/// ```
/// use evenkeel_stats::bandit::{kl_ucb, ucb1};
///
/// // 40 of 65 pulls of an arm succeeded, of 100 in all.
/// let (wide, tight) = (ucb1(65, 40.0 / 65.0, 100)?, kl_ucb(65, 40.0 / 65.0, 100)?);
/// assert!(tight < wide && (tight - 0.7819).abs() < 1e-4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// As [`ucb1`].
pub fn kl_ucb(pulls: u64, mean: f64, all: u64) -> Result<f64, Error> {
    validate(pulls, mean, all)?;
    let threshold = libm::log(all as f64) / pulls as f64;
    // In the logarithm of 1 - q, so that bounds next to 1 keep their digits.
    let excess = |log_rest: f64| {
        let rest = libm::exp(log_rest);
        let q = -libm::expm1(log_rest);
        let first = if mean > 0.0 { mean * libm::log(mean / q) } else { 0.0 };
        let second = if mean < 1.0 { (1.0 - mean) * (libm::log1p(-mean) - libm::log(rest)) } else { 0.0 };
        first + second - threshold
    };
    if mean == 1.0 || threshold == 0.0 {
        return Ok(mean);
    }
    let low = -700.0;
    // As far as floats go the bound is 1.
    if excess(low) < 0.0 {
        return Ok(1.0);
    }
    let root = brent_root(low, libm::log1p(-mean), excess);
    Ok((-libm::expm1(root)).clamp(mean, 1.0))
}
