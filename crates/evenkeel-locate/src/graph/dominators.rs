//! Dominators of a rooted graph.

use crate::graph::graph::Graph;

/// Marks a node that the root does not reach, and one without a dominator.
const NONE: usize = usize::MAX;

/// The dominators of a graph, seen from a root: node d dominates node v if every way from the root to v
/// passes d. Made by [`Graph::dominators`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dominators {
    root: usize,
    /// The immediate dominator; the root's is itself, an unreachable node's is `NONE`.
    immediate: Vec<usize>,
    frontiers: Vec<Vec<usize>>,
}

impl Dominators {
    /// The node that all ways start from.
    #[must_use]
    pub fn root(&self) -> usize {
        self.root
    }

    /// The dominator of a node that is nearest to it, other than itself; `None` for the root and for what it
    /// does not reach.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn immediate(&self, node: usize) -> Option<usize> {
        Some(self.immediate[node]).filter(|dominator| *dominator != NONE && node != self.root)
    }

    /// Where the dominance of a node ends: the nodes that it does not strictly dominate while it dominates
    /// one of their callers. In order; `None` for what the root does not reach.
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn frontier(&self, node: usize) -> Option<&[usize]> {
        (self.immediate[node] != NONE).then(|| self.frontiers[node].as_slice())
    }
}

impl Graph {
    /// Immediate dominators and dominance frontiers, seen from a root.
    ///
    /// K. D. Cooper, T. J. Harvey, K. Kennedy, A simple, fast dominance algorithm, Rice University
    /// TR-06-33870 (2001), which iterates over the nodes in reverse postorder: O(n^2) time at worst, near
    /// O(n + m) on call graphs; memory O(n), and the frontiers.
    ///
    /// # Panics
    /// If there is no node `root`.
    #[must_use]
    pub fn dominators(&self, root: usize) -> Dominators {
        let order = self.reverse_postorder(root);
        let mut place = vec![NONE; self.len()];
        for (i, node) in order.iter().enumerate() {
            place[*node] = i;
        }
        // By place in the order from here on: a dominator always has a smaller place.
        let mut immediate = vec![NONE; order.len()];
        immediate[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for i in 1..order.len() {
                let known = self.callers(order[i]).iter().map(|caller| place[*caller]);
                let known = known.filter(|caller| *caller != NONE && immediate[*caller] != NONE);
                let meet = known.reduce(|a, b| meet(&immediate, a, b)).unwrap_or(0);
                changed |= immediate[i] != meet;
                immediate[i] = meet;
            }
        }
        let mut frontiers = vec![Vec::new(); self.len()];
        for (i, &node) in order.iter().enumerate() {
            // The root has no dominator: the walk up from its callers ends with it.
            let end = if i == 0 { NONE } else { immediate[i] };
            for caller in self.callers(node) {
                let mut walker = place[*caller];
                while walker != NONE && walker != end {
                    frontiers[order[walker]].push(node);
                    walker = if walker == 0 { NONE } else { immediate[walker] };
                }
            }
        }
        for frontier in &mut frontiers {
            frontier.sort_unstable();
            frontier.dedup();
        }
        let mut by_node = vec![NONE; self.len()];
        for (i, &node) in order.iter().enumerate() {
            by_node[node] = order[immediate[i]];
        }
        Dominators { root, immediate: by_node, frontiers }
    }

    /// The reachable nodes, each before those that are finished before it in a search in depth.
    fn reverse_postorder(&self, root: usize) -> Vec<usize> {
        let mut seen = vec![false; self.len()];
        seen[root] = true;
        let (mut order, mut path) = (Vec::new(), vec![(root, 0)]);
        while let Some((node, edge)) = path.pop() {
            let Some(&child) = self.callees(node).get(edge) else {
                order.push(node);
                continue;
            };
            path.push((node, edge + 1));
            if !seen[child] {
                seen[child] = true;
                path.push((child, 0));
            }
        }
        order.reverse();
        order
    }
}

/// The nearest common dominator.
fn meet(immediate: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        while a > b {
            a = immediate[a];
        }
        while b > a {
            b = immediate[b];
        }
    }
    a
}
