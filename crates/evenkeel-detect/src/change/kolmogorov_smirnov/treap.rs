//! The difference of two empirical distribution functions, in a treap.

use alloc::vec::Vec;
use core::cmp::Ordering;

const NONE: u32 = u32::MAX;

/// One distinct value.
#[derive(Debug, Clone, Copy)]
struct Node {
    value: f64,
    left: u32,
    right: u32,
    /// How often the value is in either sample.
    counts: [u32; 2],
    /// What the values of the subtree add to the difference, and the highest and lowest that it is after one
    /// of them, from 0 before the first.
    step: i64,
    high: i64,
    low: i64,
}

/// A treap (R. Seidel, C. R. Aragon 1996, doi:10.1007/BF01940876) over the distinct values of two samples,
/// each subtree with the extremes of the difference of their distribution functions within it: O(log size) on
/// average to put a value in or take it out. Priorities belong to places of the arena, so that nothing is
/// random; the shape decides the time only.
#[derive(Debug, Clone)]
pub(super) struct Treap {
    nodes: Vec<Node>,
    free: Vec<u32>,
    root: u32,
    /// What a value of either sample adds.
    steps: [i64; 2],
}

/// A number that looks random for every place (the finalizer of MurmurHash3).
fn priority(place: u32) -> u32 {
    let mut x = place.wrapping_add(0x9E37_79B9);
    x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
    x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

impl Treap {
    /// For two samples of these sizes.
    pub(super) fn new(sizes: [usize; 2]) -> Self {
        // One more of the first while a value goes from it to the second.
        let capacity = sizes[0] + sizes[1] + 1;
        let steps = [sizes[1] as i64, -(sizes[0] as i64)];
        Self { nodes: Vec::with_capacity(capacity), free: Vec::with_capacity(capacity), root: NONE, steps }
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.free.clear();
        self.root = NONE;
    }

    pub(super) fn put(&mut self, value: f64, sample: usize) {
        self.root = self.put_below(self.root, value, sample);
    }

    pub(super) fn take(&mut self, value: f64, sample: usize) {
        self.root = self.take_below(self.root, value, sample);
    }

    /// The highest and the lowest difference, first minus second, times both sizes; at most and at least 0.
    pub(super) fn extremes(&self) -> (i64, i64) {
        self.nodes.get(self.root as usize).map_or((0, 0), |root| (root.high.max(0), root.low.min(0)))
    }

    fn put_below(&mut self, at: u32, value: f64, sample: usize) -> u32 {
        let Some(node) = self.nodes.get_mut(at as usize) else { return self.fresh(value, sample) };
        let (left, right) = (node.left, node.right);
        match order(value, node.value) {
            Ordering::Equal => node.counts[sample] += 1,
            Ordering::Less => {
                let child = self.put_below(left, value, sample);
                self.nodes[at as usize].left = child;
                if priority(child) > priority(at) {
                    self.nodes[at as usize].left = self.nodes[child as usize].right;
                    self.refresh(at);
                    self.nodes[child as usize].right = at;
                    self.refresh(child);
                    return child;
                }
            }
            Ordering::Greater => {
                let child = self.put_below(right, value, sample);
                self.nodes[at as usize].right = child;
                if priority(child) > priority(at) {
                    self.nodes[at as usize].right = self.nodes[child as usize].left;
                    self.refresh(at);
                    self.nodes[child as usize].left = at;
                    self.refresh(child);
                    return child;
                }
            }
        }
        self.refresh(at);
        at
    }

    fn fresh(&mut self, value: f64, sample: usize) -> u32 {
        let mut counts = [0; 2];
        counts[sample] = 1;
        let step = self.steps[sample];
        let node = Node { value, left: NONE, right: NONE, counts, step, high: step, low: step };
        if let Some(place) = self.free.pop() {
            self.nodes[place as usize] = node;
            return place;
        }
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn take_below(&mut self, at: u32, value: f64, sample: usize) -> u32 {
        let Some(node) = self.nodes.get_mut(at as usize) else { return NONE };
        let (left, right) = (node.left, node.right);
        match order(value, node.value) {
            Ordering::Equal => {
                node.counts[sample] = node.counts[sample].saturating_sub(1);
                if node.counts == [0; 2] {
                    self.free.push(at);
                    return self.joined(left, right);
                }
            }
            Ordering::Less => self.nodes[at as usize].left = self.take_below(left, value, sample),
            Ordering::Greater => self.nodes[at as usize].right = self.take_below(right, value, sample),
        }
        self.refresh(at);
        at
    }

    /// One tree of two, all values of the first being below those of the second.
    fn joined(&mut self, a: u32, b: u32) -> u32 {
        if a == NONE {
            return b;
        }
        if b == NONE {
            return a;
        }
        if priority(a) > priority(b) {
            let right = self.joined(self.nodes[a as usize].right, b);
            self.nodes[a as usize].right = right;
            self.refresh(a);
            a
        } else {
            let left = self.joined(a, self.nodes[b as usize].left);
            self.nodes[b as usize].left = left;
            self.refresh(b);
            b
        }
    }

    /// Recomputes what a node knows of its subtree.
    fn refresh(&mut self, at: u32) {
        let node = self.nodes[at as usize];
        let own = i64::from(node.counts[0]) * self.steps[0] + i64::from(node.counts[1]) * self.steps[1];
        let mut here = own;
        let (mut high, mut low) = (i64::MIN, i64::MAX);
        if let Some(left) = self.nodes.get(node.left as usize) {
            here += left.step;
            (high, low) = (left.high, left.low);
        }
        (high, low) = (high.max(here), low.min(here));
        let mut step = here;
        if let Some(right) = self.nodes.get(node.right as usize) {
            (high, low) = (high.max(here + right.high), low.min(here + right.low));
            step += right.step;
        }
        let node = &mut self.nodes[at as usize];
        (node.step, node.high, node.low) = (step, high, low);
    }
}

/// Of observed values.
fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}
