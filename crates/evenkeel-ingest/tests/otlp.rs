//! OTLP: bodies of two SDKs in both encodings, and what they lose.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::log::{Logs, Severity};
use evenkeel_ingest::otlp::{Encoding, Metrics, logs, metrics};
use evenkeel_ingest::{Error, FindingKind, Limits, SeriesKind};

fn json(body: &[u8]) -> Metrics {
    metrics(body, Encoding::Json, &Limits::default()).unwrap()
}

fn json_logs(file: &str) -> Logs {
    logs(&captures::bytes(file), Encoding::Json, &Limits::default()).unwrap()
}

#[test]
fn captured_metrics_of_the_javascript_sdk() {
    let found = json(&captures::bytes("otlp-js/metrics.json"));
    // Two gauges were infinite and not a number: null on the wire.
    assert_eq!(found.findings.count(FindingKind::NoValue), 2);
    assert_eq!(found.findings.to_vec().len(), 2);
    let of = |name: &str| {
        let all: Vec<_> = found.series.iter().filter(|series| series.labels.metric() == name).collect();
        (all[0].kind, all.iter().map(|series| series.samples[0].value).collect::<Vec<_>>())
    };
    assert_eq!(of("reqs"), (SeriesKind::Counter, vec![3.0, 1.5]));
    assert_eq!(of("reqs_int"), (SeriesKind::Counter, vec![3.0]));
    assert_eq!(of("gint"), (SeriesKind::Gauge, vec![42.0]));
    assert_eq!(of("ud"), (SeriesKind::Gauge, vec![-2.0]));
    let reqs = found.series.iter().find(|series| series.labels.metric() == "reqs").unwrap();
    assert_eq!(reqs.samples[0].start, Some(Timestamp::from_millis(1_795_953_902_700)));
    assert_eq!(reqs.labels.get("service.name"), Some("demo-js"));
    let histogram = |name: &str| {
        &found.histograms.iter().find(|h| h.labels.metric() == name).unwrap().histograms[0].value
    };
    let lat = histogram("lat");
    assert_eq!((lat.count(), lat.sum(), lat.quantile(1.0).unwrap()), (3.0, Some(12010.5), Some(10000.0)));
    let eh = histogram("eh");
    assert_eq!((eh.count(), eh.scale(), eh.mean()), (4.0, Some(6), Some(1.75)));
    let top = eh.quantile(1.0).unwrap().unwrap();
    assert!((top - 4.0).abs() < 0.05, "{top}");
}

#[test]
fn captured_logs_of_the_javascript_sdk() {
    let found = json_logs("otlp-js/logs.json");
    let record = &found.records[0];
    assert_eq!((record.message.as_str(), record.severity), ("hello", Some(Severity::Warn)));
    assert_eq!(record.time, Some(Timestamp::from_nanos(1_700_000_000_000_000_005)));
    assert_eq!(record.span, Some(0x3708_67af_c5d7_3709));
    assert_eq!(record.attributes[1].1.to_string(), "0102ff");
    assert_eq!(record.attributes[2].1.to_string(), "{a:1,b:[true]}");
    let bare = &json_logs("otlp-js/logs-no-time-severity.json").records[0];
    assert_eq!((bare.severity, bare.message.as_str()), (None, "{k:v,n:}"));
}

fn gauge(point: &str) -> Metrics {
    let points = format!(r#"{{"name":"g","gauge":{{"dataPoints":[{point}]}}}}"#);
    json(format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{points}]}}]}}]}}"#).as_bytes())
}

