//! When did a metric change? In a history, all changes at once; in a stream, as soon as there is enough evidence.
//!
//! ```text
//! cargo run -p evenkeel --example change_points
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::detect::change::{Bocpd, NormalGamma};
use evenkeel::prelude::*;
use evenkeel::series::segmentation::{Cost, Pelt, Penalty};
use evenkeel::stats::Generator;

fn main() -> Result<(), Error> {
    let mut noise = Generator::new(5);
    let level = |day: usize| match day {
        0..120 => 10.0,
        120..200 => 11.5,
        200..320 => 8.0,
        _ => 8.8,
    };
    let errors_a_day: Vec<f64> = (0..400).map(|day| level(day) + 0.8 * noise.normal()).collect();

    let found = Pelt::new(Cost::L2).penalty(Penalty::Mbic).fit(&errors_a_day)?;
    println!("the history changed at {found:?}; it was made to change at [120, 200, 320]");
    let mut from = 0;
    for until in found.iter().copied().chain([errors_a_day.len()]) {
        let part = &errors_a_day[from..until];
        println!(
            "  days {from:3} to {:3}: mean {:5.2}",
            until - 1,
            part.iter().sum::<f64>() / part.len() as f64
        );
        from = until;
    }

    // What is usual is learned from the first fifty days; after that a run of 150 days is expected.
    let usual = NormalGamma::from_history(&errors_a_day[..50])?;
    let mut stream = Bocpd::builder(usual, 150.0).build()?;
    let mut known = 0;
    for (day, value) in (0..).zip(&errors_a_day) {
        stream.update(*value);
        let run = stream.most_probable_run();
        let since = day + 1 - run;
        if run >= 3 && since > known + 10 {
            println!("on day {day} the stream knows that it changed on day {since}");
            known = since;
        }
    }
    Ok(())
}
