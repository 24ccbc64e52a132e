//! `remedy/limits.json`: every case, whatever its name, number and order.

use super::Meta;
use core::time::Duration;
use evenkeel_core::{Stage, Timestamp};
use evenkeel_experience::traffic::{
    Aimd, ConcurrencyLimit, Gcra, Gradient2, GradientController, Rate, RequestSample, TokenBucket, Vegas,
    rejection_probability,
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
    Limits {
        name: String,
        rtt_ns: Vec<u64>,
        inflight: Vec<u32>,
        dropped: Vec<bool>,
        params: Box<LimitParams>,
        expected: LimitExpected,
        rel_tol: Option<f64>,
    },
    TokenBucket {
        name: String,
        params: BucketParams,
        t_seconds: Vec<f64>,
        cost: Vec<u64>,
        expected: BucketExpected,
        rel_tol: Option<f64>,
    },
    AdaptiveThrottle {
        name: String,
        params: ThrottleParams,
        requests_accepts: Vec<(u64, u64)>,
        expected: ThrottleExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitParams {
    aimd: AimdParams,
    gradient2: Gradient2Params,
    vegas: VegasParams,
    envoy_gradient: EnvoyParams,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AimdParams {
    initial: u32,
    min: u32,
    max: u32,
    backoff: f64,
    timeout_ns: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gradient2Params {
    initial: u32,
    min: u32,
    max: u32,
    smoothing: f64,
    queue_size: u32,
    tolerance: f64,
    long_window: u32,
    warmup: u32,
}

/// The laws of `alpha`, `beta`, `threshold` and `log10` are written out in prose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "prose")]
struct VegasParams {
    initial: u32,
    max: u32,
    smoothing: f64,
    probe_multiplier: u32,
    probe_jitter_fixed: f64,
    alpha: String,
    beta: String,
    threshold: String,
    log10: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "prose")]
struct EnvoyParams {
    initial: u32,
    min: u32,
    max: u32,
    window: usize,
    min_rtt_us: u64,
    buffer: f64,
    percentile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitExpected {
    aimd: Vec<u32>,
    gradient2_estimate: Vec<f64>,
    vegas_estimate: Vec<f64>,
    envoy_limit: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketParams {
    capacity: u64,
    refill_per_second: f64,
    starts_full_at_t0: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketExpected {
    allowed: Vec<bool>,
    tokens_after: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleParams {
    #[serde(rename = "K")]
    k: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleExpected {
    p_reject: Vec<f64>,
}

#[test]
fn limits_are_reproduced() {
    let file: File = load("remedy", "limits.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::Limits { name, rtt_ns, inflight, dropped, params, expected, rel_tol } => {
                let samples: Vec<RequestSample> = rtt_ns
                    .iter()
                    .zip(&inflight)
                    .zip(&dropped)
                    .map(|((rtt, in_flight), dropped)| RequestSample {
                        round_trip: Duration::from_nanos(*rtt),
                        in_flight: *in_flight,
                        dropped: *dropped,
                    })
                    .collect();
                limits(&name, &samples, &params, &expected, rel_tol.unwrap_or(file.meta.default_rel_tol));
            }
            Case::TokenBucket { name, params, t_seconds, cost, expected, rel_tol } => {
                bucket(
                    &name,
                    &params,
                    &t_seconds,
                    &cost,
                    &expected,
                    rel_tol.unwrap_or(file.meta.default_rel_tol),
                );
            }
            Case::AdaptiveThrottle { name, params, requests_accepts, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                assert_eq!(requests_accepts.len(), expected.p_reject.len(), "{name}");
                for ((requests, accepts), expected) in requests_accepts.into_iter().zip(expected.p_reject) {
                    let found = rejection_probability(requests, accepts, params.k);
                    assert_close!(found, expected, tolerance, 0.0, "{name}");
                }
            }
        }
    }
}

fn limits(
    name: &str,
    samples: &[RequestSample],
    params: &LimitParams,
    expected: &LimitExpected,
    tolerance: f64,
) {
    let p = &params.aimd;
    let timeout = Duration::from_nanos(p.timeout_ns);
    let mut aimd = Aimd::new(p.min, p.initial, p.max, p.backoff, timeout).unwrap();
    let p = &params.gradient2;
    let mut gradient = Gradient2::builder()
        .limits(p.min, p.initial, p.max)
        .smoothing(p.smoothing)
        .queue(p.queue_size)
        .tolerance(p.tolerance)
        .window(p.long_window, p.warmup)
        .as_published()
        .build()
        .unwrap();
    let p = &params.vegas;
    assert_eq!(p.probe_jitter_fixed, 0.75, "{name}");
    let mut vegas = Vegas::with_settings(p.initial, p.max, p.smoothing, p.probe_multiplier).unwrap();
    let p = &params.envoy_gradient;
    let min_rtt = Duration::from_micros(p.min_rtt_us);
    let mut envoy =
        GradientController::with_settings(p.min, p.initial, p.max, min_rtt, p.buffer, p.window).unwrap();
    assert_eq!(samples.len(), expected.aimd.len(), "{name}");
    assert_eq!(samples.len(), expected.gradient2_estimate.len(), "{name}");
    assert_eq!(samples.len(), expected.vegas_estimate.len(), "{name}");
    assert_eq!(samples.len() / p.window, expected.envoy_limit.len(), "{name}");
    for (i, sample) in samples.iter().enumerate() {
        assert_eq!(aimd.update(*sample), Some(expected.aimd[i]), "{name}: AIMD at {i}");
        gradient.update(*sample);
        let estimate = expected.gradient2_estimate[i];
        assert_close!(gradient.estimate(), estimate, tolerance, 0.0, "{name}: gradient2 at {i}");
        assert_eq!(gradient.limit(), gradient.estimate() as u32);
        vegas.update(*sample);
        assert_close!(vegas.estimate(), expected.vegas_estimate[i], tolerance, 0.0, "{name}: Vegas at {i}");
        envoy.update(*sample);
        if (i + 1) % p.window == 0 {
            assert_eq!(envoy.limit(), expected.envoy_limit[i / p.window], "{name}: Envoy at {i}");
        }
    }
}

/// A rate in tokens a second that a person wrote as a decimal, as whole tokens in a whole number of seconds.
fn rate(per_second: f64) -> Rate {
    let text = format!("{per_second}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let tokens = format!("{whole}{fraction}").parse().unwrap();
    Rate::new(tokens, Duration::from_secs(10_u64.pow(fraction.len() as u32))).unwrap()
}

fn bucket(
    name: &str,
    params: &BucketParams,
    times: &[f64],
    costs: &[u64],
    expected: &BucketExpected,
    tolerance: f64,
) {
    assert!(params.starts_full_at_t0, "{name}");
    let rate = rate(params.refill_per_second);
    let mut bucket = TokenBucket::new(params.capacity, rate).unwrap();
    let mut schedule = Gcra::new(params.capacity, rate).unwrap();
    assert_eq!((times.len(), costs.len()), (expected.allowed.len(), expected.tokens_after.len()), "{name}");
    for (i, (t, cost)) in times.iter().zip(costs).enumerate() {
        let now = Timestamp::EPOCH + Duration::from_nanos((t * 1e9).round() as u64);
        let taken = bucket.take(now, *cost);
        assert_eq!(taken.is_admitted(), expected.allowed[i], "{name} at {i}");
        assert_eq!(taken, schedule.take(now, *cost), "{name} at {i}");
        assert_close!(bucket.tokens(), expected.tokens_after[i], tolerance, 1e-9, "{name} at {i}");
    }
}
