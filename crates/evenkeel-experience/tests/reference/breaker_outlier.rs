//! `remedy/breaker_outlier.json`: every case, whatever its name, number and order.

use super::Meta;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::{
    BreakerState, CallOutcome, CircuitBreaker, HostRequests, OutlierEjection,
};
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
    CircuitBreaker {
        name: String,
        params: BreakerParams,
        t_seconds: Vec<f64>,
        would_fail: Vec<bool>,
        expected: BreakerExpected,
        #[serde(rename = "rel_tol")]
        _rel_tol: Option<f64>,
    },
    OutlierEjection {
        name: String,
        params: OutlierParams,
        totals: Vec<u64>,
        successes: Vec<u64>,
        expected: OutlierExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakerParams {
    window_calls: usize,
    minimum_calls: usize,
    failure_rate_threshold_percent: f64,
    half_open_calls: u32,
    open_seconds: f64,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "snake_case")]
enum State {
    Closed,
    Open,
    HalfOpen,
}

impl From<BreakerState> for State {
    fn from(state: BreakerState) -> Self {
        match state {
            BreakerState::Closed => Self::Closed,
            BreakerState::Open => Self::Open,
            BreakerState::HalfOpen => Self::HalfOpen,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakerExpected {
    state_at_call_and_permitted: Vec<(State, bool)>,
    final_state: State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlierParams {
    minimum_hosts: usize,
    request_volume: u64,
    stdev_factor: f64,
    max_ejection_percent: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlierExpected {
    eligible: Vec<usize>,
    threshold_percent: Option<f64>,
    ejected_strict_cap: Vec<usize>,
    ejected_if_one_is_always_allowed: Vec<usize>,
}

#[test]
fn breakers_and_ejections_are_reproduced() {
    let file: File = load("remedy", "breaker_outlier.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::CircuitBreaker { name, params, t_seconds, would_fail, expected, .. } => {
                let mut breaker = CircuitBreaker::builder()
                    .window(params.window_calls, params.minimum_calls)
                    .threshold(params.failure_rate_threshold_percent)
                    .probes(params.half_open_calls)
                    .open_for(Duration::from_secs_f64(params.open_seconds))
                    .patience(Duration::from_secs(1_000_000))
                    .build()
                    .unwrap();
                assert_eq!(t_seconds.len(), expected.state_at_call_and_permitted.len(), "{name}");
                for (i, (t, fails)) in t_seconds.iter().zip(would_fail).enumerate() {
                    let now = Timestamp::EPOCH + Duration::from_nanos((t * 1e9).round() as u64);
                    let permit = breaker.acquire(now);
                    let found = (State::from(breaker.state()), permit.is_ok());
                    assert_eq!(found, expected.state_at_call_and_permitted[i], "{name} at {i}");
                    if let Ok(permit) = permit {
                        let outcome = if fails { CallOutcome::Failure } else { CallOutcome::Success };
                        breaker.record(now, permit, outcome);
                    }
                }
                assert_eq!(State::from(breaker.state()), expected.final_state, "{name}");
            }
            Case::OutlierEjection { name, params, totals, successes, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let hosts: Vec<HostRequests> = totals
                    .iter()
                    .zip(&successes)
                    .map(|(total, successes)| HostRequests { total: *total, successes: *successes })
                    .collect();
                let builder = OutlierEjection::builder(hosts.len())
                    .minimum_hosts(params.minimum_hosts)
                    .volume(params.request_volume)
                    .factor(params.stdev_factor)
                    .max_percent(params.max_ejection_percent);
                let report = builder.clone().build().unwrap().look(Timestamp::EPOCH, &hosts).unwrap();
                assert_eq!(report.eligible, expected.eligible, "{name}");
                assert_eq!(report.ejected, expected.ejected_strict_cap, "{name}");
                assert_eq!(report.threshold.is_some(), expected.threshold_percent.is_some(), "{name}");
                let (found, wanted) = (report.threshold, expected.threshold_percent);
                assert_close!(found.unwrap_or(0.0), wanted.unwrap_or(0.0), tolerance, 0.0, "{name}");
                let mut one = builder.always_one(true).build().unwrap();
                let report = one.look(Timestamp::EPOCH, &hosts).unwrap();
                assert_eq!(report.ejected, expected.ejected_if_one_is_always_allowed, "{name}");
            }
        }
    }
}
