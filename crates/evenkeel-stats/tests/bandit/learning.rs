//! What bandits learn, what they refuse, and that a restored one goes on.

use evenkeel_core::{Error, Snapshot, restore};
use evenkeel_stats::Generator;
use evenkeel_stats::bandit::{BetaThompson, LinUcb, LinearThompson, kl_ucb, ucb1};
use proptest::prelude::*;
use std::fmt::Debug;

/// Rewards of three arms, linear in a context of two.
const WEIGHTS: [[f64; 2]; 3] = [[0.5, 0.4], [0.5, -0.4], [0.6, 0.0]];

fn regret(
    rounds: usize,
    seed: u64,
    mut choose: impl FnMut(&[f64]) -> usize,
    mut learn: impl FnMut(usize, &[f64], f64),
) -> f64 {
    let mut random = Generator::new(seed);
    let mut regret = 0.0;
    for _ in 0..rounds {
        let context = [1.0, 2.0 * random.uniform() - 1.0];
        let mean = |arm: usize| WEIGHTS[arm][0] + WEIGHTS[arm][1] * context[1];
        let best = (0..3).map(mean).fold(f64::MIN, f64::max);
        let arm = choose(&context);
        regret += best - mean(arm);
        learn(arm, &context, mean(arm) + 0.1 * random.normal());
    }
    regret / rounds as f64
}

#[test]
fn contextual_bandits_lose_less_and_less() {
    let bandit = std::cell::RefCell::new(LinUcb::new(3, 2, 0.5).unwrap());
    let run = |rounds, seed| {
        regret(
            rounds,
            seed,
            |x| bandit.borrow().choose(x).unwrap(),
            |arm, x, r| assert!(bandit.borrow_mut().learn(arm, x, r)),
        )
    };
    let (early, late) = (run(100, 1), run(2_000, 2));
    println!("LinUCB: {early:.4} a round at first, {late:.4} later");
    assert!(early < 0.1 && late < 0.02);
    let bandit = std::cell::RefCell::new(LinearThompson::new(3, 2, 0.5, 5).unwrap());
    let run = |rounds, seed| {
        regret(
            rounds,
            seed,
            |x| bandit.borrow_mut().choose(x).unwrap(),
            |arm, x, r| assert!(bandit.borrow_mut().learn(arm, x, r)),
        )
    };
    let (early, late) = (run(100, 1), run(2_000, 2));
    println!("Thompson: {early:.4} a round at first, {late:.4} later");
    assert!(early < 0.1 && late < 0.02);
}

