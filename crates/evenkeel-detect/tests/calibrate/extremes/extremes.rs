use crate::stream::{normal, uniform};
use evenkeel_core::Snapshot;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::RankCusum;
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::calibrate::ParetoFit;
use evenkeel_detect::{Dspot, Spot, Tails};
use proptest::prelude::*;

#[test]
fn refuses_what_cannot_calibrate() {
    for (builder, name) in [
        (Spot::builder(0.0), "risk"),
        (Spot::builder(f64::NAN), "risk"),
        (Spot::builder(0.03), "risk"), // no room between it and the level
        (Spot::builder(1e-3).level(1.0), "level"),
        (Spot::builder(1e-3).level(f64::NAN), "level"),
        (Spot::builder(1e-3).calibration(0), "calibration"),
        (Spot::builder(1e-3).calibration(usize::MAX), "calibration"),
        (Spot::builder(1e-3).learn_alarms(-1.0), "learn_alarms"),
        (Spot::builder(1e-3).learn_alarms(f64::NAN), "learn_alarms"),
        (Spot::builder(1e-3).max_peaks(0), "max_peaks"),
        (Spot::builder(1e-3).max_peaks(usize::MAX), "max_peaks"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    assert!(matches!(Dspot::builder(1e-3).depth(0).build(), Err(Error::Parameter { name: "depth", .. })));
    assert_eq!(ParetoFit::new(&[]), Err(Error::TooShort { needed: 2, got: 0 }));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            matches!(ParetoFit::new(&[1.0, bad]), Err(Error::Parameter { name: "excesses", .. })),
            "{bad}"
        );
    }
}

/// The likelihood of the generalized Pareto distribution, written out.
fn log_likelihood(excesses: &[f64], shape: f64, scale: f64) -> f64 {
    let terms = excesses.iter().map(|y| {
        let inside = shape * y / scale;
        if inside <= -1.0 {
            f64::NEG_INFINITY
        } else if shape == 0.0 {
            -scale.ln() - y / scale
        } else {
            -scale.ln() - (1.0 / shape + 1.0) * inside.ln_1p()
        }
    });
    terms.sum()
}

