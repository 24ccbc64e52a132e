//! Indicators: from what services export to good and bad events.

use super::events::Events;
use evenkeel_core::{Error, Stage};

/// Two cumulative counters of a service, as read at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Counters {
    /// Valid events since the service started.
    pub valid: u64,
    /// Bad ones among them.
    pub bad: u64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Counters);

evenkeel_core::state! {
    /// Turns cumulative counters into the events between two readings.
    ///
    /// A counter that is lower than before was reset: what it has counted since is the increase. The first
    /// reading gives nothing, since when its events happened is unknown. Readings with more bad than valid
    /// events, or an increase of that kind, are counted as [inconsistent](Self::inconsistent) and give
    /// nothing. O(1), 40 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::slo::{CounterIncrease, Counters, Events};
    ///
    /// let mut increase = CounterIncrease::new();
    /// assert_eq!(increase.update(Counters { valid: 1000, bad: 10 }), None);
    /// assert_eq!(increase.update(Counters { valid: 1500, bad: 12 }), Some(Events::new(498, 2)));
    /// // Restarted.
    /// assert_eq!(increase.update(Counters { valid: 20, bad: 1 }), Some(Events::new(19, 1)));
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct CounterIncrease("CounterIncrease@1") {
        before: Option<Counters>,
        resets: u64,
        inconsistent: u64,
    }
}

impl CounterIncrease {
    /// Before the first reading.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let holds = self.before.is_none_or(|before| before.bad <= before.valid);
        Error::require(holds, "bad", "at most the valid events", "more")
    }

    /// How many resets there were.
    #[must_use]
    pub fn resets(&self) -> u64 {
        self.resets
    }

    /// How many readings or increases had more bad than valid events.
    #[must_use]
    pub fn inconsistent(&self) -> u64 {
        self.inconsistent
    }
}

impl Stage<Counters> for CounterIncrease {
    type Output = Events;

    fn update(&mut self, now: Counters) -> Option<Events> {
        if now.bad > now.valid {
            self.inconsistent = self.inconsistent.saturating_add(1);
            return None;
        }
        let before = self.before.replace(now)?;
        let is_reset = now.valid < before.valid || now.bad < before.bad;
        let (valid, bad) = if is_reset {
            self.resets = self.resets.saturating_add(1);
            (now.valid, now.bad)
        } else {
            (now.valid - before.valid, now.bad - before.bad)
        };
        if bad > valid {
            self.inconsistent = self.inconsistent.saturating_add(1);
            return None;
        }
        Some(Events::new(valid - bad, bad))
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Good events of a latency histogram: those at most as slow as `threshold`.
///
/// `bounds` are the upper bounds of the buckets in ascending order, the last of them infinite or not;
/// `cumulative` how many events were at or below each. The threshold has to be one of the bounds (within
/// 1e-9 of it relative, so that `0.1` and `1e-1` from different programs meet): between two bounds the number
/// is unknown, and interpolating it makes an objective that nobody can check. `valid` is the count of all
/// events, which the last bucket does not hold if it is not infinite.
///
/// # Errors
/// If the two slices differ in length or are empty, `bounds` do not rise, `cumulative` falls or exceeds
/// `valid`, or `threshold` is not one of the finite bounds.
///
/// ```
/// use evenkeel_experience::slo::{Events, events_of_histogram};
///
/// let bounds = [0.1, 0.25, 0.5, f64::INFINITY];
/// let events = events_of_histogram(&bounds, &[800, 950, 990, 1000], 1000, 0.25)?;
/// assert_eq!(events, Events::new(950, 50));
/// assert!(events_of_histogram(&bounds, &[800, 950, 990, 1000], 1000, 0.3).is_err());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn events_of_histogram(
    bounds: &[f64],
    cumulative: &[u64],
    valid: u64,
    threshold: f64,
) -> Result<Events, Error> {
    if bounds.len() != cumulative.len() {
        return Err(Error::Shape { what: "cumulative", expected: bounds.len(), found: cumulative.len() });
    }
    if bounds.is_empty() {
        return Err(Error::TooShort { needed: 1, got: 0 });
    }
    Error::require(threshold.is_finite(), "threshold", "finite", threshold)?;
    let rise = bounds.windows(2).all(|pair| pair[0] < pair[1]) && !bounds[0].is_nan();
    Error::require(rise, "bounds", "rising", "not")?;
    let fall = cumulative.windows(2).find(|pair| pair[0] > pair[1]);
    Error::require(fall.is_none(), "cumulative", "not falling", "falling")?;
    let largest = cumulative[cumulative.len() - 1];
    Error::require(largest <= valid, "cumulative", "at most the valid events", largest)?;
    let is_at = |bound: &f64| *bound == threshold || (bound - threshold).abs() <= 1e-9 * threshold.abs();
    match bounds.iter().position(is_at) {
        Some(at) => Ok(Events::new(cumulative[at], valid - cumulative[at])),
        None => Err(Error::parameter("threshold", "a bound of the histogram", threshold)),
    }
}
