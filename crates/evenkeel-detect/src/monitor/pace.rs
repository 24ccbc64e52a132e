//! The pace of a series: how long it usually is from one value to the next.

use core::time::Duration;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// From so many intervals the pace is taken.
const FIRST: usize = 16;
/// It is regular if so many of them are within a fifth of the median.
const ALIKE: usize = 13;
/// After so many values it is looked at again.
const AGAIN: u32 = 1_024;

evenkeel_core::state! {
    /// The usual interval between values, given or found in the first 16 and looked at again every 1,024.
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Pace("Pace@1") {
        given: Option<Duration>,
        usual: Option<Duration>,
        is_regular: bool,
        /// The last intervals; a ring.
        intervals: [Duration; FIRST],
        seen: u32,
    }
}

impl Pace {
    pub(super) fn new(given: Option<Duration>) -> Self {
        Self { given, usual: given, is_regular: given.is_some(), intervals: [Duration::ZERO; FIRST], seen: 0 }
    }

    /// The usual interval, once it is known.
    pub(super) fn usual(&self) -> Option<Duration> {
        self.usual
    }

    /// Takes an interval; whether the usual one has changed.
    pub(super) fn learn(&mut self, interval: Duration) -> bool {
        if self.given.is_some() {
            return false;
        }
        self.intervals[self.seen as usize % FIRST] = interval;
        self.seen += 1;
        let again = if self.usual.is_none() { FIRST as u32 } else { AGAIN };
        if self.seen < again {
            return false;
        }
        self.seen = 0;
        let mut sorted = self.intervals;
        sorted.sort_unstable();
        let median = sorted[FIRST / 2];
        let near = |other: Duration| {
            let ratio = other.as_secs_f64() / median.as_secs_f64();
            (0.8..=1.25).contains(&ratio)
        };
        self.is_regular = self.intervals.iter().filter(|interval| near(**interval)).count() >= ALIKE;
        if self.usual.is_some_and(near) {
            return false;
        }
        self.usual = Some(median);
        true
    }

    /// How many values are missing within an interval of a regular series.
    pub(super) fn missing(&self, interval: Duration) -> u64 {
        let Some(usual) = self.usual.filter(|usual| self.is_regular && !usual.is_zero()) else { return 0 };
        let steps = libm::round(interval.as_secs_f64() / usual.as_secs_f64());
        // A float above the largest integer becomes that.
        (steps as u64).saturating_sub(1)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let given = self.given.is_none_or(|given| self.usual == Some(given));
        Error::require(given, "usual", "the one that is given", format_args!("{:?}", self.usual))?;
        Error::require(self.seen < AGAIN, "seen", "less than 1,024", self.seen)
    }
}
