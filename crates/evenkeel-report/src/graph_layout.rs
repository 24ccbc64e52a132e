//! Where the nodes of a call graph are drawn.

use evenkeel_locate::Graph;
use std::collections::BTreeSet;

/// How often the order within layers is looked at again.
const SWEEPS: usize = 8;

/// The nodes that are drawn, in layers: callers before callees. Cycles are in one layer. Within a layer each node is
/// near those that it is connected with (the barycenter method of K. Sugiyama, S. Tagawa, M. Toda, IEEE Transactions on
/// Systems, Man, and Cybernetics 11 (1981) 109-125, doi:10.1109/TSMC.1981.4308636); ties are resolved by name. O(nodes +
/// edges) a sweep, and the sorting of layers.
pub(crate) fn layers(graph: &Graph, drawn: &BTreeSet<usize>) -> Vec<Vec<usize>> {
    let condensation = graph.condensation();
    let nodes = |component: &usize| {
        condensation.components()[*component].iter().copied().filter(|node| drawn.contains(node))
    };
    let mut layers: Vec<Vec<usize>> = condensation
        .levels()
        .iter()
        .map(|level| {
            let mut layer: Vec<usize> = level.iter().flat_map(nodes).collect();
            layer.sort_by(|a, b| graph.name(*a).cmp(graph.name(*b)));
            layer
        })
        .filter(|layer| !layer.is_empty())
        .collect();
    let mut place = vec![0.0; graph.len()];
    let note = |layer: &[usize], place: &mut Vec<f64>| {
        for (i, node) in layer.iter().enumerate() {
            place[*node] = (i as f64 + 0.5) / layer.len() as f64;
        }
    };
    layers.iter().for_each(|layer| note(layer, &mut place));
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let order: Vec<usize> =
            if down { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for at in order {
            let center = |node: usize| {
                let neighbors = if down { graph.callers(node) } else { graph.callees(node) };
                let known = || neighbors.iter().filter(|n| drawn.contains(n));
                let sum: f64 = known().map(|n| place[*n]).sum();
                if known().next().is_some() { sum / known().count() as f64 } else { place[node] }
            };
            let mut keyed: Vec<(f64, usize)> = layers[at].iter().map(|node| (center(*node), *node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| graph.name(a.1).cmp(graph.name(b.1))));
            layers[at] = keyed.into_iter().map(|(_, node)| node).collect();
            note(&layers[at], &mut place);
        }
    }
    layers
}

/// A shortest way along calls, from a node to another; the one whose names come first among equally short ones. Empty
/// if there is none. O(nodes + edges).
pub(crate) fn path(graph: &Graph, from: usize, to: usize) -> Vec<usize> {
    // From the end, so that the way is read off in order.
    let mut distance = vec![usize::MAX; graph.len()];
    distance[to] = 0;
    let mut queue = std::collections::VecDeque::from([to]);
    while let Some(node) = queue.pop_front() {
        for caller in graph.callers(node) {
            if distance[*caller] == usize::MAX {
                distance[*caller] = distance[node] + 1;
                queue.push_back(*caller);
            }
        }
    }
    if distance[from] == usize::MAX {
        return Vec::new();
    }
    let mut path = vec![from];
    let mut at = from;
    while at != to {
        let nearer = graph.callees(at).iter().filter(|n| distance[**n] < distance[at]);
        let Some(next) = nearer.min_by(|a, b| graph.name(**a).cmp(graph.name(**b))) else { break };
        path.push(*next);
        at = *next;
    }
    path
}
