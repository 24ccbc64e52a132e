use crate::stream::{normal, uniform};
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::change::{BernoulliBeta, Bocpd, ChangeScore, NormalGamma, PoissonGamma};
use proptest::prelude::*;

fn unit() -> NormalGamma {
    NormalGamma::new(0.0, 0.01, 1.0, 1.0)
}

#[test]
fn refuses_what_is_no_setting() {
    let name = |refused: Error| match refused {
        Error::Parameter { name, .. } => name,
        other => panic!("{other}"),
    };
    let built = |distribution| Bocpd::builder(distribution, 100.0).build().map(drop);
    assert_eq!(name(built(NormalGamma::new(f64::NAN, 1.0, 1.0, 1.0)).unwrap_err()), "mean");
    assert_eq!(name(built(NormalGamma::new(0.0, 0.0, 1.0, 1.0)).unwrap_err()), "kappa");
    assert_eq!(name(built(NormalGamma::new(0.0, 1.0, -1.0, 1.0)).unwrap_err()), "alpha");
    assert_eq!(name(built(NormalGamma::new(0.0, 1.0, 1.0, 0.0)).unwrap_err()), "beta");
    let built = |distribution| Bocpd::builder(distribution, 100.0).build().map(drop);
    assert_eq!(name(built(PoissonGamma::new(0.0, 1.0)).unwrap_err()), "shape");
    assert_eq!(name(built(PoissonGamma::new(1.0, f64::NAN)).unwrap_err()), "rate");
    let built = |distribution| Bocpd::builder(distribution, 100.0).build().map(drop);
    assert_eq!(name(built(BernoulliBeta::new(0.0, 1.0)).unwrap_err()), "successes");
    assert_eq!(name(built(BernoulliBeta::new(1.0, -1.0)).unwrap_err()), "failures");
    assert_eq!(name(Bocpd::builder(unit(), 1.0).build().unwrap_err()), "run_length");
    assert_eq!(name(Bocpd::builder(unit(), 9.0).truncation(0.5).build().unwrap_err()), "truncation");
    assert_eq!(name(Bocpd::builder(unit(), 9.0).max_runs(1).build().unwrap_err()), "max_runs");
    let never = ChangeScore::RecentChange(0);
    assert_eq!(name(Bocpd::builder(unit(), 9.0).scoring(never).build().unwrap_err()), "scoring");
}

#[test]
fn priors_from_history() {
    assert!(matches!(NormalGamma::from_history(&[1.0; 7]), Err(Error::TooShort { needed: 8, got: 7 })));
    assert!(matches!(NormalGamma::from_history(&[1.0; 50]), Err(Error::Parameter { name: "history", .. })));
    // A level shift in the history does not widen the noise, and a missing value is no value.
    let mut history: Vec<f64> = normal(3).take(4000).map(|z| 50.0 + 3.0 * z).collect();
    history.iter_mut().skip(2500).for_each(|x| *x += 1e4);
    history[7] = f64::NAN;
    let bocpd = Bocpd::builder(NormalGamma::from_history(&history).unwrap(), 100.0).build().unwrap();
    let expected = bocpd.expected().unwrap();
    assert!((expected.mean() - 50.0).abs() < 5.0, "{expected:?}");
    // One standard deviation of the mean is ten of the noise.
    assert!((expected.sd() / (3.0 * 101.0_f64.sqrt()) - 1.0).abs() < 0.1, "{expected:?}");
    let quantized: Vec<f64> = (0..100).map(|i| if i % 20 == 0 { 5.0 } else { 4.0 }).collect();
    assert!(Bocpd::builder(NormalGamma::from_history(&quantized).unwrap(), 100.0).build().is_ok());
}

