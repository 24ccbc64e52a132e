//! A policy, actions and an executor of one's own: scored in the gym by its regret, then at work.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::prelude::*;
use evenkeel::remedy::action::{Key, Plan};
use evenkeel::remedy::driver::{Driver, MemoryLog};
use evenkeel::remedy::executor::{Applied, Executor, Permit};
use evenkeel::remedy::policy::{BeliefRepair, Catalog, Decision, Measure, Policy, Remedy, Situation};
use evenkeel::remedy::verb::{Impact, Verb};
use evenkeel::remedy::{Action, ErrorRatio, Event, Remediator, Sample, Target, simulator::Gym};
use evenkeel::{Diagnosis, FaultKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Knob {
    CacheOff,
    Reindex,
}

impl std::fmt::Display for Knob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Verb for Knob {
    fn name(&self) -> &'static str {
        ["cache off", "reindex"][*self as usize]
    }
    fn impact(&self, _instances: usize) -> Impact {
        Impact::NONE
    }
    fn undo(&self) -> Option<Self> {
        None
    }
}

/// First the cache, then the index, then a person.
struct Mine;
impl Policy<Knob> for Mine {
    fn decide(&mut self, s: &Situation<'_, Knob>) -> Decision<Knob> {
        match [Knob::CacheOff, Knob::Reindex].get(s.tried().len()) {
            Some(knob) => Decision::Act(Plan::of(Action::new(*knob, Target::component("service")))),
            None => Decision::Escalate { why: "neither helped".into() },
        }
    }
}

struct Hands;
impl Executor<Knob> for Hands {
    fn apply(&mut self, permit: Permit<Knob>) -> Applied {
        println!("turning: {}", permit.action());
        Applied::Done
    }
    fn probe(&mut self, _key: Key) -> Applied {
        Applied::Unknown
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (slow, disk) = (FaultKind::Slow, FaultKind::DiskExhausted);
    let cache = Remedy::new(Measure::component(Knob::CacheOff), 1.0)?.cures(slow, 0.7)?;
    let index = Remedy::new(Measure::component(Knob::Reindex), 20.0)?.cures(slow, 0.5)?.cures(disk, 0.9)?;
    let catalog = Catalog::new(60.0)?.remedy(cache).remedy(index);
    let gym = Gym::new(catalog.clone()).fault(slow, 1.0)?.fault(disk, 1.0)?.unexplained(0.5)?;
    println!("mine: {}", gym.score(2_000, 1, &mut Mine)?);
    println!("best: {}", gym.score(2_000, 1, &mut BeliefRepair::new(catalog))?);
    let machine = Remediator::builder(ErrorRatio::builder(0.01).build()?).without_lease().enable("cache off");
    let mut driver = Driver::new(machine.build()?, Mine, Hands, MemoryLog::new());
    let diagnosis = Diagnosis::new(Timestamp::EPOCH, Vec::new())?;
    driver.step(Timestamp::EPOCH, Event::Opened { incident: 1, symptom: None, diagnosis })?;
    for now in (1..20).map(Timestamp::from_seconds) {
        let sample = At::new(now, Sample::Counts { good: 100, bad: 0 });
        driver.step(now, Event::Seen { incident: None, sample })?.iter().for_each(|n| println!("{n}"));
    }
    Ok(())
}
