//! Many metrics at once: which of them to believe.
//!
//! An experiment that looks at forty metrics finds two "significant" ones by chance. These rules keep either
//! the share of false discoveries ([`benjamini_hochberg`] and its relatives) or the probability of any
//! ([`holm`]) below a stated level.
//!
//! | rule | holds | for |
//! | --- | --- | --- |
//! | [`benjamini_hochberg`] | false discovery rate | p-values that are independent or positively dependent |
//! | [`benjamini_yekutieli`] | false discovery rate | any dependence |
//! | [`e_benjamini_hochberg`] | false discovery rate | e-values of any dependence, read at any time |
//! | [`holm`] | probability of any false discovery | any dependence |
//!
//! All of them are O(n log n).

use super::moments::require_alpha;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

fn require_p_values(p: &[f64]) -> Result<(), Error> {
    match p.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        Some(wrong) => Err(Error::parameter("p", "in [0, 1]", wrong)),
        None => Ok(()),
    }
}

/// The indices in ascending order of the values; equal ones in the order they have.
fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}

/// Step-up adjustment: from the largest p-value down, `min(p_(i) n c / i)`.
fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let n = p.len() as f64;
    let mut adjusted = vec![1.0; p.len()];
    let mut smallest = 1.0_f64;
    for (rank, at) in ascending(p).into_iter().enumerate().rev() {
        smallest = smallest.min(p[at] * (n * factor / (rank as f64 + 1.0)));
        adjusted[at] = smallest;
    }
    adjusted
}

/// Adjusted p-values of Benjamini and Hochberg: rejecting those at or below `q` keeps the false discovery
/// rate at `q`, if the p-values are independent or positively dependent.
///
/// Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1995)
/// 289-300, doi:10.1111/j.2517-6161.1995.tb02031.x.
///
/// # Errors
/// If a p-value is not in [0, 1].
///
/// ```
/// use evenkeel_experience::experiment::false_discovery::benjamini_hochberg;
///
/// let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5])?;
/// assert!((adjusted[0] - 0.04).abs() < 1e-12 && (adjusted[1] - 0.16 / 3.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, Error> {
    require_p_values(p)?;
    Ok(step_up(p, 1.0))
}

/// Adjusted p-values of Benjamini and Yekutieli: as [`benjamini_hochberg`], under any dependence, for a
/// factor of about `ln n`.
///
/// Source: Y. Benjamini and D. Yekutieli, The control of the false discovery rate in multiple testing under
/// dependency, Ann. Stat. 29 (2001) 1165-1188, doi:10.1214/aos/1013699998.
///
/// # Errors
/// If a p-value is not in [0, 1].
pub fn benjamini_yekutieli(p: &[f64]) -> Result<Vec<f64>, Error> {
    require_p_values(p)?;
    Ok(step_up(p, (1..=p.len()).map(|i| 1.0 / i as f64).sum()))
}

/// Adjusted p-values of Holm: rejecting those at or below `alpha` makes any false discovery with probability
/// at most `alpha`, under any dependence. Never worse than Bonferroni's.
///
/// Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6 (1979) 65-70.
///
/// # Errors
/// If a p-value is not in [0, 1].
pub fn holm(p: &[f64]) -> Result<Vec<f64>, Error> {
    require_p_values(p)?;
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, at) in ascending(p).into_iter().enumerate() {
        largest = largest.max(p[at] * (p.len() - rank) as f64).min(1.0);
        adjusted[at] = largest;
    }
    Ok(adjusted)
}

/// Which hypotheses to reject, given their e-values, with a false discovery rate of at most `alpha` under any
/// dependence: the largest `k` of them with the `k`-th largest at least `n / (alpha k)`.
///
/// The rule for experiments that are watched: the e-values of
/// [`evenkeel_stats::sequential`] may be read at any time, and at different times.
/// Source: R. Wang and A. Ramdas, False discovery rate control with e-values, J. R. Stat. Soc. B 84 (2022)
/// 822-852, doi:10.1111/rssb.12489. Takes natural logarithms, since e-values soon leave the range of floats.
///
/// # Errors
/// If `alpha` is not in (0, 1) or a logarithm is NaN.
///
/// ```
/// use evenkeel_experience::experiment::false_discovery::e_benjamini_hochberg;
///
/// let log_e = [200.0_f64.ln(), 3.0, 0.0, -2.0];
/// assert_eq!(e_benjamini_hochberg(&log_e, 0.05)?, [true, false, false, false]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn e_benjamini_hochberg(log_e: &[f64], alpha: f64) -> Result<Vec<bool>, Error> {
    require_alpha(alpha)?;
    if let Some(at) = log_e.iter().position(|e| e.is_nan()) {
        return Err(Error::Missing { at });
    }
    let order = ascending(log_e);
    let n = log_e.len();
    let enough = |k: usize| log_e[order[n - k]] >= libm::log(n as f64 / alpha / k as f64);
    let rejected = (1..=n).rev().find(|k| enough(*k)).unwrap_or(0);
    let mut reject = vec![false; n];
    order.iter().rev().take(rejected).for_each(|at| reject[*at] = true);
    Ok(reject)
}
