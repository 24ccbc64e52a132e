//! Several series on one grid.

use super::at;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp};
use evenkeel_series::clean::{Interpolation, Samples};
use evenkeel_series::{Aggregate, Align, Resample};
use proptest::prelude::*;

/// Missing as -1, for comparing.
fn shown(values: &[f64]) -> Vec<f64> {
    values.iter().map(|x| if x.is_nan() { -1.0 } else { *x }).collect()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn spans_are_those_asked_for() {
    let (a, b) = ([at(0, 1.0), at(60, 2.0), at(130, 3.0)], [at(70, 10.0), at(190, 20.0), at(250, 30.0)]);
    let sources = [Samples::new(&a), Samples::new(&b)];
    let align = Align::new().step(MINUTE);
    let show = |align: &Align| {
        let aligned = align.apply(&sources).unwrap();
        let rows: Vec<_> = aligned.series().iter().map(|one| shown(one.series().values())).collect();
        (aligned.start().as_seconds(), rows, aligned.complete())
    };
    let all = (0, vec![vec![1.0, 2.0, 3.0, -1.0, -1.0], vec![-1.0, 10.0, -1.0, 20.0, 30.0]], 1);
    assert_eq!(show(&align), all);
    assert_eq!(show(&align.clone().overlap()), (60, vec![vec![2.0, 3.0], vec![10.0, -1.0]], 1));
    let between = Timestamp::from_seconds(-60)..Timestamp::from_seconds(60);
    assert_eq!(show(&align.clone().between(between)), (-60, vec![vec![-1.0, 1.0], vec![-1.0, -1.0]], 0));
    // Cells that end at their time.
    let ends = show(&align.clone().closed_at_end().overlap());
    assert_eq!(ends, (120, vec![vec![-1.0, 3.0], vec![10.0, -1.0]], 0));
}

/// A sum of nothing is 0 where the source was there, and unknown where it was not.
#[test]
fn nothing_is_known_beyond_a_source() {
    let (a, b) = ([at(0, 1.0), at(299, 1.0)], [at(70, 10.0), at(190, 20.0)]);
    let aligned = Align::new()
        .step(MINUTE)
        .apply(&[Samples::new(&a), Samples::new(&b).aggregate(Aggregate::Sum)])
        .unwrap();
    assert_eq!(shown(aligned.series()[1].series().values()), [-1.0, 10.0, 0.0, 20.0, -1.0]);
    assert_eq!(aligned.into_series().len(), 2);
}

#[test]
fn clocks_are_set_right() {
    let right: Vec<_> = (0..50).map(|i| at(10 * i, f64::from(i as i32 % 7))).collect();
    for (wrong, set) in [(23_i64, true), (-23, false)] {
        let off: Vec<_> = right.iter().map(|x| at(x.time.as_seconds() + wrong, x.value)).collect();
        let by = Duration::from_secs(23);
        let source =
            if set { Samples::new(&off).clock_ahead(by) } else { Samples::new(&off).clock_behind(by) };
        let aligned = Align::new().apply(&[Samples::new(&right), source]).unwrap();
        assert_eq!(aligned.series()[0].series(), aligned.series()[1].series());
        assert_eq!((aligned.series()[1].moved() * wrong as f64) as i64, -23 * 23);
        assert_eq!((aligned.step(), aligned.complete()), (Duration::from_secs(10), 50));
        // Had nothing been said, they would differ.
        let untold = Align::new().apply(&[Samples::new(&right), Samples::new(&off)]).unwrap();
        assert_ne!(untold.series()[0].series(), untold.series()[1].series());
    }
}

#[test]
fn the_step_is_that_of_the_slowest() {
    let jitter = |i: i64, step: i64| Timestamp::from_millis(step * i + [3, -4, 0, 1][i as usize % 4]);
    let row = |n, step| (0..n).map(|i| At::new(jitter(i, step), 1.0)).collect::<Vec<_>>();
    let (fast, slow) = (row(600, 1000), row(40, 15_000));
    let step = |sources: &[Samples<'_>]| Align::new().apply(sources).unwrap().step();
    assert_eq!(step(&[Samples::new(&fast), Samples::new(&slow)]), Duration::from_secs(15));
    assert_eq!(step(&[Samples::new(&fast)]), Duration::from_secs(1));
    let odd: Vec<_> = (0..9).map(|i| At::new(Timestamp::from_nanos(1_234_567_891 * i), 1.0)).collect();
    assert_eq!(step(&[Samples::new(&odd)]), Duration::from_millis(1235));
    let quick: Vec<_> = (0..9).map(|i| At::new(Timestamp::from_nanos(1234 * i), 1.0)).collect();
    assert_eq!(step(&[Samples::new(&quick)]), Duration::from_nanos(1234));
}

#[test]
fn what_cannot_be_aligned_is_told() {
    let (early, late, gone) = ([at(0, 1.0), at(60, 2.0)], [at(600, 1.0), at(660, 1.0)], [at(0, f64::NAN)]);
    let run = |align: Align, sources: &[Samples<'_>]| align.apply(sources).unwrap_err();
    let (early, late, gone) = (Samples::new(&early), Samples::new(&late), Samples::new(&gone));
    assert!(matches!(run(Align::new(), &[]), Error::TooShort { needed: 1, got: 0 }));
    assert_eq!(run(Align::new(), &[early.clone(), gone]), Error::Missing { at: 1 });
    let apart = run(Align::new().overlap(), &[early.clone(), late.clone()]);
    assert!(matches!(apart, Error::Parameter { name: "sources", .. }), "{apart}");
    let many = run(Align::new().max_cells(3), &[early.clone(), late]);
    assert!(matches!(many, Error::Parameter { .. }), "{many}");
    let one = [at(5, 1.0)];
    assert!(matches!(run(Align::new(), &[Samples::new(&one)]), Error::TooShort { needed: 2, got: 1 }));
    assert!(Align::new().step(Duration::ZERO).apply(&[early]).is_err());
    let ends = [At::new(Timestamp::MIN, 1.0), At::new(Timestamp::MAX, 1.0)];
    assert!(Align::new().apply(&[Samples::new(&ends)]).is_err());
}

fn source() -> impl Strategy<Value = (Vec<At<f64>>, Aggregate)> {
    let value = prop_oneof![8 => -1e3..1e3, 1 => Just(f64::NAN)];
    let samples = prop::collection::vec((0_i64..3000, value).prop_map(|(t, x)| at(t, x)), 1..60);
    let aggregate = prop_oneof![
        Just(Aggregate::Mean),
        Just(Aggregate::Count),
        Just(Aggregate::Max),
        Just(Aggregate::Rate)
    ];
    (samples, aggregate)
}

proptest! {
    /// Each series is what resampling makes of its source on its own, at the same times; nothing is filled
    /// but what is listed.
    #[test]
    fn alignment_is_resampling_on_one_grid(sources in prop::collection::vec(source(), 1..4), fill in any::<bool>()) {
        let linear = Interpolation::linear().limit(2).inside_only();
        let given: Vec<_> = sources.iter().map(|(samples, aggregate)| {
            let source = Samples::new(samples).aggregate(*aggregate);
            if fill { source.fill(linear) } else { source }
        }).collect();
        let Ok(aligned) = Align::new().step(MINUTE).apply(&given) else { return Ok(()) };
        for (one, (samples, aggregate)) in aligned.series().iter().zip(&sources) {
            prop_assert_eq!((one.series().start(), one.series().len()), (aligned.start(), aligned.len()));
            let alone = Resample::new(MINUTE, *aggregate).unwrap().apply(samples.iter().copied()).unwrap();
            prop_assert_eq!(one.report().samples(), alone.report().samples());
            let filled: Vec<usize> = one.filled().iter().map(|change| change.index()).collect();
            for (i, x) in one.series().iter().enumerate() {
                let expected = alone.series().index(x.time).and_then(|cell| alone.series().value(cell));
                if filled.contains(&i) {
                    prop_assert!(fill && expected.is_none());
                } else {
                    prop_assert_eq!(Some(x.value).filter(|x| !x.is_nan()), expected);
                }
            }
        }
    }
}
