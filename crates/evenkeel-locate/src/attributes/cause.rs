//! A combination of values of attributes, and how much it is suspected.

use core::fmt;
use evenkeel_core::Name;
use std::collections::BTreeMap;

/// Values of some attributes; all rows that have them belong to it. Its `Display` is `a=b & c=d`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Combination {
    pub(super) values: Vec<(Name, Name)>,
}

impl Combination {
    /// A combination of these attributes and values; of one attribute the last value counts.
    pub fn new<A: Into<Name>, V: Into<Name>>(values: impl IntoIterator<Item = (A, V)>) -> Self {
        let values: BTreeMap<Name, Name> = values.into_iter().map(|(a, v)| (a.into(), v.into())).collect();
        Self { values: values.into_iter().collect() }
    }

    /// Attributes and their values, in the order of their names.
    #[must_use]
    pub fn values(&self) -> &[(Name, Name)] {
        &self.values
    }

    /// Whether all its values are also the other's: it holds all rows of the other.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.values.iter().all(|value| other.values.contains(value))
    }
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (attribute, value)) in self.values.iter().enumerate() {
            let separator = if i > 0 { " & " } else { "" };
            write!(f, "{separator}{attribute}={value}")?;
        }
        Ok(())
    }
}

/// A combination that is suspected.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AttributeCause {
    /// The combination.
    pub combination: Combination,
    /// How much it is suspected, on the scale of the method.
    pub score: f64,
    /// The share of the whole change that its rows make up; NaN if the whole has not changed.
    pub explained: f64,
}
