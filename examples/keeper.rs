//! The closed loop in memory: an alarm, a ranked cause, a permitted action, verified.
//!
//! ```text
//! cargo run -p evenkeel-examples --example keeper
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::keeper::{Observer, Symptom};
use evenkeel::prelude::{At, Signal, Timestamp};
use evenkeel::remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel::remedy::{BlastRadius, ErrorRatio, Event, Health, Remediator, Runbook, Target};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // At most 2 % of the requests may be bad; half of a component may be out; restarts may be done.
    let users = Symptom::requests("users", 0.02)?.at("store");
    let mut observer =
        Observer::builder(users).step(Duration::from_secs(1)).evidence(Duration::from_secs(5)).build()?;
    let machine = Remediator::builder(ErrorRatio::builder(0.02).build()?).guard(BlastRadius::new(0.5)?);
    let machine = machine.enable("restart").without_lease().build()?;
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new());

    for second in 0..240 {
        let now = Timestamp::from_seconds(1_700_000_000 + second);
        let broken = second >= 120 && driver.executor().done().is_empty();
        for instance in ["store-1", "store-2"] {
            let slow = broken && instance == "store-1";
            let waits = Signal::new("store", "pool_wait_seconds").at_instance(instance);
            observer.observe(now, &waits, if slow { 0.9 } else { 0.030 + 0.001 * (second % 7) as f64 });
            let health = At::new(now, if slow { Health::Failing } else { Health::Serving });
            let report = Event::Health { target: Target::instance("store", instance), health };
            driver.step(now, report)?.iter().for_each(|notice| observer.heed(notice));
        }
        observer.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
        for event in observer.tick(now) {
            if event.is_news() {
                println!("{second:3} s  {event}");
            }
            for notice in driver.step(now, event)? {
                println!("{second:3} s    {notice}");
                observer.heed(&notice);
            }
        }
    }
    Ok(())
}
