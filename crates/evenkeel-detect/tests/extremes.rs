use crate::stream::{normal, uniform};
use evenkeel_core::{Error, Stage};
use evenkeel_detect::{Dspot, Identity, ParetoFit, Spot, Tails};
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

/// The likelihood of the generalized Pareto law, written out.
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
    /// No point of a wide grid is better than the fit, where the likelihood is bounded: beyond, the best shape for a theta is below -1.
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

    /// Refitting from the fit before, peak by peak, ends where a search from nothing ends; and order does not matter.
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
    let mut line = Identity.then(
        Spot::builder(1e-4).learn_alarms(0.0).level(0.9).calibration(100).max_peaks(100_000).build().unwrap(),
    );
    let mut seen = Vec::new();
    let mut checked = 0;
    for z in normal(5).take(4000) {
        let threshold = line.second().threshold();
        let judged = line.update(z);
        if judged.is_none() || threshold.is_none_or(|t| z <= t) {
            seen.push(z);
        }
        if seen.len() % 97 == 0
            && let Some(t) = line.second().peak_threshold()
        {
            let excesses: Vec<f64> = seen.iter().map(|x| x - t).filter(|y| *y > 0.0).collect();
            let fresh = ParetoFit::new(&excesses).unwrap();
            let (shape, scale) = line.second().law().unwrap();
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

/// The case of the authors' program with the wrong sign at shape 0: an exponential tail, whose quantile is t - scale ln(n q / N).
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
    let mut line = Identity.then(Spot::builder(1e-3).calibration(2500).build().unwrap());
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
    let mut line = Identity.then(Spot::builder(1e-3).build().unwrap());
    for _ in 0..3000 {
        line.update(7.0);
    }
    let judged = line.update(7.0).unwrap();
    assert!(judged.p() > 0.5, "the constant itself is normal, p = {}", judged.p());
    let judged = line.update(8.0).unwrap();
    assert!(judged.p() < 1e-3, "what never happened in 3000 values is rare, p = {}", judged.p());
    assert_eq!(line.second().law(), None, "no law is made up from no peaks");

    let mut line = Identity.then(Spot::builder(1e-3).build().unwrap());
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

#[test]
fn false_alarms_as_promised() {
    for (tails, risk) in [(Tails::Upper, 1e-3), (Tails::Both, 1e-3), (Tails::Upper, 1e-4)] {
        let mut line = Identity.then(Spot::builder(risk).calibration(2000).tails(tails).build().unwrap());
        let judged: Vec<_> = normal(11).take(500_000).filter_map(|z| line.update(z)).collect();
        let alarms = judged.iter().filter(|c| c.p() < risk).count() as f64;
        let expected = risk * judged.len() as f64;
        // The law is estimated from at most 512 peaks at a time: its quantile is off by some tens of percent in probability.
        assert!(
            (0.4..2.5).contains(&(alarms / expected)),
            "{tails:?} at {risk}: {alarms} where {expected} are expected"
        );
        let half = judged.iter().filter(|c| c.p() <= 0.5).count() as f64 / judged.len() as f64;
        assert!((0.4..=0.51).contains(&half), "p-values of the bulk are conservative, not wild: {half}");
    }
}

#[test]
fn old_peaks_make_room() {
    let builder = Spot::builder(1e-3).calibration(500).max_peaks(50);
    let mut line = Identity.then(builder.build().unwrap());
    for u in uniform(9).take(1500) {
        line.update(u);
    }
    assert!(line.second().is_exact());
    for u in uniform(10).take(20_000) {
        line.update(u);
    }
    assert!(!line.second().is_exact());
    assert!(line.second().peaks() > 50);
    let (shape, _) = line.second().law().unwrap();
    assert!((-1.0..-0.5).contains(&shape), "the uniform law has shape -1: {shape}");
}
