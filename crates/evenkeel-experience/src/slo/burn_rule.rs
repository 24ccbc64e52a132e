//! Rules of burn-rate alerts.

use super::objective::{Decimal, Objective};
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Name};

/// What an alert asks for, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Severity {
    /// Somebody should look at it during the next days.
    Ticket,
    /// Somebody has to look at it now.
    Page,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Severity);

/// The logarithm of a likelihood ratio that events add up to, and how much of it is enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Evidence {
    /// Of one bad event; above 0.
    pub(crate) bad: f64,
    /// Of one good event; below 0.
    pub(crate) good: f64,
    pub(crate) threshold: f64,
}

evenkeel_core::state! {
    /// When to alert: the burn rate over the last `long` and over the last `short` is above `factor`.
    ///
    /// The long window decides what matters: a factor `f` over a window `w` is `f w / period` of the budget.
    /// The short window ends the alert soon after the cause; a twelfth of the long one by custom.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BurnRule("BurnRule@1") {
        name: Name,
        severity: Severity,
        long: Duration,
        short: Duration,
        numerator: u64,
        denominator: u64,
    }
}

impl BurnRule {
    /// A rule. The factor is taken as the shortest decimal that reads back as it: 14.4 is 144 of 10.
    ///
    /// # Errors
    /// If `factor` is not in (0, 1000] or has more than six decimal places, `short` is zero, or `long` not
    /// at least that and at most 400 days.
    pub fn new(
        name: impl Into<Name>,
        severity: Severity,
        long: Duration,
        short: Duration,
        factor: f64,
    ) -> Result<Self, Error> {
        let must = "in (0, 1000], with at most six decimal places";
        let decimal = Decimal::of(factor, 6).ok_or_else(|| Error::parameter("factor", must, factor))?;
        let (numerator, denominator) = (decimal.numerator, decimal.denominator);
        let rule = Self { name: name.into(), severity, long, short, numerator, denominator };
        rule.validate()?;
        Ok(rule)
    }

    fn validate(&self) -> Result<(), Error> {
        let places = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].contains(&self.denominator);
        Error::require(places, "factor", "with at most six decimal places", self.denominator)?;
        let factor = self.numerator > 0 && self.numerator <= 1000 * self.denominator;
        Error::require(factor, "factor", "in (0, 1000]", self.numerator)?;
        Error::require(self.short > Duration::ZERO, "short", "above 0", 0)?;
        let long = self.long >= self.short && self.long <= Duration::from_secs(400 * 86_400);
        Error::require(long, "long", "at least short and at most 400 days", self.long.as_secs())
    }

    /// The rules of the workbook for a period of 30 days: pages at 14.4 over an hour (2 % of the budget) and
    /// at 6 over six hours (5 %), tickets at 3 over a day (10 %) and at 1 over three days (10 %).
    ///
    /// # Errors
    /// None; the signature is that of [`new`](Self::new).
    pub fn recommended() -> Result<Vec<Self>, Error> {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Ok(vec![
            Self::new("page_quick", Severity::Page, minutes(60), minutes(5), 14.4)?,
            Self::new("page_slow", Severity::Page, minutes(360), minutes(30), 6.0)?,
            Self::new("ticket_quick", Severity::Ticket, minutes(1440), minutes(120), 3.0)?,
            Self::new("ticket_slow", Severity::Ticket, minutes(4320), minutes(360), 1.0)?,
        ])
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// What it asks for.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The long window.
    #[must_use]
    pub fn long(&self) -> Duration {
        self.long
    }

    /// The short window.
    #[must_use]
    pub fn short(&self) -> Duration {
        self.short
    }

    /// The burn rate that has to be exceeded.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.exact_factor().value()
    }

    /// How bad and good events weigh in the evidence that an error rate of the factor times the budget (of 1.5
    /// times the budget, where the factor is less) has against the budget itself; none without an alpha.
    pub(crate) fn evidence(&self, objective: Objective, alpha: Option<f64>) -> Option<Evidence> {
        let alpha = alpha?;
        let budget = objective.budget();
        let wanted = self.factor().max(1.5) * budget;
        // Half of the way to 1 where 1.5 times the budget is no probability.
        let rate = if wanted < 1.0 { wanted } else { 0.5 * (budget + 1.0) };
        Some(Evidence {
            bad: libm::log(rate / budget),
            good: libm::log1p(-rate) - libm::log1p(-budget),
            threshold: -libm::log(alpha),
        })
    }

    pub(crate) fn exact_factor(&self) -> Decimal {
        Decimal { numerator: self.numerator, denominator: self.denominator }
    }
}
