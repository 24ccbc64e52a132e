//! Spans and log records that reach the localizer: from bodies to the cause of an incident.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::Limits;
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::otlp::{Encoding, logs};
use evenkeel_ingest::trace::zipkin;
use evenkeel_keeper::{Event, Observer, Symptom};

const FAULT: i64 = 120;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + second)
}

/// Feeds each second's bodies to a collector; gives back the first cause of the first incident, and all that
/// its evidence says.
fn cause(body: impl Fn(&mut Collector, i64)) -> (String, String) {
    let step = Duration::from_secs(1);
    let mut collector = Collector::builder(step).traces_and_logs_as_evidence(true).build().unwrap();
    let builder = Observer::builder(Symptom::requests("users", 0.02).unwrap());
    let mut observer = builder.step(step).rows(150).evidence(8 * step).build().unwrap();
    for second in 0..160 {
        body(&mut collector, second);
        let bad = if second >= FAULT { 40 } else { 0 };
        observer.request(at(second), 100 - bad, bad);
        collector.feed(at(second), &mut observer).unwrap();
        for event in observer.tick(at(second)) {
            if let Event::Opened { diagnosis, .. } = event {
                let cause = diagnosis.causes().first().expect("a cause stands out");
                let evidence = cause.evidence.iter().map(|evidence| format!("{evidence}\n"));
                return (cause.component.to_string(), evidence.collect());
            }
        }
    }
    panic!("no incident")
}

#[test]
fn traces_name_the_service_whose_own_time_grew_though_both_sides_share_an_identifier() {
    let (component, evidence) = cause(|collector, second| {
        // The edge asks the store, and both sides of the call have the identifier 2 (Zipkin's B3); the store
        // asks a disk that reports no spans.
        let took = if second >= FAULT { 400_000 } else { 20_000 };
        let start = (at(second).as_nanos() / 1000) - 900_000;
        let trace = second + 1;
        let span = |id: &str, parent: &str, service: &str, kind: &str, from: i64, long: i64, more: &str| {
            format!(
                r#"{{"traceId":"{trace:016x}","id":"{id}"{parent},"kind":"{kind}","name":"get","timestamp":{},"duration":{long},
                "localEndpoint":{{"serviceName":"{service}"}}{more}}}"#,
                start + from
            )
        };
        let body = format!(
            "[{},{},{},{}]",
            span("1", "", "edge", "SERVER", 0, took + 9_000, ""),
            span("2", r#","parentId":"1""#, "edge", "CLIENT", 2_000, took + 4_000, ""),
            span("2", r#","parentId":"1""#, "store", "SERVER", 3_000, took + 2_000, r#","shared":true"#),
            span(
                "3",
                r#","parentId":"2""#,
                "store",
                "CLIENT",
                4_000,
                took,
                r#","tags":{"peer.service":"disk"}"#
            ),
        );
        collector.spans(at(second), zipkin(body.as_bytes(), &Limits::default()).unwrap());
    });
    // All of the excess is in the call to the disk: one of its two ends it is, and not the edge.
    assert!(["store", "disk"].contains(&component.as_str()), "{component}");
    assert!(evidence.contains("trace time"), "{evidence}");
}

#[test]
fn log_records_name_the_service_that_writes_something_else() {
    let (component, evidence) = cause(|collector, second| {
        let record = |text: &str, request: i64| {
            format!(
                r#"{{"timeUnixNano":"{}","traceId":"{:032x}","body":{{"stringValue":"{text} {request}"}}}}"#,
                at(second).as_nanos() - 1_000_000,
                1 + 10 * second + request
            )
        };
        let of = |service: &str, text: &str| {
            let records: Vec<String> = (0..3).map(|request| record(text, request)).collect();
            format!(
                r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},
                "scopeLogs":[{{"logRecords":[{}]}}]}}"#,
                records.join(",")
            )
        };
        let cart = if second >= FAULT { "gave up on item" } else { "reserved item" };
        let body = format!(r#"{{"resourceLogs":[{},{}]}}"#, of("edge", "served page"), of("cart", cart));
        let records = logs(body.as_bytes(), Encoding::Json, &Limits::default()).unwrap();
        collector.logs(at(second), &Origin::default(), &records);
    });
    assert_eq!(component, "cart");
    assert!(evidence.contains("log change"), "{evidence}");
}

#[test]
fn lines_without_end_wait_within_a_bound() {
    let mut collector =
        Collector::builder(Duration::from_secs(1)).traces_and_logs_as_evidence(true).build().unwrap();
    let record = format!(r#"{{"body":{{"stringValue":"{}"}}}}"#, "ü".repeat(5_000));
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
        vec![record; 500].join(",")
    );
    let records = logs(body.as_bytes(), Encoding::Json, &Limits::default()).unwrap();
    for _ in 0..10 {
        collector.logs(at(0), &Origin::default(), &records);
    }
    // Each is cut to 4 KiB, of which 16 MiB wait: some 4,032 of 5,000.
    let beyond: u64 = collector.take_findings().iter().map(|finding| finding.count).sum();
    assert!((950..990).contains(&beyond), "{beyond}");
}
