//! What the reference values of the scorers do not reach.

use evenkeel_eval::scores::nab::{self, File, NOTHING, Profile};
use evenkeel_eval::scores::{affiliation, curve, event, point_adjust, range, runs, threshold, vus, window};
use evenkeel_stats::Generator;

fn random(n: usize, seed: u64) -> (Vec<bool>, Vec<f64>) {
    let mut generator = Generator::new(seed);
    let mut labels = vec![false; n];
    for _ in 0..1 + n / 60 {
        let start = generator.uniform_below(n as u64) as usize;
        let end = (start + generator.uniform_below(12) as usize).min(n - 1);
        labels[start..=end].fill(true);
    }
    // Few distinct scores, so that many are equal.
    let scores = (0..n).map(|_| (20.0 * generator.uniform()).floor()).collect();
    (labels, scores)
}

/// The volumes by their definition: everything anew for every widening and threshold.
fn volumes_by_definition(labels: &[bool], scores: &[f64], window: usize, thresholds: usize) -> [f64; 2] {
    let n = labels.len();
    let events = runs(labels);
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let positive = labels.iter().filter(|label| **label).count() as f64;
    let (mut roc, mut pr) = (0.0, 0.0);
    for w in 0..=window {
        let mut wide: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
        for (start, end) in &events {
            for d in 1..=w / 2 {
                let weight = (1.0 - d as f64 / w as f64).sqrt();
                if let Some(row) = start.checked_sub(d) {
                    wide[row] += weight;
                }
                if end + d < n {
                    wide[end + d] += weight;
                }
            }
        }
        wide.iter_mut().for_each(|label| *label = label.min(1.0));
        // Widened events that touch or overlap are one.
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (start, end) in &events {
            let (from, to) = (start.saturating_sub(w / 2), (end + w / 2).min(n - 1));
            match merged.last_mut() {
                Some(last) if last.1 >= from => last.1 = to,
                _ => merged.push((from, to)),
            }
        }
        let mut curve = vec![(0.0, 0.0)];
        for place in threshold::spread(0.0, (n - 1) as f64, thresholds) {
            let limit = sorted[place as usize];
            let said: Vec<usize> = (0..n).filter(|row| scores[*row] >= limit).collect();
            let hits: f64 = said.iter().map(|row| wide[*row]).sum();
            let inside = said.iter().filter(|row| labels[**row]).count() as f64;
            let positives = 0.5 * (positive + positive + hits - inside);
            let met = merged.iter().filter(|(from, to)| said.iter().any(|row| from <= row && row <= to));
            let recall = (hits / positives).min(1.0) * met.count() as f64 / merged.len() as f64;
            let wrong = (said.len() as f64 - hits) / (n as f64 - positives);
            pr += (recall - curve[curve.len() - 1].0) * hits / said.len() as f64;
            curve.push((recall, wrong));
        }
        curve.push((1.0, 1.0));
        roc += curve.windows(2).map(|p| (p[1].1 - p[0].1) * 0.5 * (p[0].0 + p[1].0)).sum::<f64>();
    }
    [roc / (window + 1) as f64, pr / (window + 1) as f64]
}

#[test]
fn volumes_are_those_of_the_definition() {
    for seed in 0..30 {
        let (labels, scores) = random(120 + 7 * seed as usize, seed);
        for (window, thresholds) in [(0, 10), (9, 50), (30, 250)] {
            let ours = vus::volumes(&labels, &scores, window, thresholds).unwrap();
            let [roc, pr] = volumes_by_definition(&labels, &scores, window, thresholds);
            assert!((ours.roc - roc).abs() < 1e-12 && (ours.pr - pr).abs() < 1e-12, "{seed}, {window}");
        }
    }
}

/// Affiliation by numeric integration of its definition.
#[test]
fn affiliation_is_that_of_the_definition() {
    for seed in 0..10 {
        let (labels, scores) = random(150, 100 + seed);
        let predicted: Vec<bool> = scores.iter().map(|s| *s > 17.0).collect();
        let ours = affiliation::of_prediction(&labels, &predicted).unwrap();
        let events = runs(&labels);
        let (mut precision, mut zones, mut recall) = (0.0, 0.0, 0.0);
        const FINE: usize = 8;
        let grid: Vec<f64> = (0..150 * FINE).map(|i| (i as f64 + 0.5) / FINE as f64).collect();
        let distance = |x: f64, (from, to): (f64, f64)| (from - x).max(x - to).max(0.0);
        for (i, (start, end)) in events.iter().enumerate() {
            let event = (*start as f64, (*end + 1) as f64);
            let left = if i == 0 { 0.0 } else { 0.5 * ((events[i - 1].1 + 1) as f64 + event.0) };
            let right = events.get(i + 1).map_or(150.0, |next| 0.5 * (event.1 + next.0 as f64));
            let zone: Vec<f64> = grid.iter().copied().filter(|x| (left..right).contains(x)).collect();
            let said: Vec<f64> = zone.iter().copied().filter(|x| predicted[*x as usize]).collect();
            let mean = |values: &mut dyn Iterator<Item = f64>| {
                let all: Vec<f64> = values.collect();
                all.iter().sum::<f64>() / all.len() as f64
            };
            let share =
                |p: &dyn Fn(f64) -> bool| zone.iter().filter(|x| p(**x)).count() as f64 / zone.len() as f64;
            if said.is_empty() {
                continue;
            }
            zones += 1.0;
            precision += mean(&mut said.iter().map(|x| {
                let d = distance(*x, event);
                if d == 0.0 { 1.0 } else { share(&|y| distance(y, event) >= d) }
            }));
            recall += mean(&mut zone.iter().filter(|y| distance(**y, event) == 0.0).map(|y| {
                if predicted[*y as usize] {
                    return 1.0;
                }
                let nearest =
                    said.iter().map(|x| (x - y).abs()).fold(f64::INFINITY, f64::min) - 0.5 / FINE as f64;
                share(&|x| (x - y).abs() > nearest)
            }));
        }
        assert!(
            (ours.precision - precision / zones).abs() < 0.02,
            "{} {}",
            ours.precision,
            precision / zones
        );
        assert!((ours.recall - recall / events.len() as f64).abs() < 0.02);
    }
}

