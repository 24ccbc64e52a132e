//! Two views of the same evidence agree.

use evenkeel_core::Stage;
use evenkeel_stats::Generator;
use evenkeel_stats::sequential::boundary::{
    BetaBinomialMixture, Boundary, GammaExponentialMixture, Mixture, NormalMixture, PolynomialStitching,
};
use evenkeel_stats::sequential::{
    Alternative, AsymptoticBoundary, AsymptoticSequence, BernoulliSequence, BernoulliTest, BernsteinSequence,
    Bets, BettingTest, HoeffdingSequence, Interval, MixtureBernsteinSequence, MixtureSprt, Sprt,
    TwoSampleMixtureSprt,
};
use evenkeel_testing::assert_close;
use proptest::prelude::*;

/// The formula with fifty digits would not notice; a double loses all of them where a root and a negative
/// term nearly cancel.
#[test]
fn a_stitched_line_of_a_negative_scale_keeps_its_digits() {
    for (v, c) in [(1.0, -0.1), (10.0, -1.0), (1e4, -3.0), (1.0, -1e3), (5.0, -1e9), (1e6, -1e12)] {
        let bound = PolynomialStitching::new(1.0, c).unwrap().bound(v, 0.05);
        let gaussian = PolynomialStitching::new(1.0, 0.0).unwrap().bound(v, 0.05);
        assert!(bound > 0.0 && bound < gaussian, "{bound} {gaussian}");
        // bound (bound - 2 k2 c level) = gaussian^2, by multiplying out the root, where the level follows
        // from the line of scale 0.
        let root = 2.0_f64.sqrt().sqrt();
        let k1_squared = 0.5 * (root + 1.0 / root) * (root + 1.0 / root);
        let level = gaussian * gaussian / (k1_squared * v);
        let k2 = 0.5 * (2.0_f64.sqrt() + 1.0);
        assert_close!(bound * (bound - 2.0 * k2 * c * level), gaussian * gaussian, 1e-12, 0.0, "{v} {c}");
    }
    for c in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(PolynomialStitching::new(1.0, c).is_err());
    }
}

#[test]
fn a_rate_is_a_bounded_mean() {
    for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
        let mut rate = BernoulliTest::new(0.1, alternative).unwrap();
        let mut mean = BettingTest::new(0.1, alternative, Bets::Grid).unwrap();
        let mut g = Generator::new(31);
        for _ in 0..2000 {
            let x = g.bernoulli(0.2);
            let (a, b) = (rate.update(x).unwrap(), mean.update(f64::from(u8::from(x))).unwrap());
            assert_close!(a.log_e(), b.log_e(), 1e-10, 1e-9);
            assert_close!(a.log_p(), b.log_p(), 1e-10, 1e-9);
        }
    }
}

#[test]
fn sides_mirror_each_other() {
    for bets in [Bets::Grid, Bets::Adaptive] {
        let mut up = BettingTest::new(0.3, Alternative::Greater, bets).unwrap();
        let mut down = BettingTest::new(0.7, Alternative::Less, bets).unwrap();
        let mut g = Generator::new(32);
        for _ in 0..500 {
            let x = g.uniform();
            let (a, b) = (up.update(x).unwrap(), down.update(1.0 - x).unwrap());
            assert_close!(a.log_e(), b.log_e(), 1e-9, 1e-9);
        }
    }
}

#[test]
fn an_excluded_rate_is_one_with_evidence_against_it() {
    let mut g = Generator::new(33);
    let mut limits = BernoulliSequence::with_prior(0.05, 1.0, 9.0).unwrap();
    for _ in 0..3000 {
        let interval = limits.update(g.bernoulli(0.07)).unwrap();
        for end in [interval.lower(), interval.upper()] {
            if end > 0.0 && end < 1.0 {
                assert_close!(limits.log_evidence_against(end), 20_f64.ln(), 1e-9, 1e-9);
            }
        }
    }
    assert!(limits.interval().unwrap().contains(0.07));
    assert_eq!(limits.log_evidence_against(0.0), f64::INFINITY);
}

