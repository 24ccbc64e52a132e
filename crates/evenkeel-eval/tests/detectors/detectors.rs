//! The list of detectors, and what becomes of their scores.

use evenkeel_core::{Direction, Score, Stage};
use evenkeel_detect::DefaultDetector;
use evenkeel_eval::detectors::{self, Budget, DEFAULT, Entry, Output, Setting, alarms};
use evenkeel_stats::Generator;
use std::time::Duration;

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut generator = Generator::new(seed);
    (0..n).map(|_| generator.normal()).collect()
}

#[test]
fn names_are_unique_and_the_default_is_one_of_them() {
    let names: Vec<&str> = detectors::names().collect();
    for (i, name) in names.iter().enumerate() {
        assert!(!names[..i].contains(name), "{name}");
        assert_eq!(detectors::by_name(name).unwrap().name(), *name);
    }
    assert!(detectors::by_name(DEFAULT).is_some());
    // What is recommended is the same detector under its own name.
    let scores = |name: &str| {
        let entry = detectors::by_name(name).unwrap();
        detectors::run(&entry, &Setting::default(), &[], &[noise(500, 8)]).unwrap().scores
    };
    assert_eq!(scores("evenkeel"), scores(DEFAULT));
    assert!(detectors::by_name("nobody").is_none());
}

/// What is measured under the name `"evenkeel"` is what the library's constructor gives.
#[test]
fn the_default_is_the_library_s() {
    let mut values = noise(3_500, 9);
    values[1_200..1_210].fill(f64::NAN);
    values[2_500..2_530].iter_mut().for_each(|x| *x += 12.0);
    values[3_200] = 40.0;
    let entry = detectors::by_name("evenkeel").unwrap();
    let run = detectors::run(&entry, &Setting::default(), &[], &[values.clone()]).unwrap();
    let mut detector = DefaultDetector::builder().build().unwrap();
    for (row, (x, score)) in values.iter().zip(&run.scores).enumerate() {
        if let Some(said) = detector.update(*x) {
            assert_eq!(said.value(), *score, "{row}");
        }
    }
}

/// Whether one metric is enough to say something about.
fn needs_one(entry: &Entry) -> bool {
    !matches!(entry.name(), "correlation-break" | "group-outlier")
}

/// What comes later changes nothing of what was said before: neither the length of the file nor its extremes
/// are known.
#[test]
fn detectors_are_causal_and_finite() {
    let mut values = noise(1_700, 1);
    values[200] = f64::NAN;
    values[700..720].fill(f64::NAN);
    values[900] = 1e9;
    values[1_000..1_200].fill(3.0);
    let mut other = values[..1_300].to_vec();
    other.extend(noise(50, 2).iter().map(|x| 1e6 * x));
    let history = [noise(400, 3)];
    let setting = Setting::default().with_step(Duration::from_secs(300));
    for entry in detectors::all().iter().filter(|entry| needs_one(entry)) {
        for history in [&history[..], &[]] {
            let whole = detectors::run(entry, &setting, history, &[values.clone()]).unwrap();
            let cut = detectors::run(entry, &setting, history, &[other.clone()]).unwrap();
            assert_eq!(whole.scores.len(), values.len());
            assert_eq!(whole.history.len(), history.first().map_or(0, Vec::len));
            assert_eq!(whole.silent, cut.silent, "{}", entry.name());
            assert!(whole.history.iter().chain(&whole.scores).take(whole.silent).all(|score| *score == 0.0));
            assert_eq!(whole.scores[..1_300], cut.scores[..1_300], "{}", entry.name());
            assert!(whole.scores.iter().all(|score| score.is_finite()), "{}", entry.name());
            assert!(whole.scores[720..].iter().any(|score| *score > 0.0), "{} says nothing", entry.name());
            for output in [Output::Smoothed, Output::Once, Output::SmoothedOnce] {
                let (whole, cut) = (output.of(&whole.scores), output.of(&cut.scores));
                assert_eq!(whole[..1_300], cut[..1_300], "{}, {output:?}", entry.name());
            }
        }
    }
}

