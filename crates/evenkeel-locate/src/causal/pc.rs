//! The PC algorithm.

use super::cpdag::Cpdag;
use super::fisher_z::FisherZ;
use evenkeel_core::{Error, Name};
use std::collections::{BTreeMap, BTreeSet};

/// Learns a graph of causes from independences in data.
///
/// *When to use*: with many independent rows, few columns, and nothing better known. It assumes that no common
/// cause is left out.
///
/// *Method*: P. Spirtes, C. Glymour, R. Scheines, Causation, Prediction, and Search, 2000; the order-independent
/// skeleton of D. Colombo, M. H. Maathuis, JMLR 15, 2014 (jmlr.org/papers/v15/colombo14a.html): from all edges, those are
/// removed whose ends [are not correlated](FisherZ) given some neighbors, first given none, then one, and so on,
/// all of one size at once. Two causes of a common effect are known by being independent, but not given it; the
/// first ones found, in order of names of the effect, are kept where they contradict. The rules of C. Meek, 1995 (UAI) follow.
/// A middle node counts as separating if it is in any separating set of the smallest size, as in causal-learn 0.1.4.
///
/// *Parameters*: `alpha` 0.05, the level of each test; `max_given` without a limit. *Missing data*: rows with a
/// missing value are left out. *Cost*: exponential in the number of neighbors; `max_given` bounds it.
///
/// The order of columns makes no difference. For an example see [the module](super).
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct PcAlgorithm {
    alpha: f64,
    max_given: usize,
}

impl Default for PcAlgorithm {
    fn default() -> Self {
        Self { alpha: 0.05, max_given: usize::MAX }
    }
}

/// Pairs that were separated, and everything that separates them.
type Separators = BTreeMap<(usize, usize), BTreeSet<usize>>;

/// Edges among nodes: from one to another, both ways if undirected.
struct Edges {
    n: usize,
    from_to: Vec<bool>,
}

impl PcAlgorithm {
    /// With the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The level of each test.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not in (0, 1).
    pub fn alpha(self, alpha: f64) -> Result<Self, Error> {
        Error::require(alpha > 0.0 && alpha < 1.0, "alpha", "in (0, 1)", alpha)?;
        Ok(Self { alpha, ..self })
    }

    /// The largest number of columns that a test is given.
    pub fn max_given(self, max_given: usize) -> Self {
        Self { max_given, ..self }
    }

    /// The graph of named columns.
    ///
    /// # Errors
    /// [`Error::Parameter`] if two have one name; those of [`FisherZ`].
    pub fn fit<N: Into<Name> + Clone>(&self, columns: &[(N, &[f64])]) -> Result<Cpdag, Error> {
        let mut sorted: Vec<(Name, &[f64])> =
            columns.iter().map(|(name, column)| (name.clone().into(), *column)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::parameter("columns", "of different names", &pair[0].0));
        }
        let (names, columns): (Vec<Name>, Vec<&[f64]>) = sorted.into_iter().unzip();
        if names.is_empty() {
            return Ok(Cpdag::new(names, Vec::new()));
        }
        let (mut edges, separators) = self.skeleton(&FisherZ::new(&columns)?, names.len())?;
        edges.orient_colliders(&separators);
        edges.apply_rules();
        Ok(Cpdag::new(names, edges.from_to))
    }

    fn skeleton(&self, test: &FisherZ, n: usize) -> Result<(Edges, Separators), Error> {
        let mut edges = Edges { n, from_to: (0..n * n).map(|i| i / n != i % n).collect() };
        let mut separators = Separators::new();
        let mut given = 0;
        while given <= self.max_given && (0..n).any(|x| edges.neighbors(x).len() > given) {
            let mut separated = Separators::new();
            for x in 0..n {
                let neighbors = edges.neighbors(x);
                for y in &neighbors {
                    let others: Vec<usize> = neighbors.iter().copied().filter(|other| other != y).collect();
                    for set in Subsets::new(&others, given) {
                        if test.test(x, *y, &set)?.p > self.alpha {
                            separated.entry((x.min(*y), x.max(*y))).or_default().extend(set);
                        }
                    }
                }
            }
            for (x, y) in separated.keys() {
                edges.from_to[x * n + y] = false;
                edges.from_to[y * n + x] = false;
            }
            separators.extend(separated);
            given += 1;
        }
        Ok((edges, separators))
    }
}