/// What is drawn has the mean and covariance of the posterior: with contexts along the axes the draw of one
/// weight is seen through which of two equal arms wins against a known one.
#[test]
fn choices_are_as_frequent_as_arms_are_best() {
    let mut bandit = BetaThompson::with_priors(&[(12.0, 8.0), (10.0, 9.0), (3.0, 3.0)], 9).unwrap();
    let exact = bandit.probability_best();
    assert!((exact.iter().sum::<f64>() - 1.0).abs() < 1e-10);
    let draws = 100_000;
    let mut counts = [0.0; 3];
    (0..draws).for_each(|_| counts[bandit.choose()] += 1.0);
    for (count, p) in counts.iter().zip(exact) {
        let sd = (p * (1.0 - p) / f64::from(draws)).sqrt();
        assert!((count / f64::from(draws) - p).abs() < 4.5 * sd, "{count} for {p}");
    }
    // Two arms of a linear reward whose weights are normal: a closed form.
    let mut linear = LinearThompson::new(2, 2, 0.7, 3).unwrap();
    let data = [(0, [1.0, 0.5], 0.4), (0, [0.3, -1.0], 0.9), (1, [1.0, 1.0], 0.5), (1, [2.0, -0.5], 0.6)];
    data.iter().for_each(|(arm, x, r)| assert!(linear.learn(*arm, x, *r)));
    let x = [0.8, -0.6];
    let variance = |rows: &[[f64; 2]]| {
        let (mut a, mut b, mut c) = (1.0, 0.0, 1.0);
        for row in rows {
            a += row[0] * row[0];
            b += row[0] * row[1];
            c += row[1] * row[1];
        }
        (c * x[0] * x[0] - 2.0 * b * x[0] * x[1] + a * x[1] * x[1]) / (a * c - b * b)
    };
    let sd = 0.7 * (variance(&[data[0].1, data[1].1]) + variance(&[data[2].1, data[3].1])).sqrt();
    let lead = linear.predict(0, &x).unwrap() - linear.predict(1, &x).unwrap();
    let p = evenkeel_core::gaussian::lower(lead / sd);
    let wins = (0..draws).filter(|_| linear.choose(&x) == Some(0)).count() as f64 / f64::from(draws);
    assert!((wins - p).abs() < 4.5 * (p * (1.0 - p) / f64::from(draws)).sqrt(), "{wins} for {p}");
    let propensities = linear.propensities(&x, 4_000).unwrap();
    assert!((propensities[0] - p).abs() < 0.04 && (propensities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

fn refused<T: Debug>(result: Result<T, Error>, parameter: &str) {
    match result {
        Err(Error::Parameter { name, .. }) => assert_eq!(name, parameter),
        other => panic!("{parameter}: {other:?}"),
    }
}

#[test]
fn bad_settings_are_refused_and_bad_numbers_teach_nothing() {
    refused(LinUcb::new(0, 1, 1.0), "arms");
    refused(LinUcb::new(1, 0, 1.0), "features");
    refused(LinUcb::new(1, 1, f64::NAN), "alpha");
    refused(LinUcb::with_ridge(1, 1, 1.0, 0.0), "ridge");
    refused(LinearThompson::new(usize::MAX, 1, 1.0, 0), "arms");
    refused(LinearThompson::new(1, 1, -1.0, 0), "spread");
    refused(BetaThompson::new(0, 0), "arms");
    refused(BetaThompson::new(usize::MAX, 0), "arms");
    refused(BetaThompson::with_priors(&[(1.0, f64::NAN)], 0), "shape");
    refused(ucb1(0, 0.5, 1), "pulls");
    refused(kl_ucb(1, 1.5, 1), "mean");
    refused(kl_ucb(5, 0.5, 4), "all");
    let mut ucb = LinUcb::new(2, 2, 1.0).unwrap();
    assert!(ucb.learn(0, &[1.0, 2.0], 3.0));
    let before = ucb.clone();
    for (arm, context, reward) in [
        (2, &[1.0, 1.0][..], 1.0),
        (0, &[1.0], 1.0),
        (0, &[1.0, f64::NAN], 1.0),
        (0, &[1.0, 1e60], 1.0),
        (0, &[1.0, 1.0], f64::INFINITY),
        // What is so large takes the accuracy of what is known.
        (0, &[1e40, 1e40], 1.0),
    ] {
        assert!(!ucb.learn(arm, context, reward), "{arm} {context:?} {reward}");
        assert_eq!(ucb, before);
    }
    assert_eq!(ucb.choose(&[f64::NAN, 0.0]), None);
    assert_eq!(ucb.predict(7, &[0.0, 0.0]), None);
    let mut beta = BetaThompson::new(2, 0).unwrap();
    let before = beta.clone();
    beta.learn(2, true);
    assert_eq!(beta, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Of two arms the probability that one is best has a closed form for whole numbers: a sum over the
    /// beta-binomial distribution (J. D. Cook 2005).
    #[test]
    fn the_probability_of_being_best_is_exact(a in 1_u32..60, b in 1_u32..60, c in 1_u32..60, d in 1_u32..60) {
        let (fa, fb, fc, fd) = (f64::from(a), f64::from(b), f64::from(c), f64::from(d));
        let best = BetaThompson::with_priors(&[(fa, fb), (fc, fd)], 0).unwrap().probability_best();
        let ln_beta = evenkeel_stats::special::log_beta;
        let sum: f64 = (0..c).map(|i| {
            let i = f64::from(i);
            (ln_beta(fa + i, fd + fb) - (fd + i).ln() - ln_beta(1.0 + i, fd) - ln_beta(fa, fb)).exp()
        }).sum();
        // That is the probability that the second is larger.
        prop_assert!((best[1] - (1.0 - (1.0 - sum))).abs() < 1e-9 || (best[0] - sum).abs() < 1e-9, "{best:?} {sum}");
        prop_assert!((best[0] + best[1] - 1.0).abs() < 1e-10);
    }

    #[test]
    fn bounds_are_ordered(pulls in 1_u64..1_000, more in 0_u64..100_000, mean in 0.0_f64..=1.0) {
        let all = pulls + more;
        let (wide, tight) = (ucb1(pulls, mean, all).unwrap(), kl_ucb(pulls, mean, all).unwrap());
        // By Pinsker's inequality half of the exponent is enough.
        prop_assert!(tight >= mean && tight <= 1.0 && tight <= wide + 1e-12);
        let threshold = (all as f64).ln() / pulls as f64;
        if tight < 1.0 && mean > 0.0 && mean < 1.0 {
            let divergence = mean * (mean / tight).ln() + (1.0 - mean) * ((1.0 - mean) / (1.0 - tight)).ln();
            prop_assert!((divergence - threshold).abs() < 1e-6 * (1.0 + threshold), "{divergence} {threshold}");
        }
    }
}

#[test]
fn shapes_far_apart_and_at_the_ends_are_integrated() {
    for (shapes, expected) in [
        // Symmetric pairs.
        (vec![(0.1, 0.1), (0.1, 0.1)], vec![0.5, 0.5]),
        (vec![(1e5, 1e5), (1e5, 1e5)], vec![0.5, 0.5]),
        // A diffuse one against a sharp one at its median.
        (vec![(1.0, 1.0), (1e6, 1e6)], vec![0.5, 0.5]),
        (vec![(2.0, 1.0), (1.0, 1.0)], vec![2.0 / 3.0, 1.0 / 3.0]),
        (vec![(1.0, 1e6), (1e6, 1.0)], vec![0.0, 1.0]),
    ] {
        let found = BetaThompson::with_priors(&shapes, 0).unwrap().probability_best();
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-8, "{shapes:?}: {found} for {expected}");
        }
    }
}

/// Restored it goes on bit for bit; the text is kept in a file.
fn goes_on<T: Snapshot + Clone + PartialEq + Debug>(
    name: &str,
    state: &T,
    step: impl Fn(&mut T) -> Vec<usize>,
) {
    let text = serde_json::to_string(&state.snapshot()).unwrap();
    let path = format!("{}/../evenkeel-testing/golden/stats/{name}.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap().trim(), text, "{name}");
    let mut again: T = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    let mut original = state.clone();
    assert_eq!(step(&mut original), step(&mut again), "{name}");
    assert_eq!(original, again, "{name}");
    for (from, to) in [("1.0", "\"nan\""), ("1.0", "-1.0"), ("[[", "[[1.0,")] {
        let tampered = text.replacen(&from.to_string(), to, 1);
        let restored: Result<T, _> = restore(&mut serde_json::Deserializer::from_str(&tampered));
        assert!(
            restored.is_err()
                || tampered == text
                || restored.is_ok_and(|r| step(&mut r.clone()).len() < 1_000)
        );
    }
}

#[test]
fn snapshots_go_on() {
    let mut random = Generator::new(8);
    let mut ucb = LinUcb::new(3, 2, 0.5).unwrap();
    let mut thompson = LinearThompson::new(3, 2, 0.5, 4).unwrap();
    let mut beta = BetaThompson::new(3, 4).unwrap();
    for i in 0..20 {
        let x = [1.0, random.normal()];
        ucb.learn(i % 3, &x, random.normal());
        thompson.learn(i % 3, &x, random.normal());
        beta.learn(i % 3, random.bernoulli(0.5));
    }
    let contexts: Vec<[f64; 2]> = (0..20).map(|_| [1.0, random.normal()]).collect();
    goes_on("lin_ucb", &ucb, |b| {
        contexts
            .iter()
            .map(|x| {
                let arm = b.choose(x).unwrap();
                b.learn(arm, x, 0.3);
                arm
            })
            .collect()
    });
    goes_on("linear_thompson", &thompson, |b| {
        contexts
            .iter()
            .map(|x| {
                let arm = b.choose(x).unwrap();
                b.learn(arm, x, 0.3);
                arm
            })
            .collect()
    });
    goes_on("beta_thompson", &beta, |b| {
        (0..20)
            .map(|i| {
                let arm = b.choose();
                b.learn(arm, i % 2 == 0);
                arm
            })
            .collect()
    });
}
