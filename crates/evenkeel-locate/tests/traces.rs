//! Traces, and localizers that read them.

use evenkeel_core::{Error, FaultKind, Subject, Timestamp};
use evenkeel_locate::traces::{CallChange, Span, TraceSet, TraceTime};
use evenkeel_locate::{Case, Fusion, Localizer, Metric, Ranking};
use evenkeel_stats::Generator;
use proptest::prelude::*;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const STATED: i64 = 200;

/// The time of a span in the trace of a second, in milliseconds.
fn ms(second: i64, (from, to): (f64, f64)) -> (i64, i64) {
    let at = |ms: f64| 1_000_000_000 * second + (1e6 * ms) as i64;
    (at(from), at(to))
}

fn span(second: i64, id: &str, parent: Option<&str>, component: &str, time: (f64, f64)) -> Span {
    Span::new(id, parent, component, format!("of {component}"), ms(second, time))
        .in_trace(&second.to_string())
}

fn rank(localizer: &dyn for<'a> Localizer<Case<'a>>, spans: impl IntoIterator<Item = Span>) -> Ranking {
    let traces = TraceSet::new(spans).unwrap();
    let case = Case::builder(Timestamp::from_seconds(0), SECOND, Timestamp::from_seconds(STATED));
    localizer.rank(&case.traces(&traces).build().unwrap())
}

/// The edge calls cart and catalog, both call the store; each takes its own time, and each call needs some on
/// the way. What is added from the stated second on comes from `slow`: of a component itself, or of the way
/// from one to another.
fn shop(slow: &[(&str, Option<&str>, f64)]) -> Vec<Span> {
    let mut generator = Generator::new(7);
    let mut spans = Vec::new();
    for second in 0..300 {
        let mut time = |component: &str, callee: Option<&str>, usual: f64| {
            let added =
                slow.iter().find(|(a, b, _)| *a == component && *b == callee).map_or(0.0, |(.., ms)| *ms);
            usual * (0.8 + 0.4 * generator.uniform()) + if second < STATED { 0.0 } else { added }
        };
        let mut now = time("edge", None, 10.0);
        for (id, middle) in [("2", "cart"), ("3", "catalog")] {
            let start = now;
            let (out, own) = (time("edge", Some(middle), 2.0), time(middle, None, 20.0));
            let (further, store) = (time(middle, Some("store"), 2.0), time("store", None, 15.0));
            let served = start + out / 2.0;
            let asked = served + own;
            let answered = asked + further + store;
            let end = answered + out / 2.0;
            spans.push(span(second, &format!("{id}c"), Some("1"), "edge", (start, end)));
            spans.push(span(second, id, Some(&format!("{id}c")), middle, (served, answered)));
            spans.push(span(second, &format!("{id}d"), Some(id), middle, (asked, answered)));
            let store_time = (asked + further / 2.0, answered - further / 2.0);
            spans.push(span(second, &format!("{id}s"), Some(&format!("{id}d")), "store", store_time));
            now = end;
        }
        spans.push(span(second, "1", None, "edge", (0.0, now)));
    }
    spans
}

fn first(ranking: &Ranking) -> &str {
    ranking.first().unwrap().component().as_str()
}

#[test]
fn traces_are_put_together_whatever_the_order() {
    let spans = vec![
        span(0, "a", None, "edge", (0.0, 9.0)),
        span(0, "b", Some("a"), "cart", (1.0, 8.0)),
        span(0, "b", Some("a"), "cart", (1.0, 8.0)),
        // Nobody knows its parent: a root.
        span(0, "c", Some("lost"), "store", (2.0, 3.0)),
        // They go in a circle, and one calls itself.
        span(1, "x", Some("y"), "edge", (0.0, 5.0)),
        span(1, "y", Some("x"), "cart", (1.0, 4.0)),
        span(1, "z", Some("z"), "store", (1.0, 2.0)),
    ];
    let set = TraceSet::new(spans.clone()).unwrap();
    assert_eq!((set.len(), set.spans(), set.repeated()), (2, 6, 1));
    assert_eq!(set.components().len(), 3);
    let mut turned = spans;
    turned.reverse();
    assert_eq!(TraceSet::new(turned).unwrap(), set);
    let graph = set.graph();
    let (edge, cart) = (graph.index("edge").unwrap(), graph.index("cart").unwrap());
    assert_eq!(graph.weight(edge, cart), Some(2.0));
    assert!(TraceSet::new([]).unwrap().is_empty());
    let refused = TraceSet::new([Span::new("a", None, "c", "o", (2, 1))]).unwrap_err();
    assert!(matches!(refused, Error::Parameter { .. }), "{refused}");
}

