//! The samples of a window of time.

use super::window::LONGEST;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, Watermark, observed};

/// The observed samples of a window of time, oldest first, in a ring allocated once.
#[derive(Debug, Clone)]
pub(super) struct TimeWindow {
    length: Duration,
    min_count: usize,
    clock: Watermark,
    /// On the clock's steady time, which does not go back with the times of the samples.
    times: Vec<Timestamp>,
    /// NaN where there is no sample.
    values: Vec<f64>,
    first: usize,
    count: usize,
    /// The time of the newest sample that was dropped early.
    lost: Option<Timestamp>,
    dropped: u64,
}

impl TimeWindow {
    pub(super) fn new(length: Duration, capacity: usize, min_count: usize) -> Result<Self, Error> {
        Error::require(!length.is_zero(), "window", "above 0", length.as_secs_f64())?;
        Error::require((1..=LONGEST).contains(&capacity), "capacity", "in 1..=16777216", capacity)?;
        let inside = (1..=capacity).contains(&min_count);
        Error::require(inside, "min_count", "at least 1 and at most the capacity", min_count)?;
        Ok(Self {
            length,
            min_count,
            clock: Watermark::default(),
            times: vec![Timestamp::EPOCH; capacity],
            values: vec![f64::NAN; capacity],
            first: 0,
            count: 0,
            lost: None,
            dropped: 0,
        })
    }

    pub(super) fn reset(&mut self) {
        self.clock = Watermark::default();
        self.times.fill(Timestamp::EPOCH);
        self.values.fill(f64::NAN);
        (self.first, self.count, self.lost, self.dropped) = (0, 0, None, 0);
    }

    /// Takes a sample. Reports first each one that leaves, by its slot, oldest first, then the new one, if it
    /// is observed.
    pub(super) fn push(&mut self, x: At<f64>, mut change: impl FnMut(&Self, Change)) {
        let now = self.clock.tick(x.time);
        while self.count > 0 && now.since(self.times[self.first]) >= self.length {
            self.give_up(&mut change);
        }
        // Zeros of either sign are equal.
        let Some(x) = observed(x.value).map(|x| x + 0.0) else { return };
        if self.count == self.times.len() {
            self.lost = Some(self.times[self.first]);
            self.dropped = self.dropped.saturating_add(1);
            self.give_up(&mut change);
        }
        let slot = self.slot(self.count);
        (self.times[slot], self.values[slot]) = (now.steady, x);
        self.count += 1;
        change(self, Change::Came(slot));
    }

    fn give_up(&mut self, change: &mut impl FnMut(&Self, Change)) {
        change(self, Change::Goes(self.first));
        self.values[self.first] = f64::NAN;
        self.times[self.first] = Timestamp::EPOCH;
        self.first = self.slot(1);
        self.count -= 1;
    }

    /// Where the sample at this place, from the oldest on, lies.
    pub(super) fn slot(&self, place: usize) -> usize {
        let slot = self.first + place;
        if slot < self.times.len() { slot } else { slot - self.times.len() }
    }

    pub(super) fn value(&self, slot: usize) -> f64 {
        self.values[slot]
    }

    pub(super) fn length(&self) -> Duration {
        self.length
    }

    pub(super) fn capacity(&self) -> usize {
        self.times.len()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn late(&self) -> u64 {
        self.clock.late()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn has_enough(&self) -> bool {
        self.count >= self.min_count
    }

    pub(super) fn is_exact(&self) -> bool {
        self.lost.is_none_or(|lost| age(&self.clock, lost) >= self.length)
    }
}

/// How old a steady time is now.
fn age(clock: &Watermark, steady: Timestamp) -> Duration {
    Duration::from_nanos(clock.steady().as_nanos().wrapping_sub(steady.as_nanos()).cast_unsigned())
}

/// What happens to a slot.
pub(super) enum Change {
    Goes(usize),
    Came(usize),
}

/// The same samples in the same order, wherever they lie.
impl PartialEq for TimeWindow {
    fn eq(&self, other: &Self) -> bool {
        let sample = |window: &Self, place: usize| {
            let slot = window.slot(place);
            (window.times[slot], window.values[slot].to_bits())
        };
        (self.length, self.min_count, self.times.len()) == (other.length, other.min_count, other.times.len())
            && (self.count, self.lost, self.dropped) == (other.count, other.lost, other.dropped)
            && self.clock == other.clock
            && (0..self.count).all(|place| sample(self, place) == sample(other, place))
    }
}

evenkeel_core::state! {
    TimeWindow as struct SavedTimeWindow("TimeWindow@1") {
        window: Duration,
        min_count: usize,
        clock: Watermark,
        times: Vec<Timestamp>,
        values: Vec<f64>,
        count: usize,
        lost: Option<Timestamp>,
        dropped: u64,
    }
}

/// The samples oldest first, and places for as many as there may be: no memory is taken for more than was
/// sent.
#[cfg(feature = "serde")]
impl From<&TimeWindow> for SavedTimeWindow {
    fn from(window: &TimeWindow) -> Self {
        let TimeWindow { length, min_count, clock, mut times, mut values, first, count, lost, dropped } =
            window.clone();
        times.rotate_left(first);
        values.rotate_left(first);
        Self { window: length, min_count, clock, times, values, count, lost, dropped }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedTimeWindow> for TimeWindow {
    type Error = Error;

    fn try_from(saved: SavedTimeWindow) -> Result<Self, Error> {
        let SavedTimeWindow { window, min_count, clock, times, values, count, lost, dropped } = saved;
        let mut own = Self::new(window, times.len(), min_count)?;
        Error::require(values.len() == times.len(), "values", "as many as times", values.len())?;
        Error::require(count <= times.len(), "count", "at most the capacity", count)?;
        let seen = &times[..count];
        let ages = || seen.iter().map(|time| age(&clock, *time));
        let sound = (count == 0 || clock.latest().is_some())
            && ages().rev().is_sorted()
            && ages().all(|age| age < window);
        Error::require(sound, "times", "in order and inside the window", "not so")?;
        let fits = values[..count].iter().all(|x| observed(*x).is_some())
            && values[count..].iter().all(|x| x.is_nan())
            && times[count..].iter().all(|time| *time == Timestamp::EPOCH);
        Error::require(fits, "values", "observed, as many as the count", "not so")?;
        let consistent = lost.is_some() == (dropped > 0) && (lost.is_none() || clock.latest().is_some());
        Error::require(consistent, "dropped", "above 0 if a sample was lost before now", dropped)?;
        own.values = values.into_iter().map(|x| x + 0.0).collect();
        (own.clock, own.times, own.count, own.lost, own.dropped) = (clock, times, count, lost, dropped);
        Ok(own)
    }
}
