//! Type-I error under the worst stopping rule, and power.

use super::binomial_limit;
use evenkeel_core::Stage;
use evenkeel_stats::Generator;
use evenkeel_stats::sequential::{
    Alternative, BernoulliCusum, BernoulliTest, Bets, BettingTest, Decision, EValue, MixtureSprt, Sprt,
    TwoSampleMixtureSprt,
};

const PATHS: u32 = 1000;
const STEPS: usize = 300;
const ALPHA: f64 = 0.05;

/// How many paths ever reach `p <= ALPHA` when one looks after every observation and stops at the first
/// success.
fn rejections<X, S: Stage<X, Output = EValue>>(
    seed: u64,
    build: impl Fn() -> S,
    draw: impl Fn(&mut Generator) -> X,
) -> usize {
    (0..PATHS)
        .filter(|path| {
            let mut g = Generator::stream(seed, u64::from(*path));
            let mut stage = build();
            (0..STEPS).any(|_| stage.update(draw(&mut g)).is_some_and(|e| e.p() <= ALPHA))
        })
        .count()
}

#[test]
fn bernoulli_test_errs_rarely() {
    let limit = binomial_limit(PATHS, ALPHA);
    assert!(limit < 100, "{limit}");
    for (rate, alternative) in [
        (0.02, Alternative::Greater),
        (0.5, Alternative::Greater),
        (0.3, Alternative::Less),
        (0.1, Alternative::TwoSided),
    ] {
        let wrong = rejections(1, || BernoulliTest::new(rate, alternative).unwrap(), |g| g.bernoulli(rate));
        assert!(wrong <= limit, "{rate} {alternative:?}: {wrong}");
        // It does decide: a test that never does would pass.
        assert!(wrong > 0, "{rate} {alternative:?}");
    }
    // Inside a one-sided null it errs even less.
    assert_eq!(
        rejections(2, || BernoulliTest::new(0.2, Alternative::Greater).unwrap(), |g| g.bernoulli(0.05)),
        0
    );
}

#[test]
fn betting_errs_rarely() {
    let limit = binomial_limit(PATHS, ALPHA);
    for bets in [Bets::Grid, Bets::Adaptive] {
        for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
            let build = || BettingTest::new(0.25, alternative, bets).unwrap();
            // Skewed, with mean 1/4
            let wrong = rejections(3, build, |g| g.beta(0.5, 1.5).unwrap());
            assert!(wrong <= limit, "{bets:?} {alternative:?}: {wrong}");
            // Two points, the worst case
            let wrong = rejections(4, build, |g| f64::from(u8::from(g.bernoulli(0.25))));
            assert!(wrong > 0 && wrong <= limit, "{bets:?} {alternative:?}: {wrong}");
        }
    }
}

#[test]
fn mixture_sprt_errs_rarely() {
    let limit = binomial_limit(PATHS, ALPHA);
    let wrong = rejections(5, || MixtureSprt::new(1.0, 2.0, 0.5).unwrap(), |g| 1.0 + 2.0 * g.normal());
    assert!(wrong > 0 && wrong <= limit, "{wrong}");
    let wrong = rejections(
        6,
        || TwoSampleMixtureSprt::new(2.0, 0.5).unwrap(),
        |g| (2.0 * g.normal(), 2.0 * g.normal()),
    );
    assert!(wrong > 0 && wrong <= limit, "{wrong}");
    // With the spread understated by a third, the same count shows it.
    let broken = rejections(5, || MixtureSprt::new(1.0, 2.0, 0.5).unwrap(), |g| 1.0 + 3.0 * g.normal());
    assert!(broken > limit, "{broken}");
}

#[test]
fn the_sprt_keeps_both_errors() {
    let run = |rate: f64, seed: u64| {
        let mut counts = [0_usize; 3];
        let mut length = 0;
        for path in 0..3000 {
            let mut g = Generator::stream(seed, path);
            let mut test = Sprt::new(0.05, 0.1, 0.05, 0.1).unwrap();
            while test.decision() == Decision::Continue && test.trials() < 100_000 {
                test.update(g.bernoulli(rate));
            }
            length += test.trials();
            counts[match test.decision() {
                Decision::Continue => 0,
                Decision::AcceptNull => 1,
                Decision::AcceptAlternative => 2,
            }] += 1;
        }
        (counts, length / 3000)
    };
    // Wald: each error is below alpha / (1 - beta) and beta / (1 - alpha).
    let ([undecided, right, wrong], length) = run(0.05, 7);
    assert!(
        undecided == 0 && wrong <= binomial_limit(3000, 0.05 / 0.9) && right > 2700,
        "{undecided} {right} {wrong}"
    );
    // A test of fixed size would need 240 to 330 observations for these errors.
    assert!(length < 200, "{length}");
    let ([_, wrong, right], _) = run(0.1, 8);
    assert!(wrong <= binomial_limit(3000, 0.1 / 0.95) && right > 2500, "{right} {wrong}");
}

