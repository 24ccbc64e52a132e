//! One budget, divided among a changing number of series.

use crate::monitor::Budget;
use evenkeel_core::Error;

/// Equal shares. The number of parts is the number of series, rounded up to three binary digits, so that few
/// arrivals change it: between 80 and 100 % of the budget is given out, and never more.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Division {
    budget: Budget,
    at_least: u64,
    parts: u64,
    share: Budget,
    /// Changes whenever the share does. A series that has another one is told its share before its next value.
    generation: u32,
}

impl Division {
    pub(super) fn new(budget: Budget, at_least: u64) -> Result<Self, Error> {
        let parts = rounded_up(at_least);
        Ok(Self { budget, at_least, parts, share: budget.share(parts)?, generation: 1 })
    }

    #[cfg(feature = "serde")]
    pub(super) fn budget(&self) -> Budget {
        self.budget
    }

    pub(super) fn share(&self) -> Budget {
        self.share
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// Divides among so many series. More parts at once; fewer only when they are markedly fewer, so that
    /// series that come and go change nothing.
    pub(super) fn count(&mut self, series: u64) {
        let parts = rounded_up(series.max(self.at_least));
        if parts > self.parts || parts < self.parts / 4 * 3 {
            self.divide(self.budget, parts);
        }
    }

    /// Divides among so many series, as if those counted since `before` had never been.
    pub(super) fn recount(&mut self, before: &Self, series: u64) {
        let mut exact = *before;
        exact.count(series);
        if exact.parts != self.parts {
            self.divide(self.budget, exact.parts);
        }
    }

    /// Another budget, for as many series.
    pub(super) fn set_budget(&mut self, budget: Budget) {
        self.divide(budget, self.parts);
    }

    fn divide(&mut self, budget: Budget, parts: u64) {
        // The builder, and whoever sets a budget, has made sure that even the smallest share is one.
        if let Ok(share) = budget.share(parts) {
            (self.budget, self.parts, self.share) = (budget, parts, share);
            self.generation = self.generation.wrapping_add(1);
        }
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, at_least: u64, series: u64) -> Result<(), Error> {
        let sound = self.at_least == at_least
            && self.parts >= rounded_up(series.max(self.at_least))
            && rounded_up(self.parts) == self.parts;
        Error::require(sound, "parts", "at least one a series", self.parts)?;
        let same = self.budget.share(self.parts)? == self.share;
        Error::require(same, "share", "a part of the budget", self.share)
    }
}

/// The least number of at most three binary digits, and zeros behind them, that is not smaller; at least 1.
pub(super) fn rounded_up(n: u64) -> u64 {
    let n = n.clamp(1, 1 << 62);
    let zeros = (64 - n.leading_zeros()).saturating_sub(3);
    n.div_ceil(1 << zeros) << zeros
}
