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

/// Day number since 1970-01-01 to (year, month, day) in the proleptic Gregorian calendar, by counting in 400-year eras of 146,097
/// days whose years begin in March, so that the leap day comes last.
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
    /// When.
    pub time: Timestamp,
    /// What.
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

/// The latest time seen, for stages that measure durations: an earlier time is clamped to it and counted, never a panic.
///
/// ```
/// use evenkeel_core::{Timestamp, Watermark};
///
/// let mut seen = Watermark::default();
/// assert_eq!(seen.admit(Timestamp::from_seconds(10)), Timestamp::from_seconds(10));
/// assert_eq!(seen.admit(Timestamp::from_seconds(7)), Timestamp::from_seconds(10));
/// assert_eq!(seen.late(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Watermark {
    latest: Option<Timestamp>,
    late: u64,
}

impl Watermark {
    /// Takes a time and gives the time to work with: the same, or the latest seen if that is later.
    pub fn admit(&mut self, time: Timestamp) -> Timestamp {
        match self.latest {
            Some(latest) if time < latest => {
                self.late = self.late.saturating_add(1);
                latest
            }
            _ => {
                self.latest = Some(time);
                time
            }
        }
    }

    /// The latest time seen.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// How many times were earlier than one already seen.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }
}
