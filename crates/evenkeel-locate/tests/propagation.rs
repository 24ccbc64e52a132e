//! The way of a fault from its cause to where users feel it.

use evenkeel_core::{Signal, Timestamp};
use evenkeel_locate::{Case, Graph, Metric, Propagation};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// Latencies that rise by so much from a second on.
fn way(graph: &Graph, symptom: Option<&str>, moved: &[(&str, usize, f64)], cause: &str) -> Option<String> {
    let mut case = Case::builder(START, SECOND, START + 300 * SECOND).graph(graph);
    if let Some(symptom) = symptom {
        case = case.symptom_at(symptom);
    }
    for (component, from, by) in moved {
        let value = |i: usize| 0.1 + 0.01 * (i % 7) as f64 + if i < *from { 0.0 } else { *by };
        case = case.metric(Metric::new(
            Signal::new(*component, "latency_p99"),
            (0..360).map(value).collect::<Vec<_>>(),
        ));
    }
    Propagation::find(&case.build().unwrap(), cause).map(|way| {
        let names: Vec<&str> = way.hops().iter().map(|hop| hop.component.as_str()).collect();
        names.join(" ")
    })
}

fn diamond() -> Graph {
    Graph::from_edges([
        ("edge", "cart", 1.0),
        ("edge", "catalog", 1.0),
        ("cart", "store", 1.0),
        ("catalog", "store", 1.0),
        ("edge", "store", 1.0),
    ])
    .unwrap()
}

#[test]
fn it_goes_where_most_is_shown() {
    let graph = diamond();
    let moved = |cart: f64, catalog: f64| {
        [("store", 300, 2.0), ("cart", 300, cart), ("catalog", 300, catalog), ("edge", 300, 2.0)]
    };
    // The direct way has no weaker component than the others.
    assert_eq!(way(&graph, Some("edge"), &moved(2.0, 0.5), "store").unwrap(), "store edge");
    let graph = Graph::from_edges([
        ("edge", "cart", 1.0),
        ("edge", "catalog", 1.0),
        ("cart", "store", 1.0),
        ("catalog", "store", 1.0),
    ])
    .unwrap();
    assert_eq!(way(&graph, Some("edge"), &moved(2.0, 0.5), "store").unwrap(), "store cart edge");
    assert_eq!(way(&graph, Some("edge"), &moved(0.5, 2.0), "store").unwrap(), "store catalog edge");
    // Equal ones by their names.
    assert_eq!(way(&graph, Some("edge"), &moved(2.0, 2.0), "store").unwrap(), "store cart edge");
    assert_eq!(way(&graph, Some("edge"), &moved(2.0, 2.0), "edge").unwrap(), "edge");
}

#[test]
fn time_and_calm_components_bar_it() {
    let graph = Graph::from_edges([("edge", "cart", 1.0), ("cart", "store", 1.0)]).unwrap();
    let moved = |cart: usize, by: f64| [("store", 310, 2.0), ("cart", cart, by), ("edge", 312, 2.0)];
    assert!(way(&graph, Some("edge"), &moved(311, 2.0), "store").is_some());
    assert!(
        way(&graph, Some("edge"), &moved(308, 2.0), "store").is_some(),
        "two rows are within what is known"
    );
    assert!(way(&graph, Some("edge"), &moved(305, 2.0), "store").is_none(), "it began before");
    assert!(way(&graph, Some("edge"), &moved(311, 0.0), "store").is_none(), "nothing is wrong with it");
    assert!(way(&graph, None, &moved(311, 2.0), "store").is_none());
    assert!(way(&graph, Some("edge"), &moved(311, 2.0), "nobody").is_none());
}

#[test]
fn what_cannot_be_looked_at_is_looked_through_and_circles_end() {
    let graph = Graph::from_edges([
        ("edge", "queue", 1.0),
        ("queue", "store", 1.0),
        ("store", "queue", 1.0),
        ("store", "store", 1.0),
    ])
    .unwrap();
    let moved = [("store", 300, 2.0), ("edge", 301, 2.0)];
    assert_eq!(way(&graph, Some("edge"), &moved, "store").unwrap(), "store queue edge");
}
