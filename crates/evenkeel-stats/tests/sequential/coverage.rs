//! A confidence sequence holds the truth at all times at once.

use super::binomial_limit;
use evenkeel_core::Stage;
use evenkeel_stats::Generator;
use evenkeel_stats::sequential::boundary::{
    BetaBinomialMixture, Boundary, NormalMixture, PolynomialStitching,
};
use evenkeel_stats::sequential::{
    AsymptoticSequence, BernoulliSequence, BernsteinSequence, HoeffdingSequence, Intersection, Interval,
    MixtureBernsteinSequence,
};

const PATHS: u32 = 600;
const STEPS: usize = 400;
const ALPHA: f64 = 0.1;

/// How many paths ever lose the truth, and the mean width at their ends.
fn lost<X, S: Stage<X, Output = Interval>>(
    truth: f64,
    warm_up: usize,
    build: impl Fn() -> S,
    draw: impl Fn(&mut Generator) -> X,
) -> (usize, f64) {
    let mut width = 0.0;
    let count = (0..PATHS).filter(|path| {
        let mut g = Generator::stream(21, u64::from(*path));
        let mut stage = build();
        let mut holds = true;
        for step in 0..STEPS {
            if let Some(interval) = stage.update(draw(&mut g)) {
                holds &= interval.contains(truth) || step < warm_up;
                if step + 1 == STEPS {
                    width += interval.width() / f64::from(PATHS);
                }
            }
        }
        !holds
    });
    (count.count(), width)
}

#[test]
fn of_bounded_means() {
    let limit = binomial_limit(PATHS, ALPHA);
    let rare = |g: &mut Generator| f64::from(u8::from(g.bernoulli(0.05)));
    let (hoeffding, loose) = lost(0.05, 0, || HoeffdingSequence::new(ALPHA).unwrap(), rare);
    let (bernstein, tight) = lost(0.05, 0, || BernsteinSequence::new(ALPHA).unwrap(), rare);
    let (mixture, tuned) = lost(0.05, 0, || MixtureBernsteinSequence::new(ALPHA, 20.0).unwrap(), rare);
    assert!(
        hoeffding <= limit && bernstein <= limit && mixture <= limit,
        "{hoeffding} {bernstein} {mixture}"
    );
    // What adapting to the variance is for
    assert!(tight < 0.75 * loose && tuned < 0.75 * loose, "{loose} {tight} {tuned}");
}

#[test]
fn of_rates() {
    let limit = binomial_limit(PATHS, ALPHA);
    for rate in [0.01, 0.3, 0.9] {
        let (count, width) = lost(rate, 0, || BernoulliSequence::new(ALPHA).unwrap(), |g| g.bernoulli(rate));
        assert!(count <= limit, "{rate}: {count}");
        assert!(width < 0.18, "{rate}: {width}");
    }
    // The intersection loses the truth exactly when some interval does.
    let build = || BernoulliSequence::new(ALPHA).unwrap().then(Intersection::new());
    let (count, width) = lost(0.3, 0, build, |g| g.bernoulli(0.3));
    let (plain, wider) = lost(0.3, 0, || BernoulliSequence::new(ALPHA).unwrap(), |g| g.bernoulli(0.3));
    assert_eq!(count, plain);
    assert!(width < wider);
    assert!(plain > 0, "coverage is put to the test");
}

#[test]
fn of_means_in_the_long_run() {
    let limit = binomial_limit(PATHS, ALPHA);
    let draw = |g: &mut Generator| 5.0 + g.exponential();
    let (count, _) = lost(6.0, 0, || AsymptoticSequence::new(ALPHA, 200.0).unwrap(), draw);
    assert!(count <= limit, "{count}");
}

/// Runs that ever lose the truth, of limits that are read from their first on, and how late those come on
/// average.
fn lost_from_the_first<X, S: Stage<X, Output = Interval>>(
    truth: f64,
    steps: usize,
    build: impl Fn() -> S,
    draw: impl Fn(&mut Generator) -> X,
) -> (usize, f64) {
    let (mut lost, mut first) = (0, 0.0);
    for path in 0..PATHS {
        let mut g = Generator::stream(23, u64::from(path));
        let (mut stage, mut missed, mut said) = (build(), false, false);
        for step in 0..steps {
            if let Some(interval) = stage.update(draw(&mut g)) {
                first += if said { 0.0 } else { step as f64 + 1.0 };
                said = true;
                missed |= !interval.contains(truth);
            }
        }
        first += if said { 0.0 } else { steps as f64 };
        lost += usize::from(missed);
    }
    (lost, first / f64::from(PATHS))
}

