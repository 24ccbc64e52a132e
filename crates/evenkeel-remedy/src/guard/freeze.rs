//! Freeze windows and the freeze switch.

use crate::action::Action;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;
use alloc::vec::Vec;
use evenkeel_core::{Error, Timestamp};

/// Nothing is done in planned windows, which defer, nor while a freeze is switched on
/// ([`Event::Freeze`](crate::machine::Event::Freeze)), which denies.
///
/// Every machine has one without windows, so a switch always works.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Freeze {
    windows: Vec<(Timestamp, Timestamp)>,
}

impl Freeze {
    /// No window: switches only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing is done from one time until another.
    ///
    /// # Errors
    /// If it does not end after it begins.
    pub fn window(mut self, from: Timestamp, until: Timestamp) -> Result<Self, Error> {
        Error::require(from < until, "until", "after the beginning", until)?;
        self.windows.push((from, until));
        self.windows.sort_unstable();
        Ok(self)
    }

    /// The end of the window that it is in, also across windows that touch.
    fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let mut end = None;
        for (from, until) in &self.windows {
            let t = end.unwrap_or(now);
            if *from <= t && t < *until {
                end = Some(*until);
            }
        }
        end
    }
}

impl<V: Verb> Guard<V> for Freeze {
    fn rule(&self, _: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let mut ruling = Ruling::permit();
        if let Some(end) = self.end(ledger.now()) {
            let left = end.since(ledger.now()).as_secs_f64();
            let what = format!("a freeze goes on until {end}");
            ruling = Ruling::defer(end, Reason::new("freeze", what, left, 0.0));
        }
        for (name, until) in ledger.freezes() {
            let left = until.map_or(f64::INFINITY, |t| t.since(ledger.now()).as_secs_f64());
            let what = format!("frozen: {name}");
            ruling = ruling.meet(Ruling::deny(Reason::new("freeze", what, left, 0.0)));
        }
        ruling
    }
}
