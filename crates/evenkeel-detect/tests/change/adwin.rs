use crate::stream::{normal, uniform};
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::Adwin;
use evenkeel_detect::change::AdwinBuilder;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "defaults")]
    _defaults: Value,
    input: Vec<f64>,
    runs: Vec<Run>,
    bernoulli: Option<Bernoulli>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    params: Params,
    drift_at: Vec<usize>,
    width: Vec<u64>,
    estimation: Option<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bernoulli {
    params: Params,
    input: Vec<f64>,
    drift_at: Vec<usize>,
    width: Vec<u64>,
    estimation: Option<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    delta: Option<f64>,
    clock: Option<u32>,
    max_buckets: Option<u16>,
    min_window_length: Option<u32>,
    grace_period: Option<u64>,
}

/// Settings as river's.
fn like(params: &Params) -> AdwinBuilder {
    Adwin::builder()
        .delta(params.delta.unwrap_or(0.002))
        .clock(params.clock.unwrap_or(32))
        .max_buckets(params.max_buckets.unwrap_or(5))
        .min_part(params.min_window_length.unwrap_or(5))
        .grace(params.grace_period.unwrap_or(10))
        .restarting()
}

fn replay(input: &[f64], run: &Run) {
    assert_eq!(run.width.len(), input.len());
    let mut window = like(&run.params).build().unwrap();
    let mut drifts = Vec::new();
    for (i, x) in input.iter().enumerate() {
        let score = window.update(*x);
        if window.drifted() {
            assert!(score.unwrap().value() > 1.0);
            drifts.push(i);
        }
        assert_eq!(window.width(), run.width[i], "width at {i}");
        if let Some(means) = &run.estimation {
            assert_close!(window.mean().unwrap(), means[i], 1e-9, 1e-9);
        }
    }
    assert_eq!(drifts, run.drift_at);
    assert_eq!(window.drifts(), drifts.len() as u64);
}

#[test]
fn reference() {
    let file: File = load("detect", "adwin.json");
    assert!(!file.runs.is_empty() && !file.input.is_empty());
    for run in &file.runs {
        replay(&file.input, run);
    }
    if let Some(Bernoulli { params, input, drift_at, width, estimation }) = file.bernoulli {
        replay(&input, &Run { params, drift_at, width, estimation });
    }
}

/// The definition over values themselves: sizes of buckets from the oldest on, cut as the paper says.
struct Plain {
    values: Vec<f64>,
    sizes: Vec<usize>,
}

impl Plain {
    fn push(&mut self, x: f64, most: usize) {
        self.values.push(x);
        self.sizes.push(1);
        let mut size = 1;
        loop {
            let row: Vec<usize> = (0..self.sizes.len()).filter(|i| self.sizes[*i] == size).collect();
            if row.len() <= most {
                return;
            }
            self.sizes[row[0]] = 2 * size;
            self.sizes.remove(row[1]);
            size *= 2;
        }
    }

    /// The strongest cut, signed.
    fn strongest(&self, delta: f64, range: f64, least: usize) -> f64 {
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (n, all) = (self.values.len(), mean(&self.values));
        let variance = self.values.iter().map(|x| (x - all).powi(2)).sum::<f64>() / n as f64;
        let d = (2.0 * (n as f64).ln() / delta).ln();
        let (mut at, mut best) = (0, 0.0_f64);
        for size in &self.sizes {
            at += size;
            if at < least || n - at < least {
                continue;
            }
            let m = 1.0 / (at - least + 1) as f64 + 1.0 / (n - at - least + 1) as f64;
            let bound = (2.0 * m * variance * d).sqrt() + 2.0 / 3.0 * d * m * range;
            let strength = (mean(&self.values[at..]) - mean(&self.values[..at])) / bound;
            if strength.abs() > best.abs() {
                best = strength;
            }
        }
        best
    }

    fn drop_oldest(&mut self) {
        let size = self.sizes.remove(0);
        self.values.drain(..size);
    }
}

