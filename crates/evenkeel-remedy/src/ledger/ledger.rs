//! The ledger: the view of guards and policies.

use crate::action::{Action, Key, Target};
use crate::ledger::fleet::Health;
use crate::ledger::fleet::Member;
use crate::ledger::flights::InFlight;
use crate::ledger::ledger_state::CompletedAction;
use crate::ledger::ledger_state::ExternalAction;
use crate::ledger::ledger_state::Lease;
use crate::ledger::ledger_state::LedgerState;
use crate::ledger::ledger_state::Touched;
use crate::verb::{Share, Verb};
use alloc::collections::BTreeSet;
use core::time::Duration;
use evenkeel_core::{At, Name, SourceHealth, Timestamp};

/// What guards and policies may see: the fleet and its health, what is in flight or in doubt, what was done,
/// whether sources can be trusted, freezes, the lease.
///
/// When a guard rules, the action that is asked about is not in here, not even when its intent is written
/// already. Reading is cheap: everything is kept in ordered maps; what is said of a component is O(its members
/// + actions on it + what others do).
#[derive(Debug)]
pub struct Ledger<'a, V> {
    pub(crate) state: &'a LedgerState<V>,
    pub(crate) now: Timestamp,
    /// What is asked about: left out of everything.
    pub(crate) asking: Option<Key>,
    /// Whether what is asked about takes something back, and of which incident it is.
    pub(crate) undo_of: Option<u64>,
}

impl<V> Clone for Ledger<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Ledger<'_, V> {}

/// What is out of service in a component, counted so that nobody is counted as serving who may not be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OutOfService<'a> {
    /// How many instances are known.
    pub members: usize,
    /// The instances that are out or may be: not known to serve, acted on, or acted on and not yet returned.
    pub named: BTreeSet<&'a Name>,
    /// How many more are out, or may be, without a name.
    pub unnamed: usize,
    /// The instances that are out, or may be, because somebody acts on them, without regard to health.
    pub acted_on: BTreeSet<&'a Name>,
    /// How many more are acted on without a name.
    pub unnamed_acted_on: usize,
}

impl OutOfService<'_> {
    /// How many are out, at most all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.named.len().saturating_add(self.unnamed).min(self.members)
    }

    /// How many are out because somebody acts on them, at most all.
    #[must_use]
    pub fn count_acted_on(&self) -> usize {
        self.acted_on.len().saturating_add(self.unnamed_acted_on).min(self.members)
    }
}

/// The health of a member of a component of which it is known what was touched.
#[inline]
fn health_of(target: &Target, member: &Member, touched: &Touched<'_>) -> Health {
    match member.report() {
        Some(report) if touched.can_rely_on(target, report.time) => report.value,
        _ => Health::Unknown,
    }
}

impl<'a, V> Ledger<'a, V> {
    /// What time it is, as far as the clock is believed.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When to ask again, where a guard defers and does not know until when.
    #[must_use]
    pub fn recheck_at(&self) -> Timestamp {
        self.now + self.state.terms.recheck
    }

    /// Whether the action asked about takes something back.
    #[must_use]
    pub fn is_undo(&self) -> bool {
        self.undo_of.is_some()
    }

    /// All known components, in order of their names.
    pub fn components(&self) -> impl Iterator<Item = &'a Name> + use<'a, V> {
        self.state.fleet.components()
    }

