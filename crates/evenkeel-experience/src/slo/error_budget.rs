//! Error budgets.

use super::calendar::Period;
use super::event_window::{EventWindow, buckets};
use super::events::Events;
use super::objective::Objective;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Watermark};

/// How much of an error budget is left.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct BudgetStatus {
    /// The events of the period so far.
    pub events: Events,
    /// The share of the budget that is spent: 1 is all of it, and it can be more. None without events: no
    /// traffic is not a full budget.
    pub spent: Option<f64>,
    /// Whether more than the budget is spent; compared exactly.
    pub exhausted: bool,
}

impl BudgetStatus {
    fn of(objective: Objective, events: Events) -> Self {
        let (spent, exhausted) = (objective.burn_rate(events), objective.is_missed(events));
        Self { events, spent, exhausted }
    }

    /// The share of the budget that is left, at least 0; none without events.
    #[must_use]
    pub fn remaining(&self) -> Option<f64> {
        self.spent.map(|spent| (1.0 - spent).max(0.0))
    }
}

evenkeel_core::state! {
    /// The error budget of a rolling period: of the last 28 days, say.
    ///
    /// What was spent is forgiven as it leaves the period. The budget is a share of the events, so hours with
    /// more traffic weigh more. O(1) an update, no allocation; 16 bytes a bucket. The rules on time are those
    /// of [`BurnRateMonitor`](super::BurnRateMonitor).
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_experience::slo::{Events, RollingBudget};
    ///
    /// let day = Duration::from_secs(86_400);
    /// let mut budget = RollingBudget::new("99.9%".parse()?, 28 * day, day / 24)?;
    /// let status = budget.update(At::new(Timestamp::EPOCH, Events::new(99_975, 25))).unwrap();
    /// assert_eq!((status.spent, status.exhausted), (Some(0.25), false));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct RollingBudget("RollingBudget@1") {
        objective: Objective,
        window: EventWindow,
    }
}

impl RollingBudget {
    /// Over the last `period`, which moves in steps of `resolution`.
    ///
    /// # Errors
    /// If `resolution` is not from a millisecond to a day, or `period` no multiple of it or more than 200,000
    /// of it.
    pub fn new(objective: Objective, period: Duration, resolution: Duration) -> Result<Self, Error> {
        let length = buckets("period", period, resolution)?;
        Ok(Self { objective, window: EventWindow::new(resolution, &[length])? })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.window.require_windows(1)
    }

    /// What is left now.
    pub fn status(&self) -> BudgetStatus {
        BudgetStatus::of(self.objective, self.window.sum(0))
    }

    /// The time of the latest observation.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.window.now()
    }
}

impl Stage<At<Events>> for RollingBudget {
    type Output = BudgetStatus;

    fn update(&mut self, x: At<Events>) -> Option<BudgetStatus> {
        self.window.add(x.time, x.value);
        Some(self.status())
    }

    fn reset(&mut self) {
        self.window.reset();
    }
}

evenkeel_core::state! {
    /// The error budget of a calendar period: of this month, say. It is full again when the next one begins.
    ///
    /// Local time comes from the caller, as the seconds it is ahead of UTC; tell a change (daylight saving)
    /// by [`set_offset`](Self::set_offset). A late event counts in the period of the latest time. O(1) an
    /// update, no allocation, 200 bytes.
    ///
    /// ```
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_experience::slo::{CalendarBudget, Events, Period};
    ///
    /// let mut budget = CalendarBudget::new("99.9%".parse()?, Period::Month, 3600)?;
    /// let november = Timestamp::from_seconds(1_700_000_000);
    /// assert!(budget.update(At::new(november, Events::new(998, 2))).unwrap().exhausted);
    /// let december = Timestamp::from_seconds(1_702_000_000);
    /// assert_eq!(budget.update(At::new(december, Events::new(1000, 0))).unwrap().spent, Some(0.0));
    /// assert_eq!(budget.previous(), Some(Events::new(998, 2)));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct CalendarBudget("CalendarBudget@1") {
        objective: Objective,
        period: Period,
        initial_offset: i32,
        offset: i32,
        clock: Watermark,
        index: Option<i64>,
        events: Events,
        previous: Option<Events>,
    }
}

impl CalendarBudget {
    /// For periods in a local time that is `offset` seconds ahead of UTC.
    ///
    /// # Errors
    /// If `offset` is not within a day.
    pub fn new(objective: Objective, period: Period, offset: i32) -> Result<Self, Error> {
        let budget = Self {
            objective,
            period,
            initial_offset: offset,
            offset,
            clock: Watermark::default(),
            index: None,
            events: Events::NONE,
            previous: None,
        };
        budget.validate()?;
        Ok(budget)
    }

    fn validate(&self) -> Result<(), Error> {
        for offset in [self.initial_offset, self.offset] {
            Error::require(offset.abs() <= 86_400, "offset", "in [-86400, 86400]", offset)?;
        }
        Ok(())
    }

    /// Local time is now so many seconds ahead of UTC.
    ///
    /// # Errors
    /// If `offset` is not within a day.
    pub fn set_offset(&mut self, offset: i32) -> Result<(), Error> {
        Error::require(offset.abs() <= 86_400, "offset", "in [-86400, 86400]", offset)?;
        self.offset = offset;
        Ok(())
    }

    /// What is left now.
    pub fn status(&self) -> BudgetStatus {
        BudgetStatus::of(self.objective, self.events)
    }

    /// The events of the period before, if it was seen: none where a whole period passed without an
    /// observation.
    #[must_use]
    pub fn previous(&self) -> Option<Events> {
        self.previous
    }
}

impl Stage<At<Events>> for CalendarBudget {
    type Output = BudgetStatus;

    fn update(&mut self, x: At<Events>) -> Option<BudgetStatus> {
        let index = self.period.index(self.clock.admit(x.time), self.offset);
        match self.index {
            Some(before) if index > before => {
                self.previous = (index == before.saturating_add(1)).then_some(self.events);
                self.events = Events::NONE;
                self.index = Some(index);
            }
            Some(_) => {}
            None => self.index = Some(index),
        }
        self.events += x.value;
        Some(self.status())
    }

    fn reset(&mut self) {
        self.offset = self.initial_offset;
        self.clock = Watermark::default();
        self.index = None;
        self.events = Events::NONE;
        self.previous = None;
    }
}
