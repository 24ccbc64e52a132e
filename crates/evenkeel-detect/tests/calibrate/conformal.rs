//! Conformal p-values and martingales.

use crate::stream::normal;
use evenkeel_core::{Error, Score, Stage};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::calibrate::{Bet, Conformal, Martingale};
use proptest::prelude::*;

proptest! {
    /// The definition, over the last scores.
    #[test]
    fn p_is_the_share_that_is_as_large(
        scores in prop::collection::vec((0..9_u8).prop_map(f64::from), 1..80),
        window in 2..50_usize,
        u in 0.0..=1.0,
    ) {
        let mut conformal = Conformal::builder(0.5).window(window).build().unwrap();
        for (i, x) in scores.iter().enumerate() {
            let calibrated = conformal.update_with(Score::from_deviation(*x).unwrap(), u);
            let kept = &scores[(i + 1).saturating_sub(window)..=i];
            let larger = kept.iter().filter(|s| *s > x).count() as f64;
            let equal = kept.iter().filter(|s| *s == x).count() as f64;
            prop_assert!((calibrated.p() - (larger + u * equal) / kept.len() as f64).abs() < 1e-12);
            prop_assert_eq!(conformal.is_exact(), i < window);
        }
    }
}

#[test]
fn smoothed_p_values_are_uniform_even_with_ties() {
    let mut line = ValueAsScore.then(Conformal::builder(0.01).window(500).smoothed(7).build().unwrap());
    let mut cells = [0_u32; 10];
    for z in normal(1).take(20_000) {
        let p = line.update((3.0 * z).round().abs()).unwrap().p();
        cells[((p * 10.0) as usize).min(9)] += 1;
    }
    // 2,000 in each, give or take five times 42.
    assert!(cells.iter().all(|n| (1_790..2_210).contains(n)), "{cells:?}");
}

/// The capital is above 1 / a with a probability of at most a, whenever it is looked at.
#[test]
fn false_alarms_keep_to_the_promise() {
    for bet in [Bet::Power(0.5), Bet::Mixture] {
        let alarms = (0..400_u64)
            .filter(|seed| {
                let mut line = ValueAsScore
                    .then(Conformal::builder(1e-3).smoothed(*seed).build().unwrap())
                    .then(Martingale::builder(bet).build().unwrap());
                normal(1_000 + seed).take(500).any(|z| line.update(z.abs()).unwrap().value() > 10_f64.ln())
            })
            .count();
        // At most 40 of 400, and 5 standard deviations.
        assert!(alarms <= 70, "{bet:?}: {alarms}");
    }
    // Restarting: not more often than once in 1 / a values on average.
    let (mut alarms, n) = (0, 200_000);
    let mut martingale = Martingale::builder(Bet::Power(0.5)).restarting().build().unwrap();
    let mut line = ValueAsScore.then(Conformal::builder(1e-3).smoothed(3).build().unwrap());
    for z in normal(77).take(n) {
        let calibrated = line.update(z.abs()).unwrap();
        if martingale.update(calibrated).unwrap().value() > 500_f64.ln() {
            alarms += 1;
            martingale.reset();
        }
    }
    assert!((20..=420).contains(&alarms), "{alarms}");
}

/// The mixture is no worse than its best single bet but for the logarithm of the number of values.
#[test]
fn a_mixture_is_nearly_its_best_bet() {
    let mut mixture = Martingale::builder(Bet::Mixture).build().unwrap();
    let mut single: Vec<Martingale> =
        (1..20).map(|i| Martingale::builder(Bet::Power(f64::from(i) / 20.0)).build().unwrap()).collect();
    let mut line = ValueAsScore.then(Conformal::builder(1e-3).smoothed(3).build().unwrap());
    let mut best = f64::NEG_INFINITY;
    for (i, z) in normal(5).take(2_000).enumerate() {
        let calibrated = line.update(z + f64::from(u32::try_from(i).unwrap()) / 300.0).unwrap();
        let all = mixture.update(calibrated).unwrap().value();
        best = single.iter_mut().fold(f64::NEG_INFINITY, |m, s| m.max(s.update(calibrated).unwrap().value()));
        assert!(all <= best + 0.1 && all >= best - 8.0, "{i} {all} {best}");
    }
    assert!(best > 50.0);
}

#[test]
fn settings_are_validated() {
    let name = |e: Error| match e {
        Error::Parameter { name, .. } => name,
        other => panic!("{other}"),
    };
    assert_eq!(name(Conformal::builder(0.5).window(1).build().unwrap_err()), "window");
    // A budget that its window can't carry would mean silence for ever.
    assert_eq!(name(Conformal::builder(1e-4).window(9_999).build().unwrap_err()), "window");
    assert!(Conformal::builder(1e-4).window(10_000).build().is_ok());
    for risk in [0.0, 1e-8, 1.0, f64::NAN] {
        assert_eq!(name(Conformal::builder(risk).build().unwrap_err()), "risk");
    }
    for n in [3_usize, 7, 49, 1000, 60_480, 1_000_003] {
        let risk = 1.0 / n as f64;
        let mut line = ValueAsScore.then(Conformal::builder(risk).window(n).build().unwrap());
        (0..n.min(2000)).for_each(|i| {
            line.update(i as f64 * 0.5);
        });
        assert!(n > 2000 || line.update(1e9).unwrap().p() <= risk, "{n}");
    }
    assert_eq!(name(Martingale::builder(Bet::Power(1.0)).build().unwrap_err()), "epsilon");
    assert_eq!(name(Martingale::builder(Bet::Mixture).restarting().build().unwrap_err()), "restarting");
}