/// A public implementation underflows here and never recovers.
#[test]
fn a_jump_is_found_at_once_however_large() {
    for jump in [20.0, -20.0, 1e3, 1e6, -1e12, 1e50, 1e100, -1e100] {
        let mut noise = uniform(5).map(|u| u - 0.5);
        let mut bocpd = Bocpd::builder(NormalGamma::new(0.0, 0.01, 1.0, 0.1), 250.0).build().unwrap();
        let mut highest = 0.0_f64;
        for x in noise.by_ref().take(300) {
            highest = highest.max(bocpd.update(x).map_or(0.0, |s| s.value()));
        }
        assert!(highest < 2.0, "calm: {highest}");
        let score = bocpd.update(jump).unwrap();
        assert!(score.value() > 9.0, "jump of {jump}: {score:?}");
        assert_eq!(score.direction(), if jump > 0.0 { Direction::Up } else { Direction::Down });
        assert_eq!(bocpd.most_probable_run(), 1, "jump of {jump}");
        for (x, run) in noise.take(100).zip(2..) {
            bocpd.update(jump + x);
            assert_eq!(bocpd.most_probable_run(), run, "jump of {jump}");
            assert!(bocpd.run_length().all(|(_, p)| p.is_finite()) && bocpd.log_evidence().is_finite());
        }
        assert!(bocpd.dropped() < 0.1, "{}", bocpd.dropped());
    }
}

#[test]
fn knows_the_hazard_from_a_change() {
    let mut bocpd = Bocpd::builder(unit(), 50.0).build().unwrap();
    for z in normal(9).take(200) {
        bocpd.update(z);
        // What is often plotted, and says nothing.
        let (run, p) = bocpd.run_length().last().unwrap();
        assert_eq!(run, 0);
        assert!((p - 0.02).abs() < 1e-12);
    }
    assert!(bocpd.recent_change(0) < 0.03 && bocpd.recent_change(u64::MAX) == 1.0);
}

#[test]
fn finds_changes_of_spread_of_rate_and_of_probability() {
    let mut spread = Bocpd::builder(unit(), 250.0).build().unwrap();
    spread.run(normal(11).take(300)).for_each(drop);
    spread.run(normal(12).take(80).map(|z| 8.0 * z)).for_each(drop);
    assert!((70..=90).contains(&spread.most_probable_run()), "{}", spread.most_probable_run());

    // Counts by adding up exponential gaps.
    let mut gaps = uniform(13).map(|u| -u.ln());
    let mut count = |rate: f64| {
        let (mut time, mut n) = (gaps.next().unwrap(), 0.0);
        while time < rate {
            time += gaps.next().unwrap();
            n += 1.0;
        }
        n
    };
    let mut rate = Bocpd::builder(PoissonGamma::new(1.0, 0.1), 250.0).build().unwrap();
    rate.run((0..300).map(|_| count(4.0))).for_each(drop);
    rate.run((0..60).map(|_| count(12.0))).for_each(drop);
    assert!((55..=65).contains(&rate.most_probable_run()), "{}", rate.most_probable_run());
    assert!((rate.expected().unwrap().mean() - 12.0).abs() < 2.0);

    let mut share = Bocpd::builder(BernoulliBeta::new(1.0, 1.0), 250.0).build().unwrap();
    let bit = |(u, p): (f64, f64)| f64::from(u8::from(u < p));
    let probabilities = [0.05; 400].into_iter().chain([0.6; 100]);
    share.run(uniform(14).zip(probabilities).map(bit)).for_each(drop);
    assert!((90..=110).contains(&share.most_probable_run()), "{}", share.most_probable_run());
    assert!((share.expected().unwrap().mean() - 0.6).abs() < 0.15);
}

/// The closed-form evidence of one run, without a hazard to speak of.
#[test]
fn evidence_of_counts_and_bits_is_the_closed_form() {
    let counts = [3.0, 0.0, 7.0, 2.0, 2.0, 6.0];
    let (a, b) = (1.5, 0.3);
    let mut bocpd =
        Bocpd::builder(PoissonGamma::new(a, b), 1e12).scoring(ChangeScore::Surprise).build().unwrap();
    let evidence: f64 = counts.iter().map(|x| -bocpd.update(*x).unwrap().value()).sum();
    let (sum, n): (f64, f64) = (counts.iter().sum(), counts.len() as f64);
    let closed = libm::lgamma(a + sum) - libm::lgamma(a) + a * b.ln()
        - (a + sum) * (b + n).ln()
        - counts.iter().map(|x| libm::lgamma(x + 1.0)).sum::<f64>();
    assert!((evidence - closed).abs() < 1e-9, "{evidence} {closed}");

    let bits = [1.0, 0.0, 0.0, 1.0, 1.0];
    let (a, b) = (0.5, 2.0);
    let mut bocpd =
        Bocpd::builder(BernoulliBeta::new(a, b), 1e12).scoring(ChangeScore::Surprise).build().unwrap();
    let evidence: f64 = bits.iter().map(|x| -bocpd.update(*x).unwrap().value()).sum();
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let closed = log_beta(a + 3.0, b + 2.0) - log_beta(a, b);
    assert!((evidence - closed).abs() < 1e-9, "{evidence} {closed}");
}

