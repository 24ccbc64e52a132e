//! Who spent the budget.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::{Error, Timestamp};

/// Which series of a fleet spent its budget: their alerts, the pages that they led, and since when.
///
/// *Method*: the counts of the series with most alerts, of a fixed number of series (Space-Saving; A.
/// Metwally, D. Agrawal, A. El Abbadi, Efficient computation of frequent and top-k elements in data streams,
/// ICDT 2005, doi:10.1007/978-3-540-30570-5_27). When there are more, a new one takes the place of the one
/// with the fewest and its count with it, as the most that it [may be too large by](Spending::excess). Every
/// series with more than one alert in `capacity` of all is in it. *State*: a key and 80 bytes a series that
/// had an alert, at most `capacity`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ledger<K> {
    capacity: usize,
    #[cfg_attr(
        feature = "serde",
        serde(bound(serialize = "K: serde::Serialize", deserialize = "K: serde::Deserialize<'de> + Ord"))
    )]
    entries: BTreeMap<K, Spending>,
    alerts: u64,
    pages: u64,
}

/// What one series spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Spending {
    /// Alerts that it raised; at least those since [`first`](Self::first), at most that many and `excess`.
    pub alerts: u64,
    /// By how much `alerts` may be too large.
    pub excess: u64,
    /// Pages whose first or most surprising series it was.
    pub pages: u64,
    /// Its first alert that was counted.
    pub first: Timestamp,
    /// Its last alert.
    pub last: Timestamp,
}

/// "3 alerts and 2 pages from 2026-11-30T12:00:00Z to 2026-11-30T18:00:00Z".
impl fmt::Display for Spending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alerts, excess, pages, first, last } = self;
        write!(f, "{alerts} alerts and {pages} pages from {first} to {last}")?;
        if *excess > 0 { write!(f, " (up to {excess} of the alerts may be others')") } else { Ok(()) }
    }
}

impl<K: Ord> Ledger<K> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, entries: BTreeMap::new(), alerts: 0, pages: 0 }
    }

    /// Alerts of all series.
    #[must_use]
    pub fn alerts(&self) -> u64 {
        self.alerts
    }

    /// Pages of the fleet.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// What a series spent; `None` if it had no alert, or too few to be kept.
    #[must_use]
    pub fn spent(&self, key: &K) -> Option<Spending> {
        self.entries.get(key).copied()
    }

    /// The series with most alerts, of as many the first by key.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<(&K, Spending)> {
        let mut all: Vec<(&K, Spending)> = self.entries.iter().map(|(key, spent)| (key, *spent)).collect();
        all.sort_by_key(|(_, spent)| core::cmp::Reverse(spent.alerts));
        all.truncate(most);
        all
    }

    pub(super) fn alert(&mut self, key: &K, at: Timestamp)
    where
        K: Clone,
    {
        self.alerts = self.alerts.saturating_add(1);
        if let Some(spent) = self.entries.get_mut(key) {
            // A clock may be set back.
            (spent.alerts, spent.last) = (spent.alerts.saturating_add(1), spent.last.max(at));
            return;
        }
        let mut excess = 0;
        if self.entries.len() >= self.capacity {
            let fewest = self.entries.iter().min_by_key(|(_, spent)| (spent.alerts, spent.last));
            if let Some((fewest, spent)) = fewest.map(|(key, spent)| (key.clone(), *spent)) {
                self.entries.remove(&fewest);
                excess = spent.alerts;
            }
        }
        let spent = Spending { alerts: excess.saturating_add(1), excess, pages: 0, first: at, last: at };
        self.entries.insert(key.clone(), spent);
    }

    pub(super) fn page(&mut self, key: &K) {
        self.pages = self.pages.saturating_add(1);
        if let Some(spent) = self.entries.get_mut(key) {
            spent.pages = spent.pages.saturating_add(1);
        }
    }

    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "checks what was read"))]
    pub(super) fn validate(&self, capacity: usize) -> Result<(), Error> {
        let sound = self.capacity == capacity
            && self.entries.len() <= capacity
            && self.entries.values().all(|spent| spent.excess < spent.alerts && spent.first <= spent.last);
        Error::require(sound, "ledger", "one that counting can reach", "another")
    }
}
