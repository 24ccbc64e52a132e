//! Go on after a restart: the state of a monitor as JSON, and what becomes of bytes that are not one.
//!
//! ```text
//! cargo run -p evenkeel --features serde --example snapshot
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::detect::ensemble::Tier;
use evenkeel::detect::{Budget, Monitor};
use evenkeel::prelude::*;
use evenkeel::restore_or_fresh;
use evenkeel::stats::Generator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let budget = Budget::per_day(1.0)?;
    let fresh = || Monitor::builder(budget).tier(Tier::Fast).build();
    let mut monitor = fresh()?;
    let mut noise = Generator::new(9);
    let mut value = |minute: i64, monitor: &mut Monitor| {
        let x = 20.0 + noise.normal() + if minute >= 1_200 { 8.0 } else { 0.0 };
        monitor.update(At::new(Timestamp::from_seconds(60 * minute), x))
    };
    for minute in 0..1_000 {
        value(minute, &mut monitor);
    }
    let saved = serde_json::to_string(&monitor.snapshot())?;
    println!("saved {} bytes after 1,000 values", saved.len());

    // The next process. It knows what is usual, and need not learn it again.
    let mut again: Monitor = restore(&mut serde_json::Deserializer::from_str(&saved))?;
    assert!(again == monitor);
    for minute in 1_000..1_210 {
        if let Some(event) = value(minute, &mut again) {
            println!("{event}");
        }
    }

    // Damaged, or of another version: refused with a reason, and a fresh one instead.
    let damaged = saved.replace("\"budget\"", "\"bugdet\"");
    let (started, why) = restore_or_fresh(&mut serde_json::Deserializer::from_str(&damaged), || {
        fresh().expect("settings in range")
    });
    println!("{}; starts anew: {}", why.map_or_else(String::new, |why| why.to_string()), started == fresh()?);
    Ok(())
}
