//! What each component adds to the time and to the failures of requests.

use crate::shop::{FAULT, ROWS, START, STEP, at, column, graph};
use evenkeel_core::{FaultKind, MetricKind, Signal, Unit};
use evenkeel_locate::{Case, CaseBuilder, ExcessFlow, Graph, Localizer, Metric};

/// Requests, latency and availability of each component of the shop, by what is usual and what is since the
/// fault.
fn case<'a>(graph: &'a Graph, components: &[(&str, f64, [f64; 2], [f64; 2])]) -> CaseBuilder<'a> {
    let mut case = Case::builder(START, STEP, at(FAULT)).graph(graph).symptom_at("edge");
    for (i, (component, requests, latency, availability)) in components.iter().enumerate() {
        let seed = 10 * i as u64;
        let metric = |name: &str, values: Vec<f64>| Metric::new(Signal::new(*component, name), values);
        let steps = |[normal, faulty]: [f64; 2]| {
            (0..ROWS).map(|row| if row < FAULT { normal } else { faulty }).collect()
        };
        case = case
            .metric(metric("requests", column(seed, *requests, *requests)))
            .metric(metric("latency_avg", column(seed + 1, latency[0], latency[1])).unit(Unit::Seconds))
            .metric(metric("latency_p99", column(seed + 2, 1.0, 9.0)).unit(Unit::Seconds))
            .metric(metric("availability", steps(*availability)).unit(Unit::Ratio));
    }
    case
}

const CALM: [f64; 2] = [1.0, 1.0];

#[test]
fn the_time_is_that_of_who_adds_it() {
    let graph = graph();
    // The store, called 100 times a row, takes 10 ms more, and so all above it; payments is 30 times slower, once a row.
    let components = [
        ("edge", 100.0, [0.050, 0.060], CALM),
        ("cart", 50.0, [0.030, 0.040], CALM),
        ("catalog", 50.0, [0.020, 0.030], CALM),
        ("payments", 0.5, [0.010, 0.300], CALM),
        ("store", 100.0, [0.005, 0.015], CALM),
    ];
    let case = case(&graph, &components).symptom_kind(MetricKind::Latency).build().unwrap();
    let ranking = ExcessFlow.rank(&case);
    let store = ranking.first().unwrap();
    assert_eq!((store.component().as_str(), store.kind()), ("store", Some(FaultKind::Slow)));
    assert_eq!(store.metric().unwrap(), &"latency_avg");
    assert!(store.score() > 5.0 * ranking.suspects()[1].score(), "{ranking:?}");
    assert!(ranking.noise() < 0.5 * store.score());
}

#[test]
fn failures_are_counted_by_requests() {
    let graph = graph();
    // Four of 100 requests fail at the edge; as many as one in twelve of the catalog's 50. The one of payments
    // that fails is half of what it gets.
    let components = [
        ("edge", 100.0, [0.050, 0.050], [1.0, 0.955]),
        ("cart", 50.0, [0.030, 0.030], CALM),
        ("catalog", 50.0, [0.020, 0.020], [1.0, 0.92]),
        ("payments", 1.0, [0.010, 0.010], [1.0, 0.5]),
        ("store", 100.0, [0.005, 0.005], CALM),
    ];
    for kind in [MetricKind::Availability, MetricKind::Errors] {
        let case = case(&graph, &components).symptom_kind(kind).build().unwrap();
        let ranking = ExcessFlow.rank(&case);
        let first = ranking.first().unwrap();
        assert_eq!((first.component().as_str(), first.kind()), ("catalog", Some(FaultKind::Errors)));
    }
    assert!(ExcessFlow.rank(&case(&graph, &components).build().unwrap()).is_empty());
    // A percentage is the same.
    let mut percent = Case::builder(START, STEP, at(FAULT)).graph(&graph).symptom_kind(MetricKind::Errors);
    for (component, failing) in [("edge", 96.0), ("catalog", 92.0)] {
        let values: Vec<f64> = (0..ROWS).map(|row| if row < FAULT { 100.0 } else { failing }).collect();
        percent =
            percent.metric(Metric::new(Signal::new(component, "availability"), values)).metric(Metric::new(
                Signal::new(component, "requests"),
                vec![if component == "edge" { 100.0 } else { 50.0 }; ROWS],
            ));
    }
    assert_eq!(ExcessFlow.rank(&percent.build().unwrap()).first().unwrap().component(), &"catalog");
}

#[test]
fn who_cannot_be_compared_says_nothing() {
    let graph = graph();
    let components = [("edge", 100.0, [0.05, 0.09], CALM), ("store", 100.0, [0.01, 0.05], CALM)];
    let without_calls = Case::builder(START, STEP, at(FAULT))
        .symptom_kind(MetricKind::Latency)
        .metrics(case(&graph, &components).build().unwrap().metrics().iter().cloned())
        .build()
        .unwrap();
    assert!(ExcessFlow.rank(&without_calls).is_empty());
    // Quantiles don't add up.
    let quantiles = case(&graph, &components).build().unwrap();
    let quantiles =
        quantiles.metrics().iter().filter(|metric| metric.signal().metric != "latency_avg").cloned();
    let case = Case::builder(START, STEP, at(FAULT)).graph(&graph).metrics(quantiles);
    assert!(ExcessFlow.rank(&case.symptom_kind(MetricKind::Latency).build().unwrap()).is_empty());
    let empty = Case::builder(START, STEP, at(FAULT)).graph(&graph);
    let empty = empty.symptom_kind(MetricKind::Latency).build().unwrap();
    assert!(ExcessFlow.rank(&empty).is_empty());
}
