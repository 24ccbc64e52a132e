//! A plausibility check of each coordinate of a row.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::{Checked, PlausibilityCheck};

/// A [`PlausibilityCheck`] for each coordinate, and its result for the last row.
#[derive(Debug, Clone)]
pub(crate) struct RowCheck {
    checks: Box<[PlausibilityCheck]>,
    wild: Box<[bool]>,
    any: bool,
}

/// The result for the last row is not part of the state.
impl PartialEq for RowCheck {
    fn eq(&self, other: &Self) -> bool {
        self.checks == other.checks
    }
}

impl RowCheck {
    pub(crate) fn new(dimensions: usize) -> Self {
        Self {
            checks: vec![PlausibilityCheck::default(); dimensions].into(),
            wild: vec![false; dimensions].into(),
            any: false,
        }
    }

    /// Checks a row of the right length; true if everything before it has to be forgotten.
    pub(crate) fn starts_over(&mut self, row: &[f64]) -> bool {
        if self.any {
            self.wild.fill(false);
            self.any = false;
        }
        let mut over = false;
        for (i, (check, x)) in self.checks.iter_mut().zip(row).enumerate() {
            match check.check(*x) {
                Checked::Plausible(_) | Checked::Missing => {}
                Checked::Implausible(_) => (self.wild[i], self.any) = (true, true),
                Checked::StartOver(_) => over = true,
            }
        }
        over
    }

    /// Whether a coordinate of the last row was implausible.
    pub(crate) fn is_wild(&self, dimension: usize) -> bool {
        self.any && self.wild[dimension]
    }

    /// Whether any coordinate of the last row was.
    pub(crate) fn any_wild(&self) -> bool {
        self.any
    }

    pub(crate) fn reset(&mut self) {
        self.checks.fill(PlausibilityCheck::default());
        self.wild.fill(false);
        self.any = false;
    }

    #[cfg(feature = "serde")]
    pub(crate) fn saved(&self) -> Vec<PlausibilityCheck> {
        self.checks.to_vec()
    }

    #[cfg(feature = "serde")]
    pub(crate) fn restore(&mut self, checks: &[PlausibilityCheck]) -> Result<(), Error> {
        let same = checks.len() == self.checks.len();
        Error::require(same, "checks", "one a coordinate", checks.len())?;
        self.checks.copy_from_slice(checks);
        Ok(())
    }
}
