//! Evenkeel's part: what is seen goes in, what is said and wanted comes out.

use crate::shop::{Instance, Metrics, Service, ShopEvent, Side};
use evenkeel::core::FaultKind;
use evenkeel::keeper::{Effect, Keeper, USERS};
use evenkeel::prelude::{At, Error, Signal, Timestamp};
use evenkeel::remedy::{BlastRadius, OneAtATime, Rate, SourceHealthy, Target};
use evenkeel::remedy::{ErrorRatio, Event, Health, Measure, Policy, Remediator, Runbook, Verb};
use std::time::Duration;

/// A policy that can be put in the place of the rules.
pub type Rules = Box<dyn Policy<Verb>>;

/// The keeper of the shop and its policy.
#[expect(missing_debug_implementations, reason = "a policy need not be printable")]
pub struct Watch {
    keeper: Keeper<Verb>,
    policy: Rules,
}

impl Watch {
    /// What a runbook says: kinds of faults, never components.
    #[must_use]
    pub fn runbook() -> Rules {
        // Requests that were under way when something was done are not held against it.
        let settle = Duration::from_millis(1250);
        let restart = || Measure::instance(Verb::Restart).settle(settle);
        let back = || Measure::component(Verb::RollBack).settle(settle);
        let without = Measure::component(Verb::Degrade).settle(settle).optional_only();
        let without = || without.clone().keep_for(Duration::from_secs(2));
        let runbook = Runbook::new()
            .rule(FaultKind::BadChange, [back(), restart()])
            .rule(FaultKind::PoolExhausted, [without(), restart(), back()])
            .rule(FaultKind::CpuExhausted, [restart()])
            .rule(FaultKind::Slow, [without(), restart(), back()])
            .rule(FaultKind::Dead, [without(), restart()])
            .rule(FaultKind::Errors, [without(), restart(), back()])
            .optional(["recommend"]);
        Box::new(runbook.retry(Duration::from_secs(1)).patience(Duration::from_secs(10)).max_tries(1))
    }

    /// A keeper for these instances: 2 % of the requests may be bad.
    ///
    /// # Errors
    /// None: the settings are valid.
    pub fn new(instances: &[Instance], step: Duration, policy: Rules) -> Result<Self, Error> {
        let second = Duration::from_secs(1);
        let mut machine = Remediator::builder(ErrorRatio::builder(0.02).alpha(0.01).build()?).sole_owner();
        machine = machine.guard(BlastRadius::new(0.5)?).guard(OneAtATime::everywhere());
        machine = machine.guard(SourceHealthy::of([USERS])).guard(Rate::new(20, 60 * second)?);
        for verb in ["restart", "roll back", "degrade", "restore"] {
            machine = machine.act(verb);
        }
        machine =
            machine.deadline(30 * second).verify_within(7 * second).apply_within(5 * second).max_attempts(1);
        machine = machine.hold_for(3 * second).recheck(step).probe_every(second).health_expires(5 * second);
        let keeper = Keeper::builder(0.02, machine.build()?).symptom_at("edge").step(step).rows(240);
        let mut keeper = keeper.evidence(3 * step).half_life(40.0).build()?;
        instances.iter().for_each(|i| keeper.member(i.service.name(), i.name.clone()));
        Ok(Self { keeper, policy })
    }

    /// Hears of something. At the end of a round of scraping it speaks.
    pub fn hear(&mut self, event: &ShopEvent) -> Vec<Effect<Verb>> {
        let keeper = &mut self.keeper;
        match event {
            ShopEvent::Request { at, good, .. } => keeper.request(*at, u64::from(*good), u64::from(!good)),
            ShopEvent::Calls { at, from, to, side: Side::Client, count, errors, mean } => {
                keeper.call(*at, from, to, *count, *errors, *mean);
            }
            ShopEvent::Deploy { at, instance, .. } => keeper.change(*at, instance.clone()),
            ShopEvent::Scrape { at, instance, metrics } => {
                let up = metrics.map_or(0.0, |_| 1.0);
                let values =
                    metrics.iter().flat_map(Metrics::named).filter(|(name, _)| !name.ends_with("_seconds"));
                for (name, value) in values.chain([("up", up)]) {
                    keeper.observe(&Signal::new(instance.clone(), name), *at, value);
                }
                let health = if metrics.is_some() { Health::Serving } else { Health::Failing };
                let service = Service::of(instance.as_str()).map_or("", Service::name);
                let target = Target::instance(service, instance.clone());
                return self.tell(*at, Event::Health { target, health: At::new(*at, health) });
            }
            ShopEvent::Tick { at, oversleep, load_late } => {
                keeper.oversleep(*at, (*oversleep).max(*load_late));
                return keeper.tick(*at).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    /// Answers the machine: a decision, an outcome, the health of an instance.
    pub fn tell(&mut self, now: Timestamp, event: Event<Verb>) -> Vec<Effect<Verb>> {
        self.keeper.event(now, event).into_iter().collect()
    }

    /// Asks the policy about an incident.
    pub fn decide(&mut self, incident: u64) -> Option<Event<Verb>> {
        let situation = self.keeper.remediator().situation(incident)?;
        Some(Event::Decided { incident, decision: self.policy.decide(&situation) })
    }

    /// The keeper, to look at.
    #[must_use]
    pub fn keeper(&self) -> &Keeper<Verb> {
        &self.keeper
    }
}
