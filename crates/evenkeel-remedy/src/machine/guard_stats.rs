//! Statistics of guard rulings.

use crate::guard::Ruling;
use alloc::collections::BTreeMap;
use evenkeel_core::Name;

/// How often guards ruled, and which objected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardStats {
    rulings: u64,
    permitted: u64,
    by_guard: BTreeMap<Name, u64>,
}

impl GuardStats {
    pub(super) fn count(&mut self, ruling: &Ruling) {
        self.rulings = self.rulings.saturating_add(1);
        self.permitted += u64::from(ruling.reasons().is_empty());
        let mut last: Option<&Name> = None;
        for reason in ruling.reasons() {
            if last == Some(reason.guard()) {
                continue;
            }
            last = Some(reason.guard());
            match self.by_guard.get_mut(reason.guard()) {
                Some(n) => *n += 1,
                None => {
                    self.by_guard.insert(reason.guard().clone(), 1);
                }
            }
        }
    }

    /// How often all guards were asked.
    #[must_use]
    pub fn rulings(&self) -> u64 {
        self.rulings
    }

    /// How often none had anything to say.
    #[must_use]
    pub fn permitted(&self) -> u64 {
        self.permitted
    }

    /// How often each objected in some way.
    pub fn objections(&self) -> impl Iterator<Item = (&Name, u64)> {
        self.by_guard.iter().map(|(name, n)| (name, *n))
    }
}
