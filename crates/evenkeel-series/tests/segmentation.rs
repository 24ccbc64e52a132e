//! Change points.

use approx::assert_abs_diff_eq;
use evenkeel_core::Error;
use evenkeel_series::Segmentation;
use evenkeel_series::segmentation::{
    BinarySegmentation, Cost, FixedNumber, KernelChangePoints, Pelt, Penalty, SlidingWindow, noise_scale,
};
use evenkeel_testing::reference::{self, Number, Unmatched, values};
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "changepoint.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the online part is replayed by its detectors")]
struct File {
    signals: BTreeMap<String, Vec<Number>>,
    pelt: Vec<PeltCase>,
    #[serde(default)]
    dynp: Vec<DynpCase>,
    #[serde(default)]
    binseg: Vec<BinsegCase>,
    #[serde(default)]
    window: Vec<WindowCase>,
    #[serde(default)]
    kernel_rbf: Vec<KernelCase>,
    #[serde(default)]
    bocpd: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what ruptures found is information where the optimum is known")]
struct PeltCase {
    signal: String,
    cost: String,
    pen: f64,
    min_size: usize,
    ruptures_pelt: Vec<usize>,
    ruptures_sum_of_costs: f64,
    ruptures_objective: f64,
    optimal: Vec<usize>,
    optimal_sum_of_costs: f64,
    optimal_objective: f64,
    pelt_is_optimal: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DynpCase {
    signal: String,
    cost: String,
    n_bkps: usize,
    bkps: Vec<usize>,
    sum_of_costs: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BinsegCase {
    signal: String,
    n_bkps: usize,
    bkps: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowCase {
    signal: String,
    width: usize,
    n_bkps: usize,
    bkps: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KernelCase {
    signal: String,
    gamma: f64,
    pen: f64,
    min_size: usize,
    bkps: Vec<usize>,
    bkps_n3: Vec<usize>,
}

fn cost(name: &str) -> Cost {
    match name {
        "l2" => Cost::L2,
        "l1" => Cost::L1,
        "normal" => Cost::Normal,
        other => panic!("{FILE}: an unknown cost {other}"),
    }
}

/// What a segment costs, by its definition.
fn segment_cost(cost: Cost, y: &[f64]) -> f64 {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let squares: f64 = y.iter().map(|x| (x - mean).powi(2)).sum();
    match cost {
        Cost::L2 => squares,
        Cost::Normal => n * (squares / n).ln(),
        Cost::L1 => {
            let median = evenkeel_series::median(y).unwrap();
            y.iter().map(|x| (x - median).abs()).sum()
        }
        Cost::Line => {
            let t = |i: usize| i as f64 - 0.5 * (n - 1.0);
            let spread: f64 = (0..y.len()).map(|i| t(i).powi(2)).sum();
            let slope: f64 = y.iter().enumerate().map(|(i, x)| t(i) * x).sum();
            squares - if spread > 0.0 { slope * slope / spread } else { 0.0 }
        }
        _ => panic!("no definition here"),
    }
}

fn sum_of_costs(cost: Cost, y: &[f64], changes: &[usize]) -> f64 {
    let mut start = 0;
    let ends = changes.iter().copied().chain([y.len()]);
    ends.map(|end| segment_cost(cost, &y[std::mem::replace(&mut start, end)..end])).sum()
}

/// With the end, as ruptures gives them.
fn with_end(mut changes: Vec<usize>, n: usize) -> Vec<usize> {
    changes.push(n);
    changes
}

#[test]
fn reference_values() {
    let file: File = reference::load("models", FILE);
    let gaps = Unmatched::of("models", &[FILE]);
    let signal = |name: &str| values(&file.signals[name]);
    for case in &file.pelt {
        let (y, kind) = (signal(&case.signal), cost(&case.cost));
        let name = format!("pelt {} {} {}", case.signal, case.cost, case.pen);
        let changes =
            Pelt::new(kind).penalty(Penalty::Value(case.pen)).min_size(case.min_size).fit(&y).unwrap();
        let objective = sum_of_costs(kind, &y, &changes) + case.pen * changes.len() as f64;
        let room = 1e-9 * case.optimal_objective.abs();
        assert!(
            objective <= case.optimal_objective + room,
            "{name}: {objective}, {}",
            case.optimal_objective
        );
        let expected = &case.optimal[..case.optimal.len() - 1];
        assert_close!(sum_of_costs(kind, &y, expected), case.optimal_sum_of_costs, 1e-9, 1e-9, "{name}");
    }
    for case in &file.dynp {
        let (y, kind) = (signal(&case.signal), cost(&case.cost));
        let changes = FixedNumber::new(kind, case.n_bkps).fit(&y).unwrap();
        let name = format!("dynp {} {}", case.signal, case.n_bkps);
        assert_close!(sum_of_costs(kind, &y, &changes), case.sum_of_costs, 1e-9, 0.0, "{name}");
        assert_eq!(with_end(changes, y.len()), case.bkps, "{name}");
    }
    for case in &file.binseg {
        let y = signal(&case.signal);
        // ruptures wants segments longer than its minimal size of 2.
        let changes = BinarySegmentation::new(Cost::L2).min_size(3).changes(case.n_bkps).fit(&y).unwrap();
        assert_eq!(with_end(changes, y.len()), case.bkps, "binseg {}", case.signal);
    }
    for case in &file.window {
        let y = signal(&case.signal);
        let changes = SlidingWindow::new(Cost::L2, case.width).changes(case.n_bkps).fit(&y).unwrap();
        assert_eq!(with_end(changes, y.len()), case.bkps, "window {}", case.signal);
    }
    for case in &file.kernel_rbf {
        let y = signal(&case.signal);
        let kernel = KernelChangePoints::new().gamma(case.gamma).min_size(case.min_size);
        let name = format!("kernel {}", case.signal);
        assert_eq!(with_end(kernel.penalty(case.pen).fit(&y).unwrap(), y.len()), case.bkps, "{name}");
        assert_eq!(with_end(kernel.changes(3).fit(&y).unwrap(), y.len()), case.bkps_n3, "{name}, 3 changes");
    }
    assert!(!file.pelt.is_empty(), "nothing was replayed");
    gaps.finish();
}

#[test]
fn settings_are_validated() {
    let y = [1.0, 2.0, 3.0, 4.0];
    assert!(
        Pelt::new(Cost::Normal).min_size(1).fit(&y).is_err()
            && Pelt::new(Cost::L2).min_size(0).fit(&y).is_err()
    );
    assert!(Pelt::new(Cost::L2).penalty(Penalty::Value(-1.0)).fit(&y).is_err());
    assert!(Pelt::new(Cost::L2).penalty(Penalty::Value(f64::NAN)).fit(&y).is_err());
    assert_eq!(Pelt::new(Cost::L2).fit(&[f64::NAN; 9]), Err(Error::TooShort { needed: 2, got: 0 }));
    assert_eq!(FixedNumber::new(Cost::L2, 2).fit(&y), Err(Error::TooShort { needed: 6, got: 4 }));
    assert!(
        SlidingWindow::new(Cost::L2, 5).fit(&y).is_err() && SlidingWindow::new(Cost::L2, 6).fit(&y).is_err()
    );
    assert!(KernelChangePoints::new().gamma(0.0).fit(&y).is_err());
    assert!(BinarySegmentation::new(Cost::L2).fit(&[]).is_err());
    assert!(Segmentation::new().min_size(2).fit(&y).is_err());
    assert!(Segmentation::new().fit_together(&[]).is_err());
    assert!(Segmentation::new().fit_together(&[&y, &y[1..]]).is_err());
    assert!(Segmentation::new().fit(&[]).unwrap().changes().is_empty());
}

#[test]
fn ranks_see_a_shift_under_wild_noise() {
    let mut source = Source::new(1);
    // Cauchy noise, whose mean does not exist.
    let y: Vec<f64> = (0..300)
        .map(|t| (std::f64::consts::PI * (source.uniform() - 0.5)).tan() + if t < 140 { 0.0 } else { 3.0 })
        .collect();
    let changes = Pelt::new(Cost::Rank).penalty(Penalty::Mbic).fit(&y).unwrap();
    assert!(changes.len() == 1 && changes[0].abs_diff(140) <= 5, "{changes:?}");
    let changes = Pelt::new(Cost::L1).penalty(Penalty::Value(40.0)).fit(&y).unwrap();
    assert!(changes.len() == 1 && changes[0].abs_diff(140) <= 5, "{changes:?}");
}

/// Milliseconds or seconds: a variance has no floor in the unit of the data. (Where one has, findings/ruptures-small-units.sh shows
/// what becomes of it.)
#[test]
fn the_unit_of_the_data_is_of_no_matter() {
    let mut source = Source::new(3);
    let y: Vec<f64> = (0..600).map(|t| 20.0 + source.normal() * if t < 300 { 1.0 } else { 3.0 }).collect();
    for cost in [Cost::L1, Cost::L2, Cost::Normal, Cost::Line, Cost::Rank] {
        let changes = |unit: f64| {
            let scaled: Vec<f64> = y.iter().map(|y| unit * y).collect();
            Pelt::new(cost).penalty(Penalty::Mbic).fit(&scaled).unwrap()
        };
        let usual = changes(1.0);
        if cost == Cost::Normal {
            assert!(usual.len() == 1 && usual[0].abs_diff(300) < 30, "{usual:?}");
        }
        for unit in [f64::powi(2.0, -40), f64::powi(2.0, 40)] {
            assert_eq!(changes(unit), usual, "{cost:?} {unit:e}");
        }
    }
}

#[test]
fn missing_values_are_passed_over() {
    let y = [f64::NAN, 1.0, 1.1, f64::NAN, 0.9, f64::NAN, 5.0, 5.2, f64::INFINITY, 5.1];
    assert_eq!(FixedNumber::new(Cost::L2, 1).fit(&y).unwrap(), [6]);
    assert_eq!(Pelt::new(Cost::L2).penalty(Penalty::Value(1.0)).fit(&y).unwrap(), [6]);
    assert_eq!(BinarySegmentation::new(Cost::L2).changes(1).fit(&y).unwrap(), [6]);
    assert_eq!(KernelChangePoints::new().changes(1).fit(&y).unwrap(), [6]);
}

/// All ways to cut, for short series.
fn best_by_trying(cost: Cost, y: &[f64], penalty: f64, min_size: usize) -> f64 {
    let n = y.len();
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    for end in min_size..=n {
        for start in 0..=end - min_size {
            let objective = best[start] + segment_cost(cost, &y[start..end]) + penalty;
            best[end] = best[end].min(objective);
        }
    }
    best[n]
}

proptest! {
    #[test]
    fn pruning_loses_nothing(y in prop::collection::vec((-3_i32..4).prop_map(f64::from), 6..60), noise in prop::collection::vec(-0.5..0.5, 60), penalty in 0.0..8.0, min_size in 2_usize..6, kind in 0..4) {
        let kind = [Cost::L2, Cost::L1, Cost::Normal, Cost::Line][kind as usize];
        let y: Vec<f64> = y.iter().zip(&noise).map(|(a, b)| a + b).collect();
        let changes = Pelt::new(kind).penalty(Penalty::Value(penalty)).min_size(min_size).fit(&y).unwrap();
        let objective = sum_of_costs(kind, &y, &changes) + penalty * changes.len() as f64;
        let best = best_by_trying(kind, &y, penalty, min_size);
        prop_assert!((objective - best).abs() <= 1e-7 * best.abs().max(1.0), "{kind:?} {changes:?} {objective} {best}");
        let mut start = 0;
        for end in changes.iter().copied().chain([y.len()]) {
            prop_assert!(end - start >= min_size);
            start = end;
        }
        // As many changes cannot be placed better.
        let fixed = FixedNumber::new(kind, changes.len()).min_size(min_size).fit(&y).unwrap();
        prop_assert!(sum_of_costs(kind, &y, &fixed) <= sum_of_costs(kind, &y, &changes) + 1e-7);
    }

    #[test]
    fn the_default_does_not_see_units(seed in 0_u64..200, factor in 0.001..1000.0, shift in -100.0..100.0) {
        let mut source = Source::new(seed);
        let y: Vec<f64> = (0..200).map(|t| source.normal() + if t < 90 { 0.0 } else { 3.0 }).collect();
        let moved: Vec<f64> = y.iter().map(|x| factor * x + shift).collect();
        prop_assert_eq!(Segmentation::new().fit(&y).unwrap().changes().to_vec(), Segmentation::new().fit(&moved).unwrap().changes().to_vec());
    }

    #[test]
    fn nothing_panics(y in prop::collection::vec(prop_oneof![-1e3..1e3, Just(f64::NAN), Just(1e99), Just(0.0)], 0..60)) {
        for kind in [Cost::L2, Cost::L1, Cost::Normal, Cost::Line, Cost::Rank] {
            let _ = Pelt::new(kind).fit(&y);
            let _ = BinarySegmentation::new(kind).penalty(Penalty::Mbic).fit(&y);
            let _ = SlidingWindow::new(kind, 8).fit(&y);
            let _ = FixedNumber::new(kind, 3).fit(&y);
        }
        let _ = KernelChangePoints::new().fit(&y);
        let _ = Segmentation::new().fit(&y).unwrap();
    }
}

#[test]
fn noise_is_measured_past_changes() {
    let mut source = Source::new(2);
    let y: Vec<f64> = (0..4000).map(|t| 2.0 * source.normal() + f64::from(t / 500 * 20)).collect();
    assert_abs_diff_eq!(noise_scale(&y), 2.0, epsilon = 0.1);
    assert_eq!((noise_scale(&[]), noise_scale(&[1.0; 9])), (0.0, 0.0));
}

/// How many of 100 series have changes by default.
fn alarms(n: usize, mut next: impl FnMut(&mut Source, usize, &mut f64) -> f64) -> usize {
    (0..100)
        .filter(|seed| {
            let (mut source, mut state) = (Source::new(500 + seed), 0.0);
            let y: Vec<f64> = (0..n).map(|t| next(&mut source, t, &mut state)).collect();
            !Segmentation::new().fit(&y).unwrap().changes().is_empty()
        })
        .count()
}

#[test]
fn the_default_sees_changes_and_nothing_else() {
    for n in [100, 400] {
        let shift = alarms(n, |s, t, _| s.normal() + if 3 * t < n { 0.0 } else { 3.0 });
        let white = alarms(n, |s, _, _| s.normal());
        let spikes = alarms(n, |s, t, _| s.normal() + if t % 37 == 11 { 30.0 } else { 0.0 });
        let red = alarms(n, |s, _, x| {
            *x = 0.7 * *x + s.normal();
            *x
        });
        let climb = alarms(n, |s, t, _| s.normal() + 0.05 * t as f64);
        let smooth = alarms(n, |s, t, _| 1e-3 * s.normal() + (t as f64).powi(2));
        let walk = alarms(n, |s, _, x| {
            *x += s.normal();
            *x
        });
        println!(
            "n = {n}: shift {shift}, white {white}, spikes {spikes}, red {red}, climb {climb}, smooth {smooth}, walk {walk}"
        );
        assert!(shift >= 90, "{shift}");
        assert!(red <= 15, "{red}");
        for quiet in [white, spikes, climb, smooth] {
            assert!(
                quiet <= 5,
                "n = {n}: white {white}, spikes {spikes}, red {red}, climb {climb}, smooth {smooth}"
            );
        }
    }
}

#[test]
fn several_series_change_together() {
    let mut source = Source::new(9);
    let mut column = |step: f64| -> Vec<f64> {
        (0..200).map(|t| source.normal() + if t < 80 { 0.0 } else { step }).collect()
    };
    let (a, b, c) = (column(1.6), column(1.6), column(1.6));
    let together = Segmentation::new().fit_together(&[&a, &b, &c]).unwrap();
    assert!(together.changes().len() == 1 && together.changes()[0].abs_diff(80) <= 3, "{together:?}");
}

const NONE: [usize; 0] = [];

/// Level by level, each so long.
fn steps(levels: &[(f64, usize)]) -> Vec<f64> {
    levels.iter().flat_map(|(level, length)| std::iter::repeat_n(*level, *length)).collect()
}

fn found(y: &[f64]) -> Vec<usize> {
    Segmentation::new().fit(y).unwrap().changes().to_vec()
}

/// Without any noise a change is where the level changes, whatever the sizes: the optimum of every cost.
#[test]
fn noiseless_steps_are_found_exactly() {
    assert_eq!(found(&steps(&[(7.0, 40), (8.0, 60)])), [40]);
    assert_eq!(found(&steps(&[(3.0, 60), (5.0, 70), (4.0, 70)])), [60, 130]);
    assert_eq!(found(&steps(&[(7.0, 40), (700.0, 60)])), [40]);
    let mut replicas = steps(&[(3.0, 150), (6.0, 150)]);
    [20, 77, 120, 200, 271].into_iter().for_each(|t| replicas[t] += 1.0);
    assert_eq!(found(&replicas), [150]);
    let mut source = Source::new(31);
    for sample in 0..300 {
        let scale = 10_f64.powi(sample % 13 - 6);
        let mut level = 1000.0 * source.uniform();
        let (mut y, mut expected) = (Vec::new(), Vec::new());
        for segment in 0..1 + sample % 5 + 1 {
            if segment > 0 {
                expected.push(y.len());
                let step = 1.0 + 9.0 * source.uniform();
                level += if source.uniform() < 0.5 { step } else { -step };
            }
            y.extend(std::iter::repeat_n(level * scale, 20 + (60.0 * source.uniform()) as usize));
        }
        assert_eq!(found(&y), expected, "sample {sample}");
    }
}

/// One or two outliers are no segment, however flat the rest is.
#[test]
fn spikes_on_a_flat_series_are_no_changes() {
    let mut spike = vec![7.0; 60];
    spike[30] = 8.0;
    assert_eq!(found(&spike), NONE);
    let mut source = Source::new(32);
    for sample in 0..300 {
        let n = 40 + (300.0 * source.uniform()) as usize;
        let mut y = vec![5.0 * source.normal(); n];
        for k in 0..1 + sample % 4 {
            // Each in a stretch of its own, also at both ends.
            let from = k * n / (1 + sample % 4);
            let at = match sample % 7 {
                0 => from,
                1 => n - 1 - from,
                _ => (from + (10.0 * source.uniform()) as usize).min(n - 1),
            };
            y[at] += 10_f64.powf(6.0 * source.uniform() - 3.0);
        }
        assert_eq!(found(&y), NONE, "sample {sample}");
    }
}

/// A step of several rounding units, with noise that rounding hides or nearly hides.
#[test]
fn rounded_steps_are_found() {
    let mut exact = 0;
    let mut source = Source::new(33);
    for sample in 0..200 {
        let (unit, noise) = ([0.5, 1.0, 0.1][sample % 3], [0.1, 0.3, 0.5, 0.8][sample % 4]);
        let at = 40 + (80.0 * source.uniform()) as usize;
        let level = 10.0 * source.uniform();
        let y: Vec<f64> = (0..160)
            .map(|t| {
                let x = level + if t < at { 0.0 } else { 4.0 } + noise * source.normal();
                x.round() * unit
            })
            .collect();
        let changes = found(&y);
        assert!(changes.len() == 1 && changes[0].abs_diff(at) <= 1, "sample {sample}: {changes:?} for {at}");
        exact += usize::from(changes[0] == at);
    }
    assert!(exact >= 190, "{exact} of 200");
    // Noise on one value in five only: hardly ever more than the step is found.
    let alone = (0..50).filter(|seed| {
        let mut source = Source::new(700 + seed);
        let y: Vec<f64> = (0..180)
            .map(|t| {
                let noise = if source.uniform() < 0.2 { source.normal() } else { 0.0 };
                noise + if t < 90 { 7.0 } else { 12.0 }
            })
            .collect();
        let changes = found(&y);
        assert!(changes.iter().any(|c| c.abs_diff(90) <= 1), "seed {seed}: {changes:?}");
        changes.len() == 1
    });
    let alone = alone.count();
    assert!(alone >= 47, "{alone} of 50");
}

/// Rounded noise, counts, and a climb that rounding turns into stairs have no changes.
#[test]
fn rounding_makes_no_changes() {
    let rounded = |noise: f64| alarms(200, move |s, _, _| (0.3 + noise * s.normal()).round());
    let counts: Vec<usize> = [0.1, 0.3, 0.5, 0.8, 1.5].map(rounded).to_vec();
    let poisson = alarms(200, |s, _, _| {
        let (mut count, mut product) = (0.0, s.uniform());
        while product > (-0.4_f64).exp() {
            count += 1.0;
            product *= s.uniform();
        }
        count
    });
    println!("rounded noise {counts:?}, Poisson counts {poisson} of 100");
    assert!(counts.iter().all(|c| *c <= 5) && poisson <= 10, "{counts:?} {poisson}");
    let stairs: Vec<f64> = (0..200).map(|t| f64::from(t / 10)).collect();
    assert_eq!(found(&stairs), NONE);
}
