//! Statistics of a window of time.

use super::order_statistics::Order;
use super::rolling_extremes::{Bounds, Extremes};
use super::rolling_moments::{Moments, Sums};
use super::time_window::{Change, TimeWindow};
use super::window::Summary;
use crate::quantile::Quantile;
use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage};

/// Builds a statistic of a window of time; see [`TimeMoments::builder`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct TimeRollingBuilder<T> {
    window: Duration,
    capacity: usize,
    min_count: usize,
    quantile: Quantile,
    of: PhantomData<fn() -> T>,
}

impl<T: TimeRolling> TimeRollingBuilder<T> {
    fn new(window: Duration, capacity: usize) -> Self {
        Self { window, capacity, min_count: 1, quantile: Quantile::MEDIAN, of: PhantomData }
    }

    /// How many values have to be observed for an output, from 1 (the default) to the capacity.
    pub fn min_count(mut self, observed: usize) -> Self {
        self.min_count = observed;
        self
    }

    /// Builds the statistic.
    ///
    /// # Errors
    /// If the window is 0, the capacity 0 or above 16,777,216, or `min_count` 0 or above the capacity.
    pub fn build(self) -> Result<T, Error> {
        TimeWindow::new(self.window, self.capacity, self.min_count).map(|window| T::of(window, self.quantile))
    }
}

impl TimeRollingBuilder<TimeQuantile> {
    /// The quantile that [`update`](Stage::update) gives; the median by default.
    pub fn quantile(mut self, quantile: Quantile) -> Self {
        self.quantile = quantile;
        self
    }
}

/// The statistics that the builder builds. Sealed, because the module is private.
pub trait TimeRolling: Sized {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "sealed")]
    fn of(window: TimeWindow, quantile: Quantile) -> Self;
}

/// Samples, and a summary of them that never subtracts: the older ones have summaries of all their suffixes,
/// the newer ones one together. When the older ones are used up, the newer ones become them.
#[derive(Debug, Clone)]
struct Summarized<A> {
    window: TimeWindow,
    /// How many samples, from the oldest on, have a suffix in their slot: up to the last of them.
    older: usize,
    suffixes: Vec<A>,
    newer: A,
}

impl<A: Summary> Summarized<A> {
    fn new(window: TimeWindow) -> Self {
        let suffixes = vec![A::empty(); window.capacity()];
        Self { window, older: 0, suffixes, newer: A::empty() }
    }

    fn reset(&mut self) {
        self.window.reset();
        self.suffixes.fill(A::empty());
        (self.older, self.newer) = (0, A::empty());
    }

    fn push(&mut self, x: At<f64>) -> Option<A> {
        let Self { window, older, suffixes, newer } = self;
        window.push(x, |window, change| match change {
            Change::Came(slot) => *newer = newer.merge(&A::of(window.value(slot))),
            Change::Goes(slot) => {
                if *older == 0 {
                    *older = window.count();
                    summarize(window, *older, suffixes);
                    *newer = A::empty();
                }
                *older -= 1;
                suffixes[slot] = A::empty();
            }
        });
        if !self.window.has_enough() {
            return None;
        }
        if self.older == 0 {
            return Some(self.newer.clone());
        }
        Some(self.suffixes[self.window.slot(0)].merge(&self.newer))
    }
}

/// The summaries of all suffixes of the first samples.
fn summarize<A: Summary>(window: &TimeWindow, older: usize, suffixes: &mut [A]) {
    let mut suffix = A::empty();
    for slot in (0..older).rev().map(|place| window.slot(place)) {
        suffix = A::of(window.value(slot)).merge(&suffix);
        suffixes[slot] = suffix.clone();
    }
}

#[cfg(feature = "serde")]
impl<A: Summary> Summarized<A> {
    /// From what is saved: the samples, and how many of them are older.
    fn restored(window: TimeWindow, older: usize) -> Result<Self, Error> {
        let mut own = Self::new(window);
        let count = own.window.count();
        Error::require(older <= count, "older", "at most the count", older)?;
        own.older = older;
        summarize(&own.window, own.older, &mut own.suffixes);
        for place in own.older..count {
            own.newer = own.newer.merge(&A::of(own.window.value(own.window.slot(place))));
        }
        Ok(own)
    }
}

/// Summaries follow from the samples and from where they are divided.
impl<A> PartialEq for Summarized<A> {
    fn eq(&self, other: &Self) -> bool {
        self.older == other.older && self.window == other.window
    }
}

