//! Events of the last minutes, hours and days at once.

use super::events::Events;
use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp, Watermark};

/// The most buckets of a window.
pub(crate) const MOST_BUCKETS: u64 = 200_000;

/// Whole buckets of `resolution` in a window: what does not divide is refused.
pub(crate) fn buckets(name: &'static str, window: Duration, resolution: Duration) -> Result<usize, Error> {
    let (window, resolution) = (window.as_nanos(), resolution.as_nanos());
    let fits = resolution > 0 && window > 0 && window % resolution == 0;
    let count = if fits { window / resolution } else { 0 };
    let must = "a multiple of the resolution, at most 200,000 of it";
    Error::require(
        (1..=u128::from(MOST_BUCKETS)).contains(&count),
        name,
        must,
        format_args!("{window} ns of {resolution} ns"),
    )?;
    Ok(count as usize)
}

/// A ring of buckets, and the sums over several windows that end with the newest of them. Adding is O(1),
/// going on by one bucket O(windows). No allocation after construction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventWindow {
    resolution: Duration,
    lengths: Box<[usize]>,
    /// Good and bad events of each window, without those of the newest bucket.
    sums: Box<[(u128, u128)]>,
    ring: Box<[Events]>,
    /// How many buckets there were before the newest one.
    newest: u64,
    clock: Watermark,
    /// The steady time at which the newest bucket began.
    began: Option<Timestamp>,
    /// The length of a bucket in nanoseconds, and where in the ring the newest one is.
    step: i64,
    newest_slot: usize,
}

// Without the sums, which follow from the ring, and what follows from the others.
#[cfg(feature = "serde")]
evenkeel_core::state! {
    EventWindow as struct SavedEventWindow("EventWindow@1") {
        resolution: Duration,
        lengths: Box<[usize]>,
        ring: Box<[Events]>,
        newest: u64,
        clock: Watermark,
        began: Option<Timestamp>,
    }
}