#[test]
fn corners() {
    let none = [false; 10];
    let all = [true; 10];
    let scores = [0.5; 10];
    assert!(vus::volumes(&none, &scores, 5, 250).is_none() && vus::volumes(&all, &scores, 5, 250).is_none());
    assert!(curve::points(&none, &scores).is_none() && affiliation::of_prediction(&none, &all).is_none());
    assert_eq!(event::of_prediction(&none, &all), 0.0);
    // No prediction.
    let mut labels = none;
    labels[9] = true;
    let affiliated = affiliation::of_prediction(&labels, &none).unwrap();
    assert!(affiliated.precision.is_nan() && affiliated.recall == 0.0);
    assert_eq!(affiliation::best(&labels, &scores), None);
    assert_eq!(range::of_prediction(&labels, &none), 0.0);
    // Quirks: an event of the last row alone cannot be met; rows that are all true are no range; row 0 is not
    // adjusted.
    assert_eq!(event::of_prediction(&labels, &labels), 0.0);
    assert_eq!(range::of_prediction(&all, &all), 0.0);
    let (mut start, mut second) = (none, none);
    start[..3].fill(true);
    second[1] = true;
    assert!((point_adjust::of_prediction(&start, &second) - 0.8).abs() < 1e-12);
    second[0] = true;
    assert_eq!(point_adjust::of_prediction(&start, &second), 1.0);
    // Equal scores say nothing.
    assert_eq!(curve::points(&start, &scores).unwrap().roc, 0.5);
}

#[test]
fn windows_are_periods() {
    let wave = |period: f64| -> Vec<f64> {
        (0..3_000).map(|t| (core::f64::consts::TAU * f64::from(t) / period).sin()).collect()
    };
    assert_eq!(window::of_series(&wave(24.0)), 24);
    assert_eq!(window::of_series(&wave(288.0)), 288);
    assert_eq!(window::of_series(&wave(350.0)), 125, "too long");
    assert_eq!(window::of_series(&[1.0; 100]), 125, "constant");
    assert_eq!(window::of_series(&[]), 125);
}

/// The sweep against scoring every threshold on its own.
#[test]
fn the_best_threshold_is_the_best_of_all() {
    let stamps: Vec<String> = (0..300).map(|i| format!("t{i}")).collect();
    let window = |from: usize, to: usize| (stamps[from].clone(), stamps[to].clone());
    let first = File::new(&stamps, &[window(20, 60), window(100, 120), window(250, 280)]).unwrap();
    let second = File::new(&stamps[..100], &[]).unwrap();
    for seed in 0..20 {
        let mut generator = Generator::new(seed);
        let mut draw = |n: usize| -> Vec<f64> {
            (0..n).map(|_| (30.0 * generator.uniform().powi(3)).floor() / 30.0).collect()
        };
        let (a, b) = (draw(300), draw(100));
        for profile in Profile::ALL {
            let best = nab::optimum(&[(&first, &a), (&second, &b)], profile);
            let at = |threshold: f64| {
                nab::score(&first, &a, threshold, profile).raw
                    + nab::score(&second, &b, threshold, profile).raw
            };
            assert!((at(best.threshold) - best.raw).abs() < 1e-9);
            for threshold in a.iter().chain(&b).copied().chain([NOTHING]) {
                let raw = at(threshold);
                assert!(raw < best.raw + 1e-9, "{threshold}: {raw}");
                // Of equal ones the highest.
                assert!(raw < best.raw - 1e-9 || threshold <= best.threshold + 1e-12);
            }
        }
    }
}

#[test]
fn windows_of_nab_begin_and_end_at_rows() {
    let stamps = ["a", "b", "b", "c", "d", "e", "f", "g"];
    let window = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    // A stamp that comes twice: the window begins at its first row.
    let file = File::new(&stamps, &[window("b", "c")]).unwrap();
    let score = |row: usize| {
        let scores: Vec<f64> = (0..stamps.len()).map(|i| f64::from(u8::from(i == row))).collect();
        nab::score(&file, &scores, 1.0, Profile::STANDARD)
    };
    // One row of eight is the probation. Rows 1 to 3 are the window; without a detection in it, it is missed.
    assert_eq!((score(1).hits, score(3).hits, score(4).wrong), (1, 1, 1));
    assert!((score(1).raw - 1.0).abs() < 1e-12 && score(2).raw < 1.0 && score(3).raw < score(2).raw);
    assert_eq!(score(0).raw, -1.0);
    // After the window wrong detections cost the more the farther they are.
    assert!(score(4).raw > score(5).raw && score(5).raw > -1.0 - 0.11);
    for wrong in [window("x", "c"), window("b", "x"), window("c", "b")] {
        assert!(File::new(&stamps, &[wrong]).is_err());
    }
    assert!(File::new(&stamps, &[window("b", "d"), window("c", "e")]).is_err());
}
