//! Metrics and components that could not be examined.

use evenkeel_core::{Diagnosis, FaultKind, Signal, Timestamp};
use evenkeel_locate::{Case, CaseBuilder, Fusion, Graph, Localizer, Metric, MetricShift};
use evenkeel_stats::Generator;
use proptest::prelude::*;
use std::time::Duration;

const STEP: Duration = Duration::from_secs(10);
const START: Timestamp = Timestamp::EPOCH;
const FAULT: usize = 200;
/// 70 s after the fault.
const ROWS: usize = 207;

fn at(row: usize) -> Timestamp {
    START + STEP * u32::try_from(row).unwrap()
}

fn column(normal: f64, faulty: f64) -> Vec<f64> {
    (0..ROWS).map(|row| (1.0 + 0.05 * (row % 5) as f64) * if row < FAULT { normal } else { faulty }).collect()
}

/// Only the rows for which `keep` is true.
fn only(values: Vec<f64>, keep: impl Fn(usize) -> bool) -> Vec<f64> {
    (0..).zip(values).map(|(row, x)| if keep(row) { x } else { f64::NAN }).collect()
}

fn metric(component: &str, name: &str, values: Vec<f64>) -> Metric<'static> {
    Metric::new(Signal::new(component, name), values)
}

fn chain() -> Graph {
    Graph::from_edges([("edge", "cart", 100.0), ("cart", "store", 100.0)]).unwrap()
}

/// The store is slow, and so are those who call it.
fn incident<'a>(graph: &'a Graph) -> CaseBuilder<'a> {
    Case::builder(START, STEP, at(FAULT))
        .graph(graph)
        .symptom_at("edge")
        .metric(metric("edge", "latency_p99", column(0.04, 0.40)))
        .metric(metric("cart", "latency_p99", column(0.03, 0.38)))
}

fn symptom() -> Vec<f64> {
    column(0.001, 0.4)
}

fn diagnose(case: CaseBuilder<'_>) -> Option<Diagnosis> {
    Fusion::default().diagnose(&case.build().unwrap())
}

/// The probability of a component, 0 if it is not named.
fn probability(diagnosis: Option<&Diagnosis>, component: &str) -> f64 {
    let causes = diagnosis.map_or(&[][..], |diagnosis| diagnosis.causes());
    causes.iter().find(|cause| cause.component == component).map_or(0.0, |cause| cause.probability())
}

/// The ranking's probability, also where nothing is probable enough to be said.
fn weight(case: CaseBuilder<'_>, component: &str) -> f64 {
    let ranking = Fusion::default().rank(&case.build().unwrap());
    let probabilities = Fusion::default().calibration().probabilities(&ranking);
    let named = ranking.suspects().iter().zip(probabilities);
    named.filter(|(suspect, _)| suspect.component() == component).map(|(_, p)| p).sum()
}

#[test]
fn a_callee_that_fell_silent_is_suspected_before_its_caller() {
    let graph = chain();
    for with_symptom in [false, true] {
        // Silent from the fault on, a little before it, and a little after it.
        for end in [FAULT, FAULT - 5, FAULT + 2] {
            for name in ["latency_p99", "cpu", "anything"] {
                let store = metric("store", name, only(column(0.01, 0.01), |row| row < end));
                let case = incident(&graph).metric(store);
                let case = if with_symptom { case.symptom(symptom()) } else { case };
                let diagnosis = diagnose(case).unwrap();
                let cause = &diagnosis.causes()[0];
                assert_eq!(
                    (cause.component.as_str(), cause.kind),
                    ("store", Some(FaultKind::Dead)),
                    "{end} {name}"
                );
                assert!(probability(Some(&diagnosis), "cart") < 0.2);
                let sentence = cause.evidence[0].to_string();
                let since = at(end);
                let told = format!(
                    "the share of instances that report of store is 0, expected 1, since {since} (silence, weight 1.00)"
                );
                assert_eq!(sentence, told);
            }
        }
    }
}