/// Observations until the chart has enough evidence, on average over some runs.
fn run_length(objective: f64, alternative: f64, alpha: f64, rate: f64, runs: u32) -> f64 {
    let mut chart = BernoulliCusum::new(objective, alternative, alpha).unwrap();
    let mut g = Generator::new(31);
    let mut observations = 0_u64;
    for _ in 0..runs {
        chart.reset();
        while !chart.evidence().is_enough() {
            let bad = g.bernoulli(rate);
            chart.update((u64::from(bad), u64::from(!bad)));
            observations += 1;
        }
    }
    observations as f64 / f64::from(runs)
}

#[test]
fn the_cusum_chart_keeps_its_rate_of_false_alarms() {
    // Promised are 1,000 at the objective, and more below it. It does alarm: a chart that never does would
    // run for ever.
    let (at, below) = (run_length(0.02, 0.1, 1e-3, 0.02, 400), run_length(0.02, 0.1, 1e-3, 0.015, 100));
    assert!(at > 1_000.0 && at < 50_000.0, "{at}");
    assert!(below > at, "{below}");
}

#[test]
fn the_cusum_chart_is_as_fast_as_its_drift() {
    // Under the alternative the evidence grows by the Kullback-Leibler divergence an observation (Lorden
    // 1971).
    let (o, a, alpha) = (0.01_f64, 0.05_f64, 1e-6_f64);
    let drift = a * (a / o).ln() + (1.0 - a) * ((1.0 - a) / (1.0 - o)).ln();
    let found = run_length(o, a, alpha, a, 400);
    let expected = -alpha.ln() / drift;
    assert!((found / expected - 1.0).abs() < 0.15, "{found}, by drift {expected}");
}

#[test]
fn the_cusum_chart_forgets_what_was_fine() {
    let mut chart = BernoulliCusum::new(0.01, 0.05, 1e-6).unwrap();
    let steps = |chart: &mut BernoulliCusum| {
        (1..).find(|_| chart.update((1, 1)).is_some_and(|evidence| evidence.is_enough())).unwrap()
    };
    let fresh = steps(&mut chart);
    // What is more than enough is used up no later than enough: 336 good ones at most.
    chart.update((1_000_000, 0));
    chart.update((0, 336));
    assert!(chart.evidence().is_none());
    chart.update((0, u64::MAX));
    chart.update((0, 0));
    assert_eq!(steps(&mut chart), fresh);
}

#[test]
fn a_difference_is_found() {
    let found = |count: usize| count as f64 / f64::from(PATHS);
    let greater = || BernoulliTest::new(0.02, Alternative::Greater).unwrap();
    assert!(found(rejections(9, greater, |g| g.bernoulli(0.1))) > 0.97);
    for bets in [Bets::Grid, Bets::Adaptive] {
        let two_sided = || BettingTest::new(0.5, Alternative::TwoSided, bets).unwrap();
        assert!(found(rejections(10, two_sided, |g| g.beta(2.0, 3.0).unwrap())) > 0.97, "{bets:?}");
    }
    let normal = || MixtureSprt::new(0.0, 1.0, 0.3).unwrap();
    assert!(found(rejections(11, normal, |g| 0.4 + g.normal())) > 0.97);
}

#[test]
fn an_e_value_has_expectation_at_most_one() {
    // At a fixed time, two bounded games: small enough that the mean is not ruled by rare fortunes.
    let mut sum = 0.0;
    for path in 0..20_000 {
        let mut g = Generator::stream(12, path);
        let mut test = BettingTest::new(0.4, Alternative::TwoSided, Bets::Adaptive).unwrap();
        for _ in 0..20 {
            test.update(g.beta(2.0, 3.0).unwrap());
        }
        sum += test.evidence().e();
    }
    let mean = sum / 20_000.0;
    assert!((0.97..1.03).contains(&mean), "{mean}");
}