#[test]
fn the_time_goes_to_whose_it_is() {
    for component in ["edge", "cart", "catalog", "store"] {
        let ranking = rank(&TraceTime, shop(&[(component, None, 15.0)]));
        assert_eq!(first(&ranking), component, "{ranking:?}");
        assert!(ranking.first().unwrap().score() > 3.0 * ranking.noise());
        assert_eq!(ranking.first().unwrap().kind(), None);
    }
    let calm = rank(&TraceTime, shop(&[]));
    assert!(calm.first().is_none_or(|first| first.score() < 2.0 * calm.noise()), "{calm:?}");
}

#[test]
fn the_network_is_that_of_whom_all_slow_calls_have_in_common() {
    // Whoever calls the store waits longer on the way.
    let ranking = rank(&TraceTime, shop(&[("cart", Some("store"), 15.0), ("catalog", Some("store"), 15.0)]));
    assert_eq!(first(&ranking), "store");
    let store = ranking.first().unwrap();
    assert_eq!(store.kind(), Some(FaultKind::Network));
    let evidence = &store.evidence()[0];
    assert!(matches!(&evidence.subject, Subject::Edge { to, .. } if *to == "store"), "{evidence}");
    assert!((evidence.observed - evidence.expected.unwrap() - 0.015).abs() < 0.001, "{evidence}");
    // Whatever the edge calls, it waits longer.
    let ranking = rank(&TraceTime, shop(&[("edge", Some("cart"), 15.0), ("edge", Some("catalog"), 15.0)]));
    assert_eq!(first(&ranking), "edge");
    // One of its calls alone: the one that is called.
    let ranking = rank(&TraceTime, shop(&[("edge", Some("cart"), 15.0)]));
    assert_eq!(first(&ranking), "cart");
}

#[test]
fn who_reports_no_spans_is_seen_by_who_names_it() {
    let spans = (0..300).flat_map(|second| {
        let long = if second < STATED { 20.0 } else { 200.0 };
        [
            span(second, "1", None, "edge", (0.0, long + 40.0)),
            span(second, "2", Some("1"), "edge", (1.0, 10.0)).calling("cart"),
            span(second, "3", Some("1"), "edge", (10.0, long + 30.0)).calling("database"),
        ]
    });
    let ranking = rank(&TraceTime, spans);
    assert_eq!((first(&ranking), ranking.first().unwrap().kind()), ("database", Some(FaultKind::Network)));
}

#[test]
fn changed_calls_are_compared_by_their_shares() {
    // 10 of 100 traces call the store before, 30 of 100 after.
    let stated = 100;
    let spans = (0..200).flat_map(|second| {
        let mut spans = vec![span(second, "1", None, "edge", (0.0, 9.0))];
        if second % 100 < if second < stated { 10 } else { 30 } {
            spans.push(span(second, "2", Some("1"), "store", (1.0, 8.0)));
        }
        spans
    });
    let traces = TraceSet::new(spans).unwrap();
    let case = Case::builder(Timestamp::from_seconds(0), SECOND, Timestamp::from_seconds(stated));
    let ranking = CallChange.rank(&case.traces(&traces).build().unwrap());
    let edge = ranking.first().unwrap();
    // The statistic of a 2 x 2 table, 2 sum O ln(O / E), in double precision elsewhere.
    assert!((edge.score() * edge.score() - G_OF_10_AND_30).abs() < 1e-9, "{}", edge.score());
    assert_eq!((edge.evidence()[0].observed, edge.evidence()[0].expected), (0.3, Some(0.1)));
}

const G_OF_10_AND_30: f64 = 12.971514326006812;

