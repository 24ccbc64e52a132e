//! The health of a source of telemetry.

use core::fmt;

/// Whether a source of telemetry can be trusted.
///
/// ```
/// use evenkeel_core::{SourceHealth, Unreliable};
///
/// assert!(SourceHealth::Fresh.is_trustworthy());
/// assert_eq!(SourceHealth::Unreliable(Unreliable::Late).to_string(), "unreliable: arrives late");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum SourceHealth {
    /// Values arrive as they should.
    Fresh,
    /// The newest value is older than it should be.
    Stale,
    /// Nothing arrives, or nothing usable.
    Broken,
    /// Values arrive, but nothing should be concluded from them.
    Unreliable(Unreliable),
}

impl SourceHealth {
    /// True for [`SourceHealth::Fresh`] only: no data is never good.
    #[must_use]
    pub fn is_trustworthy(self) -> bool {
        self == Self::Fresh
    }
}

impl fmt::Display for SourceHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => f.write_str("fresh"),
            Self::Stale => f.write_str("stale"),
            Self::Broken => f.write_str("broken"),
            Self::Unreliable(why) => write!(f, "unreliable: {why}"),
        }
    }
}

/// Why nothing should be concluded from a source although its values arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Unreliable {
    /// Values come later than they were measured, by more than is acceptable.
    Late,
    /// The same value repeats where it used to vary.
    Stuck,
    /// Too many values are missing.
    Gaps,
    /// Times go backwards or repeat.
    Disorder,
    /// The clock of the source disagrees with ours.
    ClockSkew,
    /// The observer itself was too slow to conclude anything from what it saw.
    ObserverOverloaded,
}

impl fmt::Display for Unreliable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "arrives late",
            Self::Stuck => "stuck at one value",
            Self::Gaps => "too many gaps",
            Self::Disorder => "out of order",
            Self::ClockSkew => "clock skew",
            Self::ObserverOverloaded => "the observer was overloaded",
        })
    }
}