    /// The known instances of a component, in order of their names.
    pub fn members(&self, component: &Name) -> impl Iterator<Item = (&'a Target, &'a Member)> + use<'a, V> {
        self.state.fleet.members(component)
    }

    /// The instance with this name, in whichever component.
    #[must_use]
    pub fn find(&self, instance: &Name) -> Option<&'a Target> {
        self.state.fleet.find(instance)
    }

    /// The health of an instance as far as it can be relied on: [`Health::Unknown`] if it was never reported,
    /// if the report is too old, or if it is from before the last action on it ended.
    #[must_use]
    pub fn health(&self, target: &Target) -> Health {
        let Some((_, member)) = self.state.fleet.get(target) else { return Health::Unknown };
        health_of(target, member, &self.state.touched(&target.component, self.now))
    }

    /// The instances of a component with their health, in order of their names.
    pub(crate) fn health_of_members(
        &self,
        component: &Name,
    ) -> impl Iterator<Item = (&'a Target, Health)> + use<'a, V> {
        let touched = self.state.touched(component, self.now);
        let members = self.state.fleet.members(component);
        members.map(move |(target, member)| (target, health_of(target, member, &touched)))
    }

    /// How many instances of a component are known.
    pub(crate) fn count_members(&self, component: &Name) -> usize {
        self.state.fleet.count(component)
    }

    /// Whether this instance is known.
    pub(crate) fn is_known(&self, target: &Target) -> bool {
        self.state.fleet.get(target).is_some()
    }

    /// The actions of this machine that are in flight or in doubt, but for the one asked about.
    pub fn in_flight(&self) -> impl Iterator<Item = (&'a Key, &'a InFlight<V>)> + use<'a, V> {
        let asking = self.asking;
        self.state.flights.iter().filter(move |(key, _)| Some(**key) != asking)
    }

    /// Those of them on a component.
    pub fn in_flight_on(
        &self,
        component: &Name,
    ) -> impl Iterator<Item = (&'a Key, &'a InFlight<V>)> + use<'a, V> {
        let asking = self.asking;
        self.state.flights.on(component).filter(move |(key, _)| Some(**key) != asking)
    }

    /// What people and other controllers are doing now: it counts as in flight. What is planned for later is
    /// not among it, nor what is done to an instance that has left the fleet.
    pub fn external_actions(&self) -> impl Iterator<Item = &'a ExternalAction> + use<'a, V> {
        let (now, state) = (self.now, self.state);
        self.external_history()
            .filter(move |o| o.since <= now && o.until > now && !state.gone.contains_key(&o.target))
    }

    /// What people and other controllers did, are doing, or have announced, as far as it is remembered.
    pub fn external_history(&self) -> impl Iterator<Item = &'a ExternalAction> + use<'a, V> {
        self.state.outside.iter().map(|(outside, _)| outside)
    }

    /// The actions that ended, the oldest first, as far as they are remembered.
    #[must_use]
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &'a CompletedAction<V>> + use<'a, V> {
        self.state.history.iter()
    }

    /// The last report on a source of telemetry.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<At<SourceHealth>> {
        self.state.sources.get(name).map(|(report, _)| *report)
    }

    /// All sources that were ever reported on.
    pub fn sources(&self) -> impl Iterator<Item = (&'a Name, At<SourceHealth>)> + use<'a, V> {
        self.state.sources.iter().map(|(name, (report, _))| (name, *report))
    }

    /// The freezes that are switched on, with the time at which each ends by itself.
    pub fn freezes(&self) -> impl Iterator<Item = (&'a Name, Option<Timestamp>)> + use<'a, V> {
        let now = self.now;
        (self.state.freezes.iter())
            .map(|(name, until)| (name, *until))
            .filter(move |(_, until)| until.is_none_or(|t| t > now))
    }

    /// The lease of this machine, valid or not.
    #[must_use]
    pub fn lease(&self) -> Option<Lease> {
        self.state.lease
    }

    /// For how long after a new lease what the former holder began may still come to light.
    #[must_use]
    pub fn handover(&self) -> Duration {
        self.state.terms.handover
    }

    /// Who halted the machine, if it is halted.
    #[must_use]
    pub fn halted_by(&self) -> Option<&'a Name> {
        self.state.halted.as_ref()
    }

    /// Whether verbs of this name are carried out, rather than advised only.
    #[must_use]
    pub fn is_acting(&self, verb: &str) -> bool {
        self.state.acting.contains(verb)
    }

    /// Who is acted on: in flight, in doubt, by others, or taken out and not returned.
    fn acted_on(&self, component: &Name, out: &mut OutOfService<'a>)
    where
        V: Verb,
    {
        let mut whole = false;
        let mut add = |instance: Option<&'a Name>, share: Share| match (share, instance) {
            (Share::Nothing, _) => {}
            (_, Some(instance)) => {
                out.acted_on.insert(instance);
            }
            (Share::Some(n), None) => out.unnamed = out.unnamed.saturating_add(n),
            (Share::Whole, None) => whole = true,
        };
        for (_, flight) in self.in_flight_on(component) {
            add(flight.action.target.instance.as_ref(), flight.action.verb.impact(out.members).worst());
        }
        for other in self.external_actions().filter(|o| o.target.component == *component) {
            add(other.target.instance.as_ref(), other.share);
        }
        let first = Target::component(component);
        let lasting = self.state.lasting.range(first..).take_while(|(t, _)| t.component == *component);
        for (target, lasting) in lasting {
            add(target.instance.as_ref(), lasting.share);
        }
        if whole {
            out.unnamed = out.members;
        }
        out.unnamed_acted_on = out.unnamed;
    }

    /// What is out of service in a component.
    #[must_use]
    pub fn out_of_service(&self, component: &Name) -> OutOfService<'a>
    where
        V: Verb,
    {
        let mut out = OutOfService { members: self.count_members(component), ..OutOfService::default() };
        self.acted_on(component, &mut out);
        out.named = out.acted_on.clone();
        for (target, health) in self.health_of_members(component) {
            if health != Health::Serving {
                out.named.extend(target.instance.as_ref());
            }
        }
        out
    }

    /// A component's state after an action: what is out already and what the action would take out beyond
    /// that.
    #[must_use]
    pub fn after(&self, action: &Action<V>) -> OutOfService<'a>
    where
        V: Verb,
    {
        let mut out = self.out_of_service(&action.target.component);
        let impact = action.verb.impact(out.members);
        let share = impact.worst();
        if let (Some(_), true) = (&action.target.instance, share != Share::Nothing) {
            match self.state.fleet.get(&action.target) {
                Some((known, _)) => {
                    out.named.extend(known.instance.as_ref());
                    out.acted_on.extend(known.instance.as_ref());
                }
                None => {
                    out.unnamed = out.unnamed.saturating_add(1);
                    out.unnamed_acted_on = out.unnamed_acted_on.saturating_add(1);
                }
            }
            return out;
        }
        let acts_on = match share {
            Share::Nothing => 0,
            Share::Some(n) => n,
            Share::Whole => out.members,
        };
        let mut takes_out = acts_on;
        if impact.is_rolling() {
            takes_out = takes_out.saturating_sub(self.goes_first(&action.target.component, &out));
        }
        out.unnamed = out.unnamed.saturating_add(takes_out);
        out.unnamed_acted_on = out.unnamed_acted_on.saturating_add(acts_on);
        out
    }

    /// How many instances a rolling action finds that it takes out before any that serves: those that are
    /// known to be out and that nobody acts on. None where one of unknown health may be serving.
    fn goes_first(&self, component: &Name, out: &OutOfService<'a>) -> usize {
        let mut known = 0_usize;
        for (target, health) in self.health_of_members(component) {
            if target.instance.as_ref().is_some_and(|name| out.acted_on.contains(name)) {
                continue;
            }
            match health {
                Health::Serving => {}
                Health::Failing | Health::OutOfService => known = known.saturating_add(1),
                Health::Unknown => return 0,
            }
        }
        known.saturating_sub(out.unnamed_acted_on)
    }

    /// Whether an action takes out nothing that serves or may serve: everything that it may act on is known
    /// to be failing or out of service already. False where health is unknown.
    #[must_use]
    pub fn takes_nothing_serving(&self, action: &Action<V>) -> bool
    where
        V: Verb,
    {
        let is_out = |health: Health| matches!(health, Health::Failing | Health::OutOfService);
        if action.target.instance.is_some() {
            return is_out(self.health(&action.target));
        }
        let component = &action.target.component;
        let out = self.out_of_service(component);
        let impact = action.verb.impact(out.members);
        match impact.worst() {
            Share::Nothing => true,
            Share::Some(n) if impact.is_rolling() && self.goes_first(component, &out) >= n => true,
            // Nobody knows which: any of them.
            Share::Some(_) | Share::Whole => {
                out.members > 0 && self.health_of_members(component).all(|(_, health)| is_out(health))
            }
        }
    }
}