#[test]
fn a_failure_counts_where_it_began() {
    let spans = (0..300).flat_map(|second| {
        let fails = second >= STATED && second % 2 == 0;
        let mark = |span: Span, has_failed: bool| if has_failed { span.failed() } else { span };
        [
            mark(span(second, "1", None, "edge", (0.0, 9.0)), fails),
            mark(span(second, "2", Some("1"), "cart", (1.0, 8.0)), fails),
            span(second, "3", Some("2"), "store", (2.0, 7.0)),
        ]
    });
    let ranking = rank(&CallChange, spans);
    assert_eq!((first(&ranking), ranking.first().unwrap().kind()), ("cart", Some(FaultKind::Errors)));
    assert_eq!(ranking.suspects().len(), 1);
}

#[test]
fn too_little_is_no_answer() {
    let few =
        |seconds: std::ops::Range<i64>| seconds.map(|second| span(second, "1", None, "edge", (0.0, 9.0)));
    for spans in [few(0..0), few(0..100), few(STATED - 4..300), few(STATED..300)] {
        assert!(rank(&TraceTime, spans.clone()).is_empty());
        assert!(rank(&CallChange, spans).is_empty());
    }
    let none = Case::builder(Timestamp::from_seconds(0), SECOND, Timestamp::from_seconds(9)).build().unwrap();
    assert!(TraceTime.rank(&none).is_empty() && CallChange.rank(&none).is_empty());
}

#[test]
fn the_fusion_hears_traces() {
    let traces = TraceSet::new(shop(&[("store", None, 30.0)])).unwrap();
    let calm = |component| Metric::new(evenkeel_core::Signal::new(component, "cpu"), vec![0.2; 300]);
    let case = Case::builder(Timestamp::from_seconds(0), SECOND, Timestamp::from_seconds(STATED))
        .metrics(["edge", "cart", "catalog", "store"].map(calm))
        .traces(&traces);
    let case = case.build().unwrap();
    let diagnosis = Fusion::default().diagnose(&case);
    let diagnosis = diagnosis.unwrap_or_else(|| panic!("{:?}", Fusion::default().rank(&case)));
    assert_eq!(diagnosis.causes()[0].component, "store");
    assert!(diagnosis.causes()[0].evidence.iter().any(|evidence| evidence.localizer == "trace time"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_of_spans(seed in 0..u64::MAX, added in 0.0..30.0_f64) {
        let spans = shop(&[("cart", Some("store"), added), ("catalog", None, 5.0)]);
        let mut shuffled = spans.clone();
        Generator::new(seed).shuffle(&mut shuffled);
        for localizer in [&TraceTime as &dyn for<'a> Localizer<Case<'a>>, &CallChange, &Fusion::default()] {
            prop_assert_eq!(rank(localizer, spans.clone()), rank(localizer, shuffled.clone()));
        }
    }

    #[test]
    fn any_spans(
        spans in prop::collection::vec((0..4_u8, 0..6_u8, prop::option::of(0..6_u8), 0..4_u8, 0..3_u8, any::<i64>(), 0..i64::MAX, any::<bool>()), 0..80),
        stated in any::<i64>(),
    ) {
        let spans: Vec<Span> = spans.into_iter().map(|(trace, id, parent, component, operation, start, length, failed)| {
            let (id, parent) = (id.to_string(), parent.map(|parent| parent.to_string()));
            let time = (start, start.saturating_add(length));
            let span = Span::new(&id, parent.as_deref(), component.to_string(), operation.to_string(), time);
            let span = span.in_trace(&trace.to_string());
            if failed { span.failed().calling("9") } else { span }
        }).collect();
        let traces = TraceSet::new(spans).unwrap();
        let case = Case::builder(Timestamp::from_nanos(stated), SECOND, Timestamp::from_nanos(stated)).traces(&traces).build().unwrap();
        for localizer in [&TraceTime as &dyn for<'a> Localizer<Case<'a>>, &CallChange, &Fusion::default()] {
            let ranking = localizer.rank(&case);
            prop_assert!(ranking.suspects().iter().all(|suspect| suspect.score().is_finite()));
        }
    }
}
