//! Shares of events: intervals for one, the comparison of two.

use super::moments::require_confidence;
use evenkeel_core::{Error, gaussian};
use evenkeel_stats::sequential::Interval;
use evenkeel_stats::special::log_beta;

/// How many of a number of trials were events: failed requests, conversions, good ratings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    events: u64,
    trials: u64,
}

impl Proportion {
    /// `events` of `trials`.
    ///
    /// # Errors
    /// If there are no trials, or more events than trials.
    pub fn new(events: u64, trials: u64) -> Result<Self, Error> {
        if trials == 0 {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        Error::require(events <= trials, "events", "at most the number of trials", events)?;
        Ok(Self { events, trials })
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The trials.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// The share of events.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.trials as f64
    }

    /// Wilson's interval: the rates that a score test does not reject. Good at any number of trials and for
    /// rates near 0 and 1, where "estimate plus or minus two standard errors" fails.
    ///
    /// For one look; [`BernoulliSequence`](evenkeel_stats::sequential::BernoulliSequence) holds at all times.
    /// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am.
    /// Stat. Assoc. 22 (1927) 209-212, doi:10.1080/01621459.1927.10502953.
    ///
    /// # Errors
    /// If `confidence` is not in (0, 1).
    ///
    /// ```
    /// use evenkeel_experience::experiment::Proportion;
    ///
    /// // Nine of ten ratings were good: that can still be a share of 60 %.
    /// let limits = Proportion::new(9, 10)?.wilson(0.95)?;
    /// assert!((limits.lower() - 0.5958).abs() < 1e-4 && (limits.upper() - 0.9821).abs() < 1e-4);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn wilson(&self, confidence: f64) -> Result<Interval, Error> {
        require_confidence(confidence)?;
        let z = gaussian::upper_quantile(0.5 * (1.0 - confidence));
        let (n, p) = (self.trials as f64, self.rate());
        let square = z * z / n;
        let center = (p + 0.5 * square) / (1.0 + square);
        let half = z / (1.0 + square) * libm::sqrt(p * (1.0 - p) / n + 0.25 * square / n);
        // At the ends the roots of the score equation are exactly 0 and 1.
        let lower = if self.events == 0 { 0.0 } else { (center - half).max(0.0) };
        let upper = if self.events == self.trials { 1.0 } else { (center + half).min(1.0) };
        Interval::new(lower, upper)
    }
}

/// The comparison of two shares: Fisher's exact test and an interval for their difference.
///
/// For counts looked at once; [`RateComparison`](super::RateComparison) may be watched. The test conditions
/// on all margins of the two-by-two table, so it is valid for any counts; the two-sided p-value sums the
/// tables that are no more likely than the one seen. The interval is Newcombe's: the ends of both Wilson
/// intervals, combined as if independent. Source: R. A. Fisher, Statistical Methods for Research Workers (5th
/// ed. 1934); R. G. Newcombe, Interval estimation for the difference between independent proportions, Stat.
/// Med. 17 (1998) 873-890, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10.
/// O(events) time.
///
/// ```
/// use evenkeel_experience::experiment::{FisherExact, Proportion};
///
/// let test = FisherExact::new(Proportion::new(8, 10)?, Proportion::new(1, 6)?)?;
/// assert!((test.p_two_sided() - 0.034_965_034_965).abs() < 1e-9);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct FisherExact {
    x: Proportion,
    y: Proportion,
    less: f64,
    greater: f64,
    two_sided: f64,
}

/// The most tables that are summed.
const MOST_TABLES: u64 = 10_000_000;

impl FisherExact {
    /// Compares `x` (the treatment, or canary) with `y` (the control).
    ///
    /// # Errors
    /// If the smaller margin of the table exceeds ten million, or the trials together 2^53.
    pub fn new(x: Proportion, y: Proportion) -> Result<Self, Error> {
        let (n, m) = (x.trials, y.trials);
        let all = n.saturating_add(m);
        Error::require(all <= 1 << 53, "trials", "at most 2^53 together", all)?;
        let events = x.events + y.events;
        let (first, last) = (events.saturating_sub(m), events.min(n));
        Error::require(last - first <= MOST_TABLES, "events", "few enough for ten million tables", events)?;
        // From the table seen outwards by ratios of neighbors, so that nothing is lost to logarithms of huge
        // factorials: weights relative to the table seen.
        let ratio_up = |k: u64| {
            let (k, n, m, e) = (k as f64, n as f64, m as f64, events as f64);
            (n - k) / (k + 1.0) * ((e - k) / (m - e + k + 1.0))
        };
        let tolerance = 1.0 + 1e-7;
        let (mut above, mut below, mut as_unlikely) = (0.0, 0.0, 1.0);
        let mut weight = 1.0;
        for k in x.events..last {
            weight *= ratio_up(k);
            above += weight;
            as_unlikely += if weight <= tolerance { weight } else { 0.0 };
        }
        weight = 1.0;
        for k in (first..x.events).rev() {
            weight /= ratio_up(k);
            below += weight;
            as_unlikely += if weight <= tolerance { weight } else { 0.0 };
        }
        let total = above + below + 1.0;
        if total.is_finite() {
            let p = |tail: f64| (tail / total).min(1.0);
            return Ok(Self {
                x,
                y,
                less: p(below + 1.0),
                greater: p(above + 1.0),
                two_sided: p(as_unlikely),
            });
        }
        // The table seen is so unlikely that weights relative to it overflow: its tail is its probability
        // times a sum that stays finite on its own side.
        let seen = libm::exp(log_choose(n, x.events) + log_choose(m, y.events) - log_choose(all, events));
        let is_high = x.rate() > y.rate();
        let tail = (seen * if is_high { above + 1.0 } else { below + 1.0 }).min(1.0);
        let (less, greater) = if is_high { (1.0, tail) } else { (tail, 1.0) };
        Ok(Self { x, y, less, greater, two_sided: (2.0 * tail).min(1.0) })
    }

    /// The p-value against a difference in either direction.
    #[must_use]
    pub fn p_two_sided(&self) -> f64 {
        self.two_sided
    }

    /// The p-value against the rate of `x` being higher.
    #[must_use]
    pub fn p_greater(&self) -> f64 {
        self.greater
    }

    /// The p-value against the rate of `x` being lower.
    #[must_use]
    pub fn p_less(&self) -> f64 {
        self.less
    }

    /// The rate of `x` minus that of `y`.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.x.rate() - self.y.rate()
    }

    /// Newcombe's limits for the difference in rates.
    ///
    /// # Errors
    /// If `confidence` is not in (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, Error> {
        let (x, y) = (self.x.wilson(confidence)?, self.y.wilson(confidence)?);
        let (p, q) = (self.x.rate(), self.y.rate());
        let below = libm::hypot(p - x.lower(), y.upper() - q);
        let above = libm::hypot(x.upper() - p, q - y.lower());
        Interval::new((p - q - below).max(-1.0), (p - q + above).min(1.0))
    }
}

/// `ln (n choose k)`.
fn log_choose(n: u64, k: u64) -> f64 {
    let (n, k) = (n as f64, k as f64);
    -libm::log(n + 1.0) - log_beta(n - k + 1.0, k + 1.0)
}
