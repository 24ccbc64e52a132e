//! A limit that decides once in a round trip.

use super::limit::{ConcurrencyLimit, RequestSample};
use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use evenkeel_core::{Error, Stage};

/// The most samples of a window.
const MOST: u32 = 1000;

/// Lets a limit decide once in a round trip, on many samples at once.
///
/// A request that finishes now started under the limit of a round trip ago. A limit that moves with each
/// sample therefore answers the same congestion as often as there were requests in flight, and swings far too
/// high and too low. Here those that were in flight at a decision teach nothing, the next ones fill a window of
/// `max(least, limit)` samples (1,000 at most), and the limit sees that as one sample: the mean or a quantile of
/// the round trips, the most in flight, a drop if there was any. Round trips of drops count only where there
/// are no others.
///
/// *Which summary.* The mean suits [`Vegas`](super::Vegas) and [`Gradient2`](super::Gradient2), whose laws
/// compare averages; the median [`GradientController`](super::GradientController), with a window of its own of 1; a high quantile [`Aimd`](super::Aimd),
/// whose `timeout` then is a bound for that quantile. What that comes to is in `limits.md` beside this crate.
///
/// Source: once in a round trip is what congestion control does (V. Jacobson, Congestion avoidance and
/// control, SIGCOMM 1988, 314-329, doi:10.1145/52324.52356; Brakmo and Peterson 1995); Netflix's
/// concurrency-limits have windows of a fixed time. O(1) a sample without allocation, O(window) in addition at a decision by a
/// quantile; 8 kB for a quantile, else about 100 bytes, beside the limit.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Stage;
/// use evenkeel_experience::traffic::{Aimd, ConcurrencyLimit, RequestSample, Windowed};
///
/// // 95 % of the requests within 30 ms.
/// let mut limit = Windowed::quantile(Aimd::new(5, 20, 200, 0.9, Duration::from_millis(30))?, 100, 0.95)?;
/// let sample = |ms| RequestSample { round_trip: Duration::from_millis(ms), in_flight: 20, dropped: false };
/// limit.run([sample(50); 100]).for_each(drop);
/// assert_eq!(limit.limit(), 18);
/// // These were on their way when it fell.
/// limit.run([sample(50); 20]).for_each(drop);
/// limit.run([sample(10); 100]).for_each(drop);
/// assert_eq!(limit.limit(), 19);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "Unchecked<L>", bound(deserialize = "L: serde::Deserialize<'de>"))
)]
pub struct Windowed<L> {
    limit: L,
    least: u32,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    quantile: Option<f64>,
    /// Samples of requests that were in flight at the last decision and are still to come.
    stale: u32,
    /// What the window holds so far: round trips of requests that were not dropped, and their sum in nanoseconds.
    filled: u32,
    sum: u128,
    /// Room for those round trips, for a quantile.
    round_trips: Box<[u64]>,
    drops: u32,
    dropped_round_trip: u64,
    in_flight: u32,
}

impl<L: ConcurrencyLimit> Windowed<L> {
    /// With the mean of at least so many samples; 100 are a good choice, fewer react sooner at low rates.
    ///
    /// # Errors
    /// If `least` is not from 1 to 1,000.
    pub fn mean(limit: L, least: u32) -> Result<Self, Error> {
        Self::new(limit, least, None)
    }

    /// With a quantile of at least so many samples.
    ///
    /// # Errors
    /// If `least` is not from 1 to 1,000, or `quantile` not in (0, 1].
    pub fn quantile(limit: L, least: u32, quantile: f64) -> Result<Self, Error> {
        Self::new(limit, least, Some(quantile))
    }

    /// The limit that decides.
    #[must_use]
    pub fn algorithm(&self) -> &L {
        &self.limit
    }

    fn decide(&mut self, sample: RequestSample) {
        let round_trip = match self.quantile {
            _ if self.filled == 0 => self.dropped_round_trip,
            None => u64::try_from(self.sum / u128::from(self.filled)).unwrap_or(u64::MAX),
            Some(quantile) => {
                let rank = libm::ceil(quantile * f64::from(self.filled)) as usize;
                let window = &mut self.round_trips[..self.filled as usize];
                *window.select_nth_unstable(rank.clamp(1, window.len()) - 1).1
            }
        };
        let round_trip = Duration::from_nanos(round_trip);
        // No more were in flight than the limit was.
        let in_flight = sample.in_flight.min(self.limit.limit());
        self.limit.update(RequestSample { round_trip, in_flight: self.in_flight, dropped: self.drops > 0 });
        self.empty();
        self.stale = in_flight;
    }
}

