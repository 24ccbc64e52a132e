//! Spans of three formats, and the one graph that they mean.

use crate::captures;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::otlp::{self, Encoding};
use evenkeel_ingest::trace::{ServiceGraph, SpanKind, Spans, jaeger, zipkin};
use evenkeel_ingest::{AttributeValue, Error, FindingKind, Limits};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[expect(dead_code, reason = "said in words")]
    about: String,
    spans_unique: usize,
    orphans: u64,
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edge {
    from: String,
    to: String,
    calls: u64,
    errors: u64,
    duration_ns_sum: u64,
    duration_ns_p50: u64,
    duration_ns_max: u64,
}

fn otlp_json(body: &[u8]) -> Spans {
    otlp::traces(body, Encoding::Json, &Limits::default()).unwrap()
}

#[test]
fn reference_traces_mean_one_graph() {
    let expected: Expected =
        serde_json::from_slice(&captures::reference("traces_expected_graph.json")).unwrap();
    let limits = Limits::default();
    // The others round every duration down to a microsecond.
    let all = [
        ("otlp", otlp_json(&captures::reference("traces_otlp.json")), 0),
        ("zipkin", zipkin(&captures::reference("traces_zipkin_v2.json"), &limits).unwrap(), 999),
        ("jaeger", jaeger(&captures::reference("traces_jaeger.json"), &limits).unwrap(), 999),
    ];
    for (format, spans, rounded) in all {
        assert!(spans.findings.is_empty(), "{format}: {:?}", spans.findings);
        let graph = ServiceGraph::from_spans(&spans.spans);
        assert_eq!(graph.spans, expected.spans_unique, "{format}");
        assert_eq!(graph.findings.count(FindingKind::OrphanSpan), expected.orphans, "{format}");
        let repeated = u64::try_from(spans.spans.len() - graph.spans).unwrap();
        assert_eq!(graph.findings.count(FindingKind::RepeatedSpan), repeated, "{format}");
        assert_eq!(graph.edges.len(), expected.edges.len(), "{format}");
        for (edge, expected) in graph.edges.iter().zip(&expected.edges) {
            assert_eq!(
                (edge.from.as_str(), edge.to.as_str()),
                (expected.from.as_str(), expected.to.as_str())
            );
            assert_eq!(
                (edge.calls, edge.errors),
                (expected.calls, expected.errors),
                "{format}: {}",
                edge.from
            );
            let close = |found: Duration, expected: u64, n: u64| {
                let lost = expected.saturating_sub(u64::try_from(found.as_nanos()).unwrap());
                assert!(
                    lost <= n * rounded && found <= Duration::from_nanos(expected),
                    "{format}: {found:?} {expected}"
                );
            };
            close(edge.total, expected.duration_ns_sum, edge.calls);
            close(edge.median, expected.duration_ns_p50, 1);
            close(edge.longest, expected.duration_ns_max, 1);
        }
        #[cfg(feature = "locate")]
        {
            let located = graph.to_graph().unwrap();
            assert!(graph.edges.iter().all(|edge| located.index(edge.from.as_str()).is_some()));
        }
    }
}

#[test]
fn captured_spans_of_the_javascript_sdk() {
    let json = otlp_json(&captures::bytes("otlp-js/traces.json"));
    assert!(json.findings.is_empty(), "{:?}", json.findings);
    let zip = zipkin(&captures::bytes("zipkin/js.json"), &Limits::default()).unwrap();
    assert!(zip.findings.is_empty());
    let root = json.spans.iter().find(|span| span.parent.is_none()).unwrap();
    assert_eq!((root.resource.service.as_str(), root.kind), ("demo-js", SpanKind::Server));
    let attribute = |name: &str| &root.attributes.iter().find(|pair| pair.0 == name).unwrap().1;
    assert_eq!(*attribute("big"), AttributeValue::Float(1e21));
    assert_eq!(*attribute("nan"), AttributeValue::Empty);
    assert_eq!(*attribute("huge"), AttributeValue::Integer(9_007_199_254_740_994));
    assert_eq!(attribute("mixed").to_string(), "[a,,b]");
    for (a, b) in json.spans.iter().zip(&zip.spans) {
        assert_eq!((a.trace, a.id, a.parent, a.failed, a.kind), (b.trace, b.id, b.parent, b.failed, b.kind));
        assert!(a.start.since(b.start).max(b.start.since(a.start)) < Duration::from_micros(1));
    }
    // Fractional microseconds.
    assert_eq!(zip.spans[2].start, Timestamp::from_nanos(1_700_000_000_123_456_750));
}

