//! The report of a simulation.

use crate::machine::Distrusted;

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    pub(super) faults: usize,
    pub(super) curable: usize,
    pub(super) cured: usize,
    pub(super) rulings: alloc::collections::BTreeMap<evenkeel_core::Name, u64>,
    pub(super) all_rulings: u64,
    pub(super) agreed: bool,
    pub(super) distrusted: Distrusted,
}

impl Report {
    /// How many faults there were.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// For how many of them there is a cure.
    #[must_use]
    pub fn curable(&self) -> usize {
        self.curable
    }

    /// How many of those users no longer feel in the end.
    #[must_use]
    pub fn cured(&self) -> usize {
        self.cured
    }

    /// How often guards ruled.
    #[must_use]
    pub fn rulings(&self) -> u64 {
        self.all_rulings
    }

    /// How often each guard objected.
    pub fn objections(&self) -> impl Iterator<Item = (&evenkeel_core::Name, u64)> {
        self.rulings.iter().map(|(name, n)| (name, *n))
    }

    /// What the machines did not believe, or what came too late to count for them.
    #[must_use]
    pub fn distrusted(&self) -> Distrusted {
        self.distrusted
    }

    /// Whether folding each machine's log gave the state that the machine had in the end.
    #[must_use]
    pub fn logs_agree(&self) -> bool {
        self.agreed
    }
}
