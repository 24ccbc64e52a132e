//! From raw samples to a regular series, with an account of all that was wrong and of every change.
//!
//! ```text
//! cargo run -p evenkeel --example clean
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::prelude::*;
use evenkeel::series::Clean;
use evenkeel::series::clean::OutlierRepair;
use evenkeel::stats::Generator;

fn main() -> Result<(), Error> {
    // A gauge that is scraped every 15 s, in memory in GB: late, doubled, lost and impossible samples.
    let mut noise = Generator::new(11);
    let mut samples = Vec::new();
    for i in 0..400_i64 {
        if (100..103).contains(&i) || (250..290).contains(&i) {
            continue;
        }
        let jitter = (noise.uniform() * 2.0) as i64;
        let value = if i == 200 { 4_000.0 } else { 2.0 + 0.002 * i as f64 + 0.02 * noise.normal() };
        samples.push(At::new(Timestamp::from_seconds(1_772_409_600 + 15 * i + jitter), value));
    }
    samples.swap(50, 51);
    samples.push(samples[60]);

    let cleaned = Clean::new().outliers(OutlierRepair::new()).apply(&samples)?;
    println!("{cleaned}");
    let known = cleaned.series().values().iter().filter(|x| x.is_finite()).count();
    println!(
        "\n{} samples became {} cells, {known} of them known",
        samples.len(),
        cleaned.series().values().len()
    );
    Ok(())
}
