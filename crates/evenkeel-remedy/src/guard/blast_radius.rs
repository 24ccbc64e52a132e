//! Blast radius: how much may be out of service at a time.

use crate::action::Action;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::{Share, Verb};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};

/// Limits how much of a component, or of a group of components, may be out of service **after** the action.
///
/// Out are: instances not known to serve, those that an action in flight or in doubt is on, those that
/// somebody else acts on, those that were taken out and not returned, and what the action would take out.
/// Whose health is unknown is out. Denied is an action after which more would be out than the larger
/// permitted share (rounded down), or fewer would serve than the minimum. An action that takes nothing out is
/// none of its business.
///
/// An action that takes nothing serving out reduces no capacity, however much is out already. That is so
/// where everything that it may act on is known to be failing or out of service: one instance; a component of
/// which every instance fails; and, for a [rolling](crate::verb::Impact::rolling) change such as a rollback,
/// a component of which as many fail as go at a time, for those go first, and none of which is of unknown
/// health. Such an action is checked by a second count only, of the instances that are acted on, whatever
/// their health: it may not exceed the permitted share, or one. So a failing instance can be cured in a
/// component of one, a release that broke 1 of 1, 1 of 2 or 3 of 3 instances can be rolled back, and a health
/// check that calls everybody sick does not get everybody restarted at once.
///
/// | of 4, at most half | permitted |
/// | --- | --- |
/// | restart one that serves, 1 fails | yes: 2 of 4 are out then |
/// | restart one that serves, 2 fail | no: 3 of 4 |
/// | restart one that fails, all fail | yes: nothing that serves is taken out, one is acted on |
/// | restart all at once, all fail | no: 4 are acted on |
/// | roll back, 1 to 4 fail | yes: one that fails goes first |
/// | roll back, none fails | yes: 1 of 4 is out then |
/// | roll back, 1 fails and 2 are of unknown health | no: one that serves may go first, and 4 of 4 be out |
///
/// *Parameters*: share in [0, 1], default 0.5; minimum that serves, default 1; both per component, or per
/// group.
///
/// ```
/// use evenkeel_remedy::BlastRadius;
///
/// let guard = BlastRadius::new(0.34)?.component("store", 1.0, 0)?.group("zone a", ["cart", "catalog"], 0.25, 2)?;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BlastRadius {
    limits: Limits,
    components: BTreeMap<Name, Limits>,
    groups: Vec<(Name, BTreeSet<Name>, Limits)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Limits {
    share: f64,
    serving: usize,
}

impl Limits {
    fn new(share: f64, serving: usize) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&share), "share", "in [0, 1]", share)?;
        Ok(Self { share, serving })
    }

    /// How many of so many may be out.
    fn most_out(self, members: usize) -> usize {
        // A third of three is one, also where 1/3 was written as 0.333333.
        libm::floor(self.share * members as f64 + 1e-5) as usize
    }
}

impl Default for BlastRadius {
    fn default() -> Self {
        let limits = Limits { share: 0.5, serving: 1 };
        Self { limits, components: BTreeMap::new(), groups: Vec::new() }
    }
}

impl BlastRadius {
    /// At most this share of any component may be out, and one has to serve.
    ///
    /// # Errors
    /// If `share` is not in [0, 1].
    pub fn new(share: f64) -> Result<Self, Error> {
        Ok(Self { limits: Limits::new(share, 1)?, ..Self::default() })
    }

    /// So many of any component have to serve, at least.
    pub fn min_serving(mut self, instances: usize) -> Self {
        self.limits.serving = instances;
        self
    }

    /// Other limits for a component.
    ///
    /// # Errors
    /// If `share` is not in [0, 1].
    pub fn component(mut self, name: impl Into<Name>, share: f64, min_serving: usize) -> Result<Self, Error> {
        self.components.insert(name.into(), Limits::new(share, min_serving)?);
        Ok(self)
    }

    /// Limits for several components taken together, beside those of each.
    ///
    /// # Errors
    /// If `share` is not in [0, 1].
    pub fn group<N: Into<Name>>(
        mut self,
        name: impl Into<Name>,
        components: impl IntoIterator<Item = N>,
        share: f64,
        min_serving: usize,
    ) -> Result<Self, Error> {
        let components = components.into_iter().map(Into::into).collect();
        self.groups.push((name.into(), components, Limits::new(share, min_serving)?));
        Ok(self)
    }
}

/// How many there are, are out, and are acted on, after the action.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    members: usize,
    out: usize,
    acted_on: usize,
}

fn rule_on(name: &Name, limits: Limits, after: Count, takes_nothing_serving: bool) -> Ruling {
    let reason = |what, observed: usize, limit: usize| {
        Ruling::deny(Reason::new("blast radius", what, observed as f64, limit as f64))
    };
    let Count { members, out, acted_on } = after;
    let most = limits.most_out(members);
    if takes_nothing_serving {
        let most = most.max(1);
        if acted_on > most {
            let what =
                format!("{acted_on} of {members} instances of {name} would be acted on, at most {most}");
            return reason(what, acted_on, most);
        }
        return Ruling::permit();
    }
    if out > most {
        let what = format!("{out} of {members} instances of {name} would be out, at most {most}");
        return reason(what, out, most);
    }
    let serving = members.saturating_sub(out);
    if serving < limits.serving {
        let what = format!("{serving} instances of {name} would serve, at least {}", limits.serving);
        return reason(what, serving, limits.serving);
    }
    Ruling::permit()
}

impl<V: Verb> Guard<V> for BlastRadius {
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let component = &action.target.component;
        let members = ledger.count_members(component);
        if action.verb.impact(members).worst() == Share::Nothing {
            return Ruling::permit();
        }
        let known = action.target.instance.is_none() || ledger.is_known(&action.target);
        if members == 0 || !known {
            let what = format!("{} is not a known part of the fleet", action.target);
            return Ruling::deny(Reason::new("blast radius", what, 0.0, 1.0));
        }
        let harmless = ledger.takes_nothing_serving(action);
        let out = ledger.after(action);
        let here = Count { members, out: out.count(), acted_on: out.count_acted_on() };
        let limits = self.components.get(component).copied().unwrap_or(self.limits);
        let mut ruling = rule_on(component, limits, here, harmless);
        for (name, components, limits) in self.groups.iter().filter(|(_, c, _)| c.contains(component)) {
            let mut sum = here;
            for other in components.iter().filter(|c| *c != component) {
                let out = ledger.out_of_service(other);
                sum.members = sum.members.saturating_add(out.members);
                sum.out = sum.out.saturating_add(out.count());
                sum.acted_on = sum.acted_on.saturating_add(out.count_acted_on());
            }
            ruling = ruling.meet(rule_on(name, *limits, sum, harmless));
        }
        ruling
    }
}
