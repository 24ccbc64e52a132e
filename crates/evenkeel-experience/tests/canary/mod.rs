//! Canaries.

use evenkeel_core::Stage;
use evenkeel_experience::canary::{
    BadDirection, CanaryScorer, CanaryValue, CanaryWatch, Label, LabeledMetric, MetricJudge, MetricJudgement,
    MetricKind, Verdict, WatchedMetric,
};
use evenkeel_experience::experiment::Arm;
use evenkeel_stats::Generator;
use proptest::prelude::*;

mod rollout;
#[cfg(feature = "remedy")]
mod shift;

const LABELS: [Label; 4] = [Label::Pass, Label::High, Label::Low, Label::NoData];

#[test]
fn what_says_nothing_is_no_pass() {
    let judge = MetricJudge::default();
    let fine = [1.0; 30];
    for empty in [&[][..], &[1.0; 4], &[f64::NAN; 50], &[f64::INFINITY; 50]] {
        assert_eq!(judge.judge(empty, &fine).unwrap(), MetricJudgement::NO_DATA);
        assert_eq!(judge.judge(&fine, empty).unwrap(), MetricJudgement::NO_DATA);
    }
    let scorer = CanaryScorer::new::<&str>([]).unwrap();
    let none = scorer.score(&[]);
    assert_eq!((none.summary, none.verdict, none.fails_for_no_data), (None, Verdict::Inconclusive, true));
    let silent = scorer.score(&[LabeledMetric::critical("errors", Label::NoData)]);
    assert_eq!(silent.verdict, Verdict::Fail);
}

#[test]
fn constant_and_zero_metrics_are_judged() {
    let judge = MetricJudge::default().direction(BadDirection::Either);
    assert_eq!(judge.judge(&[0.0; 20], &[0.0; 20]).unwrap().label, Label::Pass);
    // Errors where there were none: the ratio is infinite, the shift is not.
    let errors: Vec<f64> = (0..20).map(|i| f64::from(i % 3 + 1)).collect();
    let found = judge.judge(&errors, &[0.0; 20]).unwrap();
    assert_eq!((found.label, found.mean_ratio), (Label::High, None));
    // A shift that is sure but small does not matter where a size is asked for.
    let control: Vec<f64> = (0..50).map(|i| 100.0 + f64::from(i % 5)).collect();
    let canary: Vec<f64> = control.iter().map(|x| x + 5.0).collect();
    assert_eq!(judge.judge(&canary, &control).unwrap().label, Label::High);
    assert_eq!(judge.effect(1.2).judge(&canary, &control).unwrap().label, Label::Pass);
    assert_eq!(judge.judge(&control, &canary).unwrap().label, Label::Low);
}

#[test]
fn settings_out_of_range() {
    let fine = [1.0; 30];
    let judge = MetricJudge::default;
    for broken in [
        judge().tolerance(-0.1),
        judge().tolerance(f64::NAN),
        judge().confidence(1.0),
        judge().effect(0.5),
        judge().effect(f64::INFINITY),
        judge().least(0),
    ] {
        assert!(broken.judge(&fine, &fine).is_err(), "{broken:?}");
    }
    assert!(CanaryScorer::new([("a", 60.0), ("b", 50.0)]).is_err());
    assert!(CanaryScorer::new([("a", 10.0), ("a", 20.0)]).is_err());
    assert!(CanaryScorer::new([("a", f64::NAN)]).is_err());
    assert!(CanaryScorer::new([("a", 1.0)]).unwrap().thresholds(50.0, 60.0).is_err());
    assert!(CanaryWatch::new([], 0.05).is_err());
    assert!(CanaryWatch::new([metric(MetricKind::Rate, 0.0)], 0.05).is_err());
    assert!(CanaryWatch::new([metric(MetricKind::Rate, 0.1)], 0.0).is_err());
}