#[test]
fn the_mixture_test_rejects_what_its_interval_excludes() {
    let mut g = Generator::new(34);
    let mut test = MixtureSprt::new(0.5, 1.0, 0.4).unwrap();
    let mut decided = 0;
    for _ in 0..500 {
        let e = test.update(g.normal() + 0.8).unwrap();
        let excluded = !test.interval(0.05).unwrap().contains(0.5);
        assert_eq!(excluded, e.e() > 20.0);
        decided += usize::from(excluded);
    }
    assert!(decided > 0 && decided < 500);
    assert_eq!(test.interval(0.0), None);
}

#[test]
fn batches_are_as_good_as_single_observations() {
    let xs: Vec<bool> = {
        let mut g = Generator::new(35);
        (0..400).map(|_| g.bernoulli(0.3)).collect()
    };
    let (mut sprt, mut sprt_batch) =
        (Sprt::new(0.3, 0.31, 0.01, 0.01).unwrap(), Sprt::new(0.3, 0.31, 0.01, 0.01).unwrap());
    let mut test = BernoulliTest::new(0.5, Alternative::Less).unwrap();
    let mut test_batch = test;
    let mut limits = BernoulliSequence::new(0.05).unwrap();
    let mut limits_batch = limits;
    for batch in xs.chunks(40) {
        for x in batch {
            sprt.update(*x);
            test.update(*x);
            limits.update(*x);
        }
        let successes = batch.iter().filter(|x| **x).count() as u64;
        let failures = batch.len() as u64 - successes;
        let _ = sprt_batch.update_counts(successes, failures);
        let _ = test_batch.update_counts(successes, failures);
        let _ = limits_batch.update_counts(successes, failures);
        assert_eq!(sprt.log_likelihood_ratio(), sprt_batch.log_likelihood_ratio());
        assert_eq!(test.evidence().log_e(), test_batch.evidence().log_e());
        assert_eq!(limits, limits_batch);
    }
}

#[test]
fn counts_end_without_a_panic() {
    let mut sprt = Sprt::new(0.1, 0.2, 0.01, 0.01).unwrap();
    let _ = sprt.update_counts(u64::MAX, u64::MAX);
    sprt.update(true);
    assert!(sprt.log_likelihood_ratio().is_finite() && sprt.trials() == u64::MAX);
    let mut test = BernoulliTest::new(1e-300, Alternative::TwoSided).unwrap();
    let _ = test.update_counts(u64::MAX, u64::MAX);
    assert!(test.update(true).unwrap().log_e().is_finite());
    let mut limits = BernoulliSequence::new(1e-9).unwrap();
    let _ = limits.update_counts(u64::MAX, 3);
    assert!(limits.update(false).unwrap().lower() > 0.999);
}

#[test]
fn what_was_excluded_stays_excluded() {
    use evenkeel_stats::sequential::Intersection;
    let mut meet = Intersection::new();
    let at = |a, b| Interval::new(a, b).unwrap();
    assert_eq!(meet.update(at(0.0, 1.0)), Some(at(0.0, 1.0)));
    assert_eq!(meet.update(at(0.5, 2.0)), Some(at(0.5, 1.0)));
    assert_eq!(meet.contradictions(), 0);
    assert_eq!(meet.update(at(3.0, 4.0)), Some(at(1.0, 1.0)));
    assert_eq!(meet.contradictions(), 1);
    assert!(Interval::new(1.0, 0.0).is_err());
    assert!(Interval::new(f64::NEG_INFINITY, 0.0).is_err());
}

fn lines() -> Vec<Box<dyn Mixture>> {
    vec![
        Box::new(NormalMixture::two_sided(50.0, 0.05).unwrap()),
        Box::new(NormalMixture::one_sided(50.0, 0.05).unwrap()),
        Box::new(GammaExponentialMixture::new(50.0, 0.05, 0.7).unwrap()),
        Box::new(BetaBinomialMixture::one_sided(50.0, 0.05, 0.3, 0.7).unwrap()),
        Box::new(BetaBinomialMixture::two_sided(50.0, 0.05, 0.3, 0.7).unwrap()),
    ]
}