#[cfg(feature = "serde")]
impl From<&EventWindow> for SavedEventWindow {
    fn from(window: &EventWindow) -> Self {
        Self {
            resolution: window.resolution,
            lengths: window.lengths.clone(),
            ring: window.ring.clone(),
            newest: window.newest,
            clock: window.clock,
            began: window.began,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedEventWindow> for EventWindow {
    type Error = Error;

    fn try_from(saved: SavedEventWindow) -> Result<Self, Error> {
        let sums = vec![(0, 0); saved.lengths.len()].into_boxed_slice();
        let mut window = Self {
            resolution: saved.resolution,
            lengths: saved.lengths,
            sums,
            ring: saved.ring,
            newest: saved.newest,
            clock: saved.clock,
            began: saved.began,
            step: step(saved.resolution),
            newest_slot: 0,
        };
        window.validate()?;
        window.newest_slot = window.slot(window.newest);
        for length in 0..window.lengths.len() {
            window.sums[length] = window.count(length);
        }
        Ok(window)
    }
}

fn step(resolution: Duration) -> i64 {
    i64::try_from(resolution.as_nanos()).unwrap_or(i64::MAX)
}

impl EventWindow {
    /// Over windows of so many buckets of `resolution`.
    pub(crate) fn new(resolution: Duration, lengths: &[usize]) -> Result<Self, Error> {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let window = Self {
            resolution,
            lengths: lengths.into(),
            sums: vec![(0, 0); lengths.len()].into_boxed_slice(),
            ring: vec![Events::NONE; longest].into_boxed_slice(),
            newest: 0,
            clock: Watermark::default(),
            began: None,
            step: step(resolution),
            newest_slot: 0,
        };
        window.validate()?;
        Ok(window)
    }

    fn validate(&self) -> Result<(), Error> {
        let in_range =
            self.resolution >= Duration::from_millis(1) && self.resolution <= Duration::from_secs(86_400);
        Error::require(in_range, "resolution", "from a millisecond to a day", self.resolution.as_secs_f64())?;
        let longest = self.lengths.iter().copied().max().unwrap_or(0);
        let lengths =
            longest == self.ring.len() && !self.lengths.contains(&0) && longest as u64 <= MOST_BUCKETS;
        Error::require(lengths, "ring", "as long as the longest window", self.ring.len())
    }

    /// The sums over a window without its newest bucket, afresh.
    #[cfg(feature = "serde")]
    fn count(&self, window: usize) -> (u128, u128) {
        let held = (self.lengths[window] as u64).min(self.newest.saturating_add(1));
        (1..held).fold((0, 0), |(good, bad), age| {
            let events = self.ring[self.slot(self.newest - age)];
            (good + u128::from(events.good), bad + u128::from(events.bad))
        })
    }

    /// Refuses a restored window that is not made for so many windows.
    #[cfg(feature = "serde")]
    pub(crate) fn require_windows(&self, windows: usize) -> Result<(), Error> {
        if self.lengths.len() == windows {
            Ok(())
        } else {
            Err(Error::Shape { what: "lengths", expected: windows, found: self.lengths.len() })
        }
    }

    /// How long a window is; none if there is no such window.
    pub(crate) fn span(&self, window: usize) -> Option<Duration> {
        let length = u32::try_from(*self.lengths.get(window)?).ok()?;
        self.resolution.checked_mul(length)
    }

    fn slot(&self, bucket: u64) -> usize {
        (bucket % self.ring.len().max(1) as u64) as usize
    }

    /// Adds events at a time, after going on to it; whether they are the first of their bucket.
    #[inline]
    pub(crate) fn add(&mut self, time: Timestamp, events: Events) -> bool {
        self.clock.admit(time);
        let steady = self.clock.steady();
        let is_present = self.began.is_some_and(|began| {
            // Also a time before the bucket, where a clock was set back.
            steady.as_nanos() < began.as_nanos().saturating_add(self.step)
        });
        if !is_present {
            self.go_on_to(steady);
        }
        self.ring[self.newest_slot] += events;
        !is_present
    }

    #[cold]
    fn go_on_to(&mut self, steady: Timestamp) {
        let step = self.step;
        let began = *self.began.get_or_insert_with(|| {
            Timestamp::from_nanos(steady.as_nanos().saturating_sub(steady.as_nanos().rem_euclid(step)))
        });
        let ahead = steady.since(began).as_nanos() / self.resolution.as_nanos().max(1);
        if ahead > 0 {
            // Everything older than the ring is gone at once.
            let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
            self.go_on(ahead);
            self.newest_slot = self.slot(self.newest);
            self.began = Some(began + Duration::from_nanos((step.unsigned_abs()).saturating_mul(ahead)));
        }
    }

    fn go_on(&mut self, ahead: u64) {
        if ahead >= self.ring.len() as u64 {
            self.ring.fill(Events::NONE);
            self.sums.fill((0, 0));
            self.newest = self.newest.saturating_add(ahead);
            return;
        }
        for _ in 0..ahead {
            let complete = self.ring[self.slot(self.newest)];
            self.newest = self.newest.saturating_add(1);
            for window in 0..self.lengths.len() {
                let sum = &mut self.sums[window];
                sum.0 += u128::from(complete.good);
                sum.1 += u128::from(complete.bad);
                if let Some(old) = self.newest.checked_sub(self.lengths[window] as u64) {
                    let leaves = self.ring[self.slot(old)];
                    let sum = &mut self.sums[window];
                    sum.0 -= u128::from(leaves.good);
                    sum.1 -= u128::from(leaves.bad);
                }
            }
            let slot = self.slot(self.newest);
            self.ring[slot] = Events::NONE;
        }
    }

    /// The events of a window, the newest bucket included.
    #[inline]
    pub(crate) fn sum(&self, window: usize) -> Events {
        let newest = self.ring[self.newest_slot];
        let end = |x: u128, more: u64| u64::try_from(x + u128::from(more)).unwrap_or(u64::MAX);
        self.sums
            .get(window)
            .map_or(Events::NONE, |(good, bad)| Events::new(end(*good, newest.good), end(*bad, newest.bad)))
    }

    /// The time as of the latest observation.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.clock.latest()
    }

    pub(crate) fn reset(&mut self) {
        self.sums.fill((0, 0));
        self.ring.fill(Events::NONE);
        self.newest = 0;
        self.newest_slot = 0;
        self.clock = Watermark::default();
        self.began = None;
    }
}