#[test]
fn says_when_the_cap_was_hit() {
    let mut bocpd = Bocpd::builder(unit(), 250.0).truncation(0.0).max_runs(20).build().unwrap();
    bocpd.run(normal(15).take(19)).for_each(drop);
    assert!(bocpd.is_exact() && bocpd.kept() == 20 && bocpd.dropped() == 0.0);
    bocpd.run(normal(16).take(200)).for_each(drop);
    assert!(!bocpd.is_exact() && bocpd.kept() == 20 && bocpd.dropped() > 0.0);
    bocpd.reset();
    assert!(bocpd.is_exact());
}

/// Dropping what is improbable changes little: the promise of `truncation`.
#[test]
fn truncation_is_close_to_the_whole() {
    let mut whole = Bocpd::builder(unit(), 100.0).truncation(0.0).max_runs(2000).build().unwrap();
    let mut cut = Bocpd::builder(unit(), 100.0).build().unwrap();
    let (mut worst, mut kept) = (0.0_f64, 0);
    for (z, i) in normal(17).take(1000).zip(0..) {
        let x = z + if i % 200 < 100 { 0.0 } else { 4.0 };
        whole.update(x);
        cut.update(x);
        worst = worst.max((whole.recent_change(10) - cut.recent_change(10)).abs());
        kept = kept.max(cut.kept());
    }
    assert!(whole.is_exact() && cut.is_exact());
    assert!(worst < 5e-3 && kept < 300, "{worst} {kept}");
    assert_eq!(whole.most_probable_run(), cut.most_probable_run());
}

proptest! {
    /// Units don't matter, and probabilities are probabilities.
    #[test]
    fn equivariance(values in prop::collection::vec(-50.0..50.0_f64, 1..200), shift in -8..8_i32, scale in -8..8_i32) {
        let (shift, scale) = (f64::from(shift), 2.0_f64.powi(scale));
        let mut plain = Bocpd::builder(NormalGamma::new(1.0, 0.1, 2.0, 3.0), 30.0).build().unwrap();
        let distribution = NormalGamma::new((1.0 + shift) * scale, 0.1, 2.0, 3.0 * scale * scale);
        let mut moved = Bocpd::builder(distribution, 30.0).build().unwrap();
        for x in values {
            let (a, b) = (plain.update(x), moved.update((x + shift) * scale));
            let sum: f64 = plain.run_length().map(|(_, p)| p).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a.value() - b.value()).abs() < 1e-4, "{} {}", a.value(), b.value());
            }
        }
    }
}

#[test]
#[cfg(feature = "serde")]
fn refuses_a_snapshot_of_more_values_than_it_can_count() {
    let mut bocpd = Bocpd::builder(unit(), 100.0).build().unwrap();
    for x in uniform(7).take(50) {
        bocpd.update(x);
    }
    let good = serde_json::to_value(&bocpd).unwrap();
    let restored = |seen: u64| {
        let mut value = good.clone();
        value["seen"] = seen.into();
        value["hypotheses"][0]["run"] = seen.into();
        serde_json::from_value::<Bocpd<NormalGamma>>(value).map_err(|e| e.to_string())
    };
    let mut old = restored(1 << 51).unwrap();
    assert!(old.update(0.5).is_some_and(|score| score.value().is_finite()));
    assert!(restored((1 << 51) + 1).unwrap_err().contains("seen"));
    assert!(restored(u64::MAX).unwrap_err().contains("seen"));
}
