//! Alert policies of OpenSLO.

use crate::slo::{BurnRule, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Name};

use super::time_window::Length;

/// How a value is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `lt`
    Less,
    /// `lte`
    AtMost,
    /// `gt`
    Greater,
    /// `gte`
    AtLeast,
}

impl Comparison {
    pub(super) const ALL: [(&'static str, Self); 4] =
        [("lt", Self::Less), ("lte", Self::AtMost), ("gt", Self::Greater), ("gte", Self::AtLeast)];

    /// Whether it holds; not if either is no number.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Less => value < threshold,
            Self::AtMost => value <= threshold,
            Self::Greater => value > threshold,
            Self::AtLeast => value >= threshold,
        }
    }
}

/// When somebody is told, and who.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlertPolicy {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<String>,
    /// Whether it tells when the condition begins to hold.
    pub when_breaching: bool,
    /// Whether it tells when the condition ceases to hold.
    pub when_resolved: bool,
    /// Whether it tells when there is no burn rate.
    pub when_no_data: bool,
    /// The condition.
    pub condition: AlertCondition,
    /// The names of the targets that are told; where one is written in place, without a name, what kind it
    /// is of.
    pub targets: Vec<Name>,
}

/// A burn rate that is cause for an alert.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlertCondition {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// What it is about.
    pub description: Option<String>,
    /// What the document calls its severity: `page`, `ticket`, or whatever the author uses.
    pub severity: String,
    /// How the burn rate is compared; [`Comparison::Greater`] where nothing is said.
    pub comparison: Comparison,
    /// The burn rate.
    pub threshold: f64,
    /// The window of the burn rate.
    pub lookback: Length,
    /// How long the condition has to hold first; zero where nothing is said.
    pub after: Length,
}

impl AlertCondition {
    /// The severity, where the document says `page` or `ticket`, in whatever capitals.
    #[must_use]
    pub fn standard_severity(&self) -> Option<Severity> {
        match self.severity.to_ascii_lowercase().as_str() {
            "page" => Some(Severity::Page),
            "ticket" => Some(Severity::Ticket),
            _ => None,
        }
    }

    /// The rule of the condition: its window as the long one, and a short one that ends the alert soon after
    /// its cause.
    ///
    /// OpenSLO has one window, and a time for which its burn rate has to stay above the threshold
    /// (`alertAfter`). A rule has no such time: waiting delays a total outage as much as a small one, and
    /// starts again with every dip, for which reason the Workbook (ch. 5) advises against it. `alertAfter` is
    /// taken as the length of the short window instead, and where it is zero, the short window is the long
    /// one, which is the condition as it is written. `gte` is taken as `gt`: they differ only where the burn
    /// rate is exactly the threshold.
    ///
    /// # Errors
    /// If the comparison is `lt` or `lte` (a low burn rate is no reason to alert), `alertAfter` exceeds the
    /// window, or as [`BurnRule::new`].
    pub fn rule(&self, severity: Severity) -> Result<BurnRule, Error> {
        let rises = matches!(self.comparison, Comparison::Greater | Comparison::AtLeast);
        Error::require(rises, "condition.op", "gt or gte for a burn rate", format!("{:?}", self.comparison))?;
        let long = self.lookback.duration();
        let after = self.after.duration();
        let short = if after > Duration::ZERO { after } else { long };
        let must = "at most lookbackWindow";
        Error::require(short <= long, "condition.alertAfter", must, self.after)?;
        let name = self.name.clone().unwrap_or_else(|| Name::from(format!("{}x", self.threshold).as_str()));
        BurnRule::new(name, severity, long, short, self.threshold)
    }
}
