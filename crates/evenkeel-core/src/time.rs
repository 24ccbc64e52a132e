//! Points in time, and values that have one.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time: whole nanoseconds since 1970-01-01T00:00:00Z, from the year 1677 to 2262.
///
/// Arithmetic saturates at both ends, so that no input makes it panic.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
///
/// let t = Timestamp::from_seconds(1_700_000_000);
/// assert_eq!(t.to_string(), "2023-11-14T22:13:20Z");
/// assert_eq!((t + Duration::from_millis(1500)).to_string(), "2023-11-14T22:13:21.500Z");
/// assert_eq!((t + Duration::from_secs(5)).since(t), Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The earliest representable time.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest representable time.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since the epoch, saturating.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// From seconds since the epoch, saturating.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, rounded towards the past.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        if self.0 <= earlier.0 { Duration::ZERO } else { Duration::from_nanos(self.0.abs_diff(earlier.0)) }
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(whole_nanos(length)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(whole_nanos(length)))
    }
}

/// Nanoseconds of a length, saturating: longer than the whole range of [`Timestamp`] is long enough.
fn whole_nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

/// RFC 3339 in UTC, with as many digits of the second as are needed: none, three, six or nine.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.as_seconds();
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}")?;
        let nanos = self.0.rem_euclid(1_000_000_000);
        if nanos % 1_000 != 0 {
            write!(f, ".{nanos:09}")?;
        } else if nanos % 1_000_000 != 0 {
            write!(f, ".{:06}", nanos / 1_000)?;
        } else if nanos != 0 {
            write!(f, ".{:03}", nanos / 1_000_000)?;
        }
        f.write_str("Z")
    }
}

/// Day number since 1970-01-01 to (year, month, day) in the proleptic Gregorian calendar, by counting in
/// 400-year eras of 146,097 days whose years begin in March, so that the leap day comes last.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // 0000-03-01 is 719,468 days before the epoch
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// A value with the time it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct At<X> {
    /// The time of the value.
    pub time: Timestamp,
    /// The value at that time.
    pub value: X,
}

impl<X> At<X> {
    /// `value` at `time`.
    pub const fn new(time: Timestamp, value: X) -> Self {
        Self { time, value }
    }

    /// The same time, another value.
    pub fn map<Y>(self, f: impl FnOnce(X) -> Y) -> At<Y> {
        At { time: self.time, value: f(self.value) }
    }
}

/// A time may be so many usual steps ahead of the latest and is still believed at once.
const FAR: u32 = 1024;
/// The usual step may fall by 1 / 64 from one believed step to the next.
const FADE: u32 = 6;
/// So many times in a row that contradict the latest, and advance among themselves, are believed.
const ENOUGH: u8 = 8;

/// How a [`Watermark`] classifies a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Belief {
    /// At or after the latest: it is the latest now.
    Believed,
    /// Earlier than the latest: the observation counts at the latest.
    Late,
    /// Far ahead of the latest, and nothing has confirmed it yet: the observation counts at the latest.
    Ahead,
    /// Earlier than the latest, and the last of several earlier times in order: the clock was set back to it.
    SetBack,
}

/// The time of an observation, corrected by a [`Watermark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tick {
    /// The time to report: the latest believed one. It goes back only when the clock is [set
    /// back](Belief::SetBack).
    pub time: Timestamp,
    /// The time to measure durations with: the sum of all [elapsed](Self::elapsed) time after the first. It
    /// equals `time` until the clock is set back for the first time, and never stands still or goes back
    /// because of that. Ages come from [`since`](Self::since) alone.
    pub steady: Timestamp,
    /// How the time was classified.
    pub belief: Belief,
    step: u64,
}

impl Tick {
    /// How long after the time believed before; zero unless the time is [believed](Belief::Believed), and for
    /// the first.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.step)
    }

    /// How long after an earlier `steady` this is. Right for anything up to 584 years, whatever the clock did
    /// in between.
    #[must_use]
    pub const fn since(&self, steady: Timestamp) -> Duration {
        Duration::from_nanos(self.steady.0.wrapping_sub(steady.0).cast_unsigned())
    }
}

