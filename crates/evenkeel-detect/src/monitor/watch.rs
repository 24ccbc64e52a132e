//! What watches one series under a budget.

use super::budget::Budget;
use super::monitor_event::MonitorEvent;
use alloc::boxed::Box;
use evenkeel_core::{At, Error, Stage, Timestamp};

/// Watches one series under a budget of false alarms that can be changed while it runs: what a
/// [`Fleet`](crate::fleet::Fleet) holds one of for each series.
///
/// Beside the promises of a [`Stage`]: silence is noticed by [`tick`](Self::tick), as there is no value that
/// could notice it; and [`set_budget`](Self::set_budget) moves thresholds and loses nothing else.
pub trait Watch: Stage<At<f64>, Output = MonitorEvent> {
    /// Lets it notice that there has been no value for too long: [`MonitorEvent::Lost`], once a silence. Costs
    /// little; call it every few intervals between values. A `now` before the last value changes nothing.
    fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent>;

    /// Changes the budget. Thresholds follow at once; what was learned, the evidence gathered so far and an
    /// event under way stay.
    ///
    /// # Errors
    /// If it can't hold that budget; the one before stays then.
    fn set_budget(&mut self, budget: Budget) -> Result<(), Error>;
}

impl<W: Watch + ?Sized> Watch for Box<W> {
    fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent> {
        (**self).tick(now)
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        (**self).set_budget(budget)
    }
}
