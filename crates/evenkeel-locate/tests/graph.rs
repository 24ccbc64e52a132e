//! Graphs by hand; the large ones are in `reference`.

use evenkeel_core::{Name, Topology};
use evenkeel_locate::Graph;
use evenkeel_locate::graph::PageRank;
use proptest::prelude::*;

#[test]
fn nodes_are_in_the_order_of_names_and_repeated_edges_add_up() {
    let graph = Graph::from_edges([("b", "a", 1.0), ("c", "b", 2.0), ("b", "a", 3.0)]).unwrap();
    assert_eq!(graph.names(), ["a", "b", "c"]);
    assert_eq!((graph.len(), graph.edges()), (3, 2));
    assert_eq!((graph.weight(1, 0), graph.weight(0, 1)), (Some(4.0), None));
    assert_eq!((graph.callees(2), graph.callers(0)), (&[1][..], &[1][..]));
    assert_eq!(graph.index("d"), None);
    assert_eq!(graph.reversed().reversed(), graph);
}

#[test]
fn it_says_who_is_adjacent() {
    let graph =
        Graph::builder().edge("edge", "cart", 1.0).edge("cart", "store", 1.0).node("lonely").build().unwrap();
    let adjacent = |a: &str, b: &str| graph.are_adjacent(&Name::from(a), &Name::from(b));
    assert!(adjacent("edge", "cart") && adjacent("cart", "edge"));
    assert!(!adjacent("edge", "store") && !adjacent("lonely", "edge") && !adjacent("edge", "nobody"));
}

#[test]
fn weights_are_validated() {
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(Graph::from_edges([("a", "b", weight)]).is_err());
    }
    assert!(Graph::from_edges([("a", "b", f64::MAX), ("a", "b", f64::MAX)]).is_err());
}

#[test]
fn an_empty_graph_has_nothing() {
    let graph = Graph::builder().build().unwrap();
    assert!(
        graph.is_empty() && graph.condensation().components().is_empty() && graph.betweenness().is_empty()
    );
    assert!(graph.articulation_points().is_empty());
    assert_eq!(PageRank::builder().build().unwrap().run(&graph), Ok(Vec::new()));
}

#[test]
fn a_deep_chain_needs_no_deep_stack() {
    let edges = (0..200_000).map(|i| (format!("{i:06}"), format!("{:06}", i + 1), 1.0));
    let graph = Graph::from_edges(edges).unwrap();
    assert_eq!(graph.condensation().levels().len(), 200_001);
    assert_eq!(graph.articulation_points().len(), 199_999);
    assert_eq!(graph.dominators(0).immediate(200_000), Some(199_999));
    assert_eq!(graph.reachable(0).len(), 200_000);
}

#[test]
fn settings_of_pagerank_are_validated() {
    let graph = Graph::from_edges([("a", "b", 1.0)]).unwrap();
    assert!(PageRank::builder().damping(1.0).build().is_err());
    assert!(PageRank::builder().tolerance(0.0).build().is_err());
    assert!(PageRank::builder().restart([(0, -1.0)]).build().is_err());
    assert!(PageRank::builder().dangling([(0, 0.0)]).build().is_err());
    assert!(PageRank::builder().restart([(2, 1.0)]).build().unwrap().run(&graph).is_err());
    let stay = PageRank::builder().damping(0.0).restart([(0, 2.0)]).build().unwrap();
    assert_eq!(stay.run(&graph).unwrap(), [1.0, 0.0]);
}

fn edges() -> impl Strategy<Value = Vec<(u8, u8, f64)>> {
    prop::collection::vec((0..12_u8, 0..12_u8, 0.0..10.0_f64), 0..40)
}

fn named(edges: &[(u8, u8, f64)]) -> Graph {
    Graph::from_edges(edges.iter().map(|(a, b, w)| (format!("n{a:02}"), format!("n{b:02}"), *w))).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_edges_makes_no_difference(edges in edges(), seed in 0..u64::MAX) {
        let mut shuffled = edges.clone();
        evenkeel_stats::Generator::new(seed).shuffle(&mut shuffled);
        prop_assert_eq!(named(&edges), named(&shuffled));
    }

    #[test]
    fn components_are_those_that_reach_each_other(edges in edges()) {
        let graph = named(&edges);
        let condensation = graph.condensation();
        let reach: Vec<Vec<usize>> = (0..graph.len()).map(|node| graph.reachable(node)).collect();
        for a in 0..graph.len() {
            for b in (0..graph.len()).filter(|b| *b != a) {
                let mutual = reach[a].contains(&b) && reach[b].contains(&a);
                prop_assert_eq!(mutual, condensation.component(a) == condensation.component(b));
            }
        }
        let mut leveled: Vec<usize> = condensation.levels().concat();
        leveled.sort_unstable();
        prop_assert!(leveled.into_iter().eq(0..condensation.components().len()));
    }

    #[test]
    fn without_its_dominator_a_node_is_out_of_reach(edges in edges()) {
        let graph = named(&edges);
        prop_assume!(!graph.is_empty());
        let dominators = graph.dominators(0);
        for node in graph.reachable(0) {
            let dominator = dominators.immediate(node).unwrap();
            if dominator != 0 {
                let cut = edges.iter().filter(|(a, b, _)| {
                    [a, b].iter().all(|end| format!("n{end:02}") != graph.name(dominator).as_str())
                });
                let cut = named(&cut.copied().chain([(99, 99, 0.0)]).collect::<Vec<_>>());
                let reached = cut.index(graph.name(0).as_str()).is_some_and(|root| {
                    cut.reachable(root).iter().any(|found| cut.name(*found) == graph.name(node))
                });
                prop_assert!(!reached);
            }
        }
    }

    #[test]
    fn pagerank_is_a_distribution(edges in edges(), damping in 0.0..0.99_f64) {
        let graph = named(&edges);
        let rank = PageRank::builder().damping(damping).build().unwrap().run(&graph).unwrap();
        prop_assert!(rank.iter().all(|p| *p >= 0.0));
        prop_assert!(graph.is_empty() || (rank.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
