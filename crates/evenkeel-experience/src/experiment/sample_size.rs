//! How many observations an experiment needs, and what it can find with those it has.

use super::gauss_legendre::nodes;
use super::moments::require_alpha;
use evenkeel_core::{Error, gaussian};
use evenkeel_stats::StudentT;
use evenkeel_stats::scalar_search::brent_root;
use evenkeel_stats::special::log_gamma;

/// The most observations an arm that are looked for.
const MOST: f64 = 1e12;

fn require_power(power: f64, alpha: f64) -> Result<(), Error> {
    Error::require(power > alpha && power < 1.0, "power", "above alpha and below 1", power)
}

/// The power of a two-sided t-test for a difference between two means, of values with the same standard
/// deviation: how often a difference of `effect` is found at level `alpha`.
///
/// `effect` is in standard deviations (Cohen's d). Exact for normal values: the noncentral t distribution,
/// integrated over the distribution of the estimated standard deviation. Source: J. Cohen, Statistical Power
/// Analysis for the Behavioral Sciences (2nd ed. 1988), 2.4. Some microseconds.
///
/// # Errors
/// If an arm has fewer than two observations, `effect` is not in [-1e3, 1e3], or `alpha` not in (0, 1).
///
/// ```
/// use evenkeel_experience::experiment::sample_size::means_power;
///
/// assert!((means_power(64.0, 64.0, 0.5, 0.05)? - 0.801_46).abs() < 1e-5);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn means_power(treatment: f64, control: f64, effect: f64, alpha: f64) -> Result<f64, Error> {
    require_alpha(alpha)?;
    for (name, n) in [("treatment", treatment), ("control", control)] {
        Error::require((2.0..=MOST).contains(&n), name, "in [2, 1e12]", n)?;
    }
    Error::require(effect.abs() <= 1e3, "effect", "in [-1000, 1000]", effect)?;
    let dof = treatment + control - 2.0;
    let critical = StudentT::standard(dof)?.upper_quantile(0.5 * alpha);
    let shift = effect.abs() / libm::sqrt(1.0 / treatment + 1.0 / control);
    let beyond = |s: f64| gaussian::upper(critical * s - shift) + gaussian::lower(-critical * s - shift);
    // The estimated standard deviation over the true one; its spread is about 1 / sqrt(2 dof).
    let spread = 1.0 / libm::sqrt(2.0 * dof);
    if spread < 1e-5 {
        return Ok(beyond(1.0).min(1.0));
    }
    let half = 0.5 * dof;
    let log_constant = core::f64::consts::LN_2 + half * libm::log(half) - log_gamma(half);
    let density = |s: f64| libm::exp(log_constant + (dof - 1.0) * libm::log(s) - half * s * s);
    let (low, high) = ((1.0 - 10.0 * spread).max(0.0), 1.0 + 10.0 * spread);
    let parts = nodes(low, high, spread);
    Ok(parts.into_iter().map(|(s, weight)| weight * density(s) * beyond(s)).sum::<f64>().min(1.0))
}

/// The smallest number of observations of each of two equal arms with which [`means_power`] is at least
/// `power`.
///
/// # Errors
/// If `effect` is 0, not in [-1e3, 1e3] or so small that more than 1e12 would be needed, `alpha` is not in
/// (0, 1), or `power` not between it and 1.
///
/// ```
/// use evenkeel_experience::experiment::sample_size::means_per_arm;
///
/// assert_eq!(means_per_arm(0.5, 0.05, 0.8)?, 64);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn means_per_arm(effect: f64, alpha: f64, power: f64) -> Result<u64, Error> {
    require_alpha(alpha)?;
    require_power(power, alpha)?;
    smallest(|n| means_power(n, n, effect, alpha), power)
}

/// The smallest n from 2 on with at least this power, which rises with n.
fn smallest(power_of: impl Fn(f64) -> Result<f64, Error>, power: f64) -> Result<u64, Error> {
    let mut high = 2_u64;
    while power_of(high as f64)? < power {
        high *= 2;
        Error::require(
            high as f64 <= MOST,
            "effect",
            "large enough for 1e12 observations an arm",
            "smaller",
        )?;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if power_of(middle as f64)? < power {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// The difference in means, in standard deviations, that two arms of these sizes find with this power.
///
/// # Errors
/// As [`means_power`], and if `power` is not between `alpha` and 1.
pub fn smallest_detectable_effect(
    treatment: f64,
    control: f64,
    alpha: f64,
    power: f64,
) -> Result<f64, Error> {
    require_power(power, alpha)?;
    means_power(treatment, control, 0.0, alpha)?;
    let missing = |effect: f64| means_power(treatment, control, effect, alpha).unwrap_or(0.0) - power;
    Ok(brent_root(0.0, 1e3, missing))
}

/// The power of the two-sided z-test for a difference between two rates with `n` observations an arm, by
/// normal approximation: the pooled variance under the null, the separate ones under the alternative.
///
/// Good where both arms expect ten events and ten others. Source: J. L. Fleiss, B. Levin and M. C. Paik,
/// Statistical Methods for Rates and Proportions (3rd ed. 2003), 4.2, doi:10.1002/0471445428.
///
/// # Errors
/// If `n` is not in [1, 1e12], a rate not in (0, 1), or `alpha` not in (0, 1).
pub fn rates_power(n: f64, control: f64, treatment: f64, alpha: f64) -> Result<f64, Error> {
    require_alpha(alpha)?;
    Error::require((1.0..=MOST).contains(&n), "n", "in [1, 1e12]", n)?;
    for (name, rate) in [("control", control), ("treatment", treatment)] {
        Error::require(rate > 0.0 && rate < 1.0, name, "in (0, 1)", rate)?;
    }
    let mean = 0.5 * (control + treatment);
    let under_null = libm::sqrt(2.0 * mean * (1.0 - mean));
    let under_alternative = libm::sqrt(control * (1.0 - control) + treatment * (1.0 - treatment));
    let critical = gaussian::upper_quantile(0.5 * alpha) * under_null;
    let shift = (treatment - control).abs() * libm::sqrt(n);
    let above = gaussian::upper((critical - shift) / under_alternative);
    Ok((above + gaussian::lower((-critical - shift) / under_alternative)).min(1.0))
}

/// The smallest number of observations of each of two equal arms with which [`rates_power`] is at least
/// `power`.
///
/// # Errors
/// As [`rates_power`]; if the rates are equal or so close that more than 1e12 would be needed; if `power` is
/// not between `alpha` and 1.
///
/// ```
/// use evenkeel_experience::experiment::sample_size::rates_per_arm;
///
/// assert_eq!(rates_per_arm(0.10, 0.12, 0.05, 0.8)?, 3841);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn rates_per_arm(control: f64, treatment: f64, alpha: f64, power: f64) -> Result<u64, Error> {
    require_alpha(alpha)?;
    require_power(power, alpha)?;
    smallest(|n| rates_power(n, control, treatment, alpha), power)
}
