use crate::stream::{normal, uniform};
use evenkeel_core::{Calibrated, Direction, Error, Score, Stage};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::calibrate::RankCusumBuilder;
use evenkeel_detect::{RankCusum, Tails};
use proptest::prelude::*;

#[test]
fn refuses_what_cannot_be_held() {
    for (builder, name) in [
        (RankCusum::builder(0.0), "risk"),
        (RankCusum::builder(f64::NAN), "risk"),
        (RankCusum::builder(0.2), "risk"),
        (RankCusum::builder(1e-16), "risk"),
        (RankCusum::builder(1e-3).calibration(19), "calibration"),
        (RankCusum::builder(1e-3).calibration(usize::MAX), "calibration"),
        (RankCusum::builder(1e-3).calibration(100).window(99), "window"),
        (RankCusum::builder(1e-3).window(usize::MAX), "window"),
        (RankCusum::builder(1e-3).relearn(19), "relearn"),
        (RankCusum::builder(1e-3).relearn(u64::MAX), "relearn"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

fn ps(builder: RankCusumBuilder, values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut line = ValueAsScore.then(builder.build().unwrap());
    values.map(|x| line.update(x).map_or(1.0, |c| c.p())).collect()
}

proptest! {
    /// Only the order of the values matters: any rising function of them gives the same p-values, bit for
    /// bit.
    #[test]
    fn units_do_not_matter(seed in 0u64..1000, shift in 0.0..3.0f64) {
        let values = || normal(seed).take(1500).enumerate().map(|(i, z)| if i < 1000 { z } else { z + shift });
        let builder = RankCusum::builder(1e-4).calibration(50).window(400);
        prop_assert_eq!(ps(builder, values()), ps(builder, values().map(|z| (0.5 * z).exp() * 1e30)));
    }
}

/// The sums reach their thresholds at the distance that the integral equation says, whatever the
/// distribution: counted over a long stream.
#[test]
fn the_rate_is_the_one_calculated() {
    let risk = 1e-3;
    for ties in [false, true] {
        let values = normal(3).map(|z| if ties { z.round() } else { z });
        let p = ps(RankCusum::builder(risk), values.take(600_000));
        let (mut raised, mut events) = (false, 0);
        for p in p {
            if !raised && p <= risk {
                events += 1;
            }
            raised = p <= risk;
        }
        // An event that reaches several thresholds is one, and few single values can raise.
        assert!((200..=600 + 57).contains(&events), "ties {ties}: {events} where 600 are allowed");
    }
}

#[test]
fn a_spike_in_the_calibration_does_not_hide_a_shift() {
    // The forty-fold spike is one rank of three hundred.
    let values = normal(8).take(2000).enumerate().map(|(i, z)| match i {
        150 => 40.0,
        1000.. => z + 2.0,
        _ => z,
    });
    let first = ps(RankCusum::builder(1e-5), values).iter().position(|p| *p <= 1e-5);
    assert!(first.is_some_and(|at| (1000..1015).contains(&at)), "{first:?}");
}

#[test]
fn an_event_ends_with_the_shift_and_the_next_is_found_as_soon() {
    let builder = RankCusum::builder(1e-5).calibration(500);
    let shifted = |i: usize| [1000..1100, 1500..1600, 2000..2100].iter().any(|r| r.contains(&i));
    let p = ps(builder, normal(5).take(2500).enumerate().map(|(i, z)| if shifted(i) { z + 3.0 } else { z }));
    let raised: Vec<usize> = (1..p.len()).filter(|i| p[*i] <= 1e-5 && p[*i - 1] > 1e-5).collect();
    let over: Vec<usize> = (1..p.len()).filter(|i| p[*i] > 1e-5 && p[*i - 1] <= 1e-5).collect();
    assert_eq!((raised.len(), over.len()), (3, 3), "{raised:?} {over:?}");
    for (n, begin) in [1000, 1500, 2000].into_iter().enumerate() {
        // What an event is raised by was learned, so the next one's ranks say a little less.
        assert!((begin..begin + 8).contains(&raised[n]), "{raised:?}");
        assert!((begin + 100..begin + 125).contains(&over[n]), "{over:?}");
    }
}

/// A shift that stays is raised, and taken for normal after the stated number of values; the next shift is
/// found from there.
#[test]
fn a_new_level_becomes_normal() {
    for size in [3.0, 10.0, 1e9] {
        let builder = RankCusum::builder(1e-4).relearn(600);
        let level = |i: usize| {
            if i < 1000 {
                0.0
            } else if i < 3000 {
                size
            } else {
                size + 4.0
            }
        };
        let p = ps(builder, normal(7).take(4000).enumerate().map(|(i, z)| z + level(i)));
        let begun = p.iter().position(|p| *p <= 1e-4).unwrap();
        assert!((1000..1010).contains(&begun), "{size}: {begun}");
        assert!(p[begun..begun + 599].iter().all(|p| *p <= 1e-4), "{size}: one event");
        assert!(p[begun + 600..2990].iter().all(|p| *p > 1e-4), "{size}: the new level is normal");
        assert!(p[3000..3012].iter().any(|p| *p <= 1e-4), "{size}: and the next shift is none");
    }
}

#[test]
fn one_wild_value_raises_only_where_its_rank_can_carry_it() {
    for (calibration, risk, raises) in [(300, 1e-5, false), (10_000, 1e-3, true)] {
        let mut line = ValueAsScore.then(RankCusum::builder(risk).calibration(calibration).build().unwrap());
        normal(2).take(calibration).for_each(|z| {
            line.update(z);
        });
        let resolution = line.second().resolution().unwrap();
        assert!((resolution * (calibration + 1) as f64 - 1.0).abs() < 1e-12);
        assert_eq!(line.update(1e60).unwrap().p() <= risk, raises);
        // Of that value nothing is left but one rank: what follows is as if it had been a large one of the
        // usual.
        let mut other = ValueAsScore.then(RankCusum::builder(risk).calibration(calibration).build().unwrap());
        normal(2).take(calibration).for_each(|z| {
            other.update(z);
        });
        other.update(6.0);
        for z in normal(9).take(3000) {
            assert_eq!(line.update(z).unwrap().p(), other.update(z).unwrap().p());
        }
    }
}

/// Two thousand of the same value, then another: nothing is known of how far is far, but that it never
/// happened.
#[test]
fn constants_and_what_comes_after_them() {
    let mut line = ValueAsScore.then(RankCusum::builder(1e-4).tails(Tails::Both).build().unwrap());
    for _ in 0..2000 {
        assert!(line.update(7.0).is_none_or(|c| c.p() > 1e-4));
    }
    let after = (0..20).position(|_| line.update(8.0).unwrap().p() <= 1e-4);
    assert!(after.is_some_and(|n| n < 8), "{after:?}");
}

/// Values that are learned in the same order give the same state whatever came in between as an event: a
/// reset is a fresh start.
#[test]
fn the_sign_of_a_score_counts_with_both_tails() {
    let calibrated = |tails: Tails, direction: Direction| {
        let mut cusum = RankCusum::builder(1e-3).calibration(100).tails(tails).build().unwrap();
        let mut p = 1.0_f64;
        for (i, u) in uniform(4).take(150).enumerate() {
            let score = if i < 100 { Score::from_deviation(u - 0.5) } else { Score::new(3.0 + u, direction) };
            p = p.min(cusum.update(score.unwrap()).map_or(1.0, |c: Calibrated| c.p()));
        }
        p
    };
    assert!(calibrated(Tails::Both, Direction::Down) <= 1e-3);
    assert!(calibrated(Tails::Both, Direction::Up) <= 1e-3);
    assert!(calibrated(Tails::Lower, Direction::Up) > 1e-3, "large values are not small ones");
}

/// A spike that spoils a model's next four errors, one in a hundred values: such runs are usual, and what
/// lasts longer is not.
#[test]
fn usual_runs_are_no_evidence() {
    let mut left = 0;
    let mut runs = uniform(31).zip(normal(32)).map(move |(u, z)| {
        left = if left > 0 { left - 1 } else { 5 * usize::from(u < 0.01) };
        if left > 0 { z + 4.0 } else { z }
    });
    let mut line = ValueAsScore.then(RankCusum::builder(1e-4).calibration(1000).build().unwrap());
    let (mut events, mut raised) = (0, false);
    for x in runs.by_ref().take(60_000) {
        let p = line.update(x).map_or(1.0, |c| c.p());
        events += usize::from(p <= 1e-4 && !raised);
        raised = p <= 1e-4;
    }
    // Six are the budget of independent values; of the six hundred runs most would raise if each were looked
    // at by itself.
    assert!(events < 30, "{events}");
    let found = runs.take(30).position(|x| line.update(x + 4.0).is_some_and(|c| c.p() <= 1e-4));
    assert!(found.is_some_and(|at| at < 15), "{found:?}");
}

proptest! {
    /// Changing the risk before the first value is building it with that risk; what is out of range changes
    /// nothing.
    #[test]
    fn another_risk_is_another_build(first in -14.9..-1.1f64, second in -14.9..-1.1f64, both in any::<bool>()) {
        let (first, second) = (10_f64.powf(first), 10_f64.powf(second));
        let tails = if both { Tails::Both } else { Tails::Upper };
        let mut changed = RankCusum::builder(first).tails(tails).build().unwrap();
        changed.set_risk(second).unwrap();
        prop_assert_eq!(changed.risk(), second);
        for bad in [0.0, 0.2, f64::NAN] {
            prop_assert!(changed.set_risk(bad).is_err());
        }
        prop_assert_eq!(changed, RankCusum::builder(second).tails(tails).build().unwrap());
    }
}

/// Of independent values, for which no threshold is widened, a changed risk is one that was there from the
/// start: the same evidence, bit for bit, and the same p-values from then on.
#[test]
fn another_risk_keeps_the_evidence() {
    let mut compared = 0;
    for seed in 0..40 {
        let built = |risk| ValueAsScore.then(RankCusum::builder(risk).calibration(100).build().unwrap());
        let (mut before, mut after) = (built(1e-3), built(1e-4));
        let values: Vec<f64> = normal(seed).take(400).collect();
        let calm = values[..150].iter().all(|x| {
            let p = [before.update(*x), after.update(*x)].map(|c| c.map_or(1.0, |c| c.p()));
            p[0] > 1e-3 && p[1] > 1e-4
        });
        let (mut changed, after_cusum) = (before.second().clone(), after.second().clone());
        changed.set_risk(1e-4).unwrap();
        // Runs that the calibration took for usual widen a threshold.
        if !calm || changed != after_cusum {
            continue;
        }
        compared += 1;
        let score = |x: f64| ValueAsScore.update(x).unwrap();
        for x in &values[150..] {
            assert_eq!(changed.update(score(*x)), after.update(*x));
        }
    }
    assert!(compared >= 10, "{compared}");
}

/// An event goes on under a smaller risk, and evidence that did not suffice is not lost under a larger one.
#[test]
fn an_event_survives_another_risk() {
    let score = |x: f64| ValueAsScore.update(x).unwrap();
    let mut cusum = RankCusum::builder(1e-3).calibration(300).build().unwrap();
    let values = normal(21);
    for z in values.take(400) {
        let _ = cusum.update(score(z));
    }
    let mut cautious = cusum.clone();
    let raised =
        (0..20).position(|_| cusum.update(score(5.0)).is_some_and(|c| c.p() <= 1e-3) && cusum.is_raised());
    assert!(raised.is_some());
    cusum.set_risk(1e-12).unwrap();
    assert!(cusum.is_raised() && cusum.update(score(5.0)).unwrap().p() <= 1e-12);
    // Three large values are no event at 1e-12; of what they were, 1e-2 needs no fourth.
    cautious.set_risk(1e-12).unwrap();
    (0..3).for_each(|_| assert!(cautious.update(score(5.0)).unwrap().p() > 1e-12));
    cautious.set_risk(1e-2).unwrap();
    assert!(cautious.update(score(0.0)).unwrap().p() <= 1e-2);
    assert!(cautious.is_raised());
    // What it has reached is a state that is read back.
    let text = serde_json::to_string(&cautious).unwrap();
    assert_eq!(serde_json::from_str::<RankCusum>(&text).unwrap(), cautious);
}

/// The budget is that of the new risk, counted.
#[test]
fn the_rate_is_that_of_the_new_risk() {
    let mut line = ValueAsScore.then(RankCusum::builder(1e-5).build().unwrap());
    let mut values = normal(33);
    for z in values.by_ref().take(2_000) {
        let _ = line.update(z);
    }
    let (risk, mut cusum) = (1e-3, line.second().clone());
    cusum.set_risk(risk).unwrap();
    let (mut raised, mut events) = (false, 0);
    for z in values.take(600_000) {
        let p = cusum.update(ValueAsScore.update(z).unwrap()).map_or(1.0, |c| c.p());
        events += u32::from(!raised && p <= risk);
        raised = p <= risk;
    }
    assert!((200..=600 + 57).contains(&events), "{events} where 600 are allowed");
}
