//! `remedy/hpa.json`: every case, whatever its name, number and order.

use super::Meta;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_remedy::scaling::{
    Behavior, PodAverage, Pods, Scaler, ScalingRule, Select, Stabilizer, Workload,
};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    OneShot {
        name: String,
        params: OneShot,
        expected: OneShotExpected,
        rel_tol: Option<f64>,
    },
    Trajectory {
        name: String,
        params: Trajectory,
        total_load: Vec<f64>,
        expected: TrajectoryExpected,
        #[expect(dead_code, reason = "all of it are whole numbers")]
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneShot {
    current: u32,
    ready_pod_values: Vec<f64>,
    pods_without_metric: u32,
    unready_pods: u32,
    target_average: f64,
    tolerance: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneShotExpected {
    ratio_ready: f64,
    ratio_after_correction: f64,
    desired: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trajectory {
    target_average: f64,
    min: u32,
    max: u32,
    start: u32,
    tolerance: f64,
    sync_seconds: i64,
    behavior: Directions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Directions {
    up: Direction,
    down: Direction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Direction {
    stab: u64,
    select: String,
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    r#type: String,
    value: u32,
    period: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrajectoryExpected {
    raw_stabilized_applied: Vec<[u32; 3]>,
}

fn behavior(direction: &Direction) -> Behavior {
    let seconds = Duration::from_secs;
    let start = Behavior::new(seconds(direction.stab)).unwrap();
    let behavior = direction.policies.iter().fold(start, |behavior, policy| match &*policy.r#type {
        "Pods" => behavior.replicas(policy.value, seconds(policy.period)).unwrap(),
        "Percent" => behavior.percent(policy.value, seconds(policy.period)).unwrap(),
        other => panic!("a rate policy of type {other}"),
    });
    behavior.select(match &*direction.select {
        "Max" => Select::Most,
        "Min" => Select::Least,
        "Disabled" => Select::Disabled,
        other => panic!("select {other}"),
    })
}

#[test]
fn the_autoscaler_of_kubernetes_is_reproduced() {
    let file: File = load("remedy", "hpa.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::OneShot { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let mut rule =
                    PodAverage::new(params.target_average).unwrap().tolerance(params.tolerance).unwrap();
                let pods =
                    Pods::new(&params.ready_pod_values, params.pods_without_metric, params.unready_pods);
                let usage = rule.usage(params.current, &pods).unwrap();
                assert_close!(usage.measured, expected.ratio_ready, tolerance, 0.0, "{name}, ready");
                let corrected = expected.ratio_after_correction;
                assert_close!(usage.corrected, corrected, tolerance, 0.0, "{name}, corrected");
                let wanted = rule.recommend(Timestamp::EPOCH, params.current, &pods);
                assert_eq!(wanted, Some(expected.desired), "{name}");
            }
            Case::Trajectory { name, params, total_load, expected, .. } => {
                let rule =
                    PodAverage::new(params.target_average).unwrap().tolerance(params.tolerance).unwrap();
                let stabilizer = Stabilizer::builder(params.min, params.max)
                    .scale_out(behavior(&params.behavior.up))
                    .scale_in(behavior(&params.behavior.down))
                    .without_silence_check();
                let builder = Scaler::builder(rule, params.min, params.max).stabilizer(stabilizer);
                let mut scaler = builder.build().unwrap();
                let mut replicas = params.start;
                assert_eq!(total_load.len(), expected.raw_stabilized_applied.len(), "{name}");
                for (i, (load, expected)) in
                    total_load.iter().zip(&expected.raw_stabilized_applied).enumerate()
                {
                    let at = Timestamp::from_seconds(params.sync_seconds * i as i64);
                    let pods = Pods { measured: replicas, total: *load, missing: 0, unready: 0 };
                    let sizing = scaler.update(At::new(at, Workload::new(replicas, pods))).unwrap();
                    let found = [sizing.wanted(), sizing.stabilized(), sizing.to()];
                    assert_eq!(found, *expected, "{name}, step {i}, from {replicas}");
                    replicas = sizing.to();
                }
            }
        }
    }
}
