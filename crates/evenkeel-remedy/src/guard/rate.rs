//! Rate limits.

use crate::action::Action;
use crate::executor::Applied;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// At most so many actions in any stretch of time, everywhere or in each component.
///
/// Counted are all actions whose intent was written, also those in flight and in doubt, but not those that
/// were never done; taking back counts too, and is itself held up like everything else unless
/// [`undo_free`](Self::undo_free).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Rate {
    most: u32,
    per: Duration,
    each_component: bool,
    undo_free: bool,
}

impl Rate {
    /// At most `most` actions in any stretch of length `per`.
    ///
    /// # Errors
    /// If `most` is 0 or more than 10,000, or `per` is zero.
    pub fn new(most: u32, per: Duration) -> Result<Self, Error> {
        Error::require((1..=10_000).contains(&most), "most", "from 1 to 10,000", most)?;
        Error::require(!per.is_zero(), "per", "positive", "0")?;
        Ok(Self { most, per, each_component: false, undo_free: false })
    }

    /// Counted in each component apart.
    pub fn each_component(mut self) -> Self {
        self.each_component = true;
        self
    }

    /// Taking something back is always in time, and counts all the same.
    pub fn undo_free(mut self) -> Self {
        self.undo_free = true;
        self
    }
}

impl<V: Verb> Guard<V> for Rate {
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        if self.undo_free && ledger.is_undo() {
            return Ruling::permit();
        }
        let now = ledger.now();
        let begin = now - self.per;
        let counts = |other: &Action<V>, since: Timestamp| {
            since > begin && (!self.each_component || other.target.component == action.target.component)
        };
        // They ended in their order, and none before it began: what ended before the stretch is not in it.
        let past = || {
            let recent = ledger.history().rev().take_while(|p| p.until > begin);
            let done = recent.filter(|p| !matches!(p.outcome, Applied::Absent { .. }));
            done.filter(|p| counts(&p.action, p.since)).map(|p| p.since)
        };
        let flying = || {
            let flying = ledger.in_flight().map(|(_, flight)| flight);
            flying.filter(|f| counts(&f.action, f.since)).map(|f| f.since)
        };
        let most = self.most as usize;
        if past().chain(flying()).take(most).count() < most {
            return Ruling::permit();
        }
        let mut times: Vec<Timestamp> = past().chain(flying()).collect();
        // It is in time again once all but `most - 1` have left the stretch.
        let first = times.len() - most;
        let free = *times.select_nth_unstable(first).1 + self.per;
        let per = self.per.as_secs_f64();
        let what = format!("{} actions in the last {per:.0} s, at most {most}", times.len());
        let observed = times.len() as f64;
        Ruling::defer(free, Reason::new("rate", what, observed, f64::from(self.most)))
    }

    fn looks_back(&self) -> Duration {
        self.per
    }
}
