//! Health of sources as a precondition.

use crate::action::Action;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::Name;

/// Defers while a source of telemetry is not fresh, or nothing is known about it.
///
/// Without names it asks for every source that was ever reported on, and for one at least. *Parameter*: how
/// old a report on a source may be, default 60 s.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct SourceHealthy {
    names: Vec<Name>,
    expires: Duration,
}

impl Default for SourceHealthy {
    fn default() -> Self {
        Self::all()
    }
}

impl SourceHealthy {
    /// Every source there is.
    pub fn all() -> Self {
        Self { names: Vec::new(), expires: Duration::from_secs(60) }
    }

    /// These sources.
    pub fn of<N: Into<Name>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), ..Self::all() }
    }

    /// For how long a report on a source counts.
    pub fn expires_after(mut self, length: Duration) -> Self {
        self.expires = length;
        self
    }

    fn check<V>(&self, name: &Name, ledger: &Ledger<'_, V>) -> Ruling {
        let limit = self.expires.as_secs_f64();
        let Some(report) = ledger.source(name.as_str()) else {
            let why =
                Reason::new("source", format!("nothing is known of the source {name}"), f64::INFINITY, limit);
            return Ruling::defer(ledger.recheck_at(), why);
        };
        let age = ledger.now().since(report.time);
        let (fresh, age) = (age <= self.expires, age.as_secs_f64());
        if fresh && report.value.is_trustworthy() {
            return Ruling::permit();
        }
        let what = if fresh {
            format!("the source {name} is {}", report.value)
        } else {
            format!("the last report on the source {name} is {age:.0} s old, at most {limit:.0} s")
        };
        Ruling::defer(ledger.recheck_at(), Reason::new("source", what, age, limit))
    }
}

impl<V: Verb> Guard<V> for SourceHealthy {
    fn rule(&self, _: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        if !self.names.is_empty() {
            return self.names.iter().fold(Ruling::permit(), |r, name| r.meet(self.check(name, ledger)));
        }
        let mut any = false;
        let mut ruling = Ruling::permit();
        for (name, _) in ledger.sources() {
            any = true;
            ruling = ruling.meet(self.check(name, ledger));
        }
        if !any {
            let why = Reason::new("source", "no source of telemetry is known", 0.0, 1.0);
            ruling = Ruling::defer(ledger.recheck_at(), why);
        }
        ruling
    }
}
