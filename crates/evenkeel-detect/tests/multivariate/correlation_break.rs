use evenkeel_core::{Error, Stage};
use evenkeel_detect::multivariate::CorrelationBreak;
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

/// The probability that a score of the one is greater than a score of the other; half of the equal ones.
fn auc(greater: &[f64], smaller: &[f64]) -> f64 {
    let wins = |a: &f64| {
        smaller.iter().map(|b| if a > b { 1.0 } else { 0.5 * f64::from(u8::from(a == b)) }).sum::<f64>()
    };
    greater.iter().map(wins).sum::<f64>() / (greater.len() * smaller.len()) as f64
}

/// Five metrics that follow a load; the third follows one of its own, of the same size, from row 2,000 to
/// 2,300.
fn five_metrics(seed: u64, t: usize, source: &mut Source) -> Vec<f64> {
    let (load, own) = (source.normal(), source.normal());
    let weights = [1.0, -2.0, 1.5, 0.5, 3.0];
    let broken = (2_000..2_300).contains(&t);
    weights
        .iter()
        .enumerate()
        .map(|(k, weight)| {
            let load = if k == 2 && broken { own } else { load };
            seed as f64 + weight * load + 0.7 * source.normal()
        })
        .collect()
}

#[test]
fn breaks_of_one_metric_are_told_from_what_is_usual() {
    let (mut aucs, mut delays, mut early, mut named) = (Vec::new(), Vec::new(), 0, 0);
    for seed in 0..40 {
        let mut source = Source::new(seed);
        let mut detector = CorrelationBreak::builder(5).build().unwrap();
        let (mut usual, mut broken, mut delay) = (Vec::new(), Vec::new(), None);
        for t in 0..2_300 {
            let Some(score) = detector.update(&five_metrics(seed, t, &mut source)) else { continue };
            let value = score.value();
            if t < 2_000 {
                usual.push(value);
                early += usize::from(value > 4.0);
            } else {
                delay = delay.or((value > 4.0).then_some(t - 1_999));
                if t >= 2_060 {
                    broken.push(value);
                    named += usize::from(score.dimension() == Some(2));
                }
            }
        }
        aucs.push(auc(&broken, &usual));
        delays.push(delay.unwrap_or(usize::MAX));
    }
    aucs.sort_by(f64::total_cmp);
    delays.sort_unstable();
    // 40 runs of 940 rows before and 240 after.
    assert!(aucs[0] > 0.99, "{aucs:?}");
    assert!(delays[20] <= 30 && delays[39] <= 60, "{delays:?}");
    assert!(early <= 13 && named > 9_000, "{early} rows beyond 4 before, {named} of 9,600 named");
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
fn settings_are_validated() {
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
