//! Causal tests and discovery.

use evenkeel_locate::causal::{Cpdag, FisherZ, PcAlgorithm, RegressionTest};
use evenkeel_stats::Generator;
use proptest::prelude::*;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// a -> b -> c <- d -> e.
fn chain(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    let mut generator = Generator::new(seed);
    let mut noise = || -> Vec<f64> { (0..rows).map(|_| generator.normal()).collect() };
    let add = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x + y).collect() };
    let a = noise();
    let b = add(&a, &noise());
    let d = noise();
    let c = add(&add(&b, &d), &noise());
    let e = add(&d, &noise());
    vec![a, b, c, d, e]
}

fn named(columns: &[Vec<f64>]) -> Vec<(&'static str, &[f64])> {
    NAMES.into_iter().zip(columns.iter().map(Vec::as_slice)).collect()
}

fn edges(graph: &Cpdag) -> Vec<String> {
    let directed = graph.directed();
    let directed = directed.iter().map(|(from, to)| format!("{from}>{to}"));
    directed.chain(graph.undirected().iter().map(|(a, b)| format!("{a}-{b}"))).collect()
}

#[test]
fn the_true_graph_is_learned() {
    let columns = chain(11, 2_000);
    let graph = PcAlgorithm::new().alpha(0.001).unwrap().fit(&named(&columns)).unwrap();
    assert_eq!(edges(&graph), ["b>c", "d>c", "a-b", "d-e"]);
    // Without any columns given, c depends on all.
    let shallow = PcAlgorithm::new().alpha(0.001).unwrap().max_given(0).fit(&named(&columns)).unwrap();
    assert!(shallow.skeleton().len() > graph.skeleton().len());
}

#[test]
fn bad_input_is_refused() {
    let column = [1.0, 2.0, 4.0, 3.0, 5.0];
    assert_eq!(FisherZ::new(&[]).unwrap_err().to_string(), "too short: needs 4 observed values, got 0");
    assert_eq!(
        FisherZ::new(&[&column, &column[..4]]).unwrap_err().to_string(),
        "column must have length 5, had 4"
    );
    assert_eq!(
        FisherZ::new(&[&column, &[7.0; 5]]).unwrap_err().to_string(),
        "no usable number: a column does not vary"
    );
    let gaps = [1.0, f64::NAN, 2.0, f64::INFINITY, 3.0];
    assert_eq!(
        FisherZ::new(&[&column, &gaps]).unwrap_err().to_string(),
        "too short: needs 4 observed values, got 3"
    );
    let other = [3.0, 1.0, 4.0, 1.0, 5.0];
    let test = FisherZ::new(&[&column, &other, &column]).unwrap();
    assert!(test.test(0, 3, &[]).is_err() && test.test(0, 0, &[]).is_err() && test.test(0, 1, &[1]).is_err());
    assert!(test.test(0, 2, &[]).is_err(), "a copy depends linearly");
    assert!(test.test(0, 1, &[]).is_ok());
    assert!(PcAlgorithm::new().alpha(0.0).is_err() && PcAlgorithm::new().alpha(f64::NAN).is_err());
    let twice = PcAlgorithm::new().fit(&[("a", &column[..]), ("a", &other)]).unwrap_err();
    assert_eq!(twice.to_string(), "columns must be of different names, was a");
    assert!(PcAlgorithm::new().fit::<&str>(&[]).unwrap().nodes().is_empty());

    let score = |columns: &[(&str, &[f64])], edges: &[(&str, &str)], normal| {
        RegressionTest::new().score(columns, edges, normal).unwrap_err().to_string()
    };
    let two = [("a", &column[..]), ("b", &other)];
    assert_eq!(score(&two, &[("a", "x")], 4), "edge must be between columns, was x");
    assert_eq!(score(&two, &[("a", "a")], 4), "edge must be between two columns, was a");
    assert_eq!(score(&two, &[], 5), "too short: needs 6 observed values, got 5");
    assert_eq!(score(&two, &[], 0), "too short: needs 2 observed values, got 5");
    assert!(RegressionTest::new().threshold(f64::INFINITY).is_err());
}

#[test]
fn constant_causes_gaps_and_cycles_are_survived() {
    let mut columns = chain(3, 60);
    columns[0] = vec![2.0; 60];
    columns[1][10] = f64::NAN;
    columns[4] = vec![f64::NAN; 60];
    let cycle = [("a", "b"), ("b", "c"), ("c", "b"), ("e", "c"), ("d", "c"), ("b", "d"), ("d", "b")];
    let scores = RegressionTest::new().score(&named(&columns), &cycle, 50).unwrap();
    // e was never seen, and so c has no complete rows.
    let names: Vec<&str> = scores.iter().map(|score| score.node.as_str()).collect();
    assert_eq!(scores.len(), 3, "{names:?}");
    assert!(scores.iter().all(|score| score.score.is_finite() && score.adjusted >= score.score));
    assert_eq!(scores.iter().find(|score| score.node == "a").unwrap().score, 0.0);
}

proptest! {
    #[test]
    fn the_order_of_columns_rows_and_edges_makes_no_difference(seed in any::<u64>()) {
        let columns = chain(seed, 120);
        let forwards = named(&columns);
        let mut backwards = forwards.clone();
        backwards.reverse();
        let pc = PcAlgorithm::new();
        prop_assert_eq!(pc.fit(&forwards).unwrap(), pc.fit(&backwards).unwrap());
        let mut edges = vec![("a", "b"), ("b", "c"), ("d", "c"), ("d", "e")];
        let test = RegressionTest::new();
        let before = test.score(&forwards, &edges, 100).unwrap();
        edges.reverse();
        prop_assert_eq!(&before, &test.score(&backwards, &edges, 100).unwrap());
    }

    #[test]
    fn any_numbers_are_taken(columns in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![0.0, 1.0, -1.0, 1e100, -1e-300, f64::NAN, f64::INFINITY, 3.5]), 12), 2..5)) {
        let named = named(&columns);
        let test = FisherZ::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        if let Ok(result) = test.and_then(|test| test.test(0, 1, &[])) {
                prop_assert!((0.0..=1.0).contains(&result.p) && result.correlation.abs() <= 1.0);
        }
        let _ = PcAlgorithm::new().fit(&named);
        let scores = RegressionTest::new().score(&named, &[("a", "b")], 8).unwrap();
        prop_assert!(scores.iter().all(|score| score.score.is_finite()));
    }
}
