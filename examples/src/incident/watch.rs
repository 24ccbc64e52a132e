//! Evenkeel's side: observer and driver on the events of the shop.

use super::hands::Hands;
use crate::shop::{Flow, Instance, Metrics, Service, Shop, ShopEvent, Side};
use evenkeel::FaultKind;
use evenkeel::keeper::{Calls, Event, Observer, Symptom, SymptomId};
use evenkeel::prelude::{At, Signal, Timestamp};
use evenkeel::remedy::driver::{Driver, Journal};
use evenkeel::remedy::guard::{OneAtATime, Rate, SourceHealthy};
use evenkeel::remedy::machine::RemediatorBuilder;
use evenkeel::remedy::policy::{Catalog, Measure, PlannedRepair, Policy, Remedy};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{BlastRadius, ErrorRatio, Event as Told, Health, Notice, Remediator, Runbook, Target};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A policy that can be put in the place of the rules.
pub type Rules = Box<dyn Policy<StandardVerb>>;

/// What was said.
#[derive(Debug)]
pub enum Said {
    /// By the observer.
    Event(Event),
    /// By the machine.
    Notice(Notice<StandardVerb>),
}

/// The observer of the shop, and the driver that acts on what it says.
#[expect(missing_debug_implementations, reason = "a policy need not be printable")]
pub struct Watch {
    observer: Observer,
    driver: Driver<Rules, Hands, Journal<StandardVerb>>,
    /// The symptoms of those who buy and who browse, if they are told apart.
    flows: Option<[SymptomId; 2]>,
}

/// The share of requests that may be bad.
pub const OBJECTIVE: f64 = 0.02;

