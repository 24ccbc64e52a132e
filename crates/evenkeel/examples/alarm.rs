//! An alarm for one series: values with their times in, sentences out, at most one false alarm a day.
//!
//! ```text
//! cargo run -p evenkeel --example alarm
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::detect::monitor::Watch;
use evenkeel::detect::{Budget, Monitor};
use evenkeel::prelude::*;
use evenkeel::stats::Generator;

fn main() -> Result<(), Error> {
    let mut monitor = Monitor::new(Budget::per_day(1.0)?)?;
    let mut noise = Generator::new(7);
    let minute = |i: i64| Timestamp::from_seconds(1_772_409_600 + 60 * i);

    // Latency in milliseconds, a value a minute for two days: a spike, then a level that stays, then silence.
    for i in 0..2_880 {
        let latency = match i {
            1_800 => 95.0,
            2_400.. => 24.0,
            _ => 20.0,
        } + noise.normal();
        if let Some(event) = monitor.update(At::new(minute(i), latency)) {
            println!("{event}");
        }
    }
    for i in 2_880..2_900 {
        if let Some(event) = monitor.tick(minute(i)) {
            println!("{event}");
        }
    }
    println!(
        "usual interval {:?}, raised: {}, lost: {}",
        monitor.usual_interval(),
        monitor.is_raised(),
        monitor.is_lost()
    );
    Ok(())
}
