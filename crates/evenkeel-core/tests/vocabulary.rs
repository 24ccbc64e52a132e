use evenkeel_core::{
    Assessment, Calibrated, Cause, Diagnosis, Direction, Error, Evidence, FaultKind, MetricKind, Name,
    Prediction, Score, Signal, SourceHealth, Subject, Timestamp, Unit, Unreliable, observed,
};
use std::collections::BTreeMap;

#[test]
fn scores_are_never_nan_nor_infinite() {
    assert_eq!(Score::new(f64::INFINITY, Direction::Up).unwrap().value(), f64::MAX);
    assert_eq!(
        Score::from_deviation(-2.5).map(|s| (s.value(), s.direction(), s.signed())),
        Some((2.5, Direction::Down, -2.5))
    );
    assert!(Score::from_deviation(f64::NAN).is_none());
    let score = Score::from_deviation(1.0).unwrap().with_dimension(3);
    assert_eq!(score.dimension(), Some(3));
    assert_eq!(Calibrated::clamped(f64::NAN, score).p(), 1.0);
    assert_eq!(Calibrated::clamped(-0.1, score).p(), f64::MIN_POSITIVE);
    assert!(Calibrated::new(0.0, score).is_err(), "never 0");
    for p in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(Calibrated::new(p, score), Err(Error::Parameter { name: "p", .. })));
    }
}

#[test]
fn what_is_read_is_validated() {
    for bad in
        [r#"{"mean":"NaN","sd":"1.0"}"#, r#"{"mean":"0.0","sd":"-1.0"}"#, r#"{"mean":"0.0","sd":"inf"}"#]
    {
        assert!(serde_json::from_str::<Prediction>(bad).is_err(), "{bad}");
    }
    assert!(
        serde_json::from_str::<Score>(r#"{"value":"inf","direction":"Up","expected":null,"dimension":null}"#)
            .is_err()
    );
    let score = Score::from_deviation(-2.0).unwrap().with_expected(Prediction::new(1.0, 0.1).unwrap());
    let calibrated = Calibrated::new(0.25, score).unwrap();
    let text = serde_json::to_string(&calibrated).unwrap();
    assert_eq!(serde_json::from_str::<Calibrated>(&text).unwrap(), calibrated);
    assert!(serde_json::from_str::<Calibrated>(&text.replace("0.25", "2.5")).is_err());
    let diagnosis = Diagnosis::new(Timestamp::EPOCH, vec![Cause::new("a", 0.5).unwrap()]).unwrap();
    let text = serde_json::to_string(&diagnosis).unwrap();
    assert_eq!(serde_json::from_str::<Diagnosis>(&text).unwrap(), diagnosis);
    assert!(serde_json::from_str::<Diagnosis>(&text.replace("0.5", "1.5")).is_err());
}

#[test]
fn predictions_without_spread() {
    let certain = Prediction::new(3.0, 0.0).unwrap();
    assert_eq!(certain.interval(0.99).unwrap(), (3.0, 3.0));
    assert_eq!(certain.assess(3.0).two_sided(), 1.0);
    assert_eq!(certain.assess(3.1).two_sided(), 0.0);
    assert!(certain.assess(3.0).log_density().is_finite() && certain.assess(4.0).log_density().is_finite());
    for level in [0.0, 1.0, f64::NAN] {
        assert!(matches!(certain.interval(level), Err(Error::Parameter { name: "level", .. })));
    }
    assert!(Prediction::new(f64::NAN, 1.0).is_none() && Prediction::new(0.0, -1.0).is_none());
    assert!(Assessment::new(0.0, 0.5, 1.5).is_none() && Assessment::new(f64::NAN, 0.5, 0.5).is_none());
}

#[test]
fn causes_are_ordered_by_probability_then_name() {
    let causes = [("z", 0.3), ("a", 0.3), ("m", 0.4)].map(|(n, p)| Cause::new(n, p).unwrap());
    let diagnosis = Diagnosis::new(Timestamp::EPOCH, causes.to_vec()).unwrap();
    assert_eq!(diagnosis.causes().iter().map(|c| c.component.as_str()).collect::<Vec<_>>(), ["m", "a", "z"]);
    assert!(diagnosis.unexplained() < 1e-12);
    let too_much = vec![Cause::new("a", 0.7).unwrap(), Cause::new("b", 0.7).unwrap()];
    assert!(matches!(Diagnosis::new(Timestamp::EPOCH, too_much), Err(Error::Parameter { .. })));
    assert!(Cause::new("a", f64::NAN).is_err() && Cause::new("a", -0.1).is_err());
    assert_eq!(Diagnosis::new(Timestamp::EPOCH, vec![]).unwrap().unexplained(), 1.0);
}

#[test]
fn evidence_reads_as_a_sentence() {
    let mut evidence = Evidence {
        localizer: "traces".into(),
        subject: Subject::Edge { from: "edge".into(), to: "cart".into() },
        observed: 0.25,
        expected: None,
        unit: Unit::Ratio,
        since: Timestamp::EPOCH,
        weight: 1.0,
    };
    assert_eq!(
        evidence.to_string(),
        "calls edge → cart is 0.25, since 1970-01-01T00:00:00Z (traces, weight 1.00)"
    );
    evidence.subject = Subject::Component("cart".into());
    for (x, unit, text) in [
        (0.0, Unit::Count, "cart is 0,"),
        (123_456.7, Unit::Bytes, "cart is 123457 B,"),
        (3.0e12, Unit::Bytes, "cart is 3.000e12 B,"),
        (0.000_012_34, Unit::Seconds, "cart is 1.234e-5 s,"),
        (-0.05, Unit::Seconds, "cart is -0.05 s,"),
        (12.5, Unit::PerSecond, "cart is 12.5 /s,"),
        (f64::NAN, Unit::None, "cart is NaN,"),
    ] {
        (evidence.observed, evidence.unit) = (x, unit);
        assert!(evidence.to_string().starts_with(text), "{evidence} {text}");
    }
}

#[test]
fn names_and_kinds() {
    let mut by_name = BTreeMap::new();
    by_name.insert(Name::from("cart"), 1);
    assert_eq!(by_name.get("cart"), Some(&1), "searched without making a name");
    assert_eq!(format!("{:>6}|{:?}", Name::from("cart"), Signal::new("a", "b").component), r#"  cart|"a""#);
    assert_eq!(MetricKind::Latency.bad_direction(), Some(Direction::Up));
    assert_eq!(MetricKind::Availability.bad_direction(), Some(Direction::Down));
    assert_eq!(MetricKind::Traffic.bad_direction(), None);
    assert_eq!(FaultKind::PoolExhausted.to_string(), "pool exhausted");
    let untrusted = [SourceHealth::Stale, SourceHealth::Broken, SourceHealth::Unreliable(Unreliable::Stuck)];
    assert!(SourceHealth::Fresh.is_trustworthy() && untrusted.iter().all(|h| !h.is_trustworthy()));
}

#[test]
fn missing_is_missing() {
    for x in [0.0, -0.0, 1e100, -1e100, f64::MIN_POSITIVE / 8.0] {
        assert_eq!(observed(x), Some(x));
    }
    for x in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0001e100, f64::MIN] {
        assert_eq!(observed(x), None);
    }
}

#[test]
fn errors_name_the_cause() {
    assert_eq!(
        Error::TooShort { needed: 3, got: 1 }.to_string(),
        "too short: needs 3 observed values, got 1"
    );
    let parse = Error::Parse { line: 7, column: 2, what: "expected a number, found `x`".into() };
    assert_eq!(parse.to_string(), "line 7, column 2: expected a number, found `x`");
}
