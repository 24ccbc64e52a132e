//! What the 95 % intervals of every estimator hold, by length of the history and horizon.

use crate::across_models::estimators::{Estimator, all};
use evenkeel_testing::Source;

const LENGTHS: [usize; 6] = [5, 8, 12, 30, 60, 200];
const HORIZONS: [usize; 2] = [1, 6];
const SEASON: usize = 4;

type Process = fn(&mut Source, usize) -> Vec<f64>;

fn walk(source: &mut Source, n: usize) -> Vec<f64> {
    let mut level = 100.0;
    (0..n)
        .map(|_| {
            level += source.normal();
            level
        })
        .collect()
}

fn autoregression(source: &mut Source, n: usize) -> Vec<f64> {
    let mut state = source.normal() / 0.6;
    (0..n)
        .map(|_| {
            state = 0.8 * state + source.normal();
            100.0 + state
        })
        .collect()
}

fn seasonal(source: &mut Source, n: usize) -> Vec<f64> {
    let course = [3.0, -1.0, -4.0, 2.0];
    (0..n).map(|t| 100.0 + course[t % SEASON] + source.normal()).collect()
}

/// Poisson of mean 3, by inversion.
fn counts(source: &mut Source, n: usize) -> Vec<f64> {
    let one = |source: &mut Source| {
        let (u, mut k, mut p) = (source.uniform(), 0.0, (-3.0_f64).exp());
        let mut sum = p;
        while u > sum && k < 60.0 {
            k += 1.0;
            p *= 3.0 / k;
            sum += p;
        }
        k
    };
    (0..n).map(|_| one(source)).collect()
}

const PROCESSES: [(&str, Process, usize); 4] = [
    ("walk", walk, 1),
    ("AR(1) .8", autoregression, 1),
    ("seasonal", seasonal, SEASON),
    ("counts", counts, 1),
];

/// The share of values inside at each horizon, and the share of histories that were fitted.
fn coverage(estimator: &Estimator, process: Process, n: usize, trials: u64) -> ([f64; 2], f64) {
    let (mut inside, mut fitted) = ([0.0; 2], 0.0);
    for seed in 0..trials {
        let series = process(&mut Source::new(1000 + seed), n + 6);
        let Ok(forecast) = estimator.forecast(&series[..n], 6) else { continue };
        fitted += 1.0;
        for (inside, h) in inside.iter_mut().zip(HORIZONS) {
            let (low, high) = forecast[h - 1].interval(0.95).unwrap();
            *inside += f64::from(u8::from((low..=high).contains(&series[n + h - 1])));
        }
    }
    (inside.map(|x| x / fitted), fitted / trials as f64)
}

/// Of so many histories each share is: its standard error is at most 2 per cent, 1 where 95 per cent are
/// inside.
fn trials(n: usize) -> u64 {
    if n > 60 { 200 } else { 500 }
}

/// The series themselves, one a line, for systems in other languages: `coverage.py` reads them.
#[test]
#[ignore = "writes the file that EVENKEEL_DUMP names"]
fn series_for_peers() {
    let Ok(path) = std::env::var("EVENKEEL_DUMP") else { return println!("EVENKEEL_DUMP names no file") };
    let mut text = String::new();
    for (what, process, period) in PROCESSES {
        for n in LENGTHS {
            for seed in 0..trials(n) {
                let y = process(&mut Source::new(1000 + seed), n + 6);
                let line = serde_json::json!({ "process": what, "period": period, "n": n, "y": y });
                text.push_str(&format!("{line}\n"));
            }
        }
    }
    std::fs::write(path, text).unwrap();
}

#[test]
#[ignore = "long: minutes; prints a table"]
fn table() {
    let only = std::env::var("EVENKEEL_ONLY").unwrap_or_default();
    for (what, process, period) in PROCESSES {
        println!("\n{what}: 95 % intervals hold, per cent at h = 1 / 6");
        println!("{:24}{}", "", LENGTHS.map(|n| format!("{n:>10}")).concat());
        for estimator in
            all(period).iter().filter(|e| only.is_empty() || only.split(';').any(|o| o == e.name))
        {
            let cell = |n: usize| {
                let (inside, fitted) = coverage(estimator, process, n, trials(n));
                if fitted == 0.0 {
                    return format!("{:>10}", "-");
                }
                format!("{:>10}", inside.map(|x| format!("{:.0}", 100.0 * x)).join("/"))
            };
            println!("{:24}{}", estimator.name, LENGTHS.map(cell).concat());
        }
    }
}
