//! Explaining away along the call graph.

use crate::shop::{DRY_POOL, FAULT, START, STEP, at, column, graph, metric, shop};
use evenkeel_locate::{Case, ExplainAway, Graph, Localizer, MetricShift, Ranking};

fn names(ranking: &Ranking) -> Vec<&str> {
    ranking.suspects().iter().map(|suspect| suspect.component().as_str()).collect()
}

fn score(ranking: &Ranking, component: &str) -> f64 {
    ranking.suspects().iter().find(|suspect| suspect.component() == component).unwrap().score()
}

/// Latencies of some components, each slower by its factor.
fn latencies(graph: &Graph, factors: &[(&str, f64)]) -> Ranking {
    let metrics = factors
        .iter()
        .zip(0..)
        .map(|((name, factor), seed)| metric(name, "latency", column(seed, 1.0, *factor)));
    let case = Case::builder(START, STEP, at(FAULT)).metrics(metrics).graph(graph).build().unwrap();
    ExplainAway::default().rank(&case)
}

#[test]
fn callers_lose_the_blame_that_their_callee_explains() {
    let graph = graph();
    let alone = MetricShift::default().rank(&shop(&DRY_POOL).build().unwrap());
    assert_eq!(names(&alone)[0], "edge");
    let case = shop(&DRY_POOL).graph(&graph).build().unwrap();
    let explained = ExplainAway::default().rank(&case);
    assert_eq!(names(&explained)[0], "store");
    assert_eq!(score(&explained, "store"), score(&alone, "store"));
    let off = ExplainAway::default().with_strength(0.0).unwrap().rank(&case);
    assert_eq!(names(&off), names(&alone));
}

#[test]
fn what_a_component_uses_up_by_itself_is_not_explained() {
    let graph = graph();
    let faults = [("cart", "cpu", 30.0), ("store", "latency_p99", 3.0), ("cart", "latency_p99", 3.0)];
    let case = shop(&faults).graph(&graph).build().unwrap();
    assert_eq!(names(&ExplainAway::default().rank(&case))[0], "cart");
}

#[test]
fn nodes_without_metrics_are_looked_through() {
    let graph =
        Graph::from_edges([("edge", "mesh", 1.0), ("mesh", "proxy", 1.0), ("proxy", "store", 1.0)]).unwrap();
    assert_eq!(names(&latencies(&graph, &[("edge", 30.0), ("store", 20.0)])), ["store", "edge"]);
}

#[test]
fn those_on_a_cycle_do_not_explain_each_other() {
    let graph =
        Graph::from_edges([("edge", "a", 1.0), ("a", "b", 1.0), ("b", "a", 1.0), ("b", "store", 1.0)])
            .unwrap();
    // Within the cycle the scores stay; who calls it is explained by the best in it.
    let ranking = latencies(&graph, &[("edge", 30.0), ("a", 20.0), ("b", 10.0), ("store", 1.0)]);
    assert_eq!(names(&ranking), ["a", "b", "edge", "store"]);
    // The callee of one is the callee of all.
    let ranking = latencies(&graph, &[("a", 20.0), ("b", 20.0), ("store", 15.0)]);
    assert_eq!(names(&ranking)[0], "store");
    // An edge to itself explains nothing.
    let own = Graph::from_edges([("a", "a", 1.0)]).unwrap();
    assert_eq!(score(&latencies(&own, &[("a", 20.0)]), "a"), score(&latencies(&graph, &[("a", 20.0)]), "a"));
}

#[test]
fn what_the_symptom_does_not_reach_counts_less() {
    let graph = Graph::from_edges([("edge", "cart", 1.0), ("batch", "report", 1.0)]).unwrap();
    let metrics =
        || [metric("cart", "latency", column(1, 1.0, 5.0)), metric("report", "latency", column(2, 1.0, 8.0))];
    let case = |builder: evenkeel_locate::CaseBuilder<'static>| builder.metrics(metrics());
    let free = case(Case::builder(START, STEP, at(FAULT))).graph(&graph).build().unwrap();
    assert_eq!(names(&ExplainAway::default().rank(&free)), ["report", "cart"]);
    let at_edge =
        case(Case::builder(START, STEP, at(FAULT))).graph(&graph).symptom_at("edge").build().unwrap();
    assert_eq!(names(&ExplainAway::default().rank(&at_edge)), ["cart", "report"]);
    let unknown =
        case(Case::builder(START, STEP, at(FAULT))).graph(&graph).symptom_at("nowhere").build().unwrap();
    assert_eq!(names(&ExplainAway::default().rank(&unknown)), ["report", "cart"]);
}

#[test]
fn without_a_graph_it_is_the_metric_shift() {
    let case = shop(&DRY_POOL).build().unwrap();
    assert_eq!(ExplainAway::default().rank(&case), MetricShift::default().rank(&case));
    assert!(ExplainAway::default().with_strength(1.5).is_err());
}

/// Who is known not to be the cause explains nothing, is not named, and is not missed where there is no
/// metric of it.
#[test]
fn what_is_cleared_explains_nothing_and_is_not_missed() {
    let graph = Graph::from_edges([("edge", "store", 1.0)]).unwrap();
    let case = |store: bool, cleared: bool| {
        let case = Case::builder(START, STEP, at(FAULT)).graph(&graph);
        let case = case.metric(metric("edge", "latency", column(1, 1.0, 30.0)));
        let case = if store { case.metric(metric("store", "latency", column(2, 1.0, 30.0))) } else { case };
        if cleared { case.cleared("store") } else { case }
    };
    let rank = |store, cleared| ExplainAway::default().rank(&case(store, cleared).build().unwrap());
    assert_eq!(names(&rank(true, false))[0], "store");
    assert_eq!(names(&rank(false, false)), ["edge", "store"]);
    for store in [false, true] {
        let ranking = rank(store, true);
        assert_eq!(names(&ranking), ["edge"]);
        assert_eq!(ranking.unknown(), 0.0);
        assert_eq!(score(&ranking, "edge"), score(&rank(false, false), "edge"));
    }
}
