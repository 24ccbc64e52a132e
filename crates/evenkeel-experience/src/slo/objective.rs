//! Objectives.

use super::events::Events;
use alloc::format;
use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;
use evenkeel_core::Error;

/// A decimal number with few digits as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    pub(crate) numerator: u64,
    pub(crate) denominator: u64,
}

impl Decimal {
    /// What is written: digits, and perhaps a point with at most `places` digits after it.
    pub(crate) fn parse(text: &str, places: usize) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > places {
            return None;
        }
        let denominator = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
        let whole: u64 = whole.parse().ok()?;
        let fraction: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        let numerator = whole.checked_mul(denominator)?.checked_add(fraction)?;
        Some(Self { numerator, denominator })
    }

    /// The shortest decimal that reads back as the float: what a person wrote.
    pub(crate) fn of(x: f64, places: usize) -> Option<Self> {
        if x.is_finite() { Self::parse(&format!("{x}"), places) } else { None }
    }

    pub(crate) fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// The largest denominator of an objective: nine nines.
const FINEST: u64 = 1_000_000_000;

evenkeel_core::state! {
    /// The share of valid events that have to be good, as an exact fraction: 999 of 1000.
    ///
    /// What is exactly at an objective is not beyond it, so comparisons are done in integers: with floats, a
    /// burn rate of 1.44 is above 1.44 now and then.
    ///
    /// ```
    /// use evenkeel_experience::slo::{Events, Objective};
    ///
    /// let objective: Objective = "99.9%".parse()?;
    /// assert_eq!(objective, Objective::ratio(999, 1000)?);
    /// assert_eq!(objective, Objective::new(0.999)?);
    /// // Three times as many errors as it allows.
    /// assert_eq!(objective.burn_rate(Events::new(997, 3)), Some(3.0));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Objective("Objective@1") {
        good: u64,
        of: u64,
    }
}

impl Objective {
    /// From a share in (0, 1), taken as the shortest decimal that reads back as it: 0.999 is 999 of 1000.
    ///
    /// # Errors
    /// If it is not in (0, 1) or has more than nine decimal places.
    pub fn new(share: f64) -> Result<Self, Error> {
        let must = "in (0, 1), with at most nine decimal places";
        let Some(decimal) = Decimal::of(share, 9) else {
            return Err(Error::parameter("objective", must, share));
        };
        Self::ratio(decimal.numerator, decimal.denominator)
            .map_err(|_| Error::parameter("objective", must, share))
    }

    /// `good` of `of` events.
    ///
    /// # Errors
    /// If `good` is not between 0 and `of`, or `of` exceeds 10^9 after reduction.
    pub fn ratio(good: u64, of: u64) -> Result<Self, Error> {
        let common = greatest_common_divisor(good, of).max(1);
        let objective = Self { good: good / common, of: of / common };
        objective.validate()?;
        Ok(objective)
    }

    fn validate(&self) -> Result<(), Error> {
        let inside = self.good > 0 && self.good < self.of;
        Error::require(inside, "objective", "above 0 and below 1", format!("{}/{}", self.good, self.of))?;
        Error::require(self.of <= FINEST, "objective", "a fraction of at most 10^9", self.of)
    }

    /// The share that has to be good.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.good as f64 / self.of as f64
    }

    /// The share that may be bad: the error budget of one event.
    #[must_use]
    pub fn budget(&self) -> f64 {
        (self.of - self.good) as f64 / self.of as f64
    }

    /// How many bad events a number of valid ones allows; rarely whole.
    #[must_use]
    pub fn allowed(&self, valid: u64) -> f64 {
        valid as f64 * (self.of - self.good) as f64 / self.of as f64
    }

    /// How many times as fast as allowed the budget is spent: 1 spends all of it over the period. None
    /// without events.
    #[must_use]
    pub fn burn_rate(&self, events: Events) -> Option<f64> {
        let valid = events.valid();
        if valid == 0 {
            return None;
        }
        let bad = u128::from(events.bad) * u128::from(self.of);
        let allowed = u128::from(valid) * u128::from(self.of - self.good);
        Some(bad as f64 / allowed as f64)
    }

    /// The budget is spent strictly faster than by a factor of at most 1000 with at most six decimal places
    /// where `bad` times the first exceeds `valid` times the second. At most 30 + 20 bits, and 30 + 30.
    pub(crate) fn weights(&self, factor: Decimal) -> (u64, u64) {
        (self.of.saturating_mul(factor.denominator), (self.of - self.good).saturating_mul(factor.numerator))
    }

    /// Whether more events were bad than the objective allows; false without events.
    #[must_use]
    pub fn is_missed(&self, events: Events) -> bool {
        let bad = u128::from(events.bad) * u128::from(self.of);
        bad > u128::from(events.valid()) * u128::from(self.of - self.good)
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.good, self.of)
    }
}

/// Reads `99.9%`, `0.999` and `999/1000`.
impl FromStr for Objective {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Parse {
            line: 0,
            column: 0,
            what: format!("expected an objective such as 99.9%, 0.999 or 999/1000, found `{text}`"),
        };
        let trimmed = text.trim();
        let (numerator, denominator) = if let Some((good, of)) = trimmed.split_once('/') {
            let whole = |text: &str| Decimal::parse(text.trim(), 0).map(|x| x.numerator);
            (whole(good).ok_or_else(wrong)?, whole(of).ok_or_else(wrong)?)
        } else if let Some(percent) = trimmed.strip_suffix('%') {
            let percent = Decimal::parse(percent.trim(), 7).ok_or_else(wrong)?;
            (percent.numerator, percent.denominator * 100)
        } else {
            let share = Decimal::parse(trimmed, 9).ok_or_else(wrong)?;
            (share.numerator, share.denominator)
        };
        Self::ratio(numerator, denominator).map_err(|why| match why {
            Error::Parameter { name, must, .. } => Error::Parameter { name, must, was: text.to_string() },
            other => other,
        })
    }
}