impl Watch {
    /// What a runbook says: kinds of faults, never components.
    #[must_use]
    pub fn runbook() -> Rules {
        // Requests that were under way when something was done are not held against it.
        let settle = Duration::from_millis(1250);
        let restart = || Measure::instance(StandardVerb::Restart).settle(settle);
        let back = || Measure::component(StandardVerb::RollBack).settle(settle);
        let without = Measure::component(StandardVerb::Degrade).settle(settle).optional_only();
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

    /// The same measures as a plan: what each costs users and how often it helps against which kind of fault, from which
    /// the best order is computed.
    ///
    /// # Errors
    /// If a cost or a probability is out of its range; none is.
    pub fn planner() -> Result<Rules, Box<dyn Error>> {
        let settle = Duration::from_millis(1250);
        let degrade = Measure::component(StandardVerb::Degrade).settle(settle).optional_only();
        let degrade = Remedy::new(degrade.keep_for(Duration::from_secs(2)), 1.0)?
            .cures(FaultKind::PoolExhausted, 0.9)?
            .cures(FaultKind::Slow, 0.9)?
            .cures(FaultKind::Dead, 0.9)?
            .cures(FaultKind::Errors, 0.9)?;
        let restart = Remedy::new(Measure::instance(StandardVerb::Restart).settle(settle), 3.0)?
            .cures(FaultKind::PoolExhausted, 0.8)?
            .cures(FaultKind::CpuExhausted, 0.9)?
            .cures(FaultKind::Slow, 0.7)?
            .cures(FaultKind::Dead, 0.9)?
            .cures(FaultKind::Errors, 0.6)?;
        let back = Remedy::new(Measure::component(StandardVerb::RollBack).settle(settle), 5.0)?
            .cures(FaultKind::BadChange, 0.9)?
            .cures(FaultKind::Slow, 0.2)?
            .cures(FaultKind::Errors, 0.3)?;
        let catalog = Catalog::new(100.0)?.remedy(degrade).remedy(restart).remedy(back);
        Ok(Box::new(PlannedRepair::new(catalog.optional(["recommend"]).retry(Duration::from_secs(1)))))
    }

    /// With half of the requests each, verification takes twice as long.
    fn machine(
        step: Duration,
        sources: &[&str],
    ) -> Result<RemediatorBuilder<StandardVerb, ErrorRatio>, Box<dyn Error>> {
        let second = Duration::from_secs(1);
        let verifier = ErrorRatio::builder(OBJECTIVE).alpha(0.01).build()?;
        let mut machine = Remediator::builder(verifier).without_lease();
        machine = machine.guard(BlastRadius::new(0.5)?).guard(OneAtATime::everywhere());
        machine =
            machine.guard(SourceHealthy::of(sources.iter().copied())).guard(Rate::new(20, 60 * second)?);
        for verb in ["restart", "roll back", "degrade", "restore"] {
            machine = machine.enable(verb);
        }
        machine = machine
            .deadline(30 * second)
            .verify_within(7 * second * u32::try_from(sources.len()).unwrap_or(1))
            .apply_within(5 * second)
            .max_attempts(1);
        let machine =
            machine.hold_for(3 * second).recheck(step).probe_every(second).health_expires(5 * second);
        // The whole fleet is told with every round of scraping.
        Ok(machine.handover(2 * second))
    }

    /// A watch on a shop, of which 2 % of the requests may be bad; `by_flow`: of those who buy as of those
    /// who browse. Intents are written to the journal at this path; what is in it already is taken up.
    ///
    /// # Errors
    /// If the journal can't be opened.
    pub fn new(
        shop: &Arc<Shop>,
        step: Duration,
        policy: Rules,
        journal: &Path,
        by_flow: bool,
    ) -> Result<Self, Box<dyn Error>> {
        let symptoms = if by_flow {
            Flow::ALL.map(|flow| (flow.name(), flow.enters().name())).to_vec()
        } else {
            vec![("users", Service::Edge.name())]
        };
        let symptom =
            |(name, at): (&str, &str)| Ok::<_, Box<dyn Error>>(Symptom::requests(name, OBJECTIVE)?.at(at));
        let mut builder = Observer::builder(symptom(symptoms[0])?).step(step).rows(240).evidence(3 * step);
        for further in &symptoms[1..] {
            builder = builder.symptom(symptom(*further)?);
        }
        let mut observer = builder.build()?;
        let names: Vec<&str> = symptoms.iter().map(|(name, _)| *name).collect();
        for Instance { service, name, .. } in shop.instances() {
            observer.member(service.name(), name);
        }
        let (journal, records) = Journal::open(journal)?;
        let hands = Hands::new(Arc::clone(shop));
        let driver = Driver::recover(Self::machine(step, &names)?, records, policy, hands, journal)?;
        observer.resume(driver.machine());
        let flow = |flow: Flow| observer.symptom(flow.name());
        let flows = flow(Flow::Buy).zip(flow(Flow::Browse)).map(|(buy, browse)| [buy, browse]);
        Ok(Self { observer, driver, flows })
    }

    /// Hears of something; at the end of a round of scraping the circle turns.
    ///
    /// # Errors
    /// Those of the journal.
    pub fn hear(&mut self, event: &ShopEvent) -> std::io::Result<Vec<Said>> {
        let observer = &mut self.observer;
        let mut said = Vec::new();
        self.driver.executor_mut().see(event);
        match event {
            ShopEvent::Request { at, good, flow, .. } => {
                let (good, bad) = (u64::from(*good), u64::from(!good));
                match self.flows {
                    Some(flows) => observer.request_of(*at, flows[*flow as usize], good, bad),
                    None => observer.request(*at, good, bad),
                }
            }
            ShopEvent::Calls { at, from, to, side: Side::Client, count, errors, mean, .. } => {
                observer.call(*at, from, to, Calls { count: *count, failed: *errors, mean: *mean });
            }
            ShopEvent::Deploy { at, instance, .. } => observer.change(*at, instance.clone()),
            ShopEvent::Scrape { at, instance, metrics } => {
                let service = Service::of(instance.as_str()).map_or("", Service::name);
                let up = metrics.map_or(0.0, |_| 1.0);
                let values =
                    metrics.iter().flat_map(Metrics::named).filter(|(name, _)| !name.ends_with("_seconds"));
                for (name, value) in values.chain([("up", up)]) {
                    observer.observe(*at, &Signal::new(service, name).at_instance(instance.clone()), value);
                }
                let health = if metrics.is_some() { Health::Serving } else { Health::Failing };
                let target = Target::instance(service, instance.clone());
                self.tell(*at, Told::Health { target, health: At::new(*at, health) }, &mut said)?;
            }
            ShopEvent::Tick { at, wake_delay, load_late } => {
                observer.report_delay(*at, (*wake_delay).max(*load_late));
                for event in observer.tick(*at) {
                    said.push(Said::Event(event.clone()));
                    self.tell(*at, event, &mut said)?;
                }
            }
            _ => {}
        }
        Ok(said)
    }

    fn tell(
        &mut self,
        now: Timestamp,
        event: impl Into<Told<StandardVerb>>,
        said: &mut Vec<Said>,
    ) -> std::io::Result<()> {
        for notice in self.driver.step(now, event)? {
            self.observer.heed(&notice);
            said.push(Said::Notice(notice));
        }
        Ok(())
    }

    /// The machine, to look at.
    #[must_use]
    pub fn machine_state(&self) -> &Remediator<StandardVerb> {
        self.driver.machine()
    }

    /// Who acts, to look at.
    #[must_use]
    pub fn hands(&self) -> &Hands {
        self.driver.executor()
    }
}
