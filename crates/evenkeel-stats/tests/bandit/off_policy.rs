//! Off-policy evaluation: unbiased, with intervals that cover, and honest about what it can't know.

use evenkeel_core::Error;
use evenkeel_stats::Generator;
use evenkeel_stats::bandit::{Estimate, Logged, doubly_robust, inverse_propensity, self_normalized};

/// Chances of success of three arms in two contexts.
const MEANS: [[f64; 3]; 2] = [[0.2, 0.5, 0.7], [0.6, 0.4, 0.1]];
/// How often the recorded policy took each.
const LOGGING: [[f64; 3]; 2] = [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]];
/// How often the one in question would.
const TARGET: [[f64; 3]; 2] = [[0.1, 0.1, 0.8], [0.7, 0.3, 0.0]];

fn truth() -> f64 {
    (0..2).map(|x| 0.5 * (0..3).map(|a| TARGET[x][a] * MEANS[x][a]).sum::<f64>()).sum()
}

/// Records, with a model that is wrong by this much.
fn records(n: usize, wrong: f64, seed: u64) -> Vec<Logged> {
    let mut random = Generator::new(seed);
    let model = |x: usize, a: usize| MEANS[x][a] + wrong * [0.1, -0.2, 0.15][a];
    (0..n)
        .map(|_| {
            let x = usize::from(random.bernoulli(0.5));
            let u = random.uniform();
            let arm = usize::from(u > LOGGING[x][0]) + usize::from(u > LOGGING[x][0] + LOGGING[x][1]);
            let reward = f64::from(u8::from(random.bernoulli(MEANS[x][arm])));
            Logged {
                reward,
                propensity: LOGGING[x][arm],
                target: TARGET[x][arm],
                predicted: model(x, arm),
                expected: (0..3).map(|a| TARGET[x][a] * model(x, a)).sum(),
            }
        })
        .collect()
}

type Estimator = fn(&[Logged]) -> Result<Estimate, Error>;

#[test]
fn estimates_are_unbiased_and_intervals_cover() {
    let estimators: [(&str, Estimator); 3] = [
        ("inverse propensity", inverse_propensity),
        ("self-normalized", self_normalized),
        ("doubly robust", doubly_robust),
    ];
    let runs: u32 = 1_000;
    let mut errors = vec![];
    for (name, estimator) in estimators {
        let (mut sum, mut covered, mut error) = (0.0, 0, 0.0);
        for seed in 0..runs {
            let estimate = estimator(&records(400, 1.0, u64::from(seed))).unwrap();
            let (low, high) = estimate.interval(0.95).unwrap();
            covered += u32::from(low <= truth() && truth() <= high);
            sum += estimate.value();
            error += estimate.standard_error();
            assert!(estimate.effective_samples() > 50.0 && estimate.effective_samples() < 400.0);
        }
        let (mean, error) = (sum / f64::from(runs), error / f64::from(runs));
        println!(
            "{name}: {mean:.4} for {:.4}, standard error {error:.4}, {covered} of {runs} covered",
            truth()
        );
        assert!((mean - truth()).abs() < 4.0 * error / f64::from(runs).sqrt() + 1e-3, "{name}: {mean}");
        // 95 % within four standard deviations, for intervals that rest on the central limit theorem.
        assert!((920..=985).contains(&covered), "{name}: {covered}");
        errors.push(error);
    }
    assert!(errors[1] < errors[0] && errors[2] < errors[0], "{errors:?}");
}

#[test]
fn laws_hold() {
    let records = records(300, 0.0, 7);
    let shifted: Vec<Logged> = records.iter().map(|r| Logged { reward: r.reward + 5.0, ..*r }).collect();
    let normal = |r: &[Logged]| self_normalized(r).unwrap().value();
    assert!((normal(&shifted) - normal(&records) - 5.0).abs() < 1e-12);
    // On its own records a policy is worth what it got, and every record counts.
    let own: Vec<Logged> = records.iter().map(|r| Logged { target: r.propensity, ..*r }).collect();
    let mean = own.iter().map(|r| r.reward).sum::<f64>() / own.len() as f64;
    for estimator in [inverse_propensity, self_normalized] {
        let estimate = estimator(&own).unwrap();
        assert!((estimate.value() - mean).abs() < 1e-12);
        assert!((estimate.effective_samples() - 300.0).abs() < 1e-9);
        assert_eq!(estimate.records(), 300);
    }
    let reversed: Vec<Logged> = records.iter().rev().copied().collect();
    let (a, b) = (doubly_robust(&records).unwrap(), doubly_robust(&reversed).unwrap());
    assert!((a.value() - b.value()).abs() < 1e-12 && (a.standard_error() - b.standard_error()).abs() < 1e-12);
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    let good = records(3, 0.0, 1);
    for estimator in [inverse_propensity, self_normalized, doubly_robust] {
        assert!(matches!(estimator(&good[..1]), Err(Error::TooShort { needed: 2, got: 1 })));
        let with = |change: &dyn Fn(&mut Logged)| {
            let mut records = good.clone();
            change(&mut records[1]);
            estimator(&records).unwrap_err()
        };
        assert!(matches!(with(&|r| r.reward = f64::NAN), Error::Missing { at: 1 }));
        assert!(matches!(with(&|r| r.expected = f64::INFINITY), Error::Missing { at: 1 }));
        assert!(matches!(with(&|r| r.propensity = 0.0), Error::Parameter { name: "propensity", .. }));
        assert!(matches!(with(&|r| r.target = 1.1), Error::Parameter { name: "target", .. }));
        let never: Vec<Logged> = good.iter().map(|r| Logged { target: 0.0, ..*r }).collect();
        assert!(matches!(estimator(&never), Err(Error::Numerical { .. })));
    }
    assert!(inverse_propensity(&records(50, 0.0, 2)).unwrap().interval(1.0).is_err());
}