impl Edges {
    fn is_adjacent(&self, a: usize, b: usize) -> bool {
        self.from_to[a * self.n + b] || self.from_to[b * self.n + a]
    }

    fn is_directed(&self, a: usize, b: usize) -> bool {
        self.from_to[a * self.n + b] && !self.from_to[b * self.n + a]
    }

    fn is_undirected(&self, a: usize, b: usize) -> bool {
        self.from_to[a * self.n + b] && self.from_to[b * self.n + a]
    }

    fn direct(&mut self, a: usize, b: usize) {
        self.from_to[a * self.n + b] = true;
        self.from_to[b * self.n + a] = false;
    }

    fn neighbors(&self, a: usize) -> Vec<usize> {
        (0..self.n).filter(|b| self.is_adjacent(a, *b)).collect()
    }

    /// Paths a - b - c whose ends are not adjacent.
    fn unshielded(&self) -> Vec<(usize, usize, usize)> {
        let mut triples = Vec::new();
        for a in 0..self.n {
            for b in self.neighbors(a) {
                let ends = self.neighbors(b).into_iter().filter(|c| *c != a && !self.is_adjacent(a, *c));
                triples.extend(ends.map(|c| (a, b, c)));
            }
        }
        triples
    }

    fn orient_colliders(&mut self, separators: &Separators) {
        let mut triples = self.unshielded();
        triples.sort_by_key(|(a, b, c)| (*b, *a, *c));
        for (a, b, c) in triples {
            let separates = |set: &BTreeSet<usize>| set.contains(&b);
            if a < c
                && !separators.get(&(a, c)).is_some_and(separates)
                && !self.is_directed(b, a)
                && !self.is_directed(b, c)
            {
                self.direct(a, b);
                self.direct(c, b);
            }
        }
    }

    /// Meek's first three rules, until nothing changes; the fourth is for given directions only. No edge is directed
    /// so that it closes a cycle.
    fn apply_rules(&mut self) {
        // Where rules contradict each other the first wins: in order of the middle's name, edges that have no
        // direction yet first, as in causal-learn.
        let mut unshielded = self.unshielded();
        unshielded.sort_by_key(|(a, b, c)| (self.is_directed(*a, *b), *b, *a, *c));
        let n = self.n;
        loop {
            let before = self.from_to.clone();
            for (a, b, c) in &unshielded {
                if self.is_directed(*a, *b) && self.is_undirected(*b, *c) {
                    self.direct_acyclic(*b, *c);
                }
            }
            for a in 0..n {
                for c in 0..n {
                    let between = |b: usize| self.is_directed(a, b) && self.is_directed(b, c);
                    if self.is_undirected(a, c) && (0..n).any(between) {
                        self.direct_acyclic(a, c);
                    }
                }
            }
            for a in 0..n {
                for d in 0..n {
                    let ways: Vec<usize> =
                        (0..n).filter(|b| self.is_undirected(a, *b) && self.is_directed(*b, d)).collect();
                    let is_kite = |b: &usize| ways.iter().any(|c| c != b && !self.is_adjacent(*b, *c));
                    if self.is_undirected(a, d) && ways.iter().any(is_kite) {
                        self.direct_acyclic(a, d);
                    }
                }
            }
            if self.from_to == before {
                return;
            }
        }
    }

    fn direct_acyclic(&mut self, a: usize, b: usize) {
        let mut reached = vec![false; self.n];
        let mut next = vec![b];
        while let Some(node) = next.pop() {
            if !core::mem::replace(&mut reached[node], true) {
                next.extend((0..self.n).filter(|other| self.is_directed(node, *other)));
            }
        }
        if !reached[a] {
            self.direct(a, b);
        }
    }
}

/// The subsets of a size, in order.
struct Subsets<'a> {
    of: &'a [usize],
    places: Option<Vec<usize>>,
}

impl<'a> Subsets<'a> {
    fn new(of: &'a [usize], size: usize) -> Self {
        Self { of, places: (size <= of.len()).then(|| (0..size).collect()) }
    }
}

impl Iterator for Subsets<'_> {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let mut places = self.places.take()?;
        let subset = places.iter().map(|place| self.of[*place]).collect();
        let (n, k) = (self.of.len(), places.len());
        if let Some(i) = (0..k).rev().find(|i| places[*i] < n - k + i) {
            places[i] += 1;
            for j in i + 1..k {
                places[j] = places[j - 1] + 1;
            }
            self.places = Some(places);
        }
        Some(subset)
    }
}
