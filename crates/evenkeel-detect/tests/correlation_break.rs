use evenkeel_core::{Error, Stage};
use evenkeel_detect::CorrelationBreak;
use evenkeel_testing::Source;
use proptest::prelude::*;

/// Rows of three metrics: two with a common part, one by itself.
fn rows(seed: u64, n: usize, common: f64) -> Vec<Vec<f64>> {
    let mut source = Source::new(seed);
    let row = |_| {
        let load = source.normal();
        vec![10.0 + common * load + source.normal(), -common * load + source.normal(), 5.0 * source.normal()]
    };
    (0..n).map(row).collect()
}

/// Correlation of columns with weights, by the definition.
fn plain(rows: &[(f64, Vec<f64>)], a: usize, b: usize) -> f64 {
    let all: f64 = rows.iter().map(|(w, _)| w).sum();
    let mean = |k: usize| rows.iter().map(|(w, x)| w * x[k]).sum::<f64>() / all;
    let (ma, mb) = (mean(a), mean(b));
    let product = |i: usize, mi: f64, j: usize, mj: f64| {
        rows.iter().map(|(w, x)| w * (x[i] - mi) * (x[j] - mj)).sum::<f64>()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

proptest! {
    #[test]
    fn it_is_fishers_z_of_both_correlations(seed in 0_u64..10_000, common in 0.0..3.0, more in 0_usize..60) {
        let (reference, span) = (50, 12);
        let mut all = rows(seed, reference, common);
        all.extend(rows(seed + 1, span + more, 0.5));
        let builder = CorrelationBreak::builder(3).reference(reference as u64).span(span as u64);
        // Nothing is bounded, so that the definition holds.
        let mut detector = builder.bound(1e9).build().unwrap();
        let mut last = None;
        for (t, row) in all.iter().enumerate() {
            last = detector.update(row);
            prop_assert_eq!(last.is_some(), t + 1 >= reference + span);
        }
        let old: Vec<(f64, Vec<f64>)> = all[..reference].iter().map(|x| (1.0, x.clone())).collect();
        // Weights by the recursion: a plain mean until the newest weighs 2 / (span + 1).
        let mut recent: Vec<(f64, Vec<f64>)> = Vec::new();
        for (i, row) in all[reference..].iter().enumerate() {
            let weight = (2.0 / (span as f64 + 1.0)).max(1.0 / (i as f64 + 1.0));
            recent.iter_mut().for_each(|(w, _)| *w *= 1.0 - weight);
            recent.push((weight, row.clone()));
        }
        let mut worst = 0.0_f64;
        for a in 0..3 {
            let mut sum = 0.0;
            for b in (0..3).filter(|b| *b != a) {
                let (before, now) = (plain(&old, a, b), plain(&recent, a, b));
                prop_assert!((detector.reference(a, b).unwrap() - before).abs() < 1e-9);
                prop_assert!((detector.correlation(a, b).unwrap() - now).abs() < 1e-9);
                let z = now.atanh() - before.atanh();
                sum += z * z / (1.0 / (span as f64 - 3.0) + 1.0 / (reference as f64 - 3.0));
            }
            worst = worst.max((sum / 2.0).sqrt());
        }
        prop_assert!((last.unwrap().value() - worst).abs() < 1e-6 * (1.0 + worst));
    }
}

#[test]
fn a_break_is_seen_where_no_metric_leaves_its_range() {
    let mut detector = CorrelationBreak::builder(3).build().unwrap();
    for (t, row) in rows(1, 3_000, 3.0).iter().chain(&rows(2, 200, 0.0)).enumerate() {
        let Some(score) = detector.update(row) else { continue };
        assert!(t >= 3_000 || score.value() < 5.0, "{t}: {}", score.value());
        // What was before counts for its size as well: it is forgotten later than half a span.
        if t > 3_150 {
            assert!(score.value() > 5.0 && score.dimension() != Some(2), "{t}: {}", score.value());
        }
    }
}

/// Constant metrics take no part; one that stops is a break.
#[test]
fn what_stands_still_is_left_out_or_broken() {
    let mut detector = CorrelationBreak::builder(3).reference(200).span(30).build().unwrap();
    let mut last = None;
    for (t, row) in rows(3, 500, 3.0).iter().enumerate() {
        let first = if t < 400 { row[0] } else { 10.0 };
        last = detector.update(&[first, row[1], 7.0]);
        if t == 399 {
            assert!(last.unwrap().value() < 4.0);
        }
    }
    assert!(last.unwrap().value() > 5.0);
    assert!(detector.reference(0, 2).is_none());
}

#[test]
fn settings_are_judged() {
    let builder = CorrelationBreak::builder(3);
    for (builder, name) in [
        (CorrelationBreak::builder(1), "dimensions"),
        (builder.reference(19), "reference"),
        (builder.span(9), "span"),
        (builder.bound(0.5), "bound"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
