//! Bodies that real programs sent, all to one collector.

use crate::captures;
use core::time::Duration;
use evenkeel_core::{Direction, Name, Signal, Timestamp};
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::exposition::Exposition;
use evenkeel_ingest::otlp::{Encoding, logs, metrics, traces};
use evenkeel_ingest::prometheus::Answer;
use evenkeel_ingest::trace::{Spans, zipkin};
use evenkeel_ingest::{Findings, Limits};
use evenkeel_keeper::{Event, Observer, Symptom};

const STEP: Duration = Duration::from_secs(10);

fn observer() -> Observer {
    Observer::builder(Symptom::requests("users", 0.02).unwrap()).step(STEP).build().unwrap()
}

fn parse(file: &str) -> Exposition {
    Exposition::text(captures::text(file)).unwrap()
}

#[test]
fn pages_of_two_programs_become_signals_of_two_components() {
    let mut collector = Collector::builder(STEP).ignore("go_*").unwrap().build().unwrap();
    let mut observer = observer();
    let pages = [
        ("prometheus", "expositions/prometheus-2.42-trimmed.txt"),
        ("node", "expositions/node_exporter-1.5-trimmed.txt"),
    ];
    for i in 0..3 {
        let now = Timestamp::from_seconds(1_795_000_000 + 10 * i);
        for (component, file) in pages {
            let series = parse(file).into_series(now, &mut Findings::default());
            collector.scraped(now, &Origin::new(component, format!("{component}:9090")), series);
        }
        collector.feed(now, &mut observer).unwrap();
        let _ = observer.tick(now);
    }
    assert!(collector.take_findings().is_empty());
    assert!(observer.signals() >= 40, "{}", observer.signals());
    for (component, _) in pages {
        let rhythm = observer.rhythm(&Name::from(format!("{component}:9090")));
        assert_eq!(rhythm, Some(STEP), "{component}");
    }
    assert!(collector.silent(Timestamp::from_seconds(1_795_000_020)).is_empty());
    // What is ignored is not kept.
    let all: usize = pages
        .iter()
        .map(|(_, file)| parse(file).into_series(Timestamp::EPOCH, &mut Findings::default()).len())
        .sum();
    assert!(collector.len() < all, "{} {all}", collector.len());
}

/// Feeds a collector until all that waited is given.
fn drain(collector: &mut Collector, observer: &mut Observer, now: Timestamp) {
    for i in 0..4 {
        let now = now + i * STEP;
        collector.feed(now, observer).unwrap();
        let _ = observer.tick(now);
    }
}

fn calls_of(spans: Spans) -> usize {
    let newest = spans.spans.iter().map(|span| span.start + span.duration).max().unwrap();
    let mut collector = Collector::builder(STEP).build().unwrap();
    let mut observer = observer();
    let _ = observer.tick(newest);
    collector.spans(newest, spans);
    drain(&mut collector, &mut observer, newest);
    // Two signals an edge: its latency and its errors.
    observer.signals() / 2
}

#[test]
fn traces_in_three_formats_become_the_same_calls() {
    let limits = Limits::default();
    let read = |file: &str| captures::reference(file);
    let otlp = traces(&read("traces_otlp.json"), Encoding::Json, &limits).unwrap();
    let zipkin = zipkin(&read("traces_zipkin_v2.json"), &limits).unwrap();
    let jaeger = evenkeel_ingest::trace::jaeger(&read("traces_jaeger.json"), &limits).unwrap();
    let expected = evenkeel_ingest::trace::ServiceGraph::from_spans(&otlp.spans).edges.len();
    assert!(expected > 0);
    assert_eq!([calls_of(otlp), calls_of(zipkin), calls_of(jaeger)], [expected; 3]);
}

#[test]
fn metrics_and_logs_of_an_sdk() {
    let limits = Limits::default();
    let mut collector = Collector::builder(STEP).build().unwrap();
    let mut observer = observer();
    let body = captures::bytes("otlp-js/metrics.json");
    let found = metrics(&body, Encoding::Json, &limits).unwrap();
    let now = found.series[0].samples[0].time;
    let _ = observer.tick(now);
    collector.series(now, &Origin::default(), found.series);
    collector.histograms(now, &Origin::default(), found.histograms);
    let records = logs(&captures::bytes("otlp-js/logs.json"), Encoding::Json, &limits).unwrap();
    collector.logs(now, &Origin::default(), &records);
    drain(&mut collector, &mut observer, now);
    // Three counters say since when they count, so that they have a rate at once; two levels; the two rates of
    // the logs. Of the histograms, which are cumulative, only the first was seen.
    assert_eq!(observer.signals(), 7);
}

