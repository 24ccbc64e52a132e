//! `remedy/recovery_planning.json`: every case, whatever its name, number and order.

use super::Meta;
use evenkeel_remedy::planner::{Method, Planner, RecoveryProblem, RestartProblem};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    TroubleshootSequence { name: String, params: Sequence, expected: SequenceExpected, rel_tol: Option<f64> },
    RestartOrder { name: String, params: Restarts, expected: RestartsExpected, rel_tol: Option<f64> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    cost: Vec<f64>,
    success_probability: Vec<f64>,
    setup_from_to_last_row_is_start: Vec<Vec<f64>>,
    escalation_cost: f64,
    predecessors: Vec<Vec<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SequenceExpected {
    optimal_expected_cost: f64,
    optimal_sequence: Vec<usize>,
    /// How many values their program kept.
    #[serde(rename = "dp_states")]
    _states: usize,
    ratio_rule_applies: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restarts {
    duration: Vec<f64>,
    loss_per_second: Vec<f64>,
    predecessors: Vec<Vec<usize>>,
    crews: usize,
    /// Prose.
    #[serde(rename = "schedules")]
    _schedules: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestartsExpected {
    optimal_weighted_completion: f64,
    order: Option<Vec<usize>>,
}

fn sequence(params: &Sequence) -> RecoveryProblem {
    let mut builder = RecoveryProblem::builder(params.escalation_cost);
    for (cost, success) in params.cost.iter().zip(&params.success_probability) {
        builder.action(*cost, *success);
    }
    for (action, list) in params.predecessors.iter().enumerate() {
        list.iter().for_each(|p| {
            builder.after(action, *p);
        });
    }
    builder.setup(params.setup_from_to_last_row_is_start.clone());
    builder.build().unwrap()
}

/// What an order costs, by its definition.
fn cost(params: &Sequence, order: &[usize]) -> f64 {
    let (mut total, mut fails, mut last) = (0.0, 1.0, params.cost.len());
    for action in order {
        total += fails * (params.cost[*action] + params.setup_from_to_last_row_is_start[last][*action]);
        fails *= 1.0 - params.success_probability[*action];
        last = *action;
    }
    total + fails * params.escalation_cost
}

#[test]
fn optimal_plans_are_reproduced() {
    let file: File = load("remedy", "recovery_planning.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::TroubleshootSequence { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let problem = sequence(&params);
                let optimum = expected.optimal_expected_cost;
                for method in [Method::Exact, Method::Auto, Method::AntColony, Method::Genetic] {
                    let plan = Planner::new().method(method).solve(&problem).unwrap();
                    let what = format!("{name}, {method:?}");
                    assert_close!(plan.cost(), optimum, tolerance, 0.0, "{what}");
                    assert_close!(cost(&params, plan.order()), optimum, tolerance, 0.0, "{what}: order");
                    assert_close!(plan.lower_bound(), optimum, tolerance, 0.0, "{what}: bound");
                }
                let plan = Planner::new().method(Method::Exact).solve(&problem).unwrap();
                // Of several optimal orders any may be given.
                assert_close!(cost(&params, &expected.optimal_sequence), optimum, tolerance, 0.0, "{name}");
                assert_eq!(plan.order().len(), expected.optimal_sequence.len(), "{name}");
                if expected.ratio_rule_applies {
                    let ratio = |i: &usize| params.cost[*i] / params.success_probability[*i];
                    assert!(plan.order().is_sorted_by_key(ratio), "{name}");
                }
            }
            Case::RestartOrder { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let lists = params.predecessors.iter().enumerate();
                let pairs: Vec<(usize, usize)> =
                    lists.flat_map(|(i, list)| list.iter().map(move |p| (i, *p))).collect();
                let (duration, loss) = (params.duration.clone(), params.loss_per_second.clone());
                let problem = RestartProblem::new(duration, loss, &pairs, params.crews).unwrap();
                let plan = problem.solve();
                let optimum = expected.optimal_weighted_completion;
                assert_close!(plan.loss(), optimum, tolerance, 0.0, "{name}");
                assert_close!(problem.loss_of(plan.order()), optimum, tolerance, 0.0, "{name}: order");
                assert_eq!(plan.gap(), 0.0, "{name}");
                if let Some(order) = expected.order {
                    assert_close!(problem.loss_of(&order), optimum, tolerance, 0.0, "{name}: their order");
                }
            }
        }
    }
}
