//! OTLP: bodies of two SDKs in both encodings, and what they lose.

use crate::captures;
use evenkeel_core::Timestamp;
use evenkeel_ingest::log::{Logs, Severity};
use evenkeel_ingest::otlp::{Encoding, Metrics, logs, metrics, traces};
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

fn exemplars(list: &str) -> Metrics {
    gauge(&format!(r#"{{"timeUnixNano":"5","asInt":1,"exemplars":[{list}],"attributes":[]}}"#))
}

#[test]
fn exemplars_carry_the_trace_and_what_the_point_left_out() {
    let filtered = r#""filteredAttributes":[{"key":"user","value":{"stringValue":"u1"}}]"#;
    let ids = r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#;
    let found = exemplars(&format!(r#"{{"timeUnixNano":"4","asDouble":2.5,{ids},{filtered}}}"#));
    let one = &found.exemplars[0];
    assert_eq!(one.series, found.series[0].labels);
    assert_eq!((one.exemplar.value, one.exemplar.time), (2.5, Some(Timestamp::from_nanos(4))));
    assert_eq!(one.exemplar.labels.get("trace_id"), Some("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(one.exemplar.labels.get("span_id"), Some("b7ad6b7169203331"));
    assert_eq!(one.exemplar.labels.get("user"), Some("u1"));
    // What cannot be read is counted, and its point is kept.
    for bad in [r#"{"timeUnixNano":"4","asDouble":null}"#, r#"{"asInt":1,"traceId":"zz"}"#] {
        let found = exemplars(bad);
        assert_eq!((found.exemplars.len(), found.series.len()), (0, 1));
        assert_eq!(found.findings.count(FindingKind::UnreadableExemplar), 1, "{bad}");
    }
}

#[test]
fn events_and_links_of_spans() {
    let ids = r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#;
    let event =
        r#"{"timeUnixNano":"7","name":"exception","attributes":[{"key":"k","value":{"intValue":"3"}}]}"#;
    let span = format!(
        r#"{{{ids},"name":"get","startTimeUnixNano":"5","endTimeUnixNano":"9",
            "events":[{event},{{"name":"no time"}}],"links":[{{{ids}}},{{"traceId":""}}]}}"#
    );
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let found = traces(body.as_bytes(), Encoding::Json, &Limits::default()).unwrap();
    let span = &found.spans[0];
    assert_eq!((span.events[0].name.as_str(), span.events[0].time), ("exception", Timestamp::from_nanos(7)));
    assert_eq!(span.events[0].attributes[0].1.to_string(), "3");
    assert_eq!((span.links[0].trace, span.links[0].span), (span.trace, span.id));
    assert_eq!((span.events.len(), span.links.len()), (1, 1));
    assert_eq!(found.findings.count(FindingKind::UnreadableEvent), 1);
    assert_eq!(found.findings.count(FindingKind::UnreadableLink), 1);
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
    let mut limits = Limits::default();
    limits.points = 1000;
    let empty = format!("{{\"resourceMetrics\":[{}{{}}]}}", "{},".repeat(1000));
    let refused = metrics(empty.as_bytes(), Encoding::Json, &limits).unwrap_err();
    assert!(matches!(refused, Error::TooLarge { what: "points", .. }), "{refused}");
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
    use evenkeel_ingest::decompress;
    use proptest::prelude::*;
    use prost::encoding::{WireType, encode_key, encode_varint};
    use std::io::Write;

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
            assert_eq!((&a.events, &a.links), (&b.events, &b.links));
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
        // Each exemplar belongs to a series or a histogram of the body.
        assert!(!found.exemplars.is_empty());
        for one in &found.exemplars {
            let of = found.series.iter().map(|series| &series.labels);
            let mut of = of.chain(found.histograms.iter().map(|histogram| &histogram.labels));
            assert!(of.any(|labels| *labels == one.series), "{}", one.series);
            assert_eq!(one.exemplar.labels.get("trace_id").map(str::len), Some(32));
        }
    }

    /// A field that holds a message.
    fn field(number: u32, message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_key(number, WireType::LengthDelimited, &mut bytes);
        encode_varint(message.len() as u64, &mut bytes);
        bytes.extend(message);
        bytes
    }

    fn nested(around: &[u32], innermost: &[u8]) -> Vec<u8> {
        around.iter().rev().fold(innermost.to_vec(), |message, &number| field(number, &message))
    }

    #[test]
    fn many_small_values_are_refused_before_memory_is_taken() {
        let mut limits = Limits::default();
        limits.points = 1000;
        // An attribute that is a list of 100,000 values of two bytes each.
        let list = field(1, &[]).repeat(100_000);
        let body = nested(&[1, 1, 1, 2, 5], &list);
        let refused = metrics(&body, Encoding::Protobuf, &limits).unwrap_err();
        assert!(matches!(refused, Error::TooLarge { what: "fields a point", .. }), "{refused}");
        // And one that is lists within lists.
        let deep = nested(&[5, 1].repeat(200), &[]);
        let body = nested(&[1, 1, 1, 2], &deep);
        let refused = traces(&body, Encoding::Protobuf, &limits).unwrap_err();
        assert!(matches!(refused, Error::TooLarge { what: "messages in one another", .. }), "{refused}");
    }

    #[test]
    fn compressed_bodies_and_what_they_claim() {
        let plain = captures::bytes("otlp-python/metrics.pb");
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let mut limits = Limits::default();
        assert_eq!(*decompress(&gzip(&plain), "GZIP", &limits).unwrap(), plain);
        assert_eq!(*decompress(&plain, "identity", &limits).unwrap(), plain);
        let broken = gzip(&plain);
        let broken = &broken[..broken.len() - 9];
        assert!(matches!(decompress(broken, "gzip", &limits), Err(Error::Malformed { .. })));
        assert!(matches!(decompress(&plain, "gzip", &limits), Err(Error::Malformed { .. })));
        assert_eq!(decompress(&plain, "zstd", &limits).unwrap_err().status(), 415);
        limits.decoded = 1 << 20;
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(decompress(&bomb, "gzip", &limits).unwrap_err().status(), 413);
        // Several members, one after the other, as the format allows.
        let two = [gzip(b"up "), gzip(b"1")].concat();
        assert_eq!(*decompress(&two, "gzip", &limits).unwrap(), *b"up 1");
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
