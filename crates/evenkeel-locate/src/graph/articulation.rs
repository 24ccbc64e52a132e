//! Articulation points.

use crate::graph::graph::Graph;

/// Marks a node that has not been reached, and a root's parent.
const NONE: usize = usize::MAX;

impl Graph {
    /// The nodes without which a connected part of the graph would fall apart, directions set aside. In
    /// order. O(n + m), without recursion.
    ///
    /// J. Hopcroft, R. Tarjan, Algorithm 447: efficient algorithms for graph manipulation, Communications of
    /// the ACM 16 (1973) 372-378, doi:10.1145/362248.362272.
    #[must_use]
    pub fn articulation_points(&self) -> Vec<usize> {
        let n = self.len();
        let (mut number, mut low) = (vec![NONE; n], vec![NONE; n]);
        let mut cuts = vec![false; n];
        let mut next_number = 0;
        for root in 0..n {
            if number[root] != NONE {
                continue;
            }
            let mut children_of_root = 0;
            number[root] = next_number;
            low[root] = next_number;
            next_number += 1;
            let mut path = vec![(root, NONE, 0)];
            while let Some((node, parent, edge)) = path.pop() {
                if let Some(next) = self.neighbor(node, edge) {
                    path.push((node, parent, edge + 1));
                    if number[next] == NONE {
                        number[next] = next_number;
                        low[next] = next_number;
                        next_number += 1;
                        path.push((next, node, 0));
                    } else if next != parent {
                        low[node] = low[node].min(number[next]);
                    }
                } else if parent == root {
                    children_of_root += 1;
                } else if parent != NONE {
                    low[parent] = low[parent].min(low[node]);
                    cuts[parent] |= low[node] >= number[parent];
                }
            }
            cuts[root] = children_of_root > 1;
        }
        (0..n).filter(|node| cuts[*node]).collect()
    }

    /// The callees of a node and then its callers, one by one.
    fn neighbor(&self, node: usize, edge: usize) -> Option<usize> {
        let callees = self.callees(node);
        callees.get(edge).or_else(|| self.callers(node).get(edge - callees.len())).copied()
    }
}
