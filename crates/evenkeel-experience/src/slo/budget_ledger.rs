//! Who spent an error budget.

use super::events::Events;
use super::objective::Objective;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};

/// What one spender did to the budget.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct BudgetShare {
    /// Who: a deployment, a region, an endpoint, an incident.
    pub spender: Name,
    /// Its events.
    pub events: Events,
    /// Its share of all bad events, from 0 to 1.
    pub share: f64,
    /// Its bad events beyond what the objective allows of its own valid ones; negative if it has some to
    /// spare.
    pub excess: f64,
}

evenkeel_core::state! {
    /// Keeps who spent an error budget: every bad event belongs to one spender.
    ///
    /// Beyond `capacity` spenders, new ones are put together as [`others`](Self::others), so the sum is right
    /// and memory bounded. O(log spenders) an entry; a new spender allocates.
    ///
    /// ```
    /// use evenkeel_experience::slo::{BudgetLedger, Events};
    ///
    /// let mut ledger = BudgetLedger::new("99.9%".parse()?, 100)?;
    /// ledger.enter(&"release 41".into(), Events::new(100_000, 10));
    /// ledger.enter(&"release 42".into(), Events::new(20_000, 90));
    /// let worst = &ledger.ranking()[0];
    /// assert_eq!((worst.spender.as_str(), worst.share), ("release 42", 0.9));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct BudgetLedger("BudgetLedger@1") {
        objective: Objective,
        capacity: usize,
        entries: Vec<(Name, Events)>,
        others: Events,
    }
}

impl BudgetLedger {
    /// For at most `capacity` spenders by name.
    ///
    /// # Errors
    /// If `capacity` is not from 1 to a million.
    pub fn new(objective: Objective, capacity: usize) -> Result<Self, Error> {
        let ledger = Self { objective, capacity, entries: Vec::new(), others: Events::NONE };
        ledger.validate()?;
        Ok(ledger)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(
            (1..=1_000_000).contains(&self.capacity),
            "capacity",
            "from 1 to 10^6",
            self.capacity,
        )?;
        let ordered = self.entries.windows(2).all(|pair| pair[0].0 < pair[1].0);
        Error::require(ordered, "entries", "in the order of their names", "not")?;
        Error::require(self.entries.len() <= self.capacity, "entries", "at most capacity", self.entries.len())
    }

    /// Enters events of a spender.
    pub fn enter(&mut self, spender: &Name, events: Events) {
        match self.entries.binary_search_by(|(name, _)| name.cmp(spender)) {
            Ok(at) => self.entries[at].1 += events,
            Err(at) if self.entries.len() < self.capacity => {
                self.entries.insert(at, (spender.clone(), events));
            }
            Err(_) => self.others += events,
        }
    }

    /// The events of spenders that came after the ledger was full.
    #[must_use]
    pub fn others(&self) -> Events {
        self.others
    }

    /// All events.
    #[must_use]
    pub fn total(&self) -> Events {
        self.entries.iter().fold(self.others, |sum, (_, events)| sum + *events)
    }

    /// The spenders, those with the most bad events first, then by name. Those without bad events are left
    /// out.
    #[must_use]
    pub fn ranking(&self) -> Vec<BudgetShare> {
        let bad = self.total().bad as f64;
        let mut ranking: Vec<BudgetShare> = self
            .entries
            .iter()
            .filter(|(_, events)| events.bad > 0)
            .map(|(name, events)| BudgetShare {
                spender: name.clone(),
                events: *events,
                share: events.bad as f64 / bad,
                excess: events.bad as f64 - self.objective.allowed(events.valid()),
            })
            .collect();
        ranking.sort_by(|a, b| b.events.bad.cmp(&a.events.bad).then_with(|| a.spender.cmp(&b.spender)));
        ranking
    }

    /// Forgets the entries, for the next period.
    pub fn reset(&mut self) {
        self.entries.clear();
        self.others = Events::NONE;
    }
}
