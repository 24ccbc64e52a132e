//! Settings of the metric shift.

use core::time::Duration;
use evenkeel_core::{Direction, MetricKind};

/// Settings of [`MetricShift`](crate::MetricShift).
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct MetricShiftBuilder {
    pub(super) guard: Option<Duration>,
    pub(super) window: Option<Duration>,
    pub(super) quantile: f64,
    pub(super) relative_floor: f64,
    pub(super) wrong_direction: f64,
}

impl MetricShiftBuilder {
    /// How long before the stated time the baseline ends, whatever the case says. Default 2 minutes where it
    /// says nothing; never more than half of the rows before it.
    pub fn guard(mut self, guard: Duration) -> Self {
        self.guard = Some(guard);
        self
    }

    /// How long after the stated time the window ends. Default: with the data.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// The quantile of the window that a move up is measured by, in [0.5, 1]; one down is measured by its
    /// complement. Default 0.75.
    pub fn quantile(mut self, quantile: f64) -> Self {
        self.quantile = quantile;
        self
    }

    /// The least scale, as a share of the absolute median, in [0, 1]. Default 0.02.
    pub fn relative_floor(mut self, share: f64) -> Self {
        self.relative_floor = share;
        self
    }

    /// What a move in the harmless direction counts, in [0, 1]. Default 0.3.
    pub fn wrong_direction(mut self, weight: f64) -> Self {
        self.wrong_direction = weight;
        self
    }

    pub(super) const DEFAULT: Self =
        Self { guard: None, window: None, quantile: 0.75, relative_floor: 0.02, wrong_direction: 0.3 };

    /// What a move to a side counts.
    pub(super) fn weight(&self, kind: MetricKind, side: Direction) -> f64 {
        match kind.bad_direction() {
            _ if kind == MetricKind::Traffic => 0.0,
            Some(bad) if bad != side => self.wrong_direction,
            _ => 1.0,
        }
    }
}
