//! Replays of `reference/locate`: causal tests and discovery. Granger's test is replayed in `evenkeel-series`.

use evenkeel_core::Name;
use evenkeel_locate::causal::{FisherZ, PcAlgorithm, RegressionTest};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<T>,
}

/// The name of a node, so that the order of names is that of numbers.
fn name(node: usize) -> Name {
    format!("{node:09}").into()
}

fn columns(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

fn named(columns: &[Vec<f64>]) -> Vec<(Name, &[f64])> {
    columns.iter().enumerate().map(|(i, column)| (name(i), column.as_slice())).collect()
}

fn pairs(edges: &[(usize, usize)]) -> Vec<(Name, Name)> {
    edges.iter().map(|(a, b)| (name(*a), name(*b))).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FisherCase {
    data: Vec<Vec<f64>>,
    tests: Vec<FisherTest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FisherTest {
    x: usize,
    y: usize,
    s: Vec<usize>,
    partial_corr: f64,
    z: f64,
    p: f64,
}

#[test]
fn fisherz() {
    let file: File<FisherCase> = load("locate", "fisherz.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let columns = columns(&case.data);
        let test = FisherZ::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        for expected in &case.tests {
            let FisherTest { x, y, s, .. } = expected;
            let ours = test.test(*x, *y, s).unwrap();
            assert_close!(ours.correlation, expected.partial_corr, 1e-9, 1e-15, "case {i}: {x}, {y}, {s:?}");
            assert_close!(ours.z, expected.z, 1e-9, 1e-13, "case {i}: {x}, {y}, {s:?}");
            // Theirs is 2 (1 - Phi(|z|)), which is exact to the rounding of 1 only.
            assert_close!(ours.p, expected.p, 1e-9, 5e-16, "case {i}: {x}, {y}, {s:?}");
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PcCase {
    d: usize,
    n: usize,
    alpha: f64,
    #[serde(rename = "true_edges")]
    _true_edges: Value,
    graph: Vec<Vec<i8>>,
    skeleton: Vec<(usize, usize)>,
    directed: Vec<(usize, usize)>,
    undirected: Vec<(usize, usize)>,
    data: Option<Vec<Vec<f64>>>,
}

#[test]
fn pc() {
    let file: File<PcCase> = load("locate", "pc.json");
    assert!(!file.cases.is_empty());
    let mut data: Vec<Vec<f64>> = Vec::new();
    for (i, case) in file.cases.iter().enumerate() {
        if let Some(rows) = &case.data {
            data = columns(rows);
        }
        assert_eq!((data.len(), data[0].len()), (case.d, case.n), "case {i}");
        let graph = PcAlgorithm::new().alpha(case.alpha).unwrap().fit(&named(&data)).unwrap();
        assert_eq!(graph.skeleton(), pairs(&case.skeleton), "case {i}");
        assert_eq!(graph.directed(), pairs(&case.directed), "case {i}");
        assert_eq!(graph.undirected(), pairs(&case.undirected), "case {i}");
        let entry = |a: usize, b: usize| (case.graph[a][b], case.graph[b][a]);
        let all = || (0..case.d).flat_map(|a| (0..case.d).map(move |b| (a, b)));
        let directed: Vec<(usize, usize)> = all().filter(|(a, b)| entry(*a, *b) == (-1, 1)).collect();
        assert_eq!(graph.directed(), pairs(&directed), "case {i}");
        let undirected: Vec<(usize, usize)> =
            all().filter(|(a, b)| a < b && entry(*a, *b) == (-1, -1)).collect();
        assert_eq!(graph.undirected(), pairs(&undirected), "case {i}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegressionCase {
    n_normal: usize,
    data: Vec<Vec<f64>>,
    edges: Vec<(usize, usize)>,
    #[serde(rename = "intervened")]
    _intervened: Value,
    rht: Vec<f64>,
    rht_descendant_adjusted_threshold3: Vec<f64>,
}

#[test]
fn rht() {
    let file: File<RegressionCase> = load("locate", "rht.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let columns = columns(&case.data);
        let scores =
            RegressionTest::new().score(&named(&columns), &pairs(&case.edges), case.n_normal).unwrap();
        assert_eq!((scores.len(), case.rht.len()), (columns.len(), columns.len()), "case {i}");
        for ours in &scores {
            let node: usize = ours.node.as_str().parse().unwrap();
            assert_close!(ours.score, case.rht[node], 1e-9, 0.0, "case {i}, {node}");
            let adjusted = case.rht_descendant_adjusted_threshold3[node];
            assert_close!(ours.adjusted, adjusted, 1e-9, 0.0, "case {i}, {node}");
        }
    }
}