proptest! {
    #[test]
    fn it_is_the_definition(
        values in prop::collection::vec(-1.0..1.0, 20..160), at in 0..160_usize, shift in -6.0..6.0,
        most in 2_u16..7, least in 1_u32..6, clock in 1_u32..6, spike in prop::option::of(0..160_usize),
    ) {
        let (delta, range) = (0.1, 0.3);
        let builder = Adwin::builder().delta(delta).range(range).max_buckets(most).min_part(least).clock(clock).grace(0);
        let mut window = builder.build().unwrap();
        let mut plain = Plain { values: Vec::new(), sizes: Vec::new() };
        let mut held = None;
        for (i, x) in values.iter().enumerate() {
            let x = if i >= at { x + shift } else { *x };
            // What is gone leaves no rounding behind.
            let x = if spike == Some(i) { 1e9 } else { x };
            let score = window.update(x);
            plain.push(x, usize::from(most));
            let mut cut = false;
            if (i + 1) % clock as usize == 0 && plain.values.len() > 1 {
                let mut strength = plain.strongest(delta, range, least as usize);
                held = Some(strength);
                // Within rounding of the bound either way is right.
                prop_assume!((strength.abs() - 1.0).abs() > 1e-6);
                cut = strength.abs() > 1.0;
                while strength.abs() > 1.0 {
                    plain.drop_oldest();
                    strength = plain.strongest(delta, range, least as usize);
                    prop_assume!((strength.abs() - 1.0).abs() > 1e-6);
                }
            }
            prop_assert_eq!(score.is_some(), held.is_some());
            if let (Some(score), Some(held)) = (score, held) {
                prop_assert!((score.value() - held.abs()).abs() < 1e-6 * (1.0 + held.abs()), "{} {held}", score.value());
                if held.abs() > 1e-6 {
                    prop_assert_eq!(score.direction(), if held > 0.0 { Direction::Up } else { Direction::Down });
                }
            }
            prop_assert_eq!(window.drifted(), cut);
            prop_assert_eq!(window.width(), plain.values.len() as u64);
            let mean = plain.values.iter().sum::<f64>() / plain.values.len() as f64;
            prop_assert!((window.mean().unwrap() - mean).abs() < 1e-9 * (1.0 + mean.abs()));
            let variance = plain.values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / plain.values.len() as f64;
            prop_assert!((window.variance().unwrap() - variance).abs() < 1e-6 * (1.0 + variance));
        }
        prop_assert!(window.is_exact());
    }

    /// Another unit, with the range in it, and another zero change nothing.
    #[test]
    fn it_is_equivariant(seed in 0_u64..1000, unit in 0.001..1000.0, zero in -100.0..100.0, shift in -3.0..3.0) {
        let mut plain = Adwin::builder().clock(3).build().unwrap();
        let mut moved = Adwin::builder().clock(3).range(unit).build().unwrap();
        for (i, u) in uniform(seed).take(400).enumerate() {
            let x = if i < 200 { u } else { u + shift };
            let (a, b) = (plain.update(x), moved.update((x + zero) * unit));
            let (a, b) = (a.map_or(0.0, |s| s.signed()), b.map_or(0.0, |s| s.signed()));
            prop_assert!((a - b).abs() < 1e-8 * (1.0 + a.abs()), "{a} {b}");
            prop_assert_eq!(plain.width(), moved.width());
        }
    }
}

/// The bound is a bound: in a hundred streams of 10,000 values in [0, 1] hardly a cut.
#[test]
fn few_false_cuts() {
    let cuts: u64 = (0..100)
        .map(|seed| {
            let mut window = Adwin::builder().build().unwrap();
            window.run(uniform(seed).take(10_000)).for_each(drop);
            window.drifts()
        })
        .sum();
    // 312 looks each at 0.002: 62 were allowed.
    assert!(cuts <= 10, "{cuts}");
}

/// After a shift what is left is of the new level, and the score says so until the next look.
#[test]
fn a_shift_is_found_and_forgotten() {
    let mut window = Adwin::builder().range(6.0).build().unwrap();
    let mut first = None;
    for (i, z) in normal(3).take(8_000).enumerate() {
        let score = window.update(if i < 4_000 { z } else { z + 1.0 });
        if window.drifted() && first.is_none() {
            first = Some((i, score.unwrap().direction()));
        }
        assert!(!(3_000..4_000).contains(&i) || window.mean().unwrap().abs() < 0.2);
    }
    let (at, direction) = first.unwrap();
    assert!((4_000..4_200).contains(&at), "{at}");
    assert_eq!(direction, Direction::Up);
    assert!((window.mean().unwrap() - 1.0).abs() < 0.1 && window.width() <= 4_200, "{}", window.width());
}

#[test]
fn beyond_its_rows_it_says_so() {
    let mut window = Adwin::builder().rows(4).max_buckets(3).build().unwrap();
    for u in uniform(8).take(45) {
        window.update(u);
    }
    assert!(window.is_exact() && window.width() == 45, "3 (1 + 2 + 4 + 8)");
    for u in uniform(9).take(1_000) {
        window.update(u);
        assert!(window.width() <= 45);
    }
    assert!(!window.is_exact() && window.width() > 30);
}

#[test]
fn settings_are_validated() {
    let fine = Adwin::builder;
    for (builder, name) in [
        (fine().delta(0.0), "delta"),
        (fine().delta(1.0), "delta"),
        (fine().delta(f64::NAN), "delta"),
        (fine().range(0.0), "range"),
        (fine().clock(0), "clock"),
        (fine().max_buckets(1), "max_buckets"),
        (fine().min_part(0), "min_part"),
        (fine().rows(0), "rows"),
        (fine().rows(49), "rows"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}