impl<L> Windowed<L> {
    fn new(limit: L, least: u32, quantile: Option<f64>) -> Result<Self, Error> {
        let room = if quantile.is_some() { MOST as usize } else { 0 };
        let limit = Self {
            limit,
            least,
            quantile,
            stale: 0,
            filled: 0,
            sum: 0,
            round_trips: vec![0; room].into_boxed_slice(),
            drops: 0,
            dropped_round_trip: 0,
            in_flight: 0,
        };
        limit.validate()?;
        Ok(limit)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1..=MOST).contains(&self.least), "least", "from 1 to 1,000", self.least)?;
        let quantile = self.quantile.is_none_or(|quantile| quantile > 0.0 && quantile <= 1.0);
        Error::require(quantile, "quantile", "in (0, 1]", self.quantile.unwrap_or(0.0))?;
        let room = if self.quantile.is_some() { MOST as usize } else { 0 };
        Error::require(
            self.round_trips.len() == room,
            "round_trips",
            "1,000 for a quantile, else none",
            self.round_trips.len(),
        )?;
        let seen = self.filled.saturating_add(self.drops);
        Error::require(seen < MOST, "filled", "with the drops below 1,000", seen)?;
        let largest = u128::from(self.filled) * u128::from(u64::MAX);
        Error::require(self.sum <= largest, "sum", "that of as many round trips", self.sum)
    }

    fn empty(&mut self) {
        (self.filled, self.sum) = (0, 0);
        (self.drops, self.dropped_round_trip, self.in_flight) = (0, 0, 0);
        self.round_trips.fill(0);
    }
}

impl<L: ConcurrencyLimit> ConcurrencyLimit for Windowed<L> {
    fn limit(&self) -> u32 {
        self.limit.limit()
    }
}

impl<L: ConcurrencyLimit> Stage<RequestSample> for Windowed<L> {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        if self.stale > 0 {
            self.stale -= 1;
            return Some(self.limit());
        }
        let round_trip = u64::try_from(sample.round_trip.as_nanos()).unwrap_or(u64::MAX);
        self.in_flight = self.in_flight.max(sample.in_flight);
        if sample.dropped {
            self.drops += 1;
            self.dropped_round_trip = self.dropped_round_trip.max(round_trip);
        } else {
            if let Some(place) = self.round_trips.get_mut(self.filled as usize) {
                *place = round_trip;
            }
            self.filled += 1;
            self.sum += u128::from(round_trip);
        }
        if self.filled + self.drops >= self.limit().max(self.least).min(MOST) {
            self.decide(sample);
        }
        Some(self.limit())
    }

    fn reset(&mut self) {
        self.limit.reset();
        self.stale = 0;
        self.empty();
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::{Box, Error, Windowed};
    use alloc::format;
    use alloc::string::String;
    use evenkeel_core::Snapshot;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Unchecked<L> {
        limit: L,
        least: u32,
        #[serde(with = "evenkeel_core::exact")]
        quantile: Option<f64>,
        stale: u32,
        filled: u32,
        sum: u128,
        round_trips: Box<[u64]>,
        drops: u32,
        dropped_round_trip: u64,
        in_flight: u32,
    }

    impl<L> TryFrom<Unchecked<L>> for Windowed<L> {
        type Error = Error;

        fn try_from(saved: Unchecked<L>) -> Result<Self, Error> {
            let limit = Self {
                limit: saved.limit,
                least: saved.least,
                quantile: saved.quantile,
                stale: saved.stale,
                filled: saved.filled,
                sum: saved.sum,
                round_trips: saved.round_trips,
                drops: saved.drops,
                dropped_round_trip: saved.dropped_round_trip,
                in_flight: saved.in_flight,
            };
            limit.validate()?;
            Ok(limit)
        }
    }

    impl<L: Snapshot> Snapshot for Windowed<L> {
        fn schema() -> String {
            format!("Windowed@1<{}>", L::schema())
        }
    }
}
#[cfg(feature = "serde")]
use saved::Unchecked;
