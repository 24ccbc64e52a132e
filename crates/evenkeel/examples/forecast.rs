//! A forecast of a series that nobody has described, with intervals, and whether it is worth it.
//!
//! ```text
//! cargo run --release -p evenkeel --example forecast
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::models::{Auto, Backtest, Naive};
use evenkeel::prelude::*;
use evenkeel::stats::Generator;

fn main() -> Result<(), Error> {
    // Requests an hour for four weeks: a day in it, noise, and a night that was never recorded.
    let mut noise = Generator::new(3);
    let mut history: Vec<f64> = (0..28 * 24)
        .map(|hour| {
            let of_day = f64::from(hour % 24) / 24.0;
            1_000.0 + 600.0 * (std::f64::consts::TAU * (of_day - 0.35)).sin() + 60.0 * noise.normal()
        })
        .collect();
    history[310..318].fill(f64::NAN);

    let model = Auto::new().fit(&history)?;
    println!("season: {:?} hours; made of:", model.report().seasons);
    for member in model.report().members.iter().filter(|member| member.weight > 0.05) {
        println!("  {:3.0} %  {}", 100.0 * member.weight, member.name);
    }

    let mut day = [Prediction::default(); 24];
    assert!(model.forecast_into(&mut day), "a fitted model forecasts");
    println!("\n hour  expected  95 % of the time within");
    for (hour, next) in day.iter().enumerate().step_by(4) {
        let (low, high) = next.interval(0.95)?;
        println!("{hour:5}  {:8.0}  {low:.0} to {high:.0}", next.mean());
    }

    let backtest = Backtest::new(24);
    let (ours, naive) =
        (backtest.run(&Auto::new(), &history)?.mae(), backtest.run(&Naive::seasonal(24), &history)?.mae());
    println!("\nin the past it was off by {ours:.0} requests, yesterday's value by {naive:.0}");
    Ok(())
}
