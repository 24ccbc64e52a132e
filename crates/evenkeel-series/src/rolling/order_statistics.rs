//! The newest values in sorted order: an indexable skip list.

use alloc::vec;
use alloc::vec::Vec;

/// The end of a list.
const NONE: u32 = u32::MAX;

/// A skip list (Pugh 1990, doi:10.1145/78973.78977) whose links know how many places they skip, in an arena
/// allocated once: place `slot` of the window owns node `slot`. Heights belong to slots, not to insertions,
/// and equal values are ordered by slot: so the list depends only on the values in the window, not on the
/// order of insertion, and all memory is taken at construction: 2 links a slot on average.
#[derive(Debug, Clone)]
pub(super) struct Order {
    keys: Vec<f64>,
    /// Where the links of each slot begin; one more for the head, which has all levels.
    first: Vec<u32>,
    next: Vec<u32>,
    /// How many places each link skips; up to the end where it has no target.
    skip: Vec<u32>,
    levels: usize,
    count: usize,
    /// For each level, the last node before a place and its rank.
    path: Vec<(u32, usize)>,
}

/// How many levels a slot has: geometric with ratio 1/2, from the bits of a mixed number (Stafford's variant
/// 13, as in SplitMix64).
fn height(slot: usize, levels: usize) -> usize {
    let mut z = (slot as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (1 + z.trailing_ones() as usize).min(levels)
}

impl Order {
    /// With this number of slots, at most 2^24.
    pub(super) fn new(slots: usize) -> Self {
        let levels = (usize::BITS - slots.leading_zeros()) as usize;
        let mut first = Vec::with_capacity(slots + 2);
        let mut links = 0;
        for slot in 0..slots {
            first.push(links as u32);
            links += height(slot, levels);
        }
        first.push(links as u32);
        links += levels;
        first.push(links as u32);
        let mut order = Self {
            keys: vec![f64::NAN; slots],
            first,
            next: vec![NONE; links],
            skip: vec![0; links],
            levels,
            count: 0,
            path: vec![(0, 0); levels],
        };
        order.clear();
        order
    }

    pub(super) fn clear(&mut self) {
        let head = self.link(self.head(), 0);
        self.next[head..].fill(NONE);
        // From the head, which has rank 0, to the end behind the last, which has rank count + 1.
        self.skip[head..].fill(1);
        self.keys.fill(f64::NAN);
        self.count = 0;
    }

    fn head(&self) -> u32 {
        self.keys.len() as u32
    }

    fn link(&self, node: u32, level: usize) -> usize {
        self.first[node as usize] as usize + level
    }

    fn height(&self, node: u32) -> usize {
        (self.first[node as usize + 1] - self.first[node as usize]) as usize
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether a node comes before a value at a slot.
    fn is_before(&self, node: u32, x: f64, slot: u32) -> bool {
        match self.keys[node as usize].total_cmp(&x) {
            core::cmp::Ordering::Less => true,
            core::cmp::Ordering::Equal => node < slot,
            core::cmp::Ordering::Greater => false,
        }
    }

    /// Fills the path to the place before a value at a slot.
    fn descend(&mut self, x: f64, slot: u32) {
        let (mut node, mut rank) = (self.head(), 0);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.link(node, level);
                let next = self.next[link];
                if next == NONE || !self.is_before(next, x, slot) {
                    break;
                }
                rank += self.skip[link] as usize;
                node = next;
            }
            self.path[level] = (node, rank);
        }
    }

    /// Puts a finite value at an empty slot. O(log n) on average.
    pub(super) fn insert(&mut self, slot: usize, x: f64) {
        let node = slot as u32;
        self.descend(x, node);
        self.keys[slot] = x;
        let rank = self.path[0].1 + 1;
        let height = self.height(node);
        for level in 0..self.levels {
            let (before, at) = self.path[level];
            let link = self.link(before, level);
            if level < height {
                let own = self.link(node, level);
                let span = self.skip[link] as usize + 1;
                self.next[own] = self.next[link];
                self.next[link] = node;
                self.skip[link] = (rank - at) as u32;
                self.skip[own] = (span - (rank - at)) as u32;
            } else {
                self.skip[link] += 1;
            }
        }
        self.count += 1;
    }

    /// Empties a slot; no effect if it is empty. O(log n) on average.
    pub(super) fn remove(&mut self, slot: usize) {
        let x = self.keys[slot];
        if x.is_nan() {
            return;
        }
        let node = slot as u32;
        self.descend(x, node);
        let height = self.height(node);
        for level in 0..self.levels {
            let link = self.link(self.path[level].0, level);
            if level < height {
                let own = self.link(node, level);
                self.next[link] = self.next[own];
                self.skip[link] += self.skip[own];
            }
            self.skip[link] -= 1;
        }
        self.keys[slot] = f64::NAN;
        self.count -= 1;
    }

    /// The value of a rank from 0. O(log n) on average.
    pub(super) fn at(&self, rank: usize) -> Option<f64> {
        if rank >= self.count {
            return None;
        }
        let (mut node, mut left) = (self.head(), rank + 1);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.link(node, level);
                let skip = self.skip[link] as usize;
                if self.next[link] == NONE || skip > left {
                    break;
                }
                left -= skip;
                node = self.next[link];
            }
            if left == 0 {
                break;
            }
        }
        self.keys.get(node as usize).copied()
    }

    /// How many values are below `x`. O(log n) on average.
    pub(super) fn below(&self, x: f64) -> usize {
        let (mut node, mut rank) = (self.head(), 0);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.link(node, level);
                let next = self.next[link];
                if next == NONE || self.keys[next as usize] >= x {
                    break;
                }
                rank += self.skip[link] as usize;
                node = next;
            }
        }
        rank
    }
}
