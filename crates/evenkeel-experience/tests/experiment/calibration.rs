//! A/A experiments: how often is there a difference where there is none, if people look all the time?

use evenkeel_core::Stage;
use evenkeel_experience::experiment::sequential::{MixtureSprt, TwoSampleMixtureSprt};
use evenkeel_experience::experiment::{
    Arm, BoundedComparison, GroupSequential, MeanComparison, RateComparison, SequentialSampleRatio, Welch,
};
use evenkeel_stats::Generator;
use evenkeel_stats::sequential::Interval;

/// How often, in `runs` experiments without an effect, a method rejects at any look.
fn error_rate(runs: u64, mut rejects: impl FnMut(&mut Generator) -> bool) -> f64 {
    (0..runs).filter(|run| rejects(&mut Generator::stream(2026, *run))).count() as f64 / runs as f64
}

/// The largest share that is compatible with an error probability of `alpha`: three standard errors above.
fn bound(alpha: f64, runs: u64) -> f64 {
    alpha + 3.0 * (alpha * (1.0 - alpha) / runs as f64).sqrt()
}

fn excludes_zero(limits: Option<Interval>) -> bool {
    limits.is_some_and(|limits| !limits.contains(0.0))
}

fn turn(i: usize) -> Arm {
    if i.is_multiple_of(2) { Arm::Control } else { Arm::Treatment }
}

/// Runs all methods over `n` values, a look after each, and prints what was found.
fn calibrate(runs: u64, n: usize, alphas: &[f64]) {
    println!("share of {runs} A/A experiments of {n} values with a difference at any look");
    for alpha in alphas.iter().copied() {
        let report = |what: &str, rate: f64, valid: bool| {
            println!("{what:40} alpha {alpha:5}: {rate:.4}");
            if valid {
                assert!(rate <= bound(alpha, runs), "{what}: {rate} at {alpha}");
            }
        };
        let rate = error_rate(runs, |noise| {
            let mut test = MixtureSprt::new(0.0, 1.0, 0.3).unwrap();
            (0..n).any(|_| test.update(noise.normal()).unwrap().p() <= alpha)
        });
        report("mixture SPRT", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = TwoSampleMixtureSprt::new(1.0, 0.3).unwrap();
            (0..n / 2).any(|_| test.update((noise.normal(), noise.normal())).unwrap().p() <= alpha)
        });
        report("mixture SPRT of pairs", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = MeanComparison::new(alpha, n as f64 / 2.0).unwrap();
            (0..n).any(|i| excludes_zero(test.update((turn(i), noise.normal()))))
        });
        report("means, normal", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = MeanComparison::new(alpha, n as f64 / 2.0).unwrap();
            (0..n).any(|i| excludes_zero(test.update((turn(i / 3), noise.exponential()))))
        });
        report("means, exponential", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = RateComparison::new(alpha).unwrap();
            (0..n).step_by(5).any(|i| {
                let events = (0..5).filter(|_| noise.bernoulli(0.1)).count() as u64;
                excludes_zero(test.update_counts(turn(i / 5), events, 5 - events))
            })
        });
        report("rates", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = BoundedComparison::new(alpha).unwrap();
            (0..n).any(|i| excludes_zero(test.update((turn(i), noise.uniform()))))
        });
        report("bounded means", rate, true);
        let rate = error_rate(runs, |noise| {
            let mut test = SequentialSampleRatio::new(&[0.5, 0.3, 0.2]).unwrap();
            (0..n).any(|_| {
                let u = noise.uniform();
                let arm = if u < 0.5 { 0 } else { 1 + usize::from(u >= 0.8) };
                test.update(arm).unwrap().p <= alpha
            })
        });
        report("sample ratio", rate, true);
        let design = GroupSequential::obrien_fleming(5, alpha).unwrap();
        let rate = error_rate(runs, |noise| {
            let mut sum = 0.0;
            (0..5).any(|look| {
                sum += (0..n / 5).map(|_| noise.normal()).sum::<f64>();
                design.crosses(look, sum / (((look + 1) * (n / 5)) as f64).sqrt()).unwrap()
            })
        });
        report("O'Brien-Fleming, 5 looks", rate, true);
        // For contrast: a t-test read after every tenth pair.
        let rate = error_rate(runs.min(2000), |noise| {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            (0..n / 2).any(|i| {
                a.push(noise.normal());
                b.push(noise.normal());
                i % 10 == 9 && Welch::new(&a, &b).unwrap().p_two_sided() <= alpha
            })
        });
        report("t-test, read again and again", rate, false);
        assert!(rate > 1.5 * alpha, "peeking does no harm? {rate} at {alpha}");
    }
}

#[test]
fn looking_all_the_time_costs_nothing() {
    calibrate(400, 1000, &[0.05]);
}

#[test]
#[ignore = "long: ten thousand experiments a method and level"]
fn looking_all_the_time_costs_nothing_at_many_levels() {
    calibrate(10_000, 2000, &[0.2, 0.1, 0.05, 0.01]);
}