#[test]
fn captured_spans_of_the_python_sdk() {
    let zip = zipkin(&captures::bytes("zipkin/python.json"), &Limits::default()).unwrap();
    assert!(zip.findings.is_empty());
    let said: Vec<_> = zip.spans.iter().map(|span| (span.kind, span.failed, span.duration)).collect();
    assert_eq!(said[0], (SpanKind::Internal, true, Duration::from_micros(1)));
    assert_eq!(said[1], (SpanKind::Internal, false, Duration::ZERO));
    assert_eq!(said[2], (SpanKind::Server, false, Duration::from_secs(1)));
}

#[test]
fn both_sides_of_a_call_may_share_an_identifier() {
    let body = br#"[
      {"traceId":"1","id":"a","kind":"CLIENT","timestamp":1,"duration":10,"localEndpoint":{"serviceName":"edge"}},
      {"traceId":"1","id":"a","kind":"SERVER","shared":true,"timestamp":2,"duration":8,"localEndpoint":{"serviceName":"cart"}},
      {"traceId":"1","id":"b","parentId":"a","timestamp":3,"duration":5,"localEndpoint":{"serviceName":"db"}},
      {"traceId":"2","id":"c","parentId":"a","timestamp":3,"duration":5,"localEndpoint":{"serviceName":"db"}}]"#;
    let graph = ServiceGraph::from_spans(&zipkin(body, &Limits::default()).unwrap().spans);
    let edges: Vec<_> = graph.edges.iter().map(|edge| format!("{} {}", edge.from, edge.to)).collect();
    assert_eq!(edges, ["cart db", "edge cart"]);
    assert_eq!((graph.spans, graph.findings.count(FindingKind::OrphanSpan)), (4, 1));
}

#[test]
fn one_bad_span_spoils_no_other() {
    let limits = Limits::default();
    let good = r#"{"traceId":"00ff","id":"1"}"#;
    for bad in [
        "null",
        "7",
        r#"{"id":"1"}"#,
        r#"{"traceId":"0","id":"1"}"#,
        r#"{"traceId":"xyz","id":"1"}"#,
        r#"{"traceId":"123456789012345678901234567890123","id":"1"}"#,
        r#"{"traceId":"1","id":"12345678901234567"}"#,
        r#"{"traceId":"1","id":"1","timestamp":"x"}"#,
        r#"{"traceId":"1","id":"1","duration":-5}"#,
        r#"{"traceId":"1","id":"1","timestamp":1e300}"#,
    ] {
        let spans = zipkin(format!("[{bad},{good}]").as_bytes(), &limits).unwrap();
        assert_eq!((spans.spans.len(), spans.findings.count(FindingKind::Unreadable)), (1, 1), "{bad}");
    }
    assert!(matches!(zipkin(b"{}", &limits), Err(Error::Malformed { .. })));
    let error =
        jaeger(br#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#, &limits).unwrap_err();
    assert_eq!(error.to_string(), "the server answered 404: trace not found");
    let spans = jaeger(
        br#"{"data":[{"spans":[{"traceID":"1","spanID":"2","processID":"p9"}],"processes":{}}]}"#,
        &limits,
    );
    assert_eq!(spans.unwrap().findings.count(FindingKind::Unreadable), 1);
    let one = |span: &str| {
        let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
        otlp_json(body.as_bytes())
    };
    let whole = r#""traceId":"1","spanId":"2","startTimeUnixNano":"5","endTimeUnixNano":4"#;
    let read = one(&format!(
        "{{{whole},\"kind\":\"SPAN_KIND_CLIENT\",\"status\":{{\"code\":\"STATUS_CODE_ERROR\"}}}}"
    ));
    assert_eq!(
        (read.spans[0].kind, read.spans[0].failed, read.spans[0].duration),
        (SpanKind::Client, true, Duration::ZERO)
    );
    assert_eq!(one("{}").findings.count(FindingKind::Unreadable), 1);
    let odd =
        one(&format!("{{{whole},\"attributes\":[{{\"key\":\"a\",\"value\":{{\"intValue\":\"x\"}}}}]}}"));
    assert_eq!((odd.spans.len(), odd.findings.count(FindingKind::UnreadableAttribute)), (1, 1));
    let mut few = Limits::default();
    few.points = 1;
    assert!(matches!(zipkin(format!("[{good},{good}]").as_bytes(), &few), Err(Error::TooLarge { .. })));
}

proptest! {
    #[test]
    fn broken_bodies_do_no_harm(cut in 0usize..3000, at in 0usize..3000, byte: u8) {
        let limits = Limits::default();
        for file in ["traces_otlp.json", "traces_zipkin_v2.json", "traces_jaeger.json"] {
            let mut body = captures::reference(file);
            if cut > 100 {
                body.truncate(cut);
            }
            if let Some(there) = body.get_mut(at) {
                *there = byte;
            }
            let spans = [otlp::traces(&body, Encoding::Json, &limits), zipkin(&body, &limits), jaeger(&body, &limits)];
            for spans in spans.into_iter().flatten() {
                let _ = ServiceGraph::from_spans(&spans.spans);
            }
        }
    }
}
