//! `remedy/repair_mdp.json`: every case, whatever its name, number and order.

use super::Meta;
use evenkeel_remedy::policy::{Mdp, RepairModel};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Mdp {
        name: String,
        params: MdpParams,
        actions: BTreeMap<String, Vec<String>>,
        transition: BTreeMap<String, BTreeMap<String, Vec<String>>>,
        cost: BTreeMap<String, BTreeMap<String, f64>>,
        expected: MdpExpected,
        rel_tol: Option<f64>,
    },
    BeliefRepair {
        name: String,
        params: BeliefParams,
        expected: BeliefExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MdpParams {
    states: usize,
    /// Prose.
    #[serde(rename = "state_0")]
    _state_0: String,
    discount: f64,
    /// Prose.
    #[serde(rename = "objective")]
    _objective: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MdpExpected {
    value: Vec<f64>,
    value_exact: Option<Vec<String>>,
    policy: Vec<String>,
    q: BTreeMap<String, BTreeMap<String, f64>>,
    value_iteration_after_1_5_25_sweeps: [Vec<f64>; 3],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeliefParams {
    causes: Vec<String>,
    prior: Vec<f64>,
    fix_probability: BTreeMap<String, Vec<f64>>,
    action_cost: BTreeMap<String, f64>,
    downtime_cost_per_action: f64,
    escalation_cost: f64,
    max_actions: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeliefExpected {
    optimal_cost: f64,
    first_action: Option<String>,
    belief_after_first_failure_of: BTreeMap<String, Vec<f64>>,
    sequence_while_everything_fails: Vec<String>,
}

/// A number or a fraction.
fn number(text: &str) -> f64 {
    match text.split_once('/') {
        Some((a, b)) => a.parse::<f64>().unwrap() / b.parse::<f64>().unwrap(),
        None => text.parse().unwrap(),
    }
}

#[test]
fn repairs_are_reproduced() {
    let file: File = load("remedy", "repair_mdp.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::Mdp { name, params, actions, transition, cost, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                assert_eq!(actions.len(), params.states, "{name}");
                let mut builder = Mdp::builder(params.states, params.discount);
                for (state, names) in &actions {
                    assert_eq!(transition[state].len(), names.len(), "{name}");
                    for action in names {
                        let next: Vec<(usize, f64)> =
                            transition[state][action].iter().map(|p| number(p)).enumerate().collect();
                        builder.action(state.parse().unwrap(), cost[state][action], &next);
                    }
                }
                let mdp = builder.build().unwrap();
                let solved = mdp.policy_iteration().unwrap();
                let iterated = mdp.value_iteration(1e-15, 1_000_000).unwrap();
                assert!(solved.is_converged());
                for solution in [&solved, &iterated] {
                    for state in 0..params.states {
                        let what = format!("{name}, state {state}");
                        let key = &state.to_string();
                        let value = solution.values()[state];
                        assert_close!(value, expected.value[state], tolerance, 1e-12, "{what}");
                        if let Some(exact) = &expected.value_exact {
                            assert_close!(value, number(&exact[state]), tolerance, 1e-12, "{what}, exact");
                        }
                        assert_eq!(actions[key][solution.policy()[state]], expected.policy[state], "{what}");
                        assert_eq!(expected.q[key].len(), solution.costs(state).len(), "{what}");
                        for (action, found) in actions[key].iter().zip(solution.costs(state)) {
                            assert_close!(
                                *found,
                                expected.q[key][action],
                                tolerance,
                                1e-12,
                                "{what}: {action}"
                            );
                        }
                    }
                }
                for (sweeps, expected) in
                    [1, 5, 25].into_iter().zip(&expected.value_iteration_after_1_5_25_sweeps)
                {
                    for (found, expected) in mdp.values_after(sweeps).iter().zip(expected) {
                        assert_close!(*found, *expected, tolerance, 1e-12, "{name}, {sweeps} sweeps");
                    }
                }
            }
            Case::BeliefRepair { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                assert_eq!(params.causes.len(), params.prior.len(), "{name}");
                let model = RepairModel::new(params.prior, params.escalation_cost, params.max_actions);
                let mut model = model.unwrap().downtime(params.downtime_cost_per_action).unwrap();
                let names: Vec<&String> = params.fix_probability.keys().collect();
                for (action, fix) in &params.fix_probability {
                    model.action(params.action_cost[action], fix.clone()).unwrap();
                }
                let solution = model.solve().unwrap();
                assert_close!(solution.cost(), expected.optimal_cost, tolerance, 0.0, "{name}");
                assert_eq!(solution.first().map(|i| names[i].clone()), expected.first_action, "{name}");
                let sequence: Vec<&String> = solution.sequence().iter().map(|i| names[*i]).collect();
                assert_eq!(
                    sequence,
                    expected.sequence_while_everything_fails.iter().collect::<Vec<_>>(),
                    "{name}"
                );
                assert_eq!(expected.belief_after_first_failure_of.len(), names.len());
                for (i, action) in names.iter().enumerate() {
                    let belief = model.belief_after(&[i]).unwrap();
                    for (found, expected) in
                        belief.iter().zip(&expected.belief_after_first_failure_of[*action])
                    {
                        assert_close!(*found, *expected, tolerance, 0.0, "{name}: {action}");
                    }
                }
            }
        }
    }
}
