//! Runbooks from hostile text, plans of hostile problems, and scaling by hostile readings: an error that names its
//! place, a plan that keeps what it says, and never fewer replicas than allowed, nor fewer for want of data.

#![no_main]

use core::time::Duration;
use evenkeel::prelude::{At, Stage, Timestamp};
use evenkeel::remedy::Runbook;
use evenkeel::remedy::planner::{Method, Planner, RecoveryProblem};
use evenkeel::remedy::scaling::{PodAverage, Pods, ProportionalIntegral, Scaler, ScalingRule, Workload};

fn scale<R: ScalingRule>(rule: R, (least, most): (u32, u32), readings: &[(i32, u16, Option<R::Reading>)])
where
    R::Reading: Clone,
{
    let Ok(mut scaler) = Scaler::builder(rule, least, most).build() else { return };
    for (second, replicas, reading) in readings {
        let replicas = u32::from(*replicas);
        let is_missing = reading.is_none();
        let workload = Workload { replicas, reading: reading.clone() };
        let Some(sizing) = scaler.update(At::new(Timestamp::from_seconds(i64::from(*second)), workload))
        else {
            continue;
        };
        let to = sizing.to();
        assert!(to == replicas || (least..=most).contains(&to) || to > least.min(replicas), "{sizing}");
        assert!(!is_missing || to >= replicas.min(most), "scaled in without data: {sizing}");
        assert!(to > 0 || replicas == 0, "scaled to nothing: {sizing}");
    }
}

type Input<'a> = (
    &'a str,
    (u8, f64, Vec<(f64, f64)>, Vec<(u8, u8)>, u64),
    (u16, u16, f64, Vec<(i32, u16, Option<(Vec<f64>, u8, u8)>)>),
);

libfuzzer_sys::fuzz_target!(|input: Input<'_>| {
    let (text, (method, escalation, actions, precedence, seed), (least, most, target, readings)) = input;
    for read in [Runbook::from_toml(text), Runbook::from_json(text)] {
        if let Err(why) = read {
            assert!(!why.to_string().is_empty());
        }
    }

    let mut problem = RecoveryProblem::builder(escalation);
    for (cost, success) in actions.iter().take(12) {
        problem.action(*cost, *success);
    }
    for (action, predecessor) in precedence.iter().take(20) {
        problem.after(usize::from(*action), usize::from(*predecessor));
    }
    if let Ok(problem) = problem.build() {
        let method =
            [Method::Auto, Method::Exact, Method::AntColony, Method::Genetic][usize::from(method % 4)];
        if let Ok(plan) = Planner::new().method(method).effort(200).seed(seed).solve(&problem) {
            let mut order = plan.order().to_vec();
            assert!(plan.lower_bound() <= plan.cost() * (1.0 + 1e-9), "{plan:?}");
            order.sort_unstable();
            order.dedup();
            assert_eq!(order.len(), plan.order().len(), "an action twice");
            assert!(order.iter().all(|action| *action < problem.len()));
        }
    }

    let bounds = (u32::from(least), u32::from(most));
    if let Ok(rule) = PodAverage::new(target) {
        let pods = |(values, missing, unready): &(Vec<f64>, u8, u8)| {
            Pods::new(values, u32::from(*missing), u32::from(*unready))
        };
        let readings: Vec<_> = readings.iter().map(|(t, n, pod)| (*t, *n, pod.as_ref().map(pods))).collect();
        scale(rule, bounds, &readings);
    }
    if let Ok(rule) = ProportionalIntegral::builder(target).reset_time(Duration::from_secs(60)).build() {
        let used = |pod: &(Vec<f64>, u8, u8)| pod.0.first().copied().unwrap_or(0.0);
        let readings: Vec<_> = readings.iter().map(|(t, n, pod)| (*t, *n, pod.as_ref().map(used))).collect();
        scale(rule, bounds, &readings);
    }
});
