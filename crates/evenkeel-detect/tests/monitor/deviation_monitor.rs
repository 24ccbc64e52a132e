//! The deviation monitor.

use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Transition, TransitionKind};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_detect::outlier::Deviation;
use evenkeel_testing::Source;

const STEP: Duration = Duration::from_secs(10);

fn watch(values: impl IntoIterator<Item = f64>) -> Vec<Transition> {
    let mut monitor = DeviationMonitor::builder(STEP).build().unwrap();
    let times = (0_u32..).map(|i| Timestamp::from_seconds(1_700_000_000) + i * STEP);
    monitor.run(times.zip(values).map(|(time, value)| At::new(time, value))).flatten().collect()
}

#[test]
fn noise_raises_nothing_and_a_leap_one_event() {
    let mut source = Source::new(1);
    let mut values: Vec<f64> = (0..5_000).map(|_| 20.0 + source.normal()).collect();
    assert_eq!(watch(values.clone()), []);
    values[3_000..3_010].fill(40.0);
    let seen = watch(values);
    assert_eq!(
        seen.iter().map(|t| t.kind).collect::<Vec<_>>(),
        [TransitionKind::Raised, TransitionKind::Cleared]
    );
    let began = Timestamp::from_seconds(1_700_000_000) + 3_000 * STEP;
    assert_eq!((seen[0].start, seen[1].end), (began, Some(began + 9 * STEP)));
    let score = seen[0].peak.value.score();
    assert!((score.expected().unwrap().mean() - 20.0).abs() < 0.5, "{score:?}");
}

#[test]
fn units_and_scale_make_no_difference() {
    let shape = |i: u32| if i >= 200 { 9.0 } else { 1.0 + f64::from(i % 5) * 0.05 };
    let times = |scale: f64| {
        watch((0..260).map(|i| scale * shape(i))).iter().map(|t| (t.kind, t.at)).collect::<Vec<_>>()
    };
    let usual = times(1.0);
    assert!(!usual.is_empty());
    for scale in [1e-90, 1e-13, 1e6, 1e90] {
        assert_eq!(times(scale), usual, "{scale}");
    }
}

#[test]
fn what_never_varied_is_abnormal_when_it_does() {
    for (level, other) in [(0.0, 1e-13), (0.0, 1.0), (5.0, 5.5), (-3.0, 3.0)] {
        let seen = watch((0..100).map(|i| if i < 60 { level } else { other }));
        assert!(
            seen.first().is_some_and(|t| t.kind == TransitionKind::Raised),
            "{level} to {other}: {seen:?}"
        );
    }
    assert_eq!(watch((0..100).map(|i| if i < 60 { 5.0 } else { 5.001 })), [], "a rounding is no event");
}

#[test]
fn a_new_level_becomes_the_usual_one() {
    let mut source = Source::new(2);
    let values = (0..4_000).map(|i| if i < 1_000 { 20.0 } else { 40.0 } + source.normal());
    let seen = watch(values);
    let cleared = seen.iter().find(|t| t.kind == TransitionKind::Cleared).unwrap();
    let after = cleared.at.since(Timestamp::from_seconds(1_700_000_000) + 1_000 * STEP);
    assert!(after < 600 * STEP, "{after:?}");
}

#[test]
fn settings_have_their_ranges() {
    let builder = || DeviationMonitor::builder(STEP);
    for (builder, name) in [
        (builder().sigmas(f64::NAN), "sigmas"),
        (builder().sigmas(31.0), "sigmas"),
        (builder().half_life(0.0), "half_life"),
        (builder().warm_up(1), "warm_up"),
    ] {
        assert!(matches!(builder.build(), Err(Error::Parameter { name: n, .. }) if n == name));
    }
    assert!(DeviationMonitor::builder(Duration::MAX).build().is_ok());
}

/// The score that the monitor raises by, alone.
#[test]
fn the_score_is_that_of_the_monitor() {
    let mut source = Source::new(3);
    let values: Vec<f64> =
        (0..2_000).map(|i| source.normal() + if i % 500 > 490 { 30.0 } else { 0.0 }).collect();
    let mut deviation = Deviation::builder().build().unwrap();
    let scores: Vec<_> = values.iter().map(|x| deviation.update(*x)).collect();
    assert!(scores[..30].iter().all(Option::is_none) && scores[30..].iter().all(Option::is_some));
    let began = Timestamp::from_seconds(1_700_000_000);
    let seen = watch(values);
    assert!(!seen.is_empty());
    for transition in seen {
        let peak = usize::try_from(transition.peak.time.since(began).as_secs() / STEP.as_secs()).unwrap();
        assert_eq!(Some(transition.peak.value.score()), scores[peak]);
    }
    let mut level = Deviation::builder().half_life(5.0).warm_up(2).build().unwrap();
    assert_eq!([4.0, 4.0, 4.0].map(|x| level.update(x).map(|s| s.value())), [None, None, Some(0.0)]);
    assert!((level.expected().unwrap().sd() - 0.04).abs() < 1e-12, "at least one part in a hundred");
}

/// A wild value anywhere, also among the first, hides nothing that comes later.
#[test]
fn a_wild_value_hides_nothing() {
    for wild_at in [0, 1, 10, 29, 30, 500] {
        let mut source = Source::new(3);
        let value = |i: u32, x: f64| {
            if i == wild_at {
                1e60
            } else if (900..905).contains(&i) {
                60.0
            } else {
                x
            }
        };
        let seen = watch((0..1_000).map(|i| value(i, 20.0 + source.normal())));
        let raised = |t: &&Transition| t.kind == TransitionKind::Raised;
        let last = seen.iter().rev().find(raised).map(|t| t.start);
        assert_eq!(last, Some(Timestamp::from_seconds(1_700_000_000) + 900 * STEP), "{wild_at}: {seen:?}");
    }
}
