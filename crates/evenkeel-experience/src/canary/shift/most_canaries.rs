//! How many services may have a canary at the same time.

use super::raises_only::is_raise;
use alloc::collections::BTreeSet;
use alloc::format;
use core::time::Duration;
use evenkeel_core::{Error, Name};
use evenkeel_remedy::executor::Applied;

use evenkeel_remedy::Action;
use evenkeel_remedy::guard::{Guard, Reason, Ruling};
use evenkeel_remedy::ledger::Ledger;
use evenkeel_remedy::verb::StandardVerb;

/// At most so many services have a canary at the same time, counted after the action: two new versions that
/// meet are hard to tell apart.
///
/// A shift that is in flight or in doubt counts as a canary, and so does one that failed: what it changed is
/// not known. One that is back at 0 %, or has all of the traffic, does not. The way back is never held up.
/// It knows what was done in the last week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct MostCanaries {
    most: usize,
}

impl MostCanaries {
    /// At most so many.
    ///
    /// # Errors
    /// If it is none.
    pub fn new(most: usize) -> Result<Self, Error> {
        Error::require(most > 0, "most", "positive", most)?;
        Ok(Self { most })
    }
}

impl Guard<StandardVerb> for MostCanaries {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        if !is_raise(action) {
            return Ruling::permit();
        }
        let mut running: BTreeSet<&Name> = BTreeSet::new();
        for past in ledger.history() {
            let StandardVerb::Canary { to, .. } = past.action.verb else { continue };
            let component = &past.action.target.component;
            match past.outcome {
                Applied::Absent { .. } => {}
                Applied::Done if to == 0 || to == 100 => {
                    running.remove(component);
                }
                _ => {
                    running.insert(component);
                }
            }
        }
        let flying = ledger.in_flight().map(|(_, flight)| &flight.action);
        running.extend(
            flying
                .filter(|a| matches!(a.verb, StandardVerb::Canary { .. }))
                .map(|action| &action.target.component),
        );
        running.insert(&action.target.component);
        if running.len() <= self.most {
            return Ruling::permit();
        }
        let what = format!("{} services would have a canary, at most {}", running.len(), self.most);
        let why = Reason::new("most canaries", what, running.len() as f64, self.most as f64);
        Ruling::defer(ledger.recheck_at(), why)
    }

    fn looks_back(&self) -> Duration {
        Duration::from_secs(7 * 86_400)
    }
}