proptest! {
    #[test]
    fn a_line_is_where_its_mixture_reaches_one_over_alpha(v in 0.0..2000.0_f64, alpha in 1e-8..0.5_f64) {
        for (i, line) in lines().iter().enumerate() {
            let s = line.bound(v, alpha);
            let log = line.log_supermartingale(s, v);
            // Bounded steps may not reach it at all.
            let impossible = i >= 3 && (s - v / 0.3).abs() <= 1e-9 * s;
            prop_assert!(impossible || (log + alpha.ln()).abs() < 1e-8, "{i}: {log} {}", -alpha.ln());
            prop_assert!(log <= -alpha.ln() + 1e-8);
            prop_assert!(line.bound(v, 0.5 * alpha) >= s && line.bound(v + 1.0, alpha) >= s);
        }
    }

    #[test]
    fn supermartingales_start_at_one(s in -3.0..3.0_f64) {
        for line in lines() {
            prop_assert!(line.log_supermartingale(0.0, 0.0).abs() < 1e-12);
            prop_assert!(line.log_supermartingale(s, 5.0).is_finite());
        }
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    for x in [f64::NAN, 0.0, 1.0, -0.1, f64::INFINITY] {
        assert!(Sprt::new(x, 0.5, 0.1, 0.1).is_err() && Sprt::new(0.5, x, 0.1, 0.1).is_err());
        assert!(Sprt::new(0.5, 0.6, x, 0.1).is_err() && Sprt::new(0.5, 0.6, 0.1, x).is_err());
        assert!(BernoulliTest::new(x, Alternative::Less).is_err());
        assert!(BettingTest::new(x, Alternative::Less, Bets::Grid).is_err());
        assert!(BernoulliSequence::new(x).is_err() && BernsteinSequence::new(x).is_err());
        assert!(BernsteinSequence::with_truncation(0.05, x).is_err() && HoeffdingSequence::new(x).is_err());
        assert!(MixtureBernsteinSequence::new(x, 10.0).is_err() && AsymptoticSequence::new(x, 10.0).is_err());
        assert!(
            NormalMixture::two_sided(1.0, x).is_err()
                && BetaBinomialMixture::two_sided(1.0, x, 0.5, 0.5).is_err()
        );
        assert!(lines().iter().all(|line| line.bound(1.0, x).is_nan()));
        assert!(PolynomialStitching::new(1.0, 0.0).unwrap().bound(1.0, x).is_nan());
    }
    for x in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        assert!(MixtureSprt::new(0.0, x, 1.0).is_err() && MixtureSprt::new(0.0, 1.0, x).is_err());
        assert!(TwoSampleMixtureSprt::new(x, 1.0).is_err() && TwoSampleMixtureSprt::new(1.0, x).is_err());
        assert!(MixtureBernsteinSequence::new(0.05, x).is_err() && AsymptoticBoundary::new(0.05, x).is_err());
        assert!(
            GammaExponentialMixture::new(x, 0.05, 1.0).is_err()
                && GammaExponentialMixture::new(1.0, 0.05, x).is_err()
        );
        assert!(PolynomialStitching::new(x, 0.0).is_err() && NormalMixture::one_sided(x, 0.05).is_err());
        assert!(BetaBinomialMixture::one_sided(1.0, 0.05, x, 0.5).is_err());
    }
    assert!(Sprt::new(0.5, 0.5, 0.1, 0.1).is_err() && Sprt::new(0.4, 0.5, 0.5, 0.6).is_err());
    assert!(
        NormalMixture::one_sided(1.0, 0.5).is_err()
            && PolynomialStitching::with_epochs(1.0, 0.0, 1.0, 2.0).is_err()
    );
    assert!(MixtureSprt::new(f64::NAN, 1.0, 1.0).is_err());
}
