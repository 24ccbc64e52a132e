//! Snapshots of what is no stage: they come back as they were, and what could not be is refused.

use core::time::Duration;
use evenkeel_core::{Snapshot, Timestamp, restore};
use evenkeel_experience::canary::{
    ArmCounts, BadDirection, CanaryBatch, MetricKind, PairedCounts, Reading, Rollout, WatchedMetric,
};
use evenkeel_experience::slo::{BudgetLedger, BurnRule, Events, Objective, Severity};
use evenkeel_experience::traffic::{
    AdaptiveThrottle, AdmissionControl, CallInfo, CallOutcome, Gcra, HostGate, HostRequests, OutlierEjection,
    Rate, TokenBucket,
};
use std::fmt::Debug;

fn comes_back<T: Snapshot + PartialEq + Debug>(value: &T, tampered: &[(&str, &str)]) {
    let text = serde_json::to_string(&value.snapshot()).unwrap();
    let read = |text: &str| restore::<T, _>(&mut serde_json::Deserializer::from_str(text));
    assert_eq!(read(&text).unwrap(), *value);
    for (from, to) in tampered {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from} is not in {text}");
        assert!(read(&broken).is_err(), "{broken}");
    }
}

#[test]
fn everything_with_a_state_comes_back() {
    let objective: Objective = "99.9%".parse().unwrap();
    comes_back(&objective, &[("\"good\":999", "\"good\":1000"), ("\"good\":999", "\"good\":0")]);
    let rule =
        BurnRule::new("a", Severity::Page, Duration::from_secs(60), Duration::from_secs(5), 14.4).unwrap();
    comes_back(
        &rule,
        &[("\"denominator\":10", "\"denominator\":7"), ("\"numerator\":144", "\"numerator\":0")],
    );
    let rate = Rate::per_second(30).unwrap();
    comes_back(&rate, &[("\"tokens\":30", "\"tokens\":0")]);
    let now = Timestamp::from_seconds(3);
    let mut bucket = TokenBucket::new(5, rate).unwrap();
    let _ = bucket.take(now, 2);
    comes_back(
        &bucket,
        &[("\"level\":3000000000", "\"level\":5000000001"), ("\"capacity\":5", "\"capacity\":0")],
    );
    let mut schedule = Gcra::new(5, rate).unwrap();
    let _ = schedule.take(now, 2);
    comes_back(&schedule, &[("\"ahead\":2000000000", "\"ahead\":5000000001")]);
    let mut throttle = AdaptiveThrottle::new(2.0, Duration::from_secs(120), 9).unwrap();
    if throttle.admit(now) {
        throttle.record(now, true);
    }
    comes_back(&throttle, &[("\"k\":\"2.0\"", "\"k\":\"NaN\"")]);
    let mut ejection = OutlierEjection::builder(12).max_percent(20).build().unwrap();
    let mut hosts = [HostRequests { total: 200, successes: 200 }; 12];
    hosts[1].successes = 0;
    assert_eq!(ejection.look(now, &hosts).unwrap().ejected, [1]);
    comes_back(
        &ejection,
        &[("\"max_percent\":20", "\"max_percent\":101"), ("\"times\":[0,1,", "\"times\":[0,0,")],
    );
    let mut gate = HostGate::new(ejection, Duration::from_secs(10)).unwrap();
    let permit = gate.admit(now, &CallInfo::new()).unwrap();
    gate.finish(now, permit, CallOutcome::Success);
    comes_back(
        &gate,
        &[
            ("\"successes\":1", "\"successes\":2"),
            ("\"requests\":[{\"total\":1,\"successes\":1},", "\"requests\":["),
        ],
    );
    let mut ledger = BudgetLedger::new(objective, 3).unwrap();
    ledger.enter(&"b".into(), Events::new(1, 2));
    ledger.enter(&"a".into(), Events::new(3, 4));
    comes_back(&ledger, &[("\"capacity\":3", "\"capacity\":1"), ("[\"a\"", "[\"c\"")]);
    let errors = WatchedMetric {
        name: "errors".into(),
        kind: MetricKind::Rate,
        direction: BadDirection::Increase,
        margin: 0.02,
    };
    let mut rollout = Rollout::builder([errors]).build().unwrap();
    comes_back(&rollout, &[("[1,5,10,25,50,100]", "[1,5,10,25,50]"), ("\"step\":null", "\"step\":3")]);
    rollout.share_read(now, Some(1));
    let paired = PairedCounts { canary: ArmCounts::new(9, 30), baseline: ArmCounts::new(0, 40) };
    let batch = CanaryBatch { since: now, routed: [39, 40, 4000], readings: &[Reading::Counts(paired)] };
    rollout.observe(now, &batch);
    let _ = rollout.advice(now);
    comes_back(
        &rollout,
        &[
            ("\"step\":0", "\"step\":6"),
            ("\"share\":1", "\"share\":101"),
            ("\"margin\":\"0.02\"", "\"margin\":\"0.0\""),
        ],
    );
}
