//! Budgets of false alarms.

use super::rounded::Rounded;
use core::fmt;
use core::time::Duration;
use evenkeel_core::Error;

/// A rate of false alarms: how many there may be in what time while nothing is wrong.
///
/// It is what a person can decide on ("one false page a week"), it can be divided among series, and it is
/// turned into thresholds where the interval between values is known ([`per_value`](Self::per_value)).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_detect::monitor::Budget;
///
/// let fleet = Budget::per_week(1.0)?;
/// let each = fleet.share(100_000)?;
/// assert_eq!(fleet.to_string(), "1 a week");
/// assert_eq!(each.to_string(), "1e-5 a week");
/// let risk = each.per_value(Duration::from_secs(10));
/// assert!((risk / 1.653e-10 - 1.0).abs() < 1e-3);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
#[must_use]
pub struct Budget {
    false_alarms: f64,
    per: Duration,
}

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// The units that a person would say, the longest first.
const UNITS: [(&str, &str, &str, u64); 5] = [
    ("a", "week", "weeks", 604_800),
    ("a", "day", "days", 86_400),
    ("an", "hour", "hours", 3_600),
    ("a", "minute", "minutes", 60),
    ("a", "second", "seconds", 1),
];

impl Budget {
    /// At most `false_alarms` in the time `per`.
    ///
    /// # Errors
    /// If the rate is not in [1e-30, 1e9] a second.
    pub fn new(false_alarms: f64, per: Duration) -> Result<Self, Error> {
        let budget = Self { false_alarms, per };
        let rate = budget.rate();
        let sound = false_alarms.is_finite() && (1e-30..=1e9).contains(&rate);
        Error::require(sound, "false_alarms / per", "in [1e-30, 1e9] a second", rate)?;
        Ok(budget)
    }

    /// At most so many a day of 24 hours.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn per_day(false_alarms: f64) -> Result<Self, Error> {
        Self::new(false_alarms, DAY)
    }

    /// At most so many a week.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn per_week(false_alarms: f64) -> Result<Self, Error> {
        Self::new(false_alarms, WEEK)
    }

    /// How many false alarms there may be in the time [`per`](Self::per).
    #[must_use]
    pub fn false_alarms(&self) -> f64 {
        self.false_alarms
    }

    /// The time in which there may be so many [`false_alarms`](Self::false_alarms).
    #[must_use]
    pub fn per(&self) -> Duration {
        self.per
    }

    /// False alarms a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.false_alarms / self.per.as_secs_f64()
    }

    /// False alarms a value, at one value every `step`: what an [`Alarm`](crate::alarm::Alarm) raises at and a
    /// calibrator has for its risk. Above 1 where more than one a value are allowed, 0 for a step of 0.
    #[must_use]
    pub fn per_value(&self, step: Duration) -> f64 {
        self.rate() * step.as_secs_f64()
    }

    /// How many false alarms there may be in this time.
    #[must_use]
    pub fn expected_in(&self, length: Duration) -> f64 {
        self.rate() * length.as_secs_f64()
    }

    /// One of `parts` equal parts: the false alarms of all parts together are those of the whole.
    ///
    /// # Errors
    /// If `parts` is 0, or the rate of a part below that of any budget.
    pub fn share(&self, parts: u64) -> Result<Self, Error> {
        Error::require(parts > 0, "parts", "at least 1", parts)?;
        Self::new(self.false_alarms / parts as f64, self.per)
    }

    /// So many times as many false alarms in the same time.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn times(&self, factor: f64) -> Result<Self, Error> {
        Self::new(self.false_alarms * factor, self.per)
    }
}

/// "1 a week", "0.5 an hour", "2 in 3 days", "1 in 90 seconds"; rounded to three digits.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = Rounded(self.false_alarms, 3);
        let seconds = self.per.as_secs();
        let whole = self.per.subsec_nanos() == 0 && seconds > 0;
        let unit = UNITS.iter().find(|unit| whole && seconds.is_multiple_of(unit.3));
        match unit {
            Some((article, name, _, length)) if seconds == *length => write!(f, "{count} {article} {name}"),
            Some((_, _, names, length)) => write!(f, "{count} in {} {names}", seconds / length),
            None => write!(f, "{count} in {} seconds", Rounded(self.per.as_secs_f64(), 3)),
        }
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Budget);

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(with = "evenkeel_core::exact")]
    false_alarms: f64,
    per: Duration,
}

#[cfg(feature = "serde")]
impl From<Budget> for Parts {
    fn from(Budget { false_alarms, per }: Budget) -> Self {
        Self { false_alarms, per }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Budget {
    type Error = Error;

    fn try_from(Parts { false_alarms, per }: Parts) -> Result<Self, Error> {
        Self::new(false_alarms, per)
    }
}
