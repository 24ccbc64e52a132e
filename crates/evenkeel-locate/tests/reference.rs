//! Replays of `reference/locate`.

use evenkeel_core::{Name, Signal};
use evenkeel_locate::graph::{GraphBuilder, PageRank};
use evenkeel_locate::{Case, Graph, Localizer, Metric, NSigma, Ranking, RobustScorer};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A graph whose nodes are named by numbers, with leading zeros so that the order of names is that of
/// numbers.
fn numbered(n: usize) -> GraphBuilder {
    (0..n).fold(Graph::builder(), |graph, node| graph.node(name(node)))
}

fn name(node: usize) -> Name {
    format!("{node:09}").into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageRanks {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<PageRankCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageRankCase {
    graph: usize,
    n: usize,
    edges: Option<Vec<(usize, usize, f64)>>,
    alpha: f64,
    #[serde(rename = "kind")]
    _kind: Value,
    personalization: Option<BTreeMap<usize, f64>>,
    dangling: Option<BTreeMap<usize, f64>>,
    rank: Vec<f64>,
}

#[test]
fn pagerank() {
    let file: PageRanks = load("locate", "pagerank.json");
    let mut graphs: BTreeMap<usize, Graph> = BTreeMap::new();
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        if let Some(edges) = &case.edges {
            let graph =
                edges.iter().fold(numbered(case.n), |graph, (a, b, w)| graph.edge(name(*a), name(*b), *w));
            graphs.insert(case.graph, graph.build().unwrap());
        }
        let graph = &graphs[&case.graph];
        let mut pagerank = PageRank::builder().damping(case.alpha).tolerance(1e-14);
        if let Some(weights) = &case.personalization {
            pagerank = pagerank.restart(weights.clone());
        }
        if let Some(weights) = &case.dangling {
            pagerank = pagerank.dangling(weights.clone());
        }
        let rank = pagerank.build().unwrap().run(graph).unwrap();
        assert_eq!((graph.len(), rank.len()), (case.n, case.rank.len()));
        for (node, expected) in case.rank.iter().enumerate() {
            assert_close!(rank[node], *expected, 0.0, 1e-10, "case {i}, node {node}");
        }
        assert_close!(rank.iter().sum::<f64>(), 1.0, 0.0, 1e-12, "case {i}, sum");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digraphs {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<Digraph>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digraph {
    n: usize,
    edges: Vec<(usize, usize)>,
    scc: Vec<Vec<usize>>,
    condensation_levels_by_min_member: Vec<Vec<usize>>,
    root: usize,
    immediate_dominators: BTreeMap<usize, usize>,
    dominance_frontiers: BTreeMap<usize, Vec<usize>>,
    reachable_from_root: Vec<usize>,
    pagerank_reversed: Vec<f64>,
    betweenness: Vec<f64>,
    articulation_points_undirected: Vec<usize>,
}

#[test]
fn digraph() {
    let file: Digraphs = load("locate", "digraph.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let graph =
            case.edges.iter().fold(numbered(case.n), |graph, (a, b)| graph.edge(name(*a), name(*b), 1.0));
        let graph = graph.build().unwrap();

        let condensation = graph.condensation();
        assert_eq!(condensation.components(), case.scc, "case {i}");
        let least = |component: &usize| condensation.components()[*component][0];
        let levels: Vec<Vec<usize>> =
            condensation.levels().iter().map(|level| level.iter().map(least).collect()).collect();
        assert_eq!(levels, case.condensation_levels_by_min_member, "case {i}");

        let dominators = graph.dominators(case.root);
        let nodes = || 0..case.n;
        let immediate = nodes().filter_map(|node| Some((node, dominators.immediate(node)?)));
        assert_eq!(immediate.collect::<BTreeMap<_, _>>(), case.immediate_dominators, "case {i}");
        let frontiers = nodes().filter_map(|node| Some((node, dominators.frontier(node)?.to_vec())));
        assert_eq!(frontiers.collect::<BTreeMap<_, _>>(), case.dominance_frontiers, "case {i}");
        assert_eq!(graph.reachable(case.root), case.reachable_from_root, "case {i}");

        let reversed = PageRank::builder().build().unwrap().run(&graph.reversed()).unwrap();
        let betweenness = graph.betweenness();
        assert_eq!((case.pagerank_reversed.len(), case.betweenness.len()), (case.n, case.n));
        for node in nodes() {
            assert_close!(reversed[node], case.pagerank_reversed[node], 0.0, 1e-10, "case {i}, node {node}");
            assert_close!(betweenness[node], case.betweenness[node], 1e-12, 1e-12, "case {i}, node {node}");
        }
        assert_eq!(graph.articulation_points(), case.articulation_points_undirected, "case {i}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scorers {
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<ScorerCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScorerCase {
    n_normal: usize,
    columns: Vec<String>,
    data: Vec<Vec<f64>>,
    q25: Vec<f64>,
    median: Vec<f64>,
    q75: Vec<f64>,
    robust_scorer_ranks: Vec<String>,
    nsigma_ranks: Vec<String>,
    robust_scorer_dict: Vec<(String, f64)>,
    score_signed_max: Vec<f64>,
    score_abs_max: Vec<f64>,
}

/// The columns that a ranking names, in its order.
fn ranked(ranking: &Ranking) -> Vec<(String, f64)> {
    ranking.metrics().iter().map(|(signal, score)| (signal.metric.to_string(), *score)).collect()
}

/// That a ranking is the published one: the names in order. Among equal scores the published code keeps the
/// order of columns and we that of names, so runs of equal scores are compared as sets.
fn assert_ranks(ours: &[(String, f64)], published: &[String], what: &str) {
    assert_eq!(ours.len(), published.len(), "{what}");
    let mut from = 0;
    while from < ours.len() {
        let run = ours[from..].iter().take_while(|(_, score)| *score == ours[from].1).count();
        let mut a: Vec<&str> = ours[from..from + run].iter().map(|(name, _)| name.as_str()).collect();
        let mut b: Vec<&str> = published[from..from + run].iter().map(String::as_str).collect();
        a.sort_unstable();
        b.sort_unstable();
        assert_eq!(a, b, "{what}, from place {from}");
        from += run;
    }
}

#[test]
fn robust_scorer() {
    let file: Scorers = load("locate", "robust_scorer.json");
    assert!(!file.cases.is_empty());
    for (i, case) in file.cases.iter().enumerate() {
        let what = format!("case {i}");
        let columns: Vec<Vec<f64>> =
            (0..case.columns.len()).map(|j| case.data.iter().map(|row| row[j]).collect()).collect();
        let scorer = RobustScorer::new();
        for (j, column) in columns.iter().enumerate() {
            let (normal, window) = column.split_at(case.n_normal);
            let [below, median, above] = scorer.quartiles(&mut normal.to_vec()).unwrap();
            assert_close!(below, case.q25[j], 1e-12, 1e-12, "{what}, q25 of column {j}");
            assert_close!(median, case.median[j], 1e-12, 1e-12, "{what}, median of column {j}");
            assert_close!(above, case.q75[j], 1e-12, 1e-12, "{what}, q75 of column {j}");
            let signed = scorer.score(normal, window).unwrap();
            assert_close!(signed, case.score_signed_max[j], 1e-12, 1e-12, "{what}, score of column {j}");
            let absolute = scorer.absolute().score(normal, window).unwrap();
            assert_close!(
                absolute,
                case.score_abs_max[j],
                1e-12,
                1e-12,
                "{what}, absolute score of column {j}"
            );
        }

        let step = Duration::from_secs(1);
        let start = evenkeel_core::Timestamp::EPOCH;
        let metrics = case.columns.iter().zip(&columns);
        let metrics = metrics.map(|(name, column)| Metric::new(Signal::new("all", name.as_str()), column));
        let stated = start + step * u32::try_from(case.n_normal).unwrap();
        let evidence = Case::builder(start, step, stated).metrics(metrics).build().unwrap();
        assert_ranks(&ranked(&scorer.rank(&evidence)), &case.robust_scorer_ranks, &what);
        assert_ranks(&ranked(&NSigma.rank(&evidence)), &case.nsigma_ranks, &what);

        let ours = ranked(&RobustScorer::by_rank().rank(&evidence));
        let (names, scores): (Vec<String>, Vec<f64>) = case.robust_scorer_dict.iter().cloned().unzip();
        for ((_, ours), expected) in ours.iter().zip(scores) {
            assert_close!(*ours, expected, 1e-12, 1e-12, "{what}, score of the dictionary path");
        }
        assert_ranks(&ours, &names, &what);
    }
}
