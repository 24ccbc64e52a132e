//! Slices of time as what a budget counts.

use super::events::Events;
use super::objective::Decimal;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Watermark};

evenkeel_core::state! {
    /// Turns events into slices of time, good and bad ones, so that a minute with little traffic weighs as
    /// much as one with a lot.
    ///
    /// With a [target](Self::new), a slice counts as one good event if at least that share of its events was
    /// good, else as a bad one; compared exactly. Without ([`ratios`](Self::ratios)), it counts as a million
    /// events, of which as many are bad as its share of bad ones says, rounded to the nearest, so that a
    /// budget over slices is over the mean of their ratios. A slice without events is neither good nor bad
    /// and counts nothing. These are the methods `Timeslices` and `RatioTimeslices` of OpenSLO v1.
    ///
    /// Slices begin at multiples of their length since the epoch. The output is that of all slices which
    /// ended with the observation: nothing while one goes on. Late events count in the present slice; times
    /// that jump are judged by a [`Watermark`]. O(1), no allocation, 150 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_experience::slo::{Events, TimeSlices};
    ///
    /// let mut slices = TimeSlices::new(Duration::from_secs(60), 0.95)?;
    /// let second = |s: i64, events| At::new(Timestamp::from_seconds(s), events);
    /// assert_eq!(slices.update(second(10, Events::new(94, 6))), Some(Events::NONE));
    /// // The minute is over: it was a bad one.
    /// assert_eq!(slices.update(second(70, Events::new(5, 0))), Some(Events::new(0, 1)));
    /// assert_eq!(slices.update(second(130, Events::NONE)), Some(Events::new(1, 0)));
    /// assert_eq!(slices.update(second(190, Events::NONE)), Some(Events::NONE));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct TimeSlices("TimeSlices@1") {
        length: Duration,
        /// The numerator and the denominator of the target.
        target: Option<(u64, u64)>,
        clock: Watermark,
        /// The number of the present slice since the epoch.
        slice: Option<i64>,
        events: Events,
    }
}

/// How many events a slice is where ratios are averaged.
const PARTS: u64 = 1_000_000;

impl TimeSlices {
    /// Good slices are those of whose events at least the share `target` is good, taken as the shortest
    /// decimal that reads back as it.
    ///
    /// # Errors
    /// If `target` is not in (0, 1] or has more than nine decimal places, or `length` is not from a second
    /// to a day.
    pub fn new(length: Duration, target: f64) -> Result<Self, Error> {
        let must = "in (0, 1], with at most nine decimal places";
        let decimal = Decimal::of(target, 9).ok_or_else(|| Error::parameter("target", must, target))?;
        Self::of(length, Some((decimal.numerator, decimal.denominator)))
    }

    /// Slices count by the share of their events that was good.
    ///
    /// # Errors
    /// If `length` is not from a second to a day.
    pub fn ratios(length: Duration) -> Result<Self, Error> {
        Self::of(length, None)
    }

    fn of(length: Duration, target: Option<(u64, u64)>) -> Result<Self, Error> {
        let slices = Self { length, target, clock: Watermark::default(), slice: None, events: Events::NONE };
        slices.validate()?;
        Ok(slices)
    }

    fn validate(&self) -> Result<(), Error> {
        let in_range = self.length >= Duration::from_secs(1) && self.length <= Duration::from_secs(86_400);
        Error::require(in_range, "length", "from a second to a day", self.length.as_secs_f64())?;
        if let Some((numerator, denominator)) = self.target {
            let share = numerator > 0 && numerator <= denominator && denominator <= 1_000_000_000;
            let must = "in (0, 1], with at most nine decimal places";
            Error::require(share, "target", must, numerator)?;
        }
        Ok(())
    }

    fn close(&mut self) -> Events {
        let events = core::mem::take(&mut self.events);
        let valid = u128::from(events.good) + u128::from(events.bad);
        if valid == 0 {
            return Events::NONE;
        }
        match self.target {
            Some((numerator, denominator)) => {
                let is_good =
                    u128::from(events.good) * u128::from(denominator) >= valid * u128::from(numerator);
                Events::new(u64::from(is_good), u64::from(!is_good))
            }
            None => {
                let bad = (2 * u128::from(events.bad) * u128::from(PARTS) + valid) / (2 * valid);
                let bad = u64::try_from(bad).unwrap_or(PARTS).min(PARTS);
                Events::new(PARTS - bad, bad)
            }
        }
    }
}

impl Stage<At<Events>> for TimeSlices {
    type Output = Events;

    fn update(&mut self, x: At<Events>) -> Option<Events> {
        self.clock.admit(x.time);
        let steady: Timestamp = self.clock.steady();
        let length = i64::try_from(self.length.as_nanos()).unwrap_or(i64::MAX);
        let slice = steady.as_nanos().div_euclid(length);
        let ended = match self.slice {
            Some(before) if slice > before => self.close(),
            _ => Events::NONE,
        };
        self.slice = Some(self.slice.map_or(slice, |before| before.max(slice)));
        self.events += x.value;
        Some(ended)
    }

    fn reset(&mut self) {
        self.clock = Watermark::default();
        self.slice = None;
        self.events = Events::NONE;
    }
}
