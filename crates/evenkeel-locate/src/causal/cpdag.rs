//! Graphs some of whose edges have no known direction.

use evenkeel_core::Name;

/// A completed partially directed acyclic graph: what data can tell of a graph of causes. An undirected edge may
/// point either way.
///
/// Where tests contradict each other, as on few data, it need not be the graph of any set of causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpdag {
    nodes: Vec<Name>,
    /// Whether there is an edge from one to the other; an undirected one stands both ways.
    edges: Vec<bool>,
}

impl Cpdag {
    pub(super) fn new(nodes: Vec<Name>, edges: Vec<bool>) -> Self {
        Self { nodes, edges }
    }

    /// The nodes, in order of names.
    #[must_use]
    pub fn nodes(&self) -> &[Name] {
        &self.nodes
    }

    /// The edges with a direction, cause and effect, in order of names.
    #[must_use]
    pub fn directed(&self) -> Vec<(Name, Name)> {
        self.pairs(|forth, back, _| forth && !back)
    }

    /// The edges without, each once, in order of names.
    #[must_use]
    pub fn undirected(&self) -> Vec<(Name, Name)> {
        self.pairs(|forth, back, is_ordered| forth && back && is_ordered)
    }

    /// All edges as undirected ones, each once, in order of names.
    #[must_use]
    pub fn skeleton(&self) -> Vec<(Name, Name)> {
        self.pairs(|forth, back, is_ordered| (forth || back) && is_ordered)
    }

    fn pairs(&self, wanted: impl Fn(bool, bool, bool) -> bool) -> Vec<(Name, Name)> {
        let n = self.nodes.len();
        let all = (0..n * n).map(|i| (i / n, i % n));
        all.filter(|(i, j)| wanted(self.edges[i * n + j], self.edges[j * n + i], i < j))
            .map(|(i, j)| (self.nodes[i].clone(), self.nodes[j].clone()))
            .collect()
    }
}
