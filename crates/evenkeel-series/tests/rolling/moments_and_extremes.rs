//! Rolling statistics against their definitions.

use evenkeel_core::Stage;
use evenkeel_series::RollingMoments;
use evenkeel_series::rolling::{Extremes, Moments, RollingExtremes};
use evenkeel_testing::reference::close;
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;

fn moments(window: usize, min_periods: usize) -> RollingMoments {
    RollingMoments::builder(window).min_periods(min_periods).build().unwrap()
}

#[test]
fn settings_are_validated() {
    assert!(RollingMoments::builder(0).build().is_err());
    assert!(RollingMoments::builder(usize::MAX).build().is_err());
    assert!(RollingMoments::builder(5).min_periods(0).build().is_err());
    let error = RollingExtremes::builder(5).min_periods(6).build().unwrap_err();
    assert_eq!(error.to_string(), "min_periods must be at least 1 and at most the window, was 6");
}

#[test]
fn slices_without_values_have_no_moments() {
    assert_eq!(Moments::of(&[]), None);
    assert_eq!(Moments::of(&[f64::NAN, f64::INFINITY, 1e101]), None);
    assert_eq!(Extremes::of(&[f64::NAN]), None);
    let one = Moments::of(&[3.0]).unwrap();
    assert_eq!((one.mean(), one.variance(), one.skewness(), one.kurtosis()), (3.0, None, None, None));
}

#[test]
fn equal_values_have_no_spread_at_all() {
    let mut rolling = moments(7, 1);
    for x in [0.1, 0.3, 1e100, -1e-300] {
        for said in rolling.run([x; 50]).skip(7).flatten() {
            assert_eq!((said.mean(), said.variance()), (x, Some(0.0)));
            assert_eq!((said.skewness(), said.kurtosis()), (None, None));
        }
    }
}

#[test]
fn powers_that_leave_the_range_of_floats_are_undefined() {
    let huge = Moments::of(&[1e99, -1e99, 3e99, 1e98]).unwrap();
    assert!(huge.variance().unwrap().is_finite() && huge.skewness().is_some());
    assert_eq!(huge.kurtosis(), None);
    let tiny = Moments::of(&[1e-99, -1e-99, 3e-99, 1e-98]).unwrap();
    assert_eq!(tiny.kurtosis(), None);
}

/// No drift: after a million steps with values of very different size the answer is that of the last window
/// alone, bit for bit, once a window, and to rounding in between.
#[test]
fn a_million_steps_leave_no_trace() {
    let mut source = Source::new(1);
    let (window, steps) = (50, 1_000_000);
    let mut rolling = moments(window, 1);
    let mut extremes = RollingExtremes::builder(window).build().unwrap();
    let mut newest = Vec::with_capacity(window + 1);
    for i in 0..steps {
        let x = if i % 1000 == 17 { 1e15 } else { source.normal() };
        newest.push(x);
        if newest.len() > window {
            newest.remove(0);
        }
        let (m, e) = (rolling.update(x).unwrap(), extremes.update(x));
        if i % 997 == 0 && i > window || i + 1 == steps {
            let expected = Moments::of(&newest).unwrap();
            assert_close!(m.mean(), expected.mean(), 1e-12, 1e-15);
            assert_close!(m.sum(), expected.sum(), 1e-15, 1e-13);
            assert_close!(m.variance().unwrap(), expected.variance().unwrap(), 1e-12, 0.0);
            assert_eq!(e, Extremes::of(&newest));
        }
    }
}

/// The definitions, in two passes.
fn by_definition(values: &[f64]) -> (f64, f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let power = |k: i32| values.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
    let (m2, m3, m4) = (power(2), power(3), power(4));
    let g1 = m3 / m2.powf(1.5) * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let g2 = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * (m4 / (m2 * m2) - 3.0) + 6.0);
    (mean, m2 * n / (n - 1.0), g1, g2)
}

fn gappy() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![9 => -1e3..1e3, 1 => Just(f64::NAN)];
    prop::collection::vec(value, 1..120)
}

proptest! {
    #[test]
    fn every_window_agrees_with_the_definition(values in gappy(), window in 1_usize..40, min in 1_usize..40) {
        let min = min.min(window);
        let mut rolling = moments(window, min);
        let mut extremes = RollingExtremes::builder(window).min_periods(min).build().unwrap();
        for (i, x) in values.iter().enumerate() {
            let seen: Vec<f64> = values[(i + 1).saturating_sub(window)..=i].iter().copied().filter(|x| !x.is_nan()).collect();
            let (m, e) = (rolling.update(*x), extremes.update(*x));
            prop_assert_eq!(m.is_some(), seen.len() >= min);
            prop_assert_eq!(e.is_some(), seen.len() >= min);
            let (Some(m), Some(e)) = (m, e) else { continue };
            let (mean, variance, skewness, kurtosis) = by_definition(&seen);
            prop_assert_eq!(m.count(), seen.len() as u64);
            prop_assert!(close(m.mean(), mean, 1e-10, 1e-10));
            prop_assert_eq!(e.min(), seen.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(e.max(), seen.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            if let Some(v) = m.variance() { prop_assert!(close(v, variance, 1e-9, 1e-12)); }
            if let Some(g) = m.skewness() { prop_assert!(close(g, skewness, 1e-7, 1e-7), "{} {}", g, skewness); }
            if let Some(g) = m.kurtosis() { prop_assert!(close(g, kurtosis, 1e-6, 1e-6), "{} {}", g, kurtosis); }
        }
    }

    #[test]
    fn scaling_and_shifting_go_through(values in prop::collection::vec(-1e3..1e3, 5..60), scale in 0.01..100.0, shift in -1e3..1e3) {
        let moved: Vec<f64> = values.iter().map(|x| x * scale + shift).collect();
        let (before, after) = (Moments::of(&values).unwrap(), Moments::of(&moved).unwrap());
        prop_assert!(close(after.mean(), before.mean() * scale + shift, 1e-9, 1e-9));
        prop_assert!(close(after.sd().unwrap(), before.sd().unwrap() * scale, 1e-6, 1e-9));
        if before.sd().unwrap() > 1.0 {
            prop_assert!(close(after.skewness().unwrap(), before.skewness().unwrap(), 1e-4, 1e-4));
        }
    }

    #[test]
    fn the_answer_depends_on_the_window_alone(old in gappy(), new in prop::collection::vec(-1e3..1e3, 10..11)) {
        let mut rolling = moments(10, 1);
        rolling.run(old).for_each(drop);
        let said = rolling.run(new.iter().copied()).last().flatten().unwrap();
        let expected = Moments::of(&new).unwrap();
        prop_assert!(close(said.mean(), expected.mean(), 1e-12, 1e-12));
        prop_assert!(close(said.variance().unwrap(), expected.variance().unwrap(), 1e-11, 1e-12));
    }
}