/// A spike, or a level that shifts and stays: to each detector at least one of them is among the highest
/// scores in a hundred.
#[test]
fn a_spike_or_a_shift_stands_out_to_all_of_them() {
    // On waves of fifty rows: to some of them noise alone has no shape that could be new.
    let wave = |t: usize| 5.0 * (t as f64 / 50.0 * core::f64::consts::TAU).sin();
    let calm: Vec<f64> = noise(2_000, 4).iter().enumerate().map(|(t, z)| wave(t) + z).collect();
    let (mut spike, mut shift) = (calm.clone(), calm);
    spike[1_800] = 40.0;
    shift[1_800..].iter_mut().for_each(|x| *x += 15.0);
    for entry in detectors::all().iter().filter(|entry| needs_one(entry)) {
        // A shape is new for as long as it is in the window.
        let late = match entry.name() {
            "left-profile" => 50,
            "subspace-shingle" => 64,
            _ => 10,
        };
        let higher = |values: &Vec<f64>, late: usize| {
            let run = detectors::run(entry, &Setting::default(), &[], std::slice::from_ref(values)).unwrap();
            let named = run.scores[1_800..1_800 + late].iter().copied().fold(0.0, f64::max);
            assert!(run.scores.iter().any(|score| *score > 0.0), "{} says nothing", entry.name());
            run.scores[400..1_800 + late].iter().filter(|score| **score > named).count()
        };
        let (of_spike, of_shift) = (higher(&spike, late), higher(&shift, 100));
        assert!(of_spike.min(of_shift) < 16, "{}: {of_spike} and {of_shift} higher", entry.name());
    }
}

/// Two channels, of which one is a thousand times as loud: neither drowns the other.
#[test]
fn channels_are_made_comparable() {
    let quiet: Vec<f64> = (0..1_000).map(|t| if t == 800 { 60.0 } else { 1.0 }).collect();
    let loud: Vec<f64> = (0..1_000).map(|t| if t % 2 == 0 { 900.0 } else { 1_100.0 }).collect();
    let entry = Entry::series("value", |_| Ok(Value));
    let run = detectors::run(&entry, &Setting::default(), &[], &[quiet, loud]).unwrap();
    assert_eq!(run.scores[0], 0.0, "nothing is usual yet");
    assert!((run.scores[800] - 0.5 * (60.0 + 0.9)).abs() < 1e-2, "{}", run.scores[800]);
    assert!((run.scores[801] - 0.5 * (1.0 / 1.07 + 1.1)).abs() < 0.05, "{}", run.scores[801]);
    // Rows of all channels at once.
    let rows = Entry::rows("sum", |_, channels| Ok(Sum(channels)));
    let run =
        detectors::run(&rows, &Setting::default(), &[vec![1.0], vec![2.0]], &[vec![3.0], vec![4.0]]).unwrap();
    assert_eq!((run.history, run.scores), (vec![3.0], vec![7.0]));
}

struct Value;

impl Stage<f64> for Value {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        Score::new(x, Direction::Up)
    }

    fn reset(&mut self) {}
}

struct Sum(usize);

impl Stage<&[f64]> for Sum {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        assert_eq!(row.len(), self.0);
        Score::new(row.iter().sum(), Direction::Up)
    }

    fn reset(&mut self) {}
}

#[test]
fn smoothed_scores_stay_high() {
    let raw: Vec<f64> = (0..200).map(|t| if (100..140).contains(&t) { 10.0 } else { 0.0 }).collect();
    let smooth = detectors::smoothed(&raw);
    assert_eq!(smooth[99], 0.0);
    assert!(smooth[120] > 0.8 * 11.0_f64.ln() && smooth[139] < 11.0_f64.ln());
    assert!(smooth[145] > 1.0 && smooth[199] < 0.1);
}

#[test]
fn alerts_are_told_again_after_a_while_or_if_worse() {
    let mut raw = vec![1.0; 400];
    raw[200] = 2.0;
    raw[210] = 2.9;
    raw[220] = 3.1;
    let told: Vec<usize> =
        detectors::alert_once(&raw).iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(t, _)| t).collect();
    assert_eq!(told, [0, 151, 200, 220, 371]);
}

#[test]
fn alarms_keep_to_their_budget() {
    // Thirty days of minutes of nothing, and one event of half an hour.
    let mut scores: Vec<f64> = noise(43_200, 5).iter().map(|x| x.abs()).collect();
    scores[30_000..30_030].fill(9.0);
    let budget = Budget::daily(Duration::from_secs(60));
    let all = alarms(&budget, &[], &scores, |_| false).unwrap();
    let event: Vec<&(usize, usize)> =
        all.iter().filter(|(from, to)| *from < 30_030 && *to >= 30_000).collect();
    assert_eq!(event, [&(30_000, 30_029)]);
    // 29 are promised; a Poisson distribution of that mean is above 49 in one of ten thousand cases.
    assert!((5..50).contains(&(all.len() - 1)), "{} false alarms", all.len() - 1);
    // Missing rows are not asked about; a history calibrates, so that alarms come at once.
    let none = alarms(&budget, &[], &scores, |row| (30_000..30_030).contains(&row)).unwrap();
    assert!(none.iter().all(|(from, to)| *from >= 30_030 || *to < 30_000));
    let calibrated = alarms(&budget, &scores[..10_000], &[0.1, 30.0, 0.1], |_| false).unwrap();
    // It is not calm for long enough to be over, so that it lasts to the end.
    assert_eq!(calibrated, [(1, 2)]);
    assert!(alarms(&Budget::daily(Duration::from_secs(86_400)), &[], &[], |_| false).is_err());
}