proptest! {
    /// No point of a wide grid is better than the fit, where the likelihood is bounded: beyond, the best
    /// shape for a theta is below -1.
    #[test]
    fn the_fit_is_the_global_maximum(seed in 0u64..1000, n in 5usize..80, shape in (-0.9..1.5f64).prop_filter("not 0", |s| s.abs() > 1e-6), unit in prop::sample::select(vec![1e-9, 1.0, 1e12])) {
        let excesses: Vec<f64> = uniform(seed).take(n).map(|u| unit * (-shape * u.ln()).exp_m1() / shape).collect();
        let fit = ParetoFit::new(&excesses).unwrap();
        let claimed = log_likelihood(&excesses, fit.shape(), fit.scale());
        prop_assert!((claimed - fit.log_likelihood()).abs() < 1e-6 * (1.0 + claimed.abs()));
        let mean = excesses.iter().sum::<f64>() / n as f64;
        for i in -39..80 {
            for j in -40..60 {
                let (shape, scale) = (f64::from(i) / 40.0, mean * (f64::from(j) / 15.0).exp());
                let theta = shape / scale;
                let best_shape = excesses.iter().map(|y| (theta * y).ln_1p()).sum::<f64>() / n as f64;
                if best_shape.is_nan() || best_shape <= -1.0 {
                    continue;
                }
                let other = log_likelihood(&excesses, shape, scale);
                prop_assert!(other <= fit.log_likelihood() + 1e-6, "shape {shape}, scale {scale}: {other} > {}", fit.log_likelihood());
            }
        }
    }

    /// Refitting from the fit before, peak by peak, ends where a search from nothing ends; and order does not
    /// matter.
    #[test]
    fn scale_is_equivariant(seed in 0u64..1000, factor in 1e-6..1e6f64) {
        let excesses: Vec<f64> = uniform(seed).take(60).map(|u| -u.ln()).collect();
        let scaled: Vec<f64> = excesses.iter().map(|y| y * factor).collect();
        let (a, b) = (ParetoFit::new(&excesses).unwrap(), ParetoFit::new(&scaled).unwrap());
        prop_assert!((a.shape() - b.shape()).abs() < 1e-5);
        prop_assert!((a.scale() * factor / b.scale() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn refits_stay_at_the_global_maximum() {
    let mut line = ValueAsScore.then(
        Spot::builder(1e-4)
            .plug_in()
            .learn_alarms(0.0)
            .level(0.9)
            .calibration(100)
            .max_peaks(100_000)
            .build()
            .unwrap(),
    );
    let mut seen = Vec::new();
    let mut checked = 0;
    for z in normal(5).take(4000) {
        let threshold = line.second().threshold();
        let calibrated = line.update(z);
        if calibrated.is_none() || threshold.is_none_or(|t| z <= t) {
            seen.push(z);
        }
        if seen.len() % 97 == 0
            && let Some(t) = line.second().peak_threshold()
        {
            let excesses: Vec<f64> = seen.iter().map(|x| x - t).filter(|y| *y > 0.0).collect();
            let fresh = ParetoFit::new(&excesses).unwrap();
            let (shape, scale) = line.second().shape_and_scale().unwrap();
            let kept = log_likelihood(&excesses, shape, scale);
            assert!(
                kept >= fresh.log_likelihood() - 1e-5,
                "{kept} where {} is possible",
                fresh.log_likelihood()
            );
            checked += 1;
        }
    }
    assert!(checked > 20);
}

/// The case of the authors' program with the wrong sign at shape 0: an exponential tail, whose quantile is
/// t - scale ln(n q / N).
#[test]
fn shape_zero_is_no_special_case() {
    // Excesses whose likelihood has its maximum at shape 0 within rounding: sum of squares = 2 * mean^2 * n.
    let n = 50;
    let make = |spread: f64| -> Vec<f64> {
        (0..n).map(|i| (-((f64::from(i) + 0.5) / f64::from(n)).ln()).powf(spread)).collect()
    };
    let (mut low, mut high) = (0.5, 2.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if ParetoFit::new(&make(middle)).unwrap().shape() < 0.0 { low = middle } else { high = middle }
    }
    let excesses = make(0.5 * (low + high));
    let fit = ParetoFit::new(&excesses).unwrap();
    assert!(fit.shape().abs() < 1e-4, "{}", fit.shape());
    // 2500 values, of which 50 exceed 100 by these.
    let mut line = ValueAsScore.then(Spot::builder(1e-3).plug_in().calibration(2500).build().unwrap());
    for i in 0..2450 {
        line.update(100.0 * f64::from(i) / 2449.0);
    }
    for y in &excesses {
        line.update(100.0 + y);
    }
    let threshold = line.second().threshold().unwrap();
    let exact = 100.0 + excesses.iter().sum::<f64>() / 50.0 * (50.0 / (2500.0 * 1e-3_f64)).ln();
    assert!((threshold - exact).abs() < 1e-2, "{threshold}, exact {exact}");
    assert!(line.update(threshold + 1e-6).unwrap().p() < 1e-3);
    assert!(line.update(threshold - 1e-6).unwrap().p() > 1e-3);
}

/// Where the median absolute deviation is 0: more than half of the values are the same.
#[test]
fn constant_and_quantized_scores() {
    let mut line = ValueAsScore.then(Spot::builder(1e-3).build().unwrap());
    for _ in 0..3000 {
        line.update(7.0);
    }
    let calibrated = line.update(7.0).unwrap();
    assert!(calibrated.p() > 0.5, "the constant itself is normal, p = {}", calibrated.p());
    let calibrated = line.update(8.0).unwrap();
    assert!(calibrated.p() < 1e-3, "what never happened in 3000 values is rare, p = {}", calibrated.p());
    assert_eq!(line.second().shape_and_scale(), None, "no distribution is made up from no peaks");

    let mut line = ValueAsScore.then(Spot::builder(1e-3).build().unwrap());
    let alarms = uniform(3)
        .take(50_000)
        .filter_map(|u| line.update((u * 1.02).floor()))
        .filter(|c| c.p() < 1e-3)
        .count();
    assert_eq!(
        alarms, 0,
        "two values of which one comes in 2 % of the cases: nothing is rarer than 1 in 1000"
    );
}

/// Exponential tails are the lightest of the class, so of them the promise is nearly used up; of others see
/// `budget`.
#[test]
fn false_alarms_as_promised() {
    for (tails, risk) in [(Tails::Upper, 1e-3), (Tails::Both, 1e-3), (Tails::Upper, 1e-4)] {
        let mut line = ValueAsScore.then(Spot::builder(risk).calibration(2000).tails(tails).build().unwrap());
        let signs = uniform(12).map(|u| if u < 0.5 { -1.0 } else { 1.0 });
        let laplace = uniform(11).zip(signs).map(|(u, sign)| -sign * u.ln());
        let calibrated: Vec<_> = laplace.take(500_000).filter_map(|x| line.update(x)).collect();
        let alarms = calibrated.iter().filter(|c| c.p() < risk).count() as f64;
        let expected = risk * calibrated.len() as f64;
        let (low, high) = (0.5 * expected, expected + 2.6 * expected.sqrt());
        assert!((low..high).contains(&alarms), "{tails:?} at {risk}: {alarms} where {expected} are promised");
        let half = calibrated.iter().filter(|c| c.p() <= 0.5).count() as f64 / calibrated.len() as f64;
        assert!((0.4..=0.52).contains(&half), "p-values of the bulk are conservative, not wild: {half}");
    }
}

/// The closed form for each ratio of shape and scale, and the mixture of them, against the posterior summed
/// up over a fine grid of both.
#[test]
fn the_predictive_tail_is_bayes_rule() {
    for (seed, shape) in [(1, 0.0), (2, 0.3), (3, 0.8)] {
        let excess = |u: f64| if shape == 0.0 { -u.ln() } else { (u.powf(-shape) - 1.0) / shape };
        // Two hundred values of which the largest twenty are peaks.
        let values: Vec<f64> =
            (0..180).map(|i| f64::from(i) - 1000.0).chain(uniform(seed).take(20).map(excess)).collect();
        let mut line = ValueAsScore.then(Spot::builder(1e-4).level(0.895).calibration(200).build().unwrap());
        values.iter().for_each(|x| {
            line.update(*x);
        });
        let t = line.second().peak_threshold().unwrap();
        let peaks: Vec<f64> = values.iter().map(|x| x - t).filter(|y| *y > 0.0).collect();
        assert_eq!(peaks.len(), 20);
        let mean = peaks.iter().sum::<f64>() / 20.0;
        for y in [0.5 * mean, 3.0 * mean, 20.0 * mean] {
            let (mut above, mut all) = (0.0, 0.0);
            for i in 0..1200 {
                // The prior is flat in the shape, here to where nothing is left of the posterior, and in the
                // logarithm of the scale.
                let shape = (f64::from(i) + 0.5) / 200.0;
                for j in -160..160 {
                    let scale = mean * (f64::from(j) / 25.0).exp();
                    let weight = log_likelihood(&peaks, shape, scale).exp();
                    all += weight;
                    above += weight * (1.0 + shape * y / scale).powf(-1.0 / shape);
                }
            }
            let expected = 1.1 * (21.0 / 201.0) * above / all;
            let p = line.clone().update(t + y).unwrap().p();
            assert!((p / expected - 1.0).abs() < 0.03, "{shape} {y}: {p}, {expected}");
        }
    }
}

/// More excesses than five come before a distribution is known if their mean is no number to work with.
#[test]
fn tails_of_tiny_and_huge_numbers() {
    for unit in [5e-324, 1e-308, 1e300, f64::MAX / 40.0] {
        let mut line = ValueAsScore.then(Spot::builder(1e-3).build().unwrap());
        for u in uniform(4).take(20_000) {
            if let Some(c) = line.update(-u.ln() * unit) {
                assert!(c.p() > 0.0 && c.p() <= 1.0);
            }
        }
    }
}

#[test]
fn old_peaks_make_room() {
    let builder = Spot::builder(1e-3).plug_in().calibration(500).max_peaks(50);
    let mut line = ValueAsScore.then(builder.build().unwrap());
    for u in uniform(9).take(1500) {
        line.update(u);
    }
    assert!(line.second().is_exact());
    for u in uniform(10).take(20_000) {
        line.update(u);
    }
    assert!(!line.second().is_exact());
    assert!(line.second().peaks() > 50);
    let (shape, _) = line.second().shape_and_scale().unwrap();
    assert!((-1.0..-0.5).contains(&shape), "the uniform distribution has shape -1: {shape}");
}

/// What p is at most where a value is a threshold's worth beyond it, the threshold being the predictive
/// quantile.
#[test]
fn the_threshold_is_where_p_is_the_risk() {
    for tails in [Tails::Upper, Tails::Lower] {
        let sign = if tails == Tails::Lower { -1.0 } else { 1.0 };
        let mut line = ValueAsScore.then(Spot::builder(1e-4).tails(tails).build().unwrap());
        uniform(6).take(5000).for_each(|u| {
            line.update(-sign * u.ln());
        });
        let z = line.second().threshold().unwrap();
        let above = line.clone().update(z + sign * 1e-6).unwrap().p();
        let below = line.clone().update(z - sign * 1e-6).unwrap().p();
        assert!(above < 1e-4 && below > 1e-4 && above > 0.999e-4, "{tails:?} {below} {above}");
    }
}

/// The lower threshold is where p is the risk on the lower side; it is there only where that tail is tested.
#[test]
fn the_lower_threshold_is_where_p_is_the_risk() {
    let line = |tails| {
        let mut line = ValueAsScore.then(Spot::builder(1e-4).tails(tails).build().unwrap());
        assert_eq!(line.second().lower_threshold(), None, "calibrating");
        let signs = uniform(12).map(|u| if u < 0.5 { -1.0 } else { 1.0 });
        uniform(6).zip(signs).take(5000).for_each(|(u, sign)| {
            line.update(-sign * u.ln());
        });
        line
    };
    assert_eq!(line(Tails::Upper).second().lower_threshold(), None);
    let lower = line(Tails::Lower);
    assert_eq!(lower.second().lower_threshold(), lower.second().threshold());
    let both = line(Tails::Both);
    let z = both.second().lower_threshold().unwrap();
    assert!(z < 0.0 && both.second().threshold().unwrap() > 0.0, "{z}");
    let (beyond, within) = (both.clone().update(z - 1e-6).unwrap(), both.clone().update(z + 1e-6).unwrap());
    assert!(beyond.p() < 1e-4 && within.p() > 1e-4, "{} {}", beyond.p(), within.p());
}

mod dspot {
    use super::*;
    use core::time::Duration;
    use evenkeel_core::{At, Timed, Timestamp, TransitionKind};
    use evenkeel_detect::Alarm;
    use evenkeel_testing::Source;

    /// Minutes of the transitions of a line of DSPOT and an alarm for one false alarm a day, on a value a
    /// minute.
    fn transitions(value: impl Fn(i64) -> f64, minutes: i64) -> Vec<(TransitionKind, i64)> {
        let minute = Duration::from_secs(60);
        let alarm = Alarm::for_budget(1.0, 1440 * minute, minute).unwrap().clear_after(10 * minute);
        let alarm = alarm.build().unwrap();
        let mut line = Timed(Dspot::builder(alarm.raise_at()).build().unwrap()).then(alarm);
        let told = (0..minutes).filter_map(|i| {
            let told = line.update(At::new(Timestamp::from_seconds(60 * i), value(i)))?;
            (told.kind != TransitionKind::Worsened).then_some((told.kind, i))
        });
        told.filter(|(_, i)| *i >= 4000).collect()
    }

    fn noise(i: i64) -> f64 {
        Source::new(i.cast_unsigned()).uniform()
    }

    /// Zeros on the side that is not tested: an outage, a quiet night, missing values written as 0.
    #[test]
    fn the_return_to_normal_is_no_alarm() {
        for zeros in [1, 5, 10, 19, 20, 40, 150] {
            let told =
                transitions(|i| if (5000..5000 + zeros).contains(&i) { 0.0 } else { 20.0 + noise(i) }, 5300);
            assert_eq!(told.iter().filter(|(_, i)| *i >= 5000).count(), 0, "{zeros} zeros: {told:?}");
        }
        // As published the mean follows the zeros, and the return is the alarm, for ever.
        let mut published = Dspot::builder(7e-4).plug_in().build().unwrap();
        let last = (0..8000)
            .filter_map(|i| published.update(if (5000..5010).contains(&i) { 0.0 } else { 20.0 + noise(i) }));
        assert!(last.last().unwrap().p() < 7e-4);
    }

    #[test]
    fn a_shift_that_lasts_is_raised_and_learned() {
        for shift in [5.0, 10.0, 1e6, 1e12] {
            let told = transitions(|i| noise(i) + if i < 5000 { 0.0 } else { shift }, 9000);
            assert_eq!(told[0], (TransitionKind::Raised, 5000), "{shift}");
            assert_eq!(told[1].0, TransitionKind::Cleared);
            assert!((5200..5230).contains(&told[1].1), "{shift}: {told:?}");
            assert_eq!(told.len(), 2, "{shift}: {told:?}");
        }
        // Downward it is learned without a word, and what rises from there is seen.
        let told = transitions(
            |i| {
                noise(i)
                    + if i < 5000 { 30.0 } else { 10.0 }
                    + if (7000..7003).contains(&i) { 8.0 } else { 0.0 }
            },
            9000,
        );
        assert_eq!(told.first(), Some(&(TransitionKind::Raised, 7000)), "{told:?}");
    }
}

/// Room that nothing was put into yet is not written: fleets save thousands of these.
#[test]
fn a_snapshot_holds_no_room_that_is_unused() {
    let mut dspot = Dspot::builder(1e-3).tails(Tails::Both).build().unwrap();
    let bytes = |dspot: &Dspot| postcard::to_allocvec(&dspot.snapshot()).unwrap().len();
    let fresh = bytes(&dspot);
    assert!(fresh < 200, "{fresh} bytes");
    dspot.run((0..100).map(f64::from)).for_each(drop);
    assert!(bytes(&dspot) < fresh + 2 * 8 * 100, "{} bytes after 100 values", bytes(&dspot));
    dspot.reset();
    assert_eq!(bytes(&dspot), fresh);
    let ranks = postcard::to_allocvec(&RankCusum::builder(1e-3).build().unwrap().snapshot()).unwrap();
    assert!(ranks.len() < 400, "{} bytes", ranks.len());
}