/// Which times to believe, for stages that measure durations and have no clock but the times of their
/// observations.
///
/// Clocks are wrong in both directions: one machine is a day ahead, a sender takes milliseconds for seconds,
/// a clock is corrected by an hour, deliveries are late, repeated and out of order. No single observation may
/// stop the time of a stage for good. The rule:
///
/// 1. *A time at or after the latest is believed*, unless it is *far ahead*: more than 1,024 usual steps. The
///    usual step is the longest of the recent believed ones (it fades by 1/64 a step). While there is none,
///    any time ahead is believed.
/// 2. *A time far ahead waits for the next one*. If that is later still, by 1,024 usual steps at most, it was
///    a real interval and both are believed. So is the eighth of such leaps that advance among themselves,
///    however far from one another. Any other time refutes the leap, which is [counted](Self::refuted). In
///    the meantime the observation counts at the latest time.
/// 3. *An earlier time is late*: the observation counts at the latest time and is [counted](Self::late). That
///    is all that happens for disorder, duplicates and a short backlog.
/// 4. *Eight late times that advance among themselves set the clock back* to the last of them, which is
///    [counted](Self::set_back). Times that do not advance are ignored as long as they are fewer, else the
///    count starts again; a time after the latest ends it.
///
/// So after one wrong time, or any number of them, no more than 24 observations in order with the right time
/// are needed (8 if the wrong ones were in order themselves) until the right time is believed. A real gap of
/// more than 1,024 steps costs one observation, which counts at the time before the gap. A backlog of eight
/// and more in order, delivered after newer observations, sets the clock back and, when it ends, forward
/// again. Two sources with different clocks on one stream: the clock that is ahead is followed if it is heard
/// at least every eighth time.
///
/// A few instructions and 96 bytes. It never overflows or panics.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Belief, Timestamp, Watermark};
///
/// let at = Timestamp::from_seconds;
/// let mut seen = Watermark::default();
/// assert_eq!(seen.admit(at(10)), at(10));
/// assert_eq!(seen.admit(at(20)), at(20));
/// assert_eq!(seen.admit(at(17)), at(20)); // late
/// assert_eq!(seen.admit(at(86_420)), at(20)); // a day ahead: not yet
/// assert_eq!(seen.admit(at(30)), at(30)); // and never
/// assert_eq!((seen.late(), seen.refuted()), (1, 1));
///
/// // The clock is corrected by an hour: eight observations later that is believed, and durations go on.
/// let ticks: Vec<_> = (0..10).map(|i| seen.tick(at(-3600 + 10 * i))).collect();
/// assert_eq!((ticks[6].time, ticks[7].time, ticks[7].belief), (at(30), at(-3530), Belief::SetBack));
/// assert_eq!(ticks[9].since(ticks[7].steady), Duration::from_secs(20));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Watermark {
    latest: Option<Timestamp>,
    steady: Timestamp,
    /// The longest of the recent believed steps, in nanoseconds; 0 while there was none.
    usual: u64,
    /// A time far ahead that the next one has to confirm, and how many there have been in a row, but for
    /// those that did not advance.
    ahead: Option<Timestamp>,
    leaps: u8,
    /// The latest of the times that have been late since one was believed.
    behind: Option<Timestamp>,
    /// How many of them advanced, and how many did not.
    advanced: u8,
    stalled: u8,
    late: u64,
    refuted: u64,
    set_back: u64,
}

impl Watermark {
    /// Takes a time and gives the [time to work with](Tick::time): the same, or the latest believed if that
    /// is later.
    pub fn admit(&mut self, time: Timestamp) -> Timestamp {
        self.tick(time).time
    }

