//! Approval by a person.

use crate::action::Action;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::collections::BTreeSet;
use alloc::format;
use evenkeel_core::Name;

/// Asks a person to agree, to everything or to some verbs.
///
/// What was agreed to is still ruled on when the permit is issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// `None`: all.
    verbs: Option<BTreeSet<Name>>,
}

impl Approval {
    /// To everything.
    #[must_use]
    pub fn of_all() -> Self {
        Self { verbs: None }
    }

    /// To verbs of these [names](Verb::name).
    #[must_use]
    pub fn of<N: Into<Name>>(verbs: impl IntoIterator<Item = N>) -> Self {
        Self { verbs: Some(verbs.into_iter().map(Into::into).collect()) }
    }
}

impl<V: Verb> Guard<V> for Approval {
    fn rule(&self, action: &Action<V>, _: &Ledger<'_, V>) -> Ruling {
        let name = action.verb.name();
        if self.verbs.as_ref().is_some_and(|verbs| !verbs.contains(name)) {
            return Ruling::permit();
        }
        Ruling::ask(Reason::new("approval", format!("a person has to agree to `{name}`"), 0.0, 1.0))
    }
}
