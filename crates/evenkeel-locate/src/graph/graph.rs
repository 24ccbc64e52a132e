//! A directed weighted graph in compressed sparse rows.

use evenkeel_core::{Error, Name, Topology};
use std::collections::BTreeMap;

/// A directed graph of named components with weighted edges, in compressed sparse rows.
///
/// An edge goes from the caller to the callee, from the dependent to what it depends on. Nodes are numbered 0
/// to n - 1 in the order of their names, so that nothing that is computed here depends on the order in which
/// a graph was put together. Methods speak of nodes by number; [`index`](Self::index) and
/// [`name`](Self::name) translate.
///
/// ```
/// use evenkeel_locate::Graph;
///
/// let graph = Graph::from_edges([("edge", "cart", 40.0), ("cart", "store", 80.0), ("edge", "catalog", 60.0), ("catalog", "store", 60.0)])?;
/// let store = graph.index("store").unwrap();
/// // Whatever goes from the edge to the store does so by two ways: only the edge itself is on all of them.
/// let dominators = graph.dominators(graph.index("edge").unwrap());
/// assert_eq!(graph.name(dominators.immediate(store).unwrap()), "edge");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Edges*: repeated ones are one edge with the sum of their weights, added in order of size; an edge from a
/// node to itself is kept. Weights (calls a second, or whatever else says how much) are finite and at least
/// 0; only [`PageRank`](crate::graph::PageRank) uses them.
///
/// *Memory*: 32 bytes an edge, 24 a node, and the names. Building takes O((n + m) log(n + m)).
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    names: Vec<Name>,
    pub(super) outward: Rows,
    pub(super) inward: Rows,
}

/// Neighbors of all nodes: those of node i are `nodes[starts[i]..starts[i + 1]]`, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    starts: Vec<usize>,
    nodes: Vec<usize>,
    weights: Vec<f64>,
}

impl Rows {
    /// From edges sorted by (from, to), without repetition.
    fn new(nodes: usize, edges: &[(usize, usize, f64)]) -> Self {
        let mut starts = vec![0; nodes + 1];
        for edge in edges {
            starts[edge.0 + 1] += 1;
        }
        for i in 0..nodes {
            starts[i + 1] += starts[i];
        }
        Self {
            starts,
            nodes: edges.iter().map(|edge| edge.1).collect(),
            weights: edges.iter().map(|edge| edge.2).collect(),
        }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.nodes[self.starts[node]..self.starts[node + 1]]
    }

    pub(super) fn weights_of(&self, node: usize) -> &[f64] {
        &self.weights[self.starts[node]..self.starts[node + 1]]
    }
}

/// A [`Graph`] in the making.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct GraphBuilder {
    nodes: Vec<Name>,
    edges: Vec<(Name, Name, f64)>,
}

impl GraphBuilder {
    /// A node, for one that may have no edge. Naming it again changes nothing.
    pub fn node(mut self, name: impl Into<Name>) -> Self {
        self.nodes.push(name.into());
        self
    }

    /// An edge from a caller to a callee, and both nodes.
    pub fn edge(mut self, from: impl Into<Name>, to: impl Into<Name>, weight: f64) -> Self {
        self.edges.push((from.into(), to.into(), weight));
        self
    }

    /// The graph.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or the weights of a repeated edge overflow.
    pub fn build(self) -> Result<Graph, Error> {
        let mut names = self.nodes;
        names.extend(self.edges.iter().flat_map(|(from, to, _)| [from.clone(), to.clone()]));
        names.sort_unstable();
        names.dedup();
        let numbers: BTreeMap<&Name, usize> = names.iter().enumerate().map(|(i, name)| (name, i)).collect();
        let mut edges = Vec::with_capacity(self.edges.len());
        for (from, to, weight) in &self.edges {
            Error::require(weight.is_finite() && *weight >= 0.0, "weight", "finite and at least 0", weight)?;
            if let (Some(from), Some(to)) = (numbers.get(from), numbers.get(to)) {
                edges.push((*from, *to, *weight));
            }
        }
        edges.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        edges.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        if let Some(edge) = edges.iter().find(|edge| !edge.2.is_finite()) {
            return Err(Error::parameter("sum of the weights of an edge", "finite", edge.2));
        }
        Ok(Graph::of(names, edges))
    }
}

impl Graph {
    /// Starts a graph, node by node and edge by edge.
    pub fn builder() -> GraphBuilder {
        GraphBuilder::default()
    }

    /// A graph of (caller, callee, weight).
    ///
    /// # Errors
    /// If a weight is negative or not finite.
    pub fn from_edges<A: Into<Name>, B: Into<Name>>(
        edges: impl IntoIterator<Item = (A, B, f64)>,
    ) -> Result<Self, Error> {
        let builder =
            edges.into_iter().fold(Self::builder(), |graph, (from, to, weight)| graph.edge(from, to, weight));
        builder.build()
    }

    /// Of names in order and edges in the order of their ends, each once, with weights that are finite and
    /// not negative.
    pub(crate) fn of(names: Vec<Name>, edges: Vec<(usize, usize, f64)>) -> Self {
        let outward = Rows::new(names.len(), &edges);
        let mut turned: Vec<_> = edges.into_iter().map(|(from, to, weight)| (to, from, weight)).collect();
        turned.sort_unstable_by_key(|edge| (edge.0, edge.1));
        Self { inward: Rows::new(names.len(), &turned), names, outward }
    }

    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The number of edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.outward.nodes.len()
    }

    /// The number of a node. O(log n).
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()
    }

    /// The name of a node.
    ///
    /// # Panics
    /// If there is no such node; so do all methods that take a node.
    #[must_use]
    pub fn name(&self, node: usize) -> &Name {
        &self.names[node]
    }

    /// All names, in order: node i has the i-th.
    #[must_use]
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Whom a node calls, in order.
    #[must_use]
    pub fn callees(&self, node: usize) -> &[usize] {
        self.outward.of(node)
    }

    /// Who calls a node, in order.
    #[must_use]
    pub fn callers(&self, node: usize) -> &[usize] {
        self.inward.of(node)
    }

    /// The weight of an edge; `None` if there is none. O(log of the caller's callees).
    #[must_use]
    pub fn weight(&self, from: usize, to: usize) -> Option<f64> {
        let place = self.outward.of(from).binary_search(&to).ok()?;
        Some(self.outward.weights_of(from)[place])
    }

    /// The same nodes, every edge turned around. O(n + m).
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { names: self.names.clone(), outward: self.inward.clone(), inward: self.outward.clone() }
    }

    /// All nodes that can be reached from a node along edges, in order, without the node itself. O(n + m).
    #[must_use]
    pub fn reachable(&self, from: usize) -> Vec<usize> {
        let mut seen = vec![false; self.len()];
        seen[from] = true;
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            for &next in self.callees(node) {
                if !seen[next] {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
        seen[from] = false;
        (0..self.len()).filter(|node| seen[*node]).collect()
    }
}

impl Topology for Graph {
    fn are_adjacent(&self, a: &Name, b: &Name) -> bool {
        let (Some(a), Some(b)) = (self.index(a.as_str()), self.index(b.as_str())) else { return false };
        self.outward.of(a).binary_search(&b).is_ok() || self.outward.of(b).binary_search(&a).is_ok()
    }
}
