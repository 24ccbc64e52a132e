//! When an error budget will be gone.

use super::events::Events;
use super::objective::Objective;
use crate::experiment::moments::require_confidence;
use core::time::Duration;
use evenkeel_core::Error;
use evenkeel_stats::Beta;

/// The time until a budget is spent, if it goes on as lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Exhaustion {
    /// It takes longer with probability `(1 + confidence) / 2`.
    pub earliest: Duration,
    /// It takes longer with probability 1/2.
    pub median: Duration,
    /// It takes longer with probability `(1 - confidence) / 2`. [`Duration::MAX`] where that is more than 500
    /// years.
    pub latest: Duration,
}

/// Forecasts when the rest of an error budget is spent.
///
/// The budget is what the objective allows of `expected_valid` events, those of the whole period; `spent`
/// what the period has had so far. Lately, `recent` events came in `over`. Errors are taken as a Poisson
/// process whose rate is known from the recent ones only, with Jeffreys' prior: the time until `m` more of
/// them, when `k` came in `T`, is distributed as `T x / (1 - x)` with `x` from a beta distribution with the
/// parameters `m` and `k + 1/2`. So the limits are wide after few errors, and say both how uncertain the rate
/// is and how the errors come. Errors in bursts make them too narrow; for a rolling period, from which old
/// errors leave, the forecast is the pessimistic one. Source: J. Aitchison and I. R. Dunsmore, Statistical
/// Prediction Analysis (1975), 2.3. Zero where the budget is spent already. O(1).
///
/// # Errors
/// If `recent` has no events (nothing is known then), `over` is zero, or `confidence` is not in (0, 1).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_experience::slo::{Events, exhaustion};
///
/// // 99.9 % of 10 million events a month allow 10,000 errors; 4,000 are spent, and lately 50 come an hour.
/// let hour = Duration::from_secs(3600);
/// let gone = exhaustion("99.9%".parse()?, 10_000_000, Events::new(2_996_000, 4_000), Events::new(13_950, 50), hour, 0.9)?;
/// assert!(gone.earliest < 120 * hour && gone.latest > 120 * hour);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn exhaustion(
    objective: Objective,
    expected_valid: u64,
    spent: Events,
    recent: Events,
    over: Duration,
    confidence: f64,
) -> Result<Exhaustion, Error> {
    require_confidence(confidence)?;
    Error::require(over > Duration::ZERO, "over", "above 0", 0)?;
    if recent.valid() == 0 {
        return Err(Error::TooShort { needed: 1, got: 0 });
    }
    let left = objective.allowed(expected_valid) - spent.bad as f64;
    if left < 0.0 {
        let gone = Duration::ZERO;
        return Ok(Exhaustion { earliest: gone, median: gone, latest: gone });
    }
    // The budget is exceeded by the first error that it does not allow.
    let more = libm::floor(left) + 1.0;
    let shares = Beta::new(more, recent.bad as f64 + 0.5)?;
    let time = |below: f64| {
        // Of both tails, so that neither x nor 1 - x loses its digits.
        let x = shares.lower_quantile(below);
        let rest =
            Beta::new(recent.bad as f64 + 0.5, more).map_or(1.0 - x, |rest| rest.upper_quantile(below));
        let seconds = over.as_secs_f64() * (x / rest);
        if seconds < 500.0 * 365.25 * 86_400.0 { Duration::from_secs_f64(seconds) } else { Duration::MAX }
    };
    let tail = 0.5 * (1.0 - confidence);
    Ok(Exhaustion { earliest: time(tail), median: time(0.5), latest: time(1.0 - tail) })
}
