//! From what a program says of itself to the incident.

use core::time::Duration;
use evenkeel_core::{Signal, Timestamp};
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::in_process::{MetricsRecorder, SpanLayer};
use evenkeel_keeper::{Event, Observer, Symptom};
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

#[test]
fn a_broken_dependency_is_found_from_within() {
    let step = Duration::from_secs(10);
    let begin = Timestamp::from_seconds(1_795_000_000);
    let (recorder, mut metrics) = MetricsRecorder::new(begin, 100).unwrap();
    let (layer, mut spans) = SpanLayer::new("shop", begin, 16).unwrap();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let symptom = Symptom::requests("users", 0.02).unwrap().at("shop");
    let mut observer = Observer::builder(symptom).step(step).build().unwrap();
    let rules = Collector::builder(step).requests_by_spans("users", "shop");
    let rules = rules.requests("orders", "orders_total", r#"orders_total{outcome="failed"}"#).unwrap();
    let mut collector = rules.build().unwrap();
    let (mut opened, mut suspected) = (None, false);
    for i in 1..=60_u32 {
        let breaks = i > 40;
        dispatcher::with_default(&dispatch, || {
            metrics::with_local_recorder(&recorder, || {
                for n in 0..50 {
                    let failed = breaks && n % 4 == 0;
                    let request = info_span!("order", error = failed).entered();
                    info_span!("insert", peer.service = "database", error = failed).in_scope(|| ());
                    info_span!("render", peer.service = "templates").in_scope(|| ());
                    metrics::counter!("orders_total", "outcome" => if failed { "failed" } else { "done" })
                        .increment(1);
                    metrics::histogram!("order_seconds").record(if failed { 2.0 } else { 0.1 });
                    drop(request);
                }
            });
        });
        let now = begin + step * i;
        collector.readings(now, &Origin::new("shop", "shop-1"), metrics.read(now));
        collector.calls(spans.read(now));
        // The rule of a symptom that the observer does not have is told, and holds nothing else up.
        assert!(collector.feed(now, &mut observer).is_err());
        for event in observer.tick(now) {
            let (Event::Opened { diagnosis, .. } | Event::Diagnosed { diagnosis, .. }) = event else {
                continue;
            };
            opened = opened.or(Some(i));
            suspected |=
                diagnosis.causes().first().is_some_and(|cause| cause.component.as_str() == "database");
        }
        assert!(collector.take_findings().is_empty());
    }
    assert!(opened.is_some_and(|i| (41..=50).contains(&i)), "{opened:?}");
    assert!(suspected);
    let mut signal =
        |metric: &str| observer.signal(&Signal::new("shop", metric).at_instance("shop-1")).is_some();
    for metric in
        ["orders_total{outcome=\"done\"}", "order_seconds_count", "order_seconds_mean", "order_seconds_p99"]
    {
        assert!(signal(metric), "{metric}");
    }
    assert_eq!(observer.dropped().calls, 0);
}
