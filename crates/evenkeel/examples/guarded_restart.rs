//! A restart under guards: what is permitted, what is not and why, and whether it helped.
//!
//! ```text
//! cargo run -p evenkeel --example guarded_restart
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::prelude::*;
use evenkeel::remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel::remedy::{
    BlastRadius, Cooldown, ErrorRatio, Event, Health, Remediator, Runbook, Sample, Target,
};
use evenkeel::{Cause, Diagnosis, FaultKind};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Fine is: at most 1 % bad requests. At most half of a component may be out, and a target is left alone for
    // a minute after something was done to it. Only restarts are done; all else is advice.
    let machine = Remediator::builder(ErrorRatio::builder(0.01).build()?)
        .guard(BlastRadius::new(0.5)?)
        .guard(Cooldown::new(Duration::from_secs(60)))
        .enable("restart")
        .without_lease();
    let mut driver = Driver::new(machine.build()?, Runbook::standard(), DryRun::new(), MemoryLog::new());
    let at = Timestamp::from_seconds;

    // The same instance fails twice within a minute.
    for (incident, from) in [(1, 1_000), (2, 1_030)] {
        println!("--- {from} s: store-1 fails, store-2 serves");
        for (instance, health) in [("store-1", Health::Failing), ("store-2", Health::Serving)] {
            let target = Target::instance("store", instance);
            driver.step(at(from), Event::Health { target, health: At::new(at(from), health) })?;
        }
        let mut cause = Cause::new("store", 0.9)?;
        cause.kind = Some(FaultKind::PoolExhausted);
        let diagnosis = Diagnosis::new(at(from), vec![cause])?;
        let mut told = driver.step(at(from + 1), Event::Opened { incident, symptom: None, diagnosis })?;
        for second in from + 2..from + 25 {
            // Users are fine again once it was restarted: 50 requests a second.
            let bad = if incident == 1 { 0 } else { 20 };
            let seen = At::new(at(second), Sample::Counts { good: 50 - bad, bad });
            told.extend(driver.step(at(second), Event::Seen { incident: None, sample: seen })?);
        }
        for notice in told {
            println!("{notice}");
        }
    }
    let done: Vec<String> = driver.executor().done().iter().map(ToString::to_string).collect();
    println!("--- done: {done:?}");
    Ok(())
}
