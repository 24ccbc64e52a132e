//! In which order crews bring back what is down.

use crate::planner::forest::{Block, best_order};
use crate::planner::recovery_problem::{predecessors, topological_order};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Things that are down: how long each takes to bring back, what each costs while it is down, which have to
/// be up before which, and how many crews there are.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RestartProblem {
    duration: Vec<f64>,
    loss: Vec<f64>,
    predecessors: Vec<Vec<usize>>,
    topological: Vec<usize>,
    crews: usize,
}

/// An order of restarts with what is known of it.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RestartPlan {
    order: Vec<usize>,
    loss: f64,
    lower_bound: f64,
}

impl RestartPlan {
    /// The indices in the order in which they are begun.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// What is lost until all are up.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// What is lost by every order at least, up to rounding.
    #[must_use]
    pub fn lower_bound(&self) -> f64 {
        self.lower_bound
    }

    /// How much less may be lost at most, as a share of the loss: 0 is optimal.
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.loss > 0.0 { (self.loss - self.lower_bound) / self.loss } else { 0.0 }
    }
}

/// Work in one go: less time per loss comes first.
#[derive(Debug, Clone, Copy)]
struct Work {
    duration: f64,
    loss: f64,
}

impl Block for Work {
    fn then(self, next: Self) -> Self {
        Self { duration: self.duration + next.duration, loss: self.loss + next.loss }
    }

    fn ratio(&self) -> f64 {
        match (self.loss > 0.0, self.duration > 0.0) {
            (true, _) => self.duration / self.loss,
            (false, true) => f64::INFINITY,
            (false, false) => 0.0,
        }
    }
}

/// Up to how many all orders are looked at, by one crew and by several.
const EXACT_ONE: usize = 18;
const EXACT_SEVERAL: usize = 9;

impl RestartProblem {
    /// From durations and losses a unit of time, `(later, earlier)` pairs, and the number of crews.
    ///
    /// # Errors
    /// If the two differ in length, there are more than 10,000, one is not in [0, 1e100], a pair names none
    /// that there is, the pairs make a cycle, or the crews are not from 1 to 1,000.
    pub fn new(
        duration: Vec<f64>,
        loss: Vec<f64>,
        precedence: &[(usize, usize)],
        crews: usize,
    ) -> Result<Self, Error> {
        let n = duration.len();
        if loss.len() != n {
            return Err(Error::Shape { what: "losses", expected: n, found: loss.len() });
        }
        Error::require(n <= 10_000, "restarts", "at most 10000", n)?;
        for value in &duration {
            Error::require((0.0..=1e100).contains(value), "duration", "in [0, 1e100]", value)?;
        }
        for value in &loss {
            Error::require((0.0..=1e100).contains(value), "loss", "in [0, 1e100]", value)?;
        }
        Error::require((1..=1_000).contains(&crews), "crews", "from 1 to 1000", crews)?;
        let predecessors = predecessors(n, precedence)?;
        let topological = topological_order(&predecessors)?;
        Ok(Self { duration, loss, predecessors, topological, crews })
    }

    /// What is lost if crews are given them in this order, each as early as it can be begun once all that have
    /// to be up before it are, by the crew that waits for it the shortest. No crew goes back before what it
    /// was given.
    #[must_use]
    pub fn loss_of(&self, order: &[usize]) -> f64 {
        let mut crews = alloc::vec![0.0; self.crews];
        let mut up = alloc::vec![0.0; self.duration.len()];
        order.iter().map(|i| self.place(*i, &mut crews, &mut up)).sum()
    }

    /// Gives one to a crew; what is lost by it.
    fn place(&self, i: usize, crews: &mut [f64], up: &mut [f64]) -> f64 {
        let ready = self.predecessors[i].iter().map(|p| up[*p]).fold(0.0, f64::max);
        // One that is free by then, if there are, the last that became so: the others may begin earlier work.
        let mut crew = 0;
        for other in 1..crews.len() {
            let (chosen, free) = (crews[crew], crews[other]);
            let better = if free <= ready { chosen > ready || free > chosen } else { free < chosen };
            if better {
                crew = other;
            }
        }
        up[i] = f64::max(crews[crew], ready) + self.duration[i];
        crews[crew] = up[i];
        up[i] * self.loss[i]
    }

    /// The best order that is found: the best of all for one crew where each has at most one direct
    /// predecessor, or up to 18 restarts, and for several crews up to 9 restarts; else the ratio of loss and
    /// duration of each with what follows it, improved by moving single ones.
    ///
    /// *Bound*: one crew with at most one predecessor each is exact (Horn 1972, doi:10.1137/0123021); for
    /// several crews W. L. Eastman, S. Even, I. M. Isaacs, Bounds for the optimal scheduling of n jobs on m
    /// processors, Management Science 11 (1964) 268-279, doi:10.1287/mnsc.11.2.268.
    pub fn solve(&self) -> RestartPlan {
        let n = self.duration.len();
        let work: Vec<Work> =
            self.duration.iter().zip(&self.loss).map(|(d, l)| Work { duration: *d, loss: *l }).collect();
        let mut parents = alloc::vec![None; n];
        let mut chain = alloc::vec![0.0; n];
        for i in self.topological.iter().copied() {
            let longest = |a: &&usize, b: &&usize| f64::total_cmp(&chain[**a], &chain[**b]);
            parents[i] = self.predecessors[i].iter().max_by(longest).copied();
            chain[i] = self.duration[i] + parents[i].map_or(0.0, |p: usize| chain[p]);
        }
        let (relaxed, ratios) = best_order(&work, &parents, &self.topological);
        let single = |order: &[usize]| {
            let mut clock = 0.0;
            let mut sum = 0.0;
            for i in order {
                clock += self.duration[*i];
                sum += clock * self.loss[*i];
            }
            sum
        };
        let one = single(&relaxed);
        let m = self.crews as f64;
        let own: f64 = work.iter().map(|w| w.duration * w.loss).sum();
        let waits: f64 = (0..n).map(|i| chain[i] * self.loss[i]).sum();
        let bound = if self.crews == 1 { one } else { (one / m + (m - 1.0) / (2.0 * m) * own).max(waits) };
        let is_forest = self.predecessors.iter().all(|list| list.len() <= 1);
        if self.crews == 1 && is_forest {
            return RestartPlan { order: relaxed, loss: one, lower_bound: one };
        }
        if self.crews == 1 && n <= EXACT_ONE {
            let order = self.best_of_one();
            let loss = single(&order);
            return RestartPlan { order, loss, lower_bound: loss };
        }
        let mut order = self.by_ratio(&ratios);
        let mut loss = self.improve(&mut order);
        if n <= EXACT_SEVERAL {
            let mut search = AllOrders { problem: self, best: order, loss, order: Vec::new() };
            search.descend(&alloc::vec![0.0; self.crews], &alloc::vec![0.0; n], 0.0);
            (order, loss) = (search.best, search.loss);
            return RestartPlan { order, loss, lower_bound: loss };
        }
        RestartPlan { order, loss, lower_bound: bound.min(loss) }
    }

