use super::incidents::{STEP, at};
use super::member::Small;
use evenkeel_core::{At, Snapshot, restore};
use evenkeel_detect::Fleet;
use evenkeel_detect::fleet::TimeOnly;
use evenkeel_detect::monitor::Budget;
use evenkeel_stats::Generator;
use std::time::Instant;

/// A hundred thousand series: updates a second, bytes a series, snapshot and restore. Prints what it measured.
#[test]
#[ignore = "long: needs 600 MB and some ten seconds"]
fn a_hundred_thousand_series() {
    const SERIES: u64 = 100_000;
    let week = Budget::per_week(1.0).unwrap();
    let mut fleet = Fleet::builder(Small::new(STEP), week).at_least(SERIES).build::<u64>().unwrap();
    let mut g = Generator::new(1);
    let mut outputs = Vec::new();
    let mut rates = Vec::new();
    for step in 0..160 {
        let inputs: Vec<(u64, At<f64>)> =
            (0..SERIES).map(|key| (key, At::new(at(step), g.normal()))).collect();
        let begin = Instant::now();
        fleet.update_all(&inputs, &mut outputs);
        if step >= 140 {
            rates.push(SERIES as f64 / begin.elapsed().as_secs_f64());
        }
    }
    rates.sort_by(f64::total_cmp);
    let begin = Instant::now();
    let told = fleet.tick(at(160), &TimeOnly);
    println!("tick {:?}, {} told", begin.elapsed(), told.len());
    println!("{:.2} million updates/s (median of 20 batches)", rates[10] / 1e6);
    println!(
        "{} bytes a series beside the monitor's heap; Small {}",
        fleet.bytes() / SERIES as usize,
        size_of::<Small>()
    );
    let begin = Instant::now();
    let bytes = postcard::to_allocvec(&fleet.snapshot()).unwrap();
    println!("snapshot {:?}, {} bytes a series", begin.elapsed(), bytes.len() / SERIES as usize);
    let begin = Instant::now();
    let again: Fleet<u64, Small> = restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
    println!("restore {:?}", begin.elapsed());
    assert!(again == fleet);
}
