//! Repaired values, and what was changed in them.

use alloc::vec::Vec;
use evenkeel_core::observed;

/// A value that was changed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Change {
    index: usize,
    old: Option<f64>,
    new: f64,
}

impl Change {
    pub(crate) fn new(index: usize, old: Option<f64>, new: f64) -> Self {
        Self { index, old, new }
    }

    /// The index of the value.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The old value; `None` if it was missing.
    #[must_use]
    pub fn old(&self) -> Option<f64> {
        self.old
    }

    /// The new value.
    #[must_use]
    pub fn new_value(&self) -> f64 {
        self.new
    }
}

impl core::fmt::Display for Change {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.old {
            Some(old) => write!(f, "{old} at index {} became {}", self.index, self.new),
            None => write!(f, "the missing value at index {} became {}", self.index, self.new),
        }
    }
}

/// Repaired values, and the list of changes: all other values are as before, bit for bit (those that are not
/// [`observed`](evenkeel_core::observed) being NaN).
#[derive(Debug, Clone)]
#[must_use]
pub struct Repaired {
    values: Vec<f64>,
    changes: Vec<Change>,
    seasonal: bool,
}

impl Repaired {
    /// From the values before and after.
    ///
    /// Results that are not observed are missing.
    pub(crate) fn between(before: &[f64], mut after: Vec<f64>, seasonal: bool) -> Self {
        after.iter_mut().for_each(|x| *x = observed(*x).unwrap_or(f64::NAN));
        let pairs = before.iter().zip(&after).enumerate();
        let changes = pairs.filter_map(|(i, (old, new))| {
            let old = observed(*old);
            let new = observed(*new)?;
            (old.map(f64::to_bits) != Some(new.to_bits())).then(|| Change::new(i, old, new))
        });
        Self { changes: changes.collect(), values: after, seasonal }
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The changes, in the order of their indices.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether a season was taken into account. `false` where one was asked for means that there were not
    /// more than two periods of values.
    #[must_use]
    pub fn is_seasonal(&self) -> bool {
        self.seasonal
    }
}

/// Missing values are equal to each other.
impl PartialEq for Repaired {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(same)
            && self.changes == other.changes
            && self.seasonal == other.seasonal
    }
}