#[test]
fn a_callee_that_began_with_the_fault_shares_the_blame() {
    let graph = chain();
    for (name, level) in [("latency_p99", 0.4), ("cpu", 0.9), ("level", 3.0)] {
        for begin in [FAULT - 5, FAULT, FAULT + 2] {
            let store = metric("store", name, only(column(level, level), |row| row >= begin));
            let case = incident(&graph).metric(store).symptom(symptom());
            let (cart, store) = (weight(case.clone(), "cart"), weight(case, "store"));
            assert!(cart < 0.7 && store > 0.3, "{name} {begin}: {cart} {store}");
        }
    }
    // Errors were none before they were counted.
    let store = metric("store", "errors", only(column(0.4, 0.4), |row| row >= FAULT));
    let diagnosis = diagnose(incident(&graph).metric(store).symptom(symptom())).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "store");
    // A counter of errors that comes into being beside metrics that were always there.
    let errors = metric("store", "errors", only(column(0.4, 0.4), |row| row >= FAULT));
    let case = incident(&graph).metric(errors).metric(metric("store", "cpu", column(0.2, 0.2)));
    let diagnosis = diagnose(case).unwrap();
    let cause = &diagnosis.causes()[0];
    assert_eq!((cause.component.as_str(), cause.kind), ("store", Some(FaultKind::Errors)));
}

#[test]
fn slow_scrapes_are_read_on_their_own_rhythm() {
    let graph = chain();
    for with_symptom in [false, true] {
        for rhythm in 1..=6 {
            for phase in 0..rhythm {
                let store = only(column(0.01, 0.36), |row| row % rhythm == phase);
                let seen = store[FAULT..].iter().filter(|x| x.is_finite()).count();
                let case = incident(&graph).metric(metric("store", "latency_p99", store));
                let case = if with_symptom { case.symptom(symptom()) } else { case };
                let diagnosis = diagnose(case);
                let store = probability(diagnosis.as_ref(), "store");
                assert!(seen == 0 || store > 0.8, "every {rhythm}, {phase}: {diagnosis:?}");
            }
        }
    }
}

/// Between two scrapes nothing is silent: a healthy component that is scraped slowly is not suspected.
#[test]
fn a_slow_scrape_is_no_silence() {
    let graph = Graph::from_edges([("edge", "cart", 100.0), ("edge", "ads", 100.0)]).unwrap();
    for rhythm in 1..=6 {
        for phase in 0..rhythm {
            let ads = only(column(0.01, 0.01), |row| row % rhythm == phase);
            let case = incident(&graph).metric(metric("ads", "latency_p99", ads));
            let ranking = Fusion::default().rank(&case.build().unwrap());
            assert_eq!(ranking.first().unwrap().component(), &"cart");
            let ads = ranking.suspects().iter().find(|suspect| *suspect.component() == "ads");
            assert!(ads.is_none_or(|ads| ads.kind() != Some(FaultKind::Dead)), "every {rhythm}, {phase}");
            assert!(ads.is_none_or(|ads| ads.score() < 0.5), "every {rhythm}, {phase}: {ads:?}");
        }
    }
}

/// Nothing speaks against a component of which nothing was ever seen, but nobody can say that it was not the
/// one.
#[test]
fn a_caller_shares_the_blame_with_what_nobody_could_look_at() {
    let graph = chain();
    let cart = |store: Option<Metric<'static>>, with_symptom: bool| {
        let case = incident(&graph).metrics(store);
        let case = if with_symptom { case.symptom(symptom()) } else { case };
        (weight(case.clone(), "cart"), weight(case, "store"))
    };
    for with_symptom in [false, true] {
        let (seen, _) = cart(Some(metric("store", "latency_p99", column(0.01, 0.01))), with_symptom);
        assert!(seen > 0.9, "{seen}");
        for (what, store) in [
            ("never any metric", None),
            ("never a value", Some(vec![f64::NAN; ROWS])),
            ("no column", Some(Vec::new())),
            ("gone long before", Some(only(column(0.01, 0.01), |row| row < 100))),
            ("too rare", Some(only(column(0.01, 0.01), |row| row % 70 == 3))),
        ] {
            let (cart, store) =
                cart(store.map(|values| metric("store", "latency_p99", values)), with_symptom);
            assert!(cart < 0.7 && store > 0.2, "{what}: {cart} {store}");
        }
    }
}

