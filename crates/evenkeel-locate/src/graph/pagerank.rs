//! Personalized PageRank.

use crate::graph::graph::Graph;
use evenkeel_core::Error;

/// PageRank: how often a walker is at each node who follows edges in proportion to their weights, and now and
/// then starts anew.
///
/// *When*: as one localizer among others on where a disturbance that travels along calls comes from; on its
/// own it mostly finds hubs.
///
/// *Method*: power iteration of x = d (W x + w sum of x over dangling nodes) + (1 - d) v; W follows edges, v
/// is where walks start anew, w is where they go on from a dangling node (one without outgoing weight). S.
/// Brin, L. Page, The anatomy of a large-scale hypertextual web search engine, Computer Networks and ISDN
/// Systems 30 (1998) 107-117, doi:10.1016/S0169-7552(98)00110-X. The error shrinks by the factor d a step, so
/// the number of steps is known ahead: at most 2 + ln(tolerance / 2) / ln(d).
///
/// *Parameters*: `damping` d in [0, 0.999], default 0.85 as in the paper; `restart` v and `dangling` w,
/// weights of nodes that need not sum to 1, default: v the same for all, w = v; `tolerance` in [1e-15, 0.1],
/// default 1e-12: the sum of absolute changes at which it stops.
///
/// *Result*: probabilities by node, summing to 1; empty for an empty graph. *Cost*: O(n + m) a step, 8 n
/// bytes twice.
///
/// ```
/// use evenkeel_locate::Graph;
/// use evenkeel_locate::graph::PageRank;
///
/// let graph = Graph::from_edges([("edge", "cart", 1.0), ("cart", "store", 1.0), ("edge", "store", 1.0)])?;
/// let edge = graph.index("edge").unwrap();
/// let rank = PageRank::builder().restart([(edge, 1.0)]).build()?.run(&graph)?;
/// assert!(rank[graph.index("store").unwrap()] > rank[graph.index("cart").unwrap()]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PageRank {
    settings: PageRankBuilder,
}

/// Settings of [`PageRank`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct PageRankBuilder {
    damping: f64,
    tolerance: f64,
    restart: Option<Vec<(usize, f64)>>,
    dangling: Option<Vec<(usize, f64)>>,
}

impl PageRankBuilder {
    /// The probability of following an edge rather than starting anew, in [0, 0.999]. Default 0.85.
    pub fn damping(mut self, damping: f64) -> Self {
        self.damping = damping;
        self
    }

    /// The sum of absolute changes at which the iteration stops, in [1e-15, 0.1]. Default 1e-12.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Where walks start anew: weights of nodes, at least 0, not all 0; nodes left out have weight 0.
    /// Default: everywhere alike.
    pub fn restart(mut self, weights: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.restart = Some(weights.into_iter().collect());
        self
    }

    /// Where a walk goes on from a node without outgoing weight, given like `restart`. Default: where it
    /// would start anew.
    pub fn dangling(mut self, weights: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.dangling = Some(weights.into_iter().collect());
        self
    }

    /// The ranker.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<PageRank, Error> {
        Error::require((0.0..=0.999).contains(&self.damping), "damping", "in [0, 0.999]", self.damping)?;
        Error::require(
            (1e-15..=0.1).contains(&self.tolerance),
            "tolerance",
            "in [1e-15, 0.1]",
            self.tolerance,
        )?;
        for weights in [&self.restart, &self.dangling].into_iter().flatten() {
            let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
            let right = weights.iter().all(|(_, weight)| *weight >= 0.0) && sum > 0.0 && sum.is_finite();
            Error::require(right, "weights of nodes", "at least 0 with a positive sum", sum)?;
        }
        Ok(PageRank { settings: self })
    }
}

impl PageRank {
    /// Ranking with the default settings, to be changed.
    pub fn builder() -> PageRankBuilder {
        PageRankBuilder { damping: 0.85, tolerance: 1e-12, restart: None, dangling: None }
    }

    /// The probability of each node.
    ///
    /// # Errors
    /// If a node of `restart` or `dangling` is not in the graph.
    pub fn run(&self, graph: &Graph) -> Result<Vec<f64>, Error> {
        let n = graph.len();
        if n == 0 {
            return Ok(Vec::new());
        }
        let settings = &self.settings;
        let restart = match &settings.restart {
            Some(weights) => spread(weights, n)?,
            None => vec![1.0 / n as f64; n],
        };
        let dangling = match &settings.dangling {
            Some(weights) => spread(weights, n)?,
            None => restart.clone(),
        };
        let out: Vec<f64> = (0..n).map(|node| graph.outward.weights_of(node).iter().sum()).collect();
        let (mut now, mut next) = (restart.clone(), vec![0.0; n]);
        for _ in 0..self.steps() {
            let stuck: f64 = (0..n).filter(|node| out[*node] == 0.0).map(|node| now[node]).sum();
            for i in 0..n {
                next[i] = settings.damping * stuck * dangling[i] + (1.0 - settings.damping) * restart[i];
            }
            for node in (0..n).filter(|node| out[*node] > 0.0) {
                let share = settings.damping * now[node] / out[node];
                for (callee, weight) in graph.callees(node).iter().zip(graph.outward.weights_of(node)) {
                    next[*callee] += share * weight;
                }
            }
            let change: f64 = now.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
            core::mem::swap(&mut now, &mut next);
            if change < settings.tolerance {
                break;
            }
        }
        Ok(now)
    }

    /// After this many steps the change is below the tolerance in exact arithmetic.
    fn steps(&self) -> usize {
        let steps = libm::log(self.settings.tolerance / 2.0) / libm::log(self.settings.damping.max(1e-300));
        2 + libm::ceil(steps) as usize
    }
}

/// Weights of nodes as probabilities of all nodes.
fn spread(weights: &[(usize, f64)], n: usize) -> Result<Vec<f64>, Error> {
    let mut all = vec![0.0; n];
    for (node, weight) in weights {
        let place = all.get_mut(*node);
        *place.ok_or_else(|| Error::parameter("node", "one of the graph", node))? += weight;
    }
    let sum: f64 = all.iter().sum();
    all.iter_mut().for_each(|weight| *weight /= sum);
    Ok(all)
}
