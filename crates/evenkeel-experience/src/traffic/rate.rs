//! Rates as exact fractions.

use super::admission_control::{Refusal, RefusalReason};
use core::time::Duration;
use evenkeel_core::Error;

evenkeel_core::state! {
    /// So many tokens in so much time: 30 a second, one in two seconds. Kept as two integers, so that nothing
    /// is rounded however long a limiter runs.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Rate("Rate@1") {
        tokens: u64,
        per: Duration,
    }
}

impl Rate {
    /// `tokens` in every `per`.
    ///
    /// # Errors
    /// If `tokens` is not from 1 to 10^12 or `per` not from a microsecond to a year.
    pub fn new(tokens: u64, per: Duration) -> Result<Self, Error> {
        let rate = Self { tokens, per };
        rate.validate()?;
        Ok(rate)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(
            (1..=1_000_000_000_000).contains(&self.tokens),
            "tokens",
            "from 1 to 10^12",
            self.tokens,
        )?;
        let in_range = self.per >= Duration::from_micros(1) && self.per <= Duration::from_secs(366 * 86_400);
        Error::require(in_range, "per", "from a microsecond to a year", self.per.as_secs_f64())
    }

    /// `tokens` a second.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn per_second(tokens: u64) -> Result<Self, Error> {
        Self::new(tokens, Duration::from_secs(1))
    }

    /// What accrues in a time, in the unit in which a token is [`unit`](Self::unit).
    pub(crate) fn accrued(self, time: Duration) -> u128 {
        // At most 2^40 tokens times 2^64 nanoseconds.
        u128::from(self.tokens) * time.as_nanos().min(u128::from(u64::MAX))
    }

    /// A token.
    pub(crate) fn unit(self) -> u128 {
        self.per.as_nanos()
    }

    /// How long it takes until so much accrues, rounded up to a nanosecond.
    pub(crate) fn time_for(self, amount: u128) -> Duration {
        let nanos = amount.div_ceil(u128::from(self.tokens));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// What a rate limiter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum Admission {
    /// Go on; it is counted.
    Admitted,
    /// Not now; the same would be admitted after this time, if nothing else comes.
    RetryAfter(Duration),
    /// Never: it costs more than the capacity.
    TooLarge,
}

impl Admission {
    /// Whether it may go on.
    #[must_use]
    pub fn is_admitted(self) -> bool {
        self == Self::Admitted
    }

    pub(crate) fn into_result(self) -> Result<(), Refusal> {
        match self {
            Self::Admitted => Ok(()),
            Self::RetryAfter(time) => Err(Refusal::retry_after(RefusalReason::RateLimit, time)),
            Self::TooLarge => Err(Refusal::new(RefusalReason::TooLarge)),
        }
    }
}

/// The largest capacity of a limiter, in tokens.
pub(crate) const LARGEST_CAPACITY: u64 = 1_000_000_000_000;

pub(crate) fn require_capacity(capacity: u64) -> Result<(), Error> {
    Error::require((1..=LARGEST_CAPACITY).contains(&capacity), "capacity", "from 1 to 10^12", capacity)
}
