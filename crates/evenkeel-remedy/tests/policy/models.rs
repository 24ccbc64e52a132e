//! Repair models and Markov decision processes: laws, and inputs that make no sense.

use evenkeel_core::Error;
use evenkeel_remedy::policy::{Mdp, RepairModel};
use evenkeel_stats::Generator;
use proptest::prelude::*;
use std::fmt::Debug;

fn refused<T: Debug>(result: Result<T, Error>, parameter: &str) {
    match result {
        Err(Error::Parameter { name, .. }) => assert_eq!(name, parameter),
        other => panic!("{parameter}: {other:?}"),
    }
}

#[test]
fn bad_models_are_refused() {
    refused(RepairModel::new(vec![], 1.0, 1), "causes");
    refused(RepairModel::new(vec![0.5, 0.4], 1.0, 1), "prior");
    refused(RepairModel::new(vec![1.5, -0.5], 1.0, 1), "prior");
    refused(RepairModel::new(vec![f64::NAN], 1.0, 1), "prior");
    refused(RepairModel::new(vec![1.0], -1.0, 1), "escalation");
    refused(RepairModel::new(vec![1.0], 1.0, 65), "horizon");
    let mut model = RepairModel::new(vec![0.5, 0.5], 1.0, 40).unwrap();
    refused(model.action(f64::NAN, vec![0.5, 0.5]), "cost");
    refused(model.action(1.0, vec![0.5, 1.5]), "fix");
    assert!(matches!(model.action(1.0, vec![0.5]), Err(Error::Shape { .. })));
    refused(model.clone().downtime(-1.0), "downtime");
    (0..30).for_each(|_| assert!(model.action(1.0, vec![0.5, 0.5]).is_ok()));
    refused(model.solve(), "horizon");
    assert_eq!(model.belief_after(&[99]), None);
    let mut sure = RepairModel::new(vec![1.0], 1.0, 3).unwrap();
    let always = sure.action(0.1, vec![1.0]).unwrap();
    assert_eq!(sure.belief_after(&[always]), None);
    assert_eq!(sure.solve().unwrap().sequence(), [always]);
    // Nothing that helps, or nothing that may be done: a person.
    let mut hopeless = RepairModel::new(vec![1.0], 5.0, 3).unwrap();
    hopeless.action(0.1, vec![0.0]).unwrap();
    let solution = hopeless.solve().unwrap();
    assert_eq!((solution.first(), solution.cost()), (None, 5.0));
    assert_eq!(RepairModel::new(vec![1.0], 5.0, 0).unwrap().solve().unwrap().first(), None);

    let built = |discount: f64, next: &[(usize, f64)], cost: f64| {
        let mut builder = Mdp::builder(1, discount);
        builder.action(0, cost, next);
        builder.build()
    };
    refused(built(0.0, &[(0, 1.0)], 1.0), "discount");
    refused(built(f64::NAN, &[(0, 1.0)], 1.0), "discount");
    refused(built(0.9, &[(0, 0.9)], 1.0), "probability");
    refused(built(0.9, &[(0, 1.5), (0, -0.5)], 1.0), "probability");
    refused(built(0.9, &[(1, 1.0)], 1.0), "state");
    refused(built(0.9, &[(0, 1.0)], f64::NAN), "cost");
    refused(Mdp::builder(1, 0.9).build(), "actions");
    refused(Mdp::builder(0, 0.9).build(), "states");
    refused(Mdp::builder(usize::MAX, 0.9).build(), "states");
    let mut builder = Mdp::builder(1, 0.9);
    builder.action(5, 1.0, &[(0, 1.0)]);
    refused(builder.build(), "state");
    // Without discount, for ever at a cost: no answer.
    let endless = built(1.0, &[(0, 1.0)], 1.0).unwrap();
    assert!(matches!(endless.policy_iteration(), Err(Error::Numerical { .. })));
    assert!(!endless.value_iteration(1e-9, 100).unwrap().is_converged());
    refused(endless.value_iteration(0.0, 100), "tolerance");
    refused(endless.value_iteration(1e-9, 0), "sweeps");
}

/// The best by trying everything.
fn brute(prior: &[f64], actions: &[(f64, Vec<f64>)], escalation: f64, downtime: f64, left: u32) -> f64 {
    let fails: f64 = prior.iter().sum();
    let mut best = escalation * fails;
    if left > 0 {
        for (cost, fix) in actions {
            let rest: Vec<f64> = prior.iter().zip(fix).map(|(w, f)| w * (1.0 - f)).collect();
            best =
                best.min((cost + downtime) * fails + brute(&rest, actions, escalation, downtime, left - 1));
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn counts_are_enough(causes in 1_usize..4, n in 1_usize..5, horizon in 0_u32..5, escalation in 0.0_f64..100.0, seed: u64) {
        let mut random = Generator::new(seed);
        let weights: Vec<f64> = (0..causes).map(|_| 0.1 + random.uniform()).collect();
        let sum: f64 = weights.iter().sum();
        let prior: Vec<f64> = weights.iter().map(|w| w / sum).collect();
        let actions: Vec<(f64, Vec<f64>)> = (0..n).map(|_| (10.0 * random.uniform(), (0..causes).map(|_| random.uniform()).collect())).collect();
        let mut model = RepairModel::new(prior.clone(), escalation, horizon).unwrap().downtime(1.5).unwrap();
        actions.iter().for_each(|(cost, fix)| assert!(model.action(*cost, fix.clone()).is_ok()));
        let solution = model.solve().unwrap();
        let expected = brute(&prior, &actions, escalation, 1.5, horizon);
        prop_assert!((solution.cost() - expected).abs() <= 1e-10 * (1.0 + expected), "{} for {expected}", solution.cost());
        // The best first action has the value of the whole; the sequence costs what is said.
        if let Some(first) = solution.first() {
            prop_assert!((solution.values()[first] - solution.cost()).abs() <= 1e-10 * (1.0 + expected));
        }
        let (mut left, mut cost) = (prior, 0.0);
        for action in solution.sequence() {
            cost += (actions[*action].0 + 1.5) * left.iter().sum::<f64>();
            left.iter_mut().zip(&actions[*action].1).for_each(|(w, f)| *w *= 1.0 - f);
        }
        cost += escalation * left.iter().sum::<f64>();
        prop_assert!((cost - expected).abs() <= 1e-10 * (1.0 + expected));
    }

    /// Value and policy iteration agree, and no single change of the policy is better.
    #[test]
    fn iterations_agree(states in 1_usize..12, actions in 1_usize..4, discount in 0.1_f64..0.99, seed: u64) {
        let mut random = Generator::new(seed);
        let mut builder = Mdp::builder(states, discount);
        for state in 0..states {
            for _ in 0..actions {
                let weights: Vec<f64> = (0..states).map(|_| random.exponential()).collect();
                let sum: f64 = weights.iter().sum();
                let next: Vec<(usize, f64)> = weights.iter().map(|w| w / sum).enumerate().collect();
                builder.action(state, 20.0 * random.uniform() - 5.0, &next);
            }
        }
        let mdp = builder.build().unwrap();
        let (a, b) = (mdp.policy_iteration().unwrap(), mdp.value_iteration(1e-14, 100_000).unwrap());
        prop_assert!(a.is_converged() && b.is_converged());
        for state in 0..states {
            prop_assert!((a.values()[state] - b.values()[state]).abs() < 1e-8 * (1.0 + a.values()[state].abs()));
            let least = a.costs(state).iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!((a.values()[state] - least).abs() < 1e-9 * (1.0 + least.abs()));
        }
    }
}
