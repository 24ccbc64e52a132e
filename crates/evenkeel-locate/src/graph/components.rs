//! Strongly connected components, and the condensation of a graph.

use crate::graph::graph::Graph;

/// Marks what has no number yet.
const NONE: usize = usize::MAX;

/// The strongly connected components of a graph: the largest sets of nodes that all reach each other. Seen as
/// single nodes they form a graph without cycles. Made by [`Graph::condensation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condensation {
    members: Vec<Vec<usize>>,
    of: Vec<usize>,
    levels: Vec<Vec<usize>>,
}

impl Condensation {
    /// The components: each with its members in order, themselves in the order of their least members.
    #[must_use]
    pub fn components(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// The component that a node belongs to, as an index of [`components`](Self::components).
    ///
    /// # Panics
    /// If there is no such node.
    #[must_use]
    pub fn component(&self, node: usize) -> usize {
        self.of[node]
    }

    /// The components by depth: level 0 is called by no other component, and each further level only by those
    /// before it, by at least one of the level right before. Within a level in order.
    #[must_use]
    pub fn levels(&self) -> &[Vec<usize>] {
        &self.levels
    }
}

impl Graph {
    /// The strongly connected components and their levels, in O(n + m) time and memory, without recursion.
    ///
    /// R. Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1 (1972) 146-160,
    /// doi:10.1137/0201010.
    #[must_use]
    pub fn condensation(&self) -> Condensation {
        let n = self.len();
        let mut number = vec![NONE; n];
        let mut low = vec![NONE; n];
        let mut on_stack = vec![false; n];
        let (mut stack, mut path) = (Vec::new(), Vec::new());
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut next_number = 0;
        for root in 0..n {
            if number[root] != NONE {
                continue;
            }
            path.push((root, 0));
            while let Some((node, edge)) = path.pop() {
                if edge == 0 {
                    number[node] = next_number;
                    low[node] = next_number;
                    next_number += 1;
                    stack.push(node);
                    on_stack[node] = true;
                } else {
                    // Back from the child behind the previous edge.
                    let child = self.callees(node)[edge - 1];
                    if on_stack[child] {
                        low[node] = low[node].min(low[child]);
                    }
                }
                if let Some(&child) = self.callees(node).get(edge) {
                    path.push((node, edge + 1));
                    if number[child] == NONE {
                        path.push((child, 0));
                    }
                    continue;
                }
                if low[node] == number[node] {
                    let from = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                    let mut component = stack.split_off(from);
                    component.iter().for_each(|member| on_stack[*member] = false);
                    component.sort_unstable();
                    members.push(component);
                }
            }
        }
        members.sort_unstable();
        let mut of = vec![0; n];
        for (component, nodes) in members.iter().enumerate() {
            nodes.iter().for_each(|node| of[*node] = component);
        }
        let levels = self.levels(&members, &of);
        Condensation { members, of, levels }
    }

    /// Peels off, again and again, the components that no remaining one calls.
    fn levels(&self, members: &[Vec<usize>], of: &[usize]) -> Vec<Vec<usize>> {
        let mut waiting = vec![0_usize; members.len()];
        let calls = |component: usize| {
            members[component]
                .iter()
                .flat_map(|node| self.callees(*node))
                .map(|callee| of[*callee])
                .filter(move |callee| *callee != component)
        };
        for component in 0..members.len() {
            calls(component).for_each(|callee| waiting[callee] += 1);
        }
        let mut level: Vec<usize> = (0..members.len()).filter(|component| waiting[*component] == 0).collect();
        let mut levels = Vec::new();
        while !level.is_empty() {
            let mut next = Vec::new();
            for &component in &level {
                for callee in calls(component) {
                    waiting[callee] -= 1;
                    if waiting[callee] == 0 {
                        next.push(callee);
                    }
                }
            }
            next.sort_unstable();
            levels.push(core::mem::replace(&mut level, next));
        }
        levels
    }
}
