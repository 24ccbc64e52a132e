//! `remedy/queueing.json`: every case, whatever its name, number and order.

use super::Meta;
use evenkeel_core::Timestamp;
use evenkeel_remedy::scaling::queueing::{FiniteQueue, GeneralService, MultiServer};
use evenkeel_remedy::scaling::{ScalingRule, WaitingTime};
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
    Mmc { name: String, params: Mmc, expected: MmcExpected, rel_tol: Option<f64> },
    MinServers { name: String, params: MinServers, expected: MinServersExpected, rel_tol: Option<f64> },
    Mm1k { name: String, params: Mm1k, expected: Mm1kExpected, rel_tol: Option<f64> },
    Mg1 { name: String, params: Mg1, expected: Mg1Expected, rel_tol: Option<f64> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mmc {
    servers: u32,
    arrival_rate: f64,
    service_rate: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MmcExpected {
    offered_load: f64,
    utilisation: f64,
    erlang_b: f64,
    erlang_c: f64,
    lq: f64,
    wq: f64,
    w: f64,
    l: f64,
    p_wait_gt_1_over_mu: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MinServers {
    arrival_rate: f64,
    service_rate: f64,
    max_probability_of_waiting_longer_than_t: f64,
    t: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MinServersExpected {
    servers: u32,
    p_at_c: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mm1k {
    arrival_rate: f64,
    service_rate: f64,
    capacity: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mm1kExpected {
    p_block: f64,
    l: f64,
    w_accepted: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mg1 {
    arrival_rate: f64,
    mean_service: f64,
    squared_cv: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mg1Expected {
    wq: f64,
}

#[test]
fn queues_are_reproduced() {
    let file: File = load("remedy", "queueing.json");
    assert!(!file.cases.is_empty());
    let default = file.meta.default_rel_tol;
    for case in file.cases {
        match case {
            Case::Mmc { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(default);
                let queue =
                    MultiServer::new(params.arrival_rate, params.service_rate, params.servers).unwrap();
                for (what, found, expected) in [
                    ("offered load", queue.load(), expected.offered_load),
                    ("utilization", queue.utilization(), expected.utilisation),
                    ("Erlang B", queue.blocking(), expected.erlang_b),
                    ("Erlang C", queue.waiting(), expected.erlang_c),
                    ("queue", queue.mean_queue(), expected.lq),
                    ("wait", queue.mean_wait(), expected.wq),
                    ("time", queue.mean_time(), expected.w),
                    ("requests", queue.mean_requests(), expected.l),
                    ("tail", queue.longer_than(1.0 / params.service_rate), expected.p_wait_gt_1_over_mu),
                ] {
                    assert_close!(found, expected, tolerance, 0.0, "{name}: {what}");
                }
            }
            Case::MinServers { name, params, expected, rel_tol } => {
                let (arrivals, service) = (params.arrival_rate, params.service_rate);
                let share = params.max_probability_of_waiting_longer_than_t;
                let queue = MultiServer::smallest(arrivals, service, params.t, share).unwrap();
                assert_eq!(queue.servers(), expected.servers, "{name}");
                let tolerance = rel_tol.unwrap_or(default);
                assert_close!(queue.longer_than(params.t), expected.p_at_c, tolerance, 0.0, "{name}");
                let mut rule = WaitingTime::new(service, params.t, share).unwrap();
                assert_eq!(rule.recommend(Timestamp::EPOCH, 1, &arrivals), Some(expected.servers));
            }
            Case::Mm1k { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(default);
                let queue =
                    FiniteQueue::new(params.arrival_rate, params.service_rate, params.capacity).unwrap();
                assert_close!(queue.blocking(), expected.p_block, tolerance, 0.0, "{name}: blocking");
                assert_close!(queue.mean_requests(), expected.l, tolerance, 0.0, "{name}: requests");
                assert_close!(queue.mean_time(), expected.w_accepted, tolerance, 0.0, "{name}: time");
            }
            Case::Mg1 { name, params, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(default);
                let queue =
                    GeneralService::new(params.arrival_rate, params.mean_service, params.squared_cv).unwrap();
                assert_close!(queue.mean_wait(), expected.wq, tolerance, 0.0, "{name}");
            }
        }
    }
}
