//! The best order under precedence that is a forest, by blocks.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// What is done in one go: what it takes, and what it gives, of which more per expense comes first.
pub(super) trait Block: Copy {
    /// This and then another.
    fn then(self, next: Self) -> Self;

    /// What it takes over what it gives: the smaller, the earlier; never NaN.
    fn ratio(&self) -> f64;
}

/// A block with its members, a chain of links.
#[derive(Debug, Clone, Copy)]
struct Chain<B> {
    block: B,
    ratio: f64,
    head: usize,
    tail: usize,
}

impl<B> PartialEq for Chain<B> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<B> Eq for Chain<B> {}

impl<B> PartialOrd for Chain<B> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The largest is the one that comes first.
impl<B> Ord for Chain<B> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.ratio.total_cmp(&self.ratio).then_with(|| other.head.cmp(&self.head))
    }
}

/// The best order of single blocks, each of which has at most one predecessor, and the ratio of the block in
/// which each ended up.
///
/// *Method*: from the leaves up, a predecessor joins what follows it as long as that has the smaller ratio;
/// then blocks in order of their ratios are optimal. Source: W. A. Horn, Single-machine job sequencing with
/// treelike precedence ordering and linear delay penalties, SIAM J. Appl. Math. 23 (1972) 189-202,
/// doi:10.1137/0123021; for trials that may succeed J. B. Kadane, H. A. Simon, Optimal strategies for a class
/// of constrained sequential problems, Annals of Statistics 5 (1977) 237-255, doi:10.1214/aos/1176343791.
/// O(n log² n).
///
/// `topological` lists parents before children.
pub(super) fn best_order<B: Block>(
    blocks: &[B],
    parents: &[Option<usize>],
    topological: &[usize],
) -> (Vec<usize>, Vec<f64>) {
    let n = blocks.len();
    let mut heaps: Vec<BinaryHeap<Chain<B>>> = alloc::vec![BinaryHeap::new(); n];
    let mut rest: BinaryHeap<Chain<B>> = BinaryHeap::new();
    let mut next = alloc::vec![usize::MAX; n];
    for node in topological.iter().rev().copied() {
        let mut below = core::mem::take(&mut heaps[node]);
        let mut chain = Chain { block: blocks[node], ratio: blocks[node].ratio(), head: node, tail: node };
        while let Some(first) = below.peek().filter(|first| first.ratio < chain.ratio).copied() {
            below.pop();
            next[chain.tail] = first.head;
            chain.tail = first.tail;
            chain.block = chain.block.then(first.block);
            // By rounding a joint ratio may come out on the wrong side of both.
            chain.ratio = chain.block.ratio().clamp(first.ratio, chain.ratio);
        }
        below.push(chain);
        let into = parents[node].map_or(&mut rest, |parent| &mut heaps[parent]);
        // The smaller into the larger.
        if into.len() < below.len() {
            core::mem::swap(into, &mut below);
        }
        into.extend(below);
    }
    let mut order = Vec::with_capacity(n);
    let mut ratios = alloc::vec![0.0; n];
    while let Some(chain) = rest.pop() {
        let mut at = chain.head;
        loop {
            order.push(at);
            ratios[at] = chain.ratio;
            if at == chain.tail {
                break;
            }
            at = next[at];
        }
    }
    (order, ratios)
}
