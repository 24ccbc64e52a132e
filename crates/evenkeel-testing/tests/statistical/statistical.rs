//! Statistical checks of stages whose rates and delays are known.

use evenkeel_core::{Stage, observed};
use evenkeel_testing::statistical::{Step, delay_on_step, false_alarm_rate};

/// Whether a value is above a threshold.
struct Above(f64);

impl Stage<f64> for Above {
    type Output = bool;

    fn update(&mut self, x: f64) -> Option<bool> {
        Some(observed(x)? > self.0)
    }

    fn reset(&mut self) {}
}

// P(Z > 2.3263) = 0.01
const THRESHOLD: f64 = 2.326_347_874_040_841;

#[test]
fn a_rate_that_holds_agrees_and_one_that_does_not_is_found() {
    let at = |expected| {
        false_alarm_rate(Above(THRESHOLD), 5, 100_000, expected, |source| source.normal(), |alarm| *alarm)
    };
    let rate = at(0.01).assert_agrees(1e-3).assert_at_most(1e-3);
    assert!((rate.rate() - 0.01).abs() < 1e-3);
    assert!(at(0.008).upper_tail() < 1e-6);
    assert!(at(0.012).lower_tail() < 1e-6);
    let _ = at(0.02).assert_at_most(1e-3);
}

#[test]
#[should_panic(expected = "promised was at most 0.008")]
fn a_broken_budget_is_reported() {
    let rate =
        false_alarm_rate(Above(THRESHOLD), 5, 100_000, 0.008, |source| source.normal(), |alarm| *alarm);
    let _ = rate.assert_at_most(1e-3);
}

#[test]
#[should_panic(expected = "nothing was counted")]
fn a_silent_stage_has_no_rate() {
    let rate = false_alarm_rate(Above(0.0), 5, 100, 0.5, |_| f64::NAN, |alarm| *alarm);
    let _ = rate.assert_agrees(1e-3);
}

#[test]
fn delays_are_geometric_for_a_threshold_at_the_step() {
    let step = Step { before: 0, after: 200, sigmas: THRESHOLD };
    let delays = delay_on_step(|| Above(THRESHOLD), step, 4000, 6, |alarm| *alarm);
    // Half of the values are above: delay 1 with probability 1/2, mean 2.
    assert!((delays.mean() - 2.0).abs() < 0.1, "{}", delays.mean());
    assert_eq!((delays.missed(), delays.early(), delays.delays().len()), (0, 0, 4000));
    assert_eq!(delays.quantile(0.4), Some(1));
    let none = delay_on_step(|| Above(1e9), step, 10, 6, |alarm| *alarm);
    assert_eq!((none.missed(), none.quantile(0.5)), (10, None));
    let early = Step { before: 10_000, after: 10, sigmas: 0.0 };
    assert_eq!(delay_on_step(|| Above(0.0), early, 10, 6, |alarm| *alarm).early(), 10);
}