#[test]
fn native_histograms_that_stand_still_have_no_quantiles() {
    let body = captures::bytes("prometheus-api/query_range-native-histogram.json");
    let answer = Answer::parse(&body).unwrap();
    let last = answer.histograms[0].histograms.last().unwrap().time;
    let series: usize = answer.histograms.len();
    let mut collector = Collector::builder(Duration::from_secs(1)).build().unwrap();
    let mut observer = Observer::builder(Symptom::requests("users", 0.02).unwrap())
        .step(Duration::from_secs(1))
        .build()
        .unwrap();
    collector.histograms(last, &Origin::default(), answer.histograms);
    let _ = observer.tick(last);
    collector.feed(last, &mut observer).unwrap();
    assert_eq!(collector.len(), series);
    // Nothing came in between the three of them, so there is no quantile, and no 0 in its place.
    assert_eq!(observer.signals(), 0);
}

#[test]
fn buckets_of_several_bodies_become_quantiles() {
    let mut collector = Collector::builder(STEP).build().unwrap();
    let latency = |ending: &str| Signal::new("cart", format!("seconds{ending}"));
    let above = |name: &str, ending: &str, limit| {
        Symptom::limit(name, latency(ending), Direction::Up, limit).unwrap()
    };
    let builder = Observer::builder(above("median", "_p50", 0.4)).symptom(above("tail", "_p99", 0.4));
    let mut observer = builder.step(STEP).build().unwrap();
    let origin = Origin::component("cart");
    let mut breached = Vec::new();
    for i in 0..20_u32 {
        let now = Timestamp::from_seconds(1_795_000_000 + 10 * i64::from(i));
        // Of 100 requests each time, 5 take longer than half a second.
        let page = format!(
            "# TYPE seconds histogram\nseconds_bucket{{le=\"0.1\"}} {}\nseconds_bucket{{le=\"0.5\"}} {}\n\
             seconds_bucket{{le=\"1\"}} {}\nseconds_bucket{{le=\"+Inf\"}} {}\nseconds_sum 1\nseconds_count {}\n",
            80 * i,
            95 * i,
            100 * i,
            100 * i,
            100 * i,
        );
        let series = Exposition::text(&page).unwrap().into_series(now, &mut Findings::default());
        // Each in a body of its own, in another order, and the observer has its turn between them.
        for one in series.into_iter().rev() {
            collector.series(now, &origin, [one]);
            collector.feed(now, &mut observer).unwrap();
        }
        collector.feed(now, &mut observer).unwrap();
        for event in observer.tick(now) {
            if let Event::ObjectiveBreached { symptom, .. } = event {
                breached.push(symptom.to_string());
            }
        }
    }
    assert!(collector.take_findings().is_empty());
    assert_eq!(breached, ["tail"]);
}

#[cfg(feature = "remote-write")]
#[test]
fn a_backlog_of_remote_write_is_taken_up_in_order() {
    use evenkeel_ingest::remote_write::{Version, WriteRequest};
    let mut collector = Collector::builder(STEP).build().unwrap();
    let mut observer = observer();
    for file in ["req-0001", "req-0002", "req-0007", "req-0071"] {
        let body = captures::bytes(&format!("remote-write/{file}.snappy"));
        let request = WriteRequest::decode(Version::V1, &body, &Limits::default()).unwrap();
        let newest = request.series.iter().flat_map(|series| &series.samples).map(|sample| sample.time).max();
        let Some(now) = newest else { continue };
        collector.series(now, &Origin::default(), request.series);
        collector.histograms(now, &Origin::default(), request.histograms);
        collector.feed(now, &mut observer).unwrap();
        let _ = observer.tick(now);
    }
    assert!(observer.signals() > 0);
    // One label set many times in a body: in order of time, nothing of it counts as late.
    assert_eq!(observer.dropped().late_values, 0);
}
