//! Betweenness centrality (Brandes).

use crate::graph::graph::Graph;

/// Marks a node that has not been reached.
const NONE: usize = usize::MAX;

impl Graph {
    /// The betweenness of each node: the share of the shortest ways between two other nodes that pass it,
    /// summed over all ordered pairs and divided by their number (n - 1)(n - 2). In [0, 1]; 0 for all in a
    /// graph of fewer than three nodes. Every edge has length 1.
    ///
    /// U. Brandes, A faster algorithm for betweenness centrality, Journal of Mathematical Sociology 25 (2001)
    /// 163-177, doi:10.1080/0022250X.2001.9990249. Time O(n m), memory O(n + m).
    #[must_use]
    pub fn betweenness(&self) -> Vec<f64> {
        let n = self.len();
        let mut total = vec![0.0; n];
        if n < 3 {
            return total;
        }
        let (mut distance, mut ways, mut credit) = (vec![NONE; n], vec![0.0; n], vec![0.0; n]);
        let mut order = Vec::with_capacity(n);
        for source in 0..n {
            distance.fill(NONE);
            ways.fill(0.0);
            credit.fill(0.0);
            order.clear();
            order.push(source);
            distance[source] = 0;
            ways[source] = 1.0;
            let mut done = 0;
            while let Some(&node) = order.get(done) {
                done += 1;
                for &next in self.callees(node) {
                    if distance[next] == NONE {
                        distance[next] = distance[node] + 1;
                        order.push(next);
                    }
                    if distance[next] == distance[node] + 1 {
                        ways[next] += ways[node];
                    }
                }
            }
            for &node in order.iter().rev() {
                for &next in self.callees(node) {
                    if distance[next] == distance[node] + 1 {
                        credit[node] += ways[node] / ways[next] * (1.0 + credit[next]);
                    }
                }
                if node != source {
                    total[node] += credit[node];
                }
            }
        }
        let pairs = (n - 1) as f64 * (n - 2) as f64;
        total.iter_mut().for_each(|x| *x /= pairs);
        total
    }
}