#[test]
fn what_could_be_looked_at_in_part_takes_its_part() {
    let graph = chain();
    let cart = |silent: usize| {
        let names = ["latency_p99", "latency_p50", "errors", "queue"];
        let store = names.into_iter().enumerate().map(|(i, name)| {
            metric("store", name, only(column(0.01, 0.01), |row| i >= silent || row < FAULT))
        });
        weight(incident(&graph).metrics(store), "cart")
    };
    let by_silent: Vec<f64> = (0..=4).map(cart).collect();
    assert!(by_silent.windows(2).all(|pair| pair[0] > pair[1]), "{by_silent:?}");
    assert!(by_silent[0] > 0.9 && by_silent[1] < 0.85 && by_silent[4] < 0.1, "{by_silent:?}");
    // One that has no requests has no latencies either, and hides nothing.
    let idle = |requests: f64| {
        let case = incident(&graph)
            .metric(metric("store", "requests", column(50.0, requests)))
            .metric(metric("store", "cpu", column(0.2, 0.2)))
            .metric(metric("store", "latency_p99", only(column(0.01, 0.01), |row| row < FAULT)));
        weight(case, "cart")
    };
    assert!(idle(0.0) > 0.9 && idle(50.0) < 0.75, "{} {}", idle(0.0), idle(50.0));
}

#[test]
fn of_two_callees_the_silent_one_is_suspected() {
    let graph = Graph::from_edges([("edge", "cart", 1.0), ("cart", "store", 1.0), ("cart", "payments", 1.0)])
        .unwrap();
    let fine = || metric("payments", "latency_p99", column(0.02, 0.02));
    let silent = metric("store", "latency_p99", only(column(0.01, 0.01), |row| row < FAULT));
    let diagnosis = diagnose(incident(&graph).metric(fine()).metric(silent.clone())).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "store");
    assert!(diagnosis.causes()[0].probability() > 0.8);
    // If the other one explains all, the one that nobody saw has nothing to answer for.
    let slow = metric("payments", "latency_p99", column(0.02, 0.39));
    let diagnosis = diagnose(incident(&graph).metric(slow)).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "payments");
    assert!(diagnosis.causes()[0].probability() > 0.9);
}

#[test]
fn a_callee_that_others_find_in_order_has_nothing_to_answer_for() {
    let edges =
        [("edge", "cart", 1.0), ("edge", "catalog", 1.0), ("cart", "store", 1.0), ("catalog", "store", 1.0)];
    let graph = Graph::from_edges(edges).unwrap();
    let catalog = |faulty: f64| metric("catalog", "latency_p99", column(0.03, faulty));
    assert!(weight(incident(&graph).metric(catalog(0.03)), "cart") > 0.9);
    assert!(weight(incident(&graph).metric(catalog(0.38)), "store") > 0.2);
}

/// Who is lost from sight while those who call it are in order is lost by the telemetry.
#[test]
fn a_lost_exporter_is_no_fault() {
    let edges = [("edge", "cart", 1.0), ("edge", "ads", 1.0), ("ads", "banners", 1.0)];
    let graph = Graph::from_edges(edges).unwrap();
    let case = incident(&graph).metric(metric("ads", "latency_p99", column(0.02, 0.02))).metric(metric(
        "banners",
        "latency_p99",
        only(column(0.02, 0.02), |row| row < FAULT),
    ));
    let diagnosis = diagnose(case).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "cart");
    assert!(probability(Some(&diagnosis), "banners") < 0.05);
}