#[test]
fn of_means_from_the_first_limits_on() {
    type Draw = fn(&mut Generator) -> f64;
    let distributions: [(&str, f64, usize, f64, Draw); 6] = [
        ("normal", 3.0, 1_500, 110.0, |g| 3.0 + 2.0 * g.normal()),
        ("uniform", 0.5, 1_500, 110.0, |g| g.uniform()),
        ("exponential", 1.0, 2_000, 600.0, |g| g.exponential()),
        ("a fair coin", 0.5, 1_500, 110.0, |g| f64::from(u8::from(g.bernoulli(0.5)))),
        ("one in ten", 0.1, 3_000, 1_200.0, |g| f64::from(u8::from(g.bernoulli(0.1)))),
        ("one in a hundred", 0.01, 3_000, 3_000.0, |g| f64::from(u8::from(g.bernoulli(0.01)))),
    ];
    let mut missed = 0;
    for (what, mean, steps, latest, draw) in distributions {
        for (alpha, n_opt) in [(0.1, 50.0), (0.1, 1000.0), (0.05, 1000.0)] {
            let build = || AsymptoticSequence::new(alpha, n_opt).unwrap();
            let (count, first) = lost_from_the_first(mean, steps, build, draw);
            assert!(count <= binomial_limit(PATHS, alpha), "{what}, {alpha}, {n_opt}: {count}");
            assert!(first <= latest, "{what}, {alpha}: the first limits come after {first}");
            missed += count;
        }
    }
    assert!(missed > 100, "coverage is put to the test: {missed}");
    // Of what does not vary nothing is known: rare events begin like this.
    let mut constant = AsymptoticSequence::new(0.05, 1000.0).unwrap();
    assert!(constant.run([7.0; 1000]).all(|said| said.is_none()));
}

#[test]
fn of_bounded_means_from_the_first_limits_on() {
    type Draw = fn(&mut Generator) -> f64;
    let distributions: [(&str, f64, Draw); 4] = [
        ("uniform", 0.5, |g| g.uniform()),
        ("skewed", 0.25, |g| g.uniform() * g.uniform()),
        ("one in a thousand", 0.001, |g| f64::from(u8::from(g.bernoulli(0.001)))),
        ("nearly always", 0.95, |g| f64::from(u8::from(g.bernoulli(0.95)))),
    ];
    let limit = binomial_limit(PATHS, ALPHA);
    for (what, mean, draw) in distributions {
        let counts = [
            lost_from_the_first(mean, 1_000, || HoeffdingSequence::new(ALPHA).unwrap(), draw).0,
            lost_from_the_first(mean, 1_000, || BernsteinSequence::new(ALPHA).unwrap(), draw).0,
            lost_from_the_first(mean, 400, || MixtureBernsteinSequence::new(ALPHA, 20.0).unwrap(), draw).0,
        ];
        assert!(counts.iter().all(|count| *count <= limit), "{what}: {counts:?} of at most {limit}");
    }
}

#[test]
fn of_random_walks_under_their_lines() {
    let limit = binomial_limit(PATHS, ALPHA);
    let two_sided = NormalMixture::two_sided(100.0, ALPHA).unwrap();
    let one_sided = NormalMixture::one_sided(100.0, ALPHA).unwrap();
    let stitched = PolynomialStitching::new(1.0, 0.0).unwrap();
    let (p, mut crossed) = (0.2, [0; 4]);
    let bernoulli = BetaBinomialMixture::one_sided(50.0, ALPHA, p, 1.0 - p).unwrap();
    let lines: Vec<[f64; 4]> = (1..=STEPS)
        .map(|n| {
            let n = n as f64;
            [
                two_sided.bound(n, ALPHA),
                one_sided.bound(n, ALPHA),
                stitched.bound(n, ALPHA),
                bernoulli.bound(n * p * (1.0 - p), ALPHA),
            ]
        })
        .collect();
    for path in 0..PATHS {
        let mut g = Generator::stream(22, u64::from(path));
        let (mut walk, mut sum, mut over) = (0.0_f64, 0.0, [false; 4]);
        for line in &lines {
            walk += g.normal();
            sum += f64::from(u8::from(g.bernoulli(p))) - p;
            over[0] |= walk.abs() > line[0];
            over[1] |= walk > line[1];
            over[2] |= walk > line[2];
            // A sum that sits at its maximum has not crossed.
            over[3] |= sum > line[3] * (1.0 + 1e-12);
        }
        for (crossed, over) in crossed.iter_mut().zip(over) {
            *crossed += usize::from(over);
        }
    }
    assert!(crossed.iter().all(|count| *count <= limit), "{crossed:?} of at most {limit}");
    assert!(crossed[0] > 0 && crossed[1] > 0, "{crossed:?}");
}