/// The methods that all of them share.
macro_rules! time_rolling {
    ($name:ident, $($window:tt).+) => {
        impl $name {
            /// Over a window of this length, with room for so many samples, from 1 to 16,777,216.
            pub fn builder(window: Duration, capacity: usize) -> TimeRollingBuilder<Self> {
                TimeRollingBuilder::new(window, capacity)
            }

            /// The length of the window.
            #[must_use]
            pub fn window(&self) -> Duration {
                self.$($window).+.length()
            }

            /// For how many samples there is room.
            #[must_use]
            pub fn capacity(&self) -> usize {
                self.$($window).+.capacity()
            }

            /// How many observed samples are in the window.
            #[must_use]
            pub fn count(&self) -> usize {
                self.$($window).+.count()
            }

            /// Whether all samples of the window are there: none was dropped for lack of room.
            #[must_use]
            pub fn is_exact(&self) -> bool {
                self.$($window).+.is_exact()
            }

            /// How many samples were dropped for lack of room, ever.
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.$($window).+.dropped()
            }

            /// How many inputs were earlier than one before them.
            #[must_use]
            pub fn late(&self) -> u64 {
                self.$($window).+.late()
            }
        }
    };
}

/// The [`Moments`] of a window of time, however many samples came in it: mean, variance, skewness, kurtosis,
/// sum.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_series::rolling::TimeMoments;
///
/// let mut minute = TimeMoments::builder(Duration::from_secs(60), 1000).build()?;
/// let mut mean = |second, x| minute.update(At::new(Timestamp::from_seconds(second), x)).map(|m| m.mean());
/// assert_eq!(mean(0, 4.0), Some(4.0));
/// assert_eq!(mean(10, 8.0), Some(6.0));
/// assert_eq!(mean(60, 10.0), Some(9.0), "the first one is a minute old");
/// assert_eq!(mean(300, f64::NAN), None, "nothing is left");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// At each input the window covers (time - window, time], as pandas' `rolling("60s")` does. Which times are
/// believed is the rule of [`Watermark`](evenkeel_core::Watermark): inputs earlier than the latest one count
/// as of its time and are [counted](Self::late), leaps wait for the next time, and a clock that was set back
/// is followed after 8 inputs. A missing value only advances the time: the output describes the rest, as long
/// as [`min_count`](TimeRollingBuilder::min_count) values are observed.
///
/// *Capacity*: where more samples come in a window than there is room for, the oldest ones are dropped early:
/// the output then describes the newest `capacity` ones, and [`is_exact`](Self::is_exact) is `false` for as
/// long as a dropped one would still be in the window.
///
/// Nothing is ever subtracted, so there is no drift. Time: O(1) on average, O(capacity) at worst. Memory: 80
/// bytes times the capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeMoments(Summarized<Sums>);

time_rolling!(TimeMoments, 0.window);

impl TimeRolling for TimeMoments {
    #[expect(private_interfaces, reason = "sealed")]
    fn of(window: TimeWindow, _: Quantile) -> Self {
        Self(Summarized::new(window))
    }
}

impl Stage<At<f64>> for TimeMoments {
    type Output = Moments;