    /// By the ratios of their blocks, among those that are ready.
    fn by_ratio(&self, ratios: &[f64]) -> Vec<usize> {
        let n = ratios.len();
        let mut order = Vec::with_capacity(n);
        let mut waits: Vec<usize> = self.predecessors.iter().map(Vec::len).collect();
        let mut successors = alloc::vec![Vec::new(); n];
        for (i, list) in self.predecessors.iter().enumerate() {
            list.iter().for_each(|p| successors[*p].push(i));
        }
        let mut ready: Vec<usize> = (0..n).filter(|i| waits[*i] == 0).collect();
        while !ready.is_empty() {
            let mut first = 0;
            for other in 1..ready.len() {
                if (ratios[ready[other]], ready[other]) < (ratios[ready[first]], ready[first]) {
                    first = other;
                }
            }
            let i = ready.swap_remove(first);
            order.push(i);
            for s in &successors[i] {
                waits[*s] -= 1;
                if waits[*s] == 0 {
                    ready.push(*s);
                }
            }
        }
        order
    }

    /// Swaps neighbors, and neighbors of neighbors, as long as that helps.
    fn improve(&self, order: &mut [usize]) -> f64 {
        let n = order.len();
        let mut best = self.loss_of(order);
        // Each round is O(n²): for many, one round.
        let rounds = if n <= 200 { 50 } else { 1 };
        for _ in 0..rounds {
            let before = best;
            for distance in 1..=2.min(n.saturating_sub(1)) {
                for i in 0..n - distance {
                    let (a, b) = (order[i], order[i + distance]);
                    let between = &order[i + 1..=i + distance];
                    let blocked = between.iter().any(|x| self.predecessors[*x].contains(&a))
                        || order[i..i + distance].iter().any(|x| self.predecessors[b].contains(x));
                    if blocked {
                        continue;
                    }
                    order.swap(i, i + distance);
                    let loss = self.loss_of(order);
                    if loss < best * (1.0 - 1e-13) {
                        best = loss;
                    } else {
                        order.swap(i, i + distance);
                    }
                }
            }
            if best >= before {
                break;
            }
        }
        best
    }

    /// Dynamic programming over the sets of what is up: with one crew the time is that of the set.
    fn best_of_one(&self) -> Vec<usize> {
        let n = self.duration.len();
        let needs: Vec<usize> =
            self.predecessors.iter().map(|list| list.iter().fold(0, |set, p| set | 1 << p)).collect();
        let size = 1_usize << n;
        let mut time = alloc::vec![0.0; size];
        let mut best = alloc::vec![f64::INFINITY; size];
        let mut last = alloc::vec![0_u8; size];
        best[0] = 0.0;
        for set in 0..size {
            if set > 0 {
                let low = set.trailing_zeros() as usize;
                time[set] = time[set & (set - 1)] + self.duration[low];
            }
            if best[set] == f64::INFINITY {
                continue;
            }
            for i in (0..n).filter(|i| set >> i & 1 == 0 && needs[*i] & !set == 0) {
                let next = set | 1 << i;
                let loss = best[set] + (time[set] + self.duration[i]) * self.loss[i];
                if loss < best[next] {
                    (best[next], last[next]) = (loss, i as u8);
                }
            }
        }
        let mut order = Vec::with_capacity(n);
        let mut set = size - 1;
        while set > 0 {
            let i = usize::from(last[set]);
            order.push(i);
            set &= !(1 << i);
        }
        order.reverse();
        order
    }
}

/// All orders that keep precedence, cut off where they are worse already.
struct AllOrders<'a> {
    problem: &'a RestartProblem,
    best: Vec<usize>,
    loss: f64,
    order: Vec<usize>,
}

impl AllOrders<'_> {
    fn descend(&mut self, crews: &[f64], up: &[f64], loss: f64) {
        let n = up.len();
        if self.order.len() == n {
            if loss < self.loss {
                (self.best, self.loss) = (self.order.clone(), loss);
            }
            return;
        }
        for i in 0..n {
            let comes = !self.order.contains(&i)
                && self.problem.predecessors[i].iter().all(|p| self.order.contains(p));
            if !comes {
                continue;
            }
            let (mut crews, mut up) = (crews.to_vec(), up.to_vec());
            let more = loss + self.problem.place(i, &mut crews, &mut up);
            if more < self.loss {
                self.order.push(i);
                self.descend(&crews, &up, more);
                self.order.pop();
            }
        }
    }
}