/// When all fall silent at once it is the observer that failed.
#[test]
fn a_lost_collector_blames_nobody() {
    let graph = chain();
    let names = ["edge", "cart", "store"];
    for keep in [0, 1] {
        let columns = names.into_iter().enumerate().flat_map(|(i, name)| {
            let values = move |level: f64| only(column(level, level), move |row| row < FAULT || i < keep);
            [metric(name, "latency_p99", values(0.02)), metric(name, "cpu", values(0.2))]
        });
        let case = Case::builder(START, STEP, at(FAULT)).graph(&graph).metrics(columns);
        let diagnosis = diagnose(case);
        assert!(keep > 0 || diagnosis.is_none(), "{diagnosis:?}");
        assert!(probability(diagnosis.as_ref(), "store") < 0.6, "{diagnosis:?}");
    }
    // Nor is one that has no other beside it.
    let alone = Case::builder(START, STEP, at(FAULT)).metric(metric(
        "a",
        "cpu",
        only(column(1.0, 1.0), |row| row < FAULT),
    ));
    assert!(MetricShift::default().rank(&alone.build().unwrap()).is_empty());
}

/// A series with pauses is silent only if it is so for longer than ever before.
#[test]
fn pauses_that_are_usual_are_no_silence() {
    let graph = chain();
    let flaky = |row: usize| row % 50 >= 30;
    let store = metric("store", "cpu", only(column(0.2, 0.2), move |row| row < FAULT && flaky(row)));
    let ranking = Fusion::default().rank(&incident(&graph).metric(store).build().unwrap());
    let store = ranking.suspects().iter().find(|suspect| *suspect.component() == "store").unwrap();
    assert_eq!(store.kind(), None);
}

#[test]
fn one_silent_instance_counts_by_its_share() {
    let graph = chain();
    let score = |silent: usize, instances: usize| {
        let stores = (0..instances).map(|i| {
            let values = only(column(0.2, 0.2), move |row| row < FAULT || i >= silent);
            metric("store", "cpu", values).instance(format!("store-{i}"))
        });
        let case = incident(&graph).metrics(stores).build().unwrap();
        let ranking = MetricShift::default().rank(&case);
        let store =
            ranking.suspects().iter().find(|suspect| *suspect.component() == "store").unwrap().clone();
        (store.score(), store.instances().len(), store.evidence()[0].to_string())
    };
    let (one_of_two, _, sentence) = score(1, 2);
    assert!(
        sentence.starts_with("the share of instances that report of store-0 is 0.5, expected 1"),
        "{sentence}"
    );
    let (one_of_ten, instances, _) = score(1, 10);
    assert_eq!(instances, 1);
    assert!(score(2, 2).0 > one_of_two && one_of_two > one_of_ten && one_of_ten > 1.0, "{one_of_ten}");
}

/// Without a graph, what nobody looked at may be behind anything.
#[test]
fn without_a_graph_what_is_unseen_leaves_a_doubt() {
    let cart = |others: usize, unseen: usize| {
        let case =
            Case::builder(START, STEP, at(FAULT)).metric(metric("cart", "latency_p99", column(0.03, 0.38)));
        let others = (0..others).map(|i| {
            let values = if i < unseen { vec![f64::NAN; ROWS] } else { column(0.02, 0.02) };
            metric(&format!("other-{i}"), "latency_p99", values)
        });
        weight(case.metrics(others), "cart")
    };
    let by_unseen: Vec<f64> = (0..=3).map(|unseen| cart(3, unseen)).collect();
    assert!(by_unseen.windows(2).all(|pair| pair[0] > pair[1]), "{by_unseen:?}");
    assert!(by_unseen[0] > 0.95 && by_unseen[1] < 0.85, "{by_unseen:?}");
}

#[test]
fn what_is_cleared_is_neither_named_nor_missed() {
    let graph = chain();
    assert!(weight(incident(&graph).cleared("store"), "cart") > 0.9);
    let store = metric("store", "latency_p99", column(0.01, 0.36));
    let ranking = Fusion::default().rank(&incident(&graph).metric(store).cleared("store").build().unwrap());
    assert!(ranking.suspects().iter().all(|suspect| *suspect.component() != "store"));
    assert_eq!(ranking.first().unwrap().component(), &"cart");
}