#[test]
fn numbers_in_all_their_spellings() {
    let value = |field: &str| {
        let found = gauge(&format!(r#"{{"timeUnixNano":1,{field}}}"#));
        found.series.first().map(|series| series.samples[0].value)
    };
    assert_eq!(value(r#""asInt":"-7""#), Some(-7.0));
    assert_eq!(value(r#""asInt":7"#), Some(7.0));
    assert_eq!(value(r#""asDouble":7"#), Some(7.0));
    assert_eq!(value(r#""asDouble":"Infinity""#), Some(f64::INFINITY));
    assert!(value(r#""asDouble":"NaN""#).unwrap().is_nan());
    assert_eq!(value(r#""asDouble":null"#), None);
    assert_eq!(value(r#""asInt":null,"asDouble":2.5"#), Some(2.5));
    assert_eq!(value(r#""asDouble":[]"#), None);
}

#[test]
fn a_point_that_says_it_has_no_value_ends_the_series() {
    let found = gauge(r#"{"timeUnixNano":"5","flags":1}"#);
    assert!(found.series[0].samples[0].is_stale());
    assert!(found.findings.is_empty());
}

#[test]
fn an_overflow_at_the_sender_is_found() {
    let attribute = r#"{"key":"otel.metric.overflow","value":{"boolValue":true}}"#;
    let found = gauge(&format!(r#"{{"timeUnixNano":"5","asInt":1,"attributes":[{attribute}]}}"#));
    assert_eq!(found.findings.count(FindingKind::CardinalityOverflow), 1);
    assert_eq!(found.series.len(), 1);
}

#[test]
fn one_bad_point_spoils_no_other() {
    let good = r#"{"timeUnixNano":"5","asInt":1}"#;
    for bad in [
        r#"{"timeUnixNano":"x","asInt":1}"#,
        r#"{"asInt":1}"#,
        r#"{"timeUnixNano":"-5","asInt":1}"#,
        r#"{"timeUnixNano":"99999999999999999999","asInt":1}"#,
    ] {
        let found = gauge(&format!("{bad},{good}"));
        assert_eq!((found.series.len(), found.findings.count(FindingKind::Unreadable)), (1, 1), "{bad}");
    }
    let doubled = r#"{"key":"a","value":{"intValue":1}},{"key":"a","value":{"intValue":2}}"#;
    let found = gauge(&format!(r#"{{"timeUnixNano":"5","asInt":1,"attributes":[{doubled}]}}"#));
    assert_eq!(found.series[0].labels.get("a"), Some("1"));
    assert_eq!(found.findings.count(FindingKind::UnreadableAttribute), 1);
    let refused = metrics(b"[]", Encoding::Json, &Limits::default()).unwrap_err();
    assert_eq!(refused.status(), 400);
    assert!(matches!(
        metrics(b"{\"resourceMetrics\":7}", Encoding::Json, &Limits::default()),
        Err(Error::Malformed { .. })
    ));
    let deep = format!("{}{}", r#"{"resourceMetrics":["#.repeat(5000), "]}".repeat(5000));
    assert!(matches!(
        metrics(deep.as_bytes(), Encoding::Json, &Limits::default()),
        Err(Error::Malformed { .. })
    ));
}

#[test]
fn content_types() {
    assert_eq!(Encoding::of("Application/JSON; charset=utf-8"), Ok(Encoding::Json));
    assert_eq!(Encoding::of("text/plain").unwrap_err().status(), 415);
    #[cfg(feature = "otlp")]
    assert_eq!(Encoding::of("application/x-protobuf"), Ok(Encoding::Protobuf));
}

#[cfg(feature = "otlp")]
mod protobuf {
    use super::*;
    use evenkeel_ingest::otlp::traces;
    use proptest::prelude::*;

    #[test]
    fn captured_spans_are_the_same_in_both_encodings() {
        let limits = Limits::default();
        let json = traces(&captures::bytes("otlp-js/traces.json"), Encoding::Json, &limits).unwrap();
        let proto = traces(&captures::bytes("otlp-js/traces.pb"), Encoding::Protobuf, &limits).unwrap();
        assert_eq!(json.spans.len(), proto.spans.len());
        for (a, b) in json.spans.iter().zip(&proto.spans) {
            assert_eq!(
                (&a.name, a.kind, a.failed, &a.resource.service),
                (&b.name, b.kind, b.failed, &b.resource.service)
            );
            assert_eq!((a.start, a.duration), (b.start, b.duration));
        }
        let python = traces(&captures::bytes("otlp-python/traces.pb"), Encoding::Protobuf, &limits).unwrap();
        assert!(python.findings.is_empty() && python.spans.len() == 3);
    }

    #[test]
    fn a_captured_sum_mixes_whole_numbers_and_others() {
        let found =
            metrics(&captures::bytes("otlp-python/metrics.pb"), Encoding::Protobuf, &Limits::default())
                .unwrap();
        assert!(found.findings.is_empty(), "{:?}", found.findings);
        let counters = found.series.iter().filter(|series| series.kind == SeriesKind::Counter);
        let values: Vec<f64> = counters.map(|series| series.samples[0].value).collect();
        assert!(
            values.iter().any(|v| v.fract() == 0.0) && values.iter().any(|v| v.fract() != 0.0),
            "{values:?}"
        );
        println!("{} series, {} histograms", found.series.len(), found.histograms.len());
    }

    proptest! {
        #[test]
        fn broken_bodies_do_no_harm(cut in 0usize..1000, at in 0usize..1000, byte: u8) {
            for file in ["otlp-python/metrics.pb", "otlp-python/traces.pb", "otlp-js/traces.pb"] {
                let mut body = captures::bytes(file);
                if cut > 50 {
                    body.truncate(cut);
                }
                if let Some(there) = body.get_mut(at) {
                    *there = byte;
                }
                let limits = Limits::default();
                let _ = traces(&body, Encoding::Protobuf, &limits);
                let _ = metrics(&body, Encoding::Protobuf, &limits);
                let _ = logs(&body, Encoding::Protobuf, &limits);
            }
        }
    }
}
