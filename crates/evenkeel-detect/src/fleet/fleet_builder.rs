//! Settings of a fleet.

use super::scope::Extent;
use crate::monitor::Budget;
use core::time::Duration;
use evenkeel_core::Error;

/// The share of the budget that is for single series; the rest is for many that fall silent at once.
const FOR_SERIES: f64 = 0.9;

/// Settings of a [`Fleet`](super::Fleet).
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `prototype` | – | – | every new series starts as a clone of it |
/// | `budget` | – | – | of false pages of the whole fleet |
/// | `capacity` | 1 to 2³¹ - 1, at least one a shard | 100,000 | a stream of ever new keys must not take all memory |
/// | `at_least` | 1 to `capacity` | 1 | series that the budget is divided among from the start: fewer changes of thresholds while the fleet grows |
/// | `idle` | > 0 | a day | a series without values for so long has left |
/// | `group_wait` | >= 0 | 30 s | what comes so soon after a first alert is told with it |
/// | `window` | >= `group_wait` | 5 min | an alert so long after another of the same incident joins it |
/// | `fraction` | (0, 1] | 0.5 | so large a share of a label or of the fleet is the whole of it |
/// | `least` | >= 2 | 5 | fewer series are no group |
/// | `spenders` | 1 to 10⁶ | 1,024 | series in the [`Ledger`](super::Ledger) |
/// | `shards` | 1 to 65,536 | one in 1,000 of `capacity`, at most 64 | parts that threads can work on; the results depend on it, not on threads |
/// | `seed` | any | 0 | of the hashes |
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct FleetBuilder<M> {
    pub(super) prototype: M,
    pub(super) budget: Budget,
    pub(super) seed: u64,
    pub(super) shards: Option<usize>,
    pub(super) settings: Settings,
}

/// What a running fleet needs of its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Settings {
    pub(super) capacity: usize,
    pub(super) at_least: u64,
    pub(super) idle: Duration,
    pub(super) group_wait: Duration,
    pub(super) window: Duration,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) fraction: f64,
    pub(super) least: u64,
    pub(super) spenders: usize,
}

impl Settings {
    pub(super) fn validate(&self) -> Result<(), Error> {
        let at_least = self.at_least;
        let inside = at_least >= 1 && at_least <= self.capacity as u64;
        Error::require(inside, "at_least", "in [1, capacity]", at_least)?;
        Error::require(!self.idle.is_zero(), "idle", "positive", "0")?;
        let ordered = self.window >= self.group_wait && !self.window.is_zero();
        Error::require(
            ordered,
            "window",
            "positive, and at least group_wait",
            format_args!("{:?}", self.window),
        )?;
        let fraction = self.fraction;
        Error::require(fraction > 0.0 && fraction <= 1.0, "fraction", "in (0, 1]", fraction)?;
        Error::require(self.least >= 2, "least", "at least 2", self.least)?;
        Error::require((1..=1_000_000).contains(&self.spenders), "spenders", "in [1, 10^6]", self.spenders)
    }

    pub(super) fn extent(&self) -> Extent {
        Extent { fraction: self.fraction, least: self.least }
    }

    /// The budget of series out of that of the fleet.
    pub(super) fn for_series(budget: Budget) -> Result<Budget, Error> {
        budget.times(FOR_SERIES)
    }

    /// The false pages for silence that may come in the time of a window.
    pub(super) fn for_silence(&self, budget: Budget) -> f64 {
        (1.0 - FOR_SERIES) * budget.expected_in(self.window)
    }
}

impl<M> FleetBuilder<M> {
    pub(super) fn new(prototype: M, budget: Budget) -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let settings = Settings {
            capacity: 100_000,
            at_least: 1,
            idle: minutes(24 * 60),
            group_wait: Duration::from_secs(30),
            window: minutes(5),
            fraction: 0.5,
            least: 5,
            spenders: 1_024,
        };
        Self { prototype, budget, seed: 0, shards: None, settings }
    }

    /// The most series; of more, the one that had a value longest ago makes room. Default 100,000.
    pub fn capacity(mut self, series: usize) -> Self {
        self.settings.capacity = series;
        self
    }

    /// Divides the budget among at least so many series. Default 1.
    pub fn at_least(mut self, series: u64) -> Self {
        self.settings.at_least = series;
        self
    }

    /// After how long without a value a series has left. Default a day.
    pub fn idle(mut self, length: Duration) -> Self {
        self.settings.idle = length;
        self
    }

    /// How long an incident waits for others before it is told. Default 30 s.
    pub fn group_wait(mut self, length: Duration) -> Self {
        self.settings.group_wait = length;
        self
    }

    /// How long after the last alert of an incident another joins it. Default 5 minutes.
    pub fn window(mut self, length: Duration) -> Self {
        self.settings.window = length;
        self
    }

    /// Which share of a label or of the fleet is the whole of it, in (0, 1]. Default 0.5.
    pub fn fraction(mut self, share: f64) -> Self {
        self.settings.fraction = share;
        self
    }

    /// The least number of series that are a group, at least 2. Default 5.
    pub fn least(mut self, series: u64) -> Self {
        self.settings.least = series;
        self
    }

    /// How many series the ledger keeps, 1 to 10⁶. Default 1,024.
    pub fn spenders(mut self, series: usize) -> Self {
        self.settings.spenders = series;
        self
    }

    /// How many parts threads can work on, each with its part of the capacity: with 1,000 series each, the
    /// first is full when the fleet is at about nine tenths of its capacity. Default `capacity` / 1,000, in
    /// [1, 64].
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// The seed of the hashes. Use a secret one where untrusted clients choose keys: they could choose ones
    /// that collide.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}