/// A move that is too small for anybody outshouts nothing, in any localizer.
#[test]
fn a_billionth_of_errors_outshouts_nothing() {
    let edges = [("edge", "cart", 100.0), ("cart", "store", 100.0), ("edge", "ads", 20.0)];
    let graph = Graph::from_edges(edges).unwrap();
    let rows = 240;
    let mut generator = Generator::new(17);
    let mut noisy = |normal: f64, faulty: f64| -> Vec<f64> {
        let level = |row: usize| if row < FAULT { normal } else { faulty };
        (0..rows).map(|row| (1.0 + 0.35 * (generator.uniform() - 0.5)) * level(row)).collect()
    };
    let latencies = [("edge", 0.04, 0.06), ("cart", 0.03, 0.05), ("store", 0.01, 0.03)]
        .map(|(name, normal, faulty)| metric(name, "latency_p99", noisy(normal, faulty)));
    let symptom = noisy(0.001, 0.05);
    let step = |before: f64, after: f64| -> Vec<f64> {
        (0..rows).map(|row| if row < FAULT { before } else { after }).collect()
    };
    for with_symptom in [false, true] {
        let first = |name: &str, before: f64, after: f64| {
            let case = Case::builder(START, STEP, at(FAULT)).graph(&graph).symptom_at("edge");
            let case = case.metrics(latencies.clone()).metric(metric("ads", name, step(before, after)));
            let case = if with_symptom { case.symptom(symptom.clone()) } else { case };
            let diagnosis = diagnose(case).unwrap();
            (diagnosis.causes()[0].component.to_string(), probability(Some(&diagnosis), "ads"))
        };
        for (name, before, after) in [
            ("error_share", 0.0, 1e-9),
            ("errors", 0.0, 1e-6),
            ("error_share", 1e-12, 1e-9),
            ("latency_p99", 0.0, 1e-9),
            ("queue", 5.0, 5.0 + 1e-9),
            ("queue_depth", 0.0, 1.0),
            ("level", 0.0, 0.3),
            ("wait_seconds", 0.0, 1e-6),
            ("availability", 1.0, 1.0 - 1e-9),
        ] {
            let (component, ads) = first(name, before, after);
            assert!(component == "store" && ads < 0.3, "{name}: {component} {ads}");
        }
        // One that matters is heard.
        for (name, before, after) in
            [("error_share", 0.0, 0.2), ("errors", 0.0, 0.2), ("availability", 1.0, 0.5)]
        {
            assert_eq!(first(name, before, after).0, "ads", "{name}");
        }
    }
}

proptest! {
    /// To know less of healthy components never makes the first more probable.
    #[test]
    fn less_data_is_never_more_certainty(seed in 0..u64::MAX, silent in 0..4_usize, kept in 0..3_usize, faulty in 0.2..2.0_f64) {
        let edges = [("edge", "cart", 1.0), ("edge", "ads", 1.0), ("cart", "store", 1.0), ("cart", "payments", 1.0), ("ads", "banners", 1.0)];
        let graph = Graph::from_edges(edges).unwrap();
        let mut generator = Generator::new(seed);
        let mut noisy = |level: f64| -> Vec<f64> { (0..ROWS).map(|_| level * (1.0 + 0.1 * generator.uniform())).collect() };
        let healthy = ["store", "payments", "ads", "banners"];
        let columns: Vec<_> = healthy.map(|name| (name, noisy(0.02))).into_iter().collect();
        let case = |gap: bool| {
            let case = Case::builder(START, STEP, at(FAULT)).graph(&graph).symptom_at("edge");
            let case = case.metric(metric("edge", "latency_p99", column(0.04, faulty + 0.02)));
            let case = case.metric(metric("cart", "latency_p99", column(0.03, faulty)));
            case.metrics(columns.iter().enumerate().map(|(i, (name, values))| {
                let values = only(values.clone(), |row| !gap || i != silent || match kept {
                    0 => false,
                    1 => row < 100,
                    _ => row % 70 == 3,
                });
                metric(name, "latency_p99", values)
            }))
        };
        prop_assert!(weight(case(true), "cart") <= weight(case(false), "cart") + 1e-9);
    }
}