proptest! {
    #[test]
    fn a_pass_means_that_everything_said_something(
        metrics in prop::collection::vec((0_u8..4, 0_usize..4, any::<bool>()), 0..12),
        pass in 0.0_f64..=100.0,
    ) {
        let metrics: Vec<LabeledMetric> = metrics
            .into_iter()
            .map(|(group, label, critical)| LabeledMetric {
                group: format!("group {group}").into(),
                label: LABELS[label],
                critical,
            })
            .collect();
        let scorer = CanaryScorer::new([("group 0", 50.0), ("group 9", 20.0)]).unwrap();
        let score = scorer.thresholds(pass, pass / 2.0).unwrap().score(&metrics);
        let is = |label: Label| metrics.iter().any(|metric| metric.label == label);
        if score.verdict == Verdict::Pass {
            prop_assert!(!metrics.is_empty() && !is(Label::NoData));
            prop_assert!(metrics.iter().all(|metric| !metric.critical || metric.label == Label::Pass));
        }
        if !metrics.is_empty() && metrics.iter().all(|metric| metric.label == Label::Pass) {
            prop_assert_eq!(score.verdict, Verdict::Pass);
        }
        prop_assert!(score.summary.is_none_or(|summary| (0.0..=100.0 + 1e-9).contains(&summary)));
    }
}

fn metric(kind: MetricKind, margin: f64) -> WatchedMetric {
    WatchedMetric { name: "metric".into(), kind, direction: BadDirection::Increase, margin }
}

/// The verdict on a canary with this much more errors and latency, and after how many requests.
fn watch(seed: u64, errors: f64, latency: f64) -> (Verdict, usize) {
    let metrics = [metric(MetricKind::Rate, 0.02), metric(MetricKind::Mean, 10.0)];
    let mut watch = CanaryWatch::new(metrics, 0.05).unwrap();
    let mut noise = Generator::stream(77, seed);
    for i in 0..30_000 {
        let (arm, effect) = if i % 4 == 0 { (Arm::Treatment, 1.0) } else { (Arm::Control, 0.0) };
        let failed = u64::from(noise.bernoulli(0.01 + effect * errors));
        let took = 100.0 + effect * latency + 20.0 * noise.exponential();
        let _ = watch.update((0, arm, CanaryValue::Counts { events: failed, others: 1 - failed }));
        if watch.update((1, arm, CanaryValue::Value(took))) != Some(Verdict::Inconclusive) {
            return (watch.verdict(), i);
        }
    }
    (watch.verdict(), 30_000)
}

#[test]
fn a_watched_canary_is_judged_right_and_soon() {
    let runs = 60;
    let verdicts = |errors, latency| -> Vec<(Verdict, usize)> {
        (0..runs).map(|seed| watch(seed, errors, latency)).collect()
    };
    let share = |verdicts: &[(Verdict, usize)], of: Verdict| {
        verdicts.iter().filter(|(verdict, _)| *verdict == of).count() as f64 / verdicts.len() as f64
    };
    // As good as the control: it passes, and is failed no more often than said.
    let good = verdicts(0.0, 0.0);
    assert!(share(&good, Verdict::Fail) <= 0.05 + 3.0 * (0.05 * 0.95 / f64::from(runs as u32)).sqrt());
    assert!(share(&good, Verdict::Pass) >= 0.9);
    // Six points more errors: it fails, always, and soon.
    let bad = verdicts(0.06, 0.0);
    assert!(share(&bad, Verdict::Fail) >= 0.98);
    assert!(bad.iter().filter(|(_, after)| *after < 6_000).count() > 50);
    // Slower by twice the margin.
    assert!(share(&verdicts(0.0, 20.0), Verdict::Fail) >= 0.98);
    // Without a word about latency there is no verdict.
    let metrics = [metric(MetricKind::Rate, 0.02), metric(MetricKind::Mean, 10.0)];
    let mut silent = CanaryWatch::new(metrics, 0.05).unwrap();
    for arm in [Arm::Control, Arm::Treatment] {
        let _ = silent.update((0, arm, CanaryValue::Counts { events: 100, others: 100_000 }));
        assert_eq!(silent.update((1, arm, CanaryValue::Value(f64::NAN))), None);
        assert_eq!(silent.update((0, arm, CanaryValue::Counts { events: 0, others: 0 })), None);
        assert_eq!(silent.update((0, arm, CanaryValue::Value(1.0))), None);
        assert_eq!(silent.update((2, arm, CanaryValue::Value(1.0))), None);
    }
    assert_eq!(silent.metric(0).unwrap().1, Verdict::Pass);
    assert_eq!(silent.verdict(), Verdict::Inconclusive);
}
