//! Settings of monitors.

use super::budget::Budget;
use crate::ensemble::Tier;
use core::time::Duration;
use evenkeel_core::Direction;

/// Settings of a [`Monitor`](super::Monitor), or of a [`RowMonitor`](super::RowMonitor).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct MonitorBuilder {
    pub(super) budget: Budget,
    pub(super) tier: Tier,
    pub(super) step: Option<Duration>,
    pub(super) direction: Direction,
    pub(super) min_duration: Duration,
    pub(super) clear_after: Option<Duration>,
    pub(super) lost_after: Option<Duration>,
}

impl MonitorBuilder {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
            tier: Tier::Full,
            step: None,
            direction: Direction::Either,
            min_duration: Duration::ZERO,
            clear_after: None,
            lost_after: None,
        }
    }

    /// What may be spent on the series, or on each column. Default: [`Tier::Full`].
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// The usual interval between values. Default: found in the first 16.
    pub fn step(mut self, interval: Duration) -> Self {
        self.step = Some(interval);
        self
    }

    /// Which direction counts: [`Direction::Up`] or [`Direction::Down`] alone. Default: both, and what has
    /// none.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// How long it must be abnormal before an event is raised. Default 0.
    pub fn min_duration(mut self, length: Duration) -> Self {
        self.min_duration = length;
        self
    }

    /// How long it must be calm before an event is over. Default: ten usual intervals.
    pub fn clear_after(mut self, length: Duration) -> Self {
        self.clear_after = Some(length);
        self
    }

    /// How long there may be no value. Default: five usual intervals.
    pub fn lost_after(mut self, length: Duration) -> Self {
        self.lost_after = Some(length);
        self
    }
}