    fn update(&mut self, x: At<f64>) -> Option<Moments> {
        self.0.push(x).map(|sums| sums.moments())
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// The [`Extremes`] of a window of time.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_series::rolling::TimeExtremes;
///
/// let mut minute = TimeExtremes::builder(Duration::from_secs(60), 1000).build()?;
/// let mut max = |second, x| minute.update(At::new(Timestamp::from_seconds(second), x)).map(|e| e.max());
/// let maxima = [max(0, 9.0), max(30, 2.0), max(59, 1.0), max(61, 3.0)];
/// assert_eq!(maxima, [Some(9.0), Some(9.0), Some(9.0), Some(3.0)]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Window, missing values, late ones and capacity are as in [`TimeMoments`]. Time: O(1) on average,
/// O(capacity) at worst. Memory: 40 bytes times the capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeExtremes(Summarized<Bounds>);

time_rolling!(TimeExtremes, 0.window);

impl TimeRolling for TimeExtremes {
    #[expect(private_interfaces, reason = "sealed")]
    fn of(window: TimeWindow, _: Quantile) -> Self {
        Self(Summarized::new(window))
    }
}

impl Stage<At<f64>> for TimeExtremes {
    type Output = Extremes;

    fn update(&mut self, x: At<f64>) -> Option<Extremes> {
        self.0.push(x).map(|bounds| bounds.extremes())
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// A quantile of a window of time, the median by default; any other on request.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_series::quantile::Quantile;
/// use evenkeel_series::rolling::TimeQuantile;
///
/// let window = Duration::from_secs(10);
/// let mut latency = TimeQuantile::builder(window, 5000).quantile(Quantile::new(0.99)?).build()?;
/// // 200 requests a second, of which one in a hundred takes long, for a while.
/// let took = |i: i64| if i % 100 == 7 && i < 4000 { 0.9 } else { 0.03 + 1e-6 * i as f64 };
/// let requests = (0..8000).map(|i| At::new(Timestamp::from_millis(5 * i), took(i)));
/// let p99: Vec<_> = latency.run(requests).flatten().collect();
/// assert!(p99[3999] > 0.035 && p99[7999] < 0.039);
/// assert!(latency.quantile(&Quantile::new(1.0)?) < Some(0.039) && latency.is_exact());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Window, missing values, late ones and capacity are as in [`TimeMoments`]. Values are kept in order as in
/// [`RollingQuantile`](crate::rolling::RollingQuantile): O(log count) on average for a sample and for each
/// quantile. Memory: 44 bytes times the capacity.
#[derive(Debug, Clone)]
pub struct TimeQuantile {
    quantile: Quantile,
    window: TimeWindow,
    order: Order,
}

time_rolling!(TimeQuantile, window);

impl TimeQuantile {
    /// Any quantile of the values in the window; `None` if nothing is observed. O(log count) on average.
    #[must_use]
    pub fn quantile(&self, quantile: &Quantile) -> Option<f64> {
        quantile.of_ordered(self.order.count(), |rank| self.order.at(rank))
    }
}

impl TimeRolling for TimeQuantile {
    #[expect(private_interfaces, reason = "sealed")]
    fn of(window: TimeWindow, quantile: Quantile) -> Self {
        let mut order = Order::new(window.capacity());
        for slot in (0..window.count()).map(|place| window.slot(place)) {
            order.insert(slot, window.value(slot));
        }
        Self { quantile, window, order }
    }
}

impl Stage<At<f64>> for TimeQuantile {
    type Output = f64;

    fn update(&mut self, x: At<f64>) -> Option<f64> {
        let order = &mut self.order;
        self.window.push(x, |window, change| match change {
            Change::Came(slot) => order.insert(slot, window.value(slot)),
            Change::Goes(slot) => order.remove(slot),
        });
        if self.window.has_enough() { self.quantile(&self.quantile) } else { None }
    }

    fn reset(&mut self) {
        self.window.reset();
        self.order.clear();
    }
}

/// The order follows from the values.
impl PartialEq for TimeQuantile {
    fn eq(&self, other: &Self) -> bool {
        self.quantile == other.quantile && self.window == other.window
    }
}

evenkeel_core::state! {
    TimeMoments as struct SavedTimeMoments("TimeMoments@2") {
        samples: TimeWindow,
        older: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&TimeMoments> for SavedTimeMoments {
    fn from(own: &TimeMoments) -> Self {
        Self { samples: own.0.window.clone(), older: own.0.older }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedTimeMoments> for TimeMoments {
    type Error = Error;

    fn try_from(saved: SavedTimeMoments) -> Result<Self, Error> {
        Summarized::restored(saved.samples, saved.older).map(Self)
    }
}

evenkeel_core::state! {
    TimeExtremes as struct SavedTimeExtremes("TimeExtremes@2") {
        samples: TimeWindow,
        older: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&TimeExtremes> for SavedTimeExtremes {
    fn from(own: &TimeExtremes) -> Self {
        Self { samples: own.0.window.clone(), older: own.0.older }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedTimeExtremes> for TimeExtremes {
    type Error = Error;

    fn try_from(saved: SavedTimeExtremes) -> Result<Self, Error> {
        Summarized::restored(saved.samples, saved.older).map(Self)
    }
}

evenkeel_core::state! {
    TimeQuantile as struct SavedTimeQuantile("TimeQuantile@2") {
        samples: TimeWindow,
        p: f64,
        definition: crate::quantile::QuantileDefinition,
    }
}

#[cfg(feature = "serde")]
impl From<&TimeQuantile> for SavedTimeQuantile {
    fn from(own: &TimeQuantile) -> Self {
        let (p, definition) = own.quantile.parts();
        Self { samples: own.window.clone(), p, definition }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedTimeQuantile> for TimeQuantile {
    type Error = Error;

    fn try_from(saved: SavedTimeQuantile) -> Result<Self, Error> {
        let quantile = Quantile::new(saved.p)?.definition(saved.definition);
        Ok(Self::of(saved.samples, quantile))
    }
}
