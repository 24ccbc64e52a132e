//! The same detector for each of many series: two thousand endpoints, made on first sight, under a cap.
//!
//! ```text
//! cargo run --release -p evenkeel --example bank
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::detect::outlier::Deviation;
use evenkeel::detect::{Bank, RankCusum};
use evenkeel::prelude::*;
use evenkeel::stats::Generator;

fn main() -> Result<(), Error> {
    // Any stage can be in a bank: here a deviation from the recent past, and a calibrator behind it.
    let risk = 1e-7;
    let line = Deviation::builder().build()?.then(RankCusum::builder(risk).build()?);
    let mut bank = Bank::builder(line, 10_000).build::<String>()?;

    let mut noise = Generator::new(1);
    let mut first: Option<(u32, String)> = None;
    for minute in 0..600_u32 {
        for endpoint in 0..2_000_u32 {
            let slower = if minute >= 500 && endpoint == 1_234 { 3.0 } else { 0.0 };
            let key = format!("/api/{endpoint}");
            let seen = bank.update(&key, 20.0 + noise.normal() + slower);
            if seen.is_some_and(|seen| seen.p() <= risk) && first.is_none() {
                first = Some((minute, key));
            }
        }
    }
    if let Some((minute, key)) = first {
        println!("{key} is slower, known in minute {minute}; it became slower in minute 500");
    }
    println!("{} series, {} evicted", bank.len(), bank.evictions());
    let one = bank.get("/api/7").map(std::mem::size_of_val);
    println!("a stage takes {one:?} bytes, and what it has allocated");
    Ok(())
}