    /// Takes a time and classifies it.
    #[inline]
    pub fn tick(&mut self, time: Timestamp) -> Tick {
        let Some(latest) = self.latest else {
            (self.latest, self.steady) = (Some(time), time);
            return self.unmoved(time, Belief::Believed);
        };
        if time < latest {
            return self.fall_behind(time, latest);
        }
        let step = time.0.abs_diff(latest.0);
        if self.usual > 0 && step / u64::from(FAR) > self.usual {
            return self.leap(time, latest, step);
        }
        if self.ahead.is_some() {
            self.refute();
        }
        self.believe(time, step, step)
    }

    #[cold]
    fn refute(&mut self) {
        self.ahead = None;
        self.refuted = self.refuted.saturating_add(1);
    }

    /// Takes a time far ahead.
    #[cold]
    fn leap(&mut self, time: Timestamp, latest: Timestamp, step: u64) -> Tick {
        match self.ahead {
            None => self.leaps = 1,
            Some(ahead) if time == ahead => {}
            Some(ahead) if time < ahead => self.refuted = self.refuted.saturating_add(1),
            Some(ahead) => {
                self.leaps = self.leaps.saturating_add(1);
                let beyond = time.0.abs_diff(ahead.0);
                // The second condition: what was usual may have been wrong, or no longer is.
                if beyond / u64::from(FAR) <= self.usual || self.leaps >= ENOUGH {
                    self.ahead = None;
                    return self.believe(time, step, beyond);
                }
            }
        }
        self.ahead = Some(time);
        self.unmoved(latest, Belief::Ahead)
    }

    /// Takes a time before the latest.
    #[cold]
    fn fall_behind(&mut self, time: Timestamp, latest: Timestamp) -> Tick {
        self.late = self.late.saturating_add(1);
        if self.ahead.is_some() {
            self.refute();
        }
        match self.behind {
            Some(behind) if time == behind => {}
            Some(behind) if time > behind => {
                self.behind = Some(time);
                self.advanced = self.advanced.saturating_add(1);
            }
            // Times in any order are no clock: most have to advance.
            Some(_) if self.stalled.saturating_add(1) < self.advanced => self.stalled += 1,
            _ => (self.behind, self.advanced, self.stalled) = (Some(time), 1, 0),
        }
        if self.advanced < ENOUGH {
            return self.unmoved(latest, Belief::Late);
        }
        (self.behind, self.advanced, self.stalled) = (None, 0, 0);
        self.set_back = self.set_back.saturating_add(1);
        // What was a usual step may have been the leap that is taken back.
        (self.latest, self.usual) = (Some(time), 0);
        self.unmoved(time, Belief::SetBack)
    }

    /// Goes on to a time, of which a part counts for the usual step.
    #[inline]
    fn believe(&mut self, time: Timestamp, step: u64, usual: u64) -> Tick {
        if step > 0 {
            self.latest = Some(time);
            self.usual = usual.max(self.usual - (self.usual >> FADE));
            self.steady = Timestamp(self.steady.0.wrapping_add_unsigned(step));
            // The latest time again does not end a run of late ones: it may be a wrong one that stands still.
            (self.behind, self.advanced, self.stalled) = (None, 0, 0);
        }
        Tick { time, steady: self.steady, belief: Belief::Believed, step }
    }

    fn unmoved(&self, time: Timestamp, belief: Belief) -> Tick {
        Tick { time, steady: self.steady, belief, step: 0 }
    }

    /// The latest believed time.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// The [steady](Tick::steady) time as of the latest observation.
    #[must_use]
    pub fn steady(&self) -> Timestamp {
        self.steady
    }

    /// How many times were earlier than one already believed.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How many times far ahead were refuted by the next one.
    #[must_use]
    pub fn refuted(&self) -> u64 {
        self.refuted
    }

    /// How many times the clock was believed to have been set back.
    #[must_use]
    pub fn set_back(&self) -> u64 {
        self.set_back
    }
}
