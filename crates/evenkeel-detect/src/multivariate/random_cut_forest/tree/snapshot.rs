//! Snapshots of a tree: cuts and points. The rest follows from them and is checked while it is rebuilt.

use super::tree::{NONE, NOTHING, Node, Tree};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A node or, with this bit, a leaf.
const LEAF: u16 = 0x8000;

/// What of a tree is saved.
#[derive(serde::Serialize, serde::Deserialize)]
pub(in super::super) struct SavedTree {
    root: u16,
    /// Bits of the cut, dimension, children.
    nodes: Vec<(u32, u16, u16, u16)>,
    /// Bits of the coordinates of all leaves.
    points: Vec<u32>,
    free_nodes: Vec<u16>,
    free_leaves: Vec<u16>,
}

impl SavedTree {
    /// Whether it has the size of a tree of this capacity.
    pub(in super::super) fn fits(&self, capacity: usize, coordinates: usize) -> bool {
        self.nodes.len() == capacity - 1
            && self.points.len() == capacity * coordinates
            && self.free_nodes.len() < capacity
            && self.free_leaves.len() <= capacity
    }
}

impl Tree {
    pub(in super::super) fn save(&self, coordinates: usize) -> SavedTree {
        let tag = |node: u16| match node.checked_sub(self.first_leaf) {
            Some(leaf) if node != NONE => leaf | LEAF,
            _ => node,
        };
        let node = |n: &Node| (n.cut.to_bits(), n.dimension, tag(n.children[0]), tag(n.children[1]));
        let cuts = &self.nodes[..usize::from(self.first_leaf)];
        let points = self.points.chunks_exact(self.groups);
        SavedTree {
            root: tag(self.root),
            nodes: cuts.iter().map(node).collect(),
            points: points.flat_map(|point| super::super::snapshot::bits(point, coordinates)).collect(),
            free_nodes: self.free_nodes.held().to_vec(),
            free_leaves: self.free_leaves.held().to_vec(),
        }
    }

    /// Puts back what was saved into a fresh tree, whose sample is `leaves`.
    ///
    /// # Errors
    /// If it is no tree over that sample.
    pub(in super::super) fn restore(
        &mut self,
        saved: &SavedTree,
        coordinates: usize,
        leaves: &[u16],
    ) -> Result<(), Error> {
        let refuse = |holds: bool, must: &'static str| Error::require(holds, "tree", must, "something else");
        for (point, bits) in
            self.points.chunks_exact_mut(self.groups).zip(saved.points.chunks_exact(coordinates))
        {
            super::super::snapshot::fill(point, bits)?;
        }
        let (cuts, capacity) = (usize::from(self.first_leaf), self.masses.len());
        refuse(leaves.len() <= capacity, "as many leaves as there is room for")?;
        for leaf in leaves {
            refuse(usize::from(*leaf) < capacity, "leaves that are there")?;
            self.masses[usize::from(*leaf)] += 1;
            self.mass += 1;
        }
        // From the root down each used node is met once, and all leaves of the sample are.
        let mut order = Vec::with_capacity(cuts);
        let mut met = vec![false; self.nodes.len()];
        let mut waiting = vec![(saved.root, NONE)];
        let mut found = 0;
        while let Some((tagged, parent)) = waiting.pop() {
            if tagged == NONE {
                refuse(parent == NONE, "two children a cut")?;
                continue;
            }
            let (index, is_leaf) = (usize::from(tagged & !LEAF), tagged & LEAF != 0);
            refuse(index < if is_leaf { capacity } else { cuts }, "nodes that are there")?;
            let node = if is_leaf { cuts + index } else { index } as u16;
            let seen = &mut met[usize::from(node)];
            refuse(!*seen, "no way back up")?;
            *seen = true;
            if parent == NONE {
                self.root = node;
            } else {
                // The right one is met first.
                let children = &mut self.nodes[usize::from(parent)].children;
                children[usize::from(children[1] == NONE)] = node;
            }
            if is_leaf {
                refuse(self.masses[index] > 0, "leaves of the sample only")?;
                found += 1;
            } else {
                let (cut, dimension, left, right) = saved.nodes[index];
                let cut = f32::from_bits(cut);
                refuse(usize::from(dimension) < coordinates && cut.abs() <= 1e30, "cuts of its dimensions")?;
                self.nodes[index] = Node { cut, dimension, ..NOTHING };
                order.push(node);
                waiting.extend([(left, node), (right, node)]);
            }
            self.nodes[usize::from(node)].parent = parent;
        }
        let sampled = self.masses.iter().filter(|mass| **mass > 0).count();
        refuse(found == sampled, "all leaves of the sample")?;
        for node in order.into_iter().rev() {
            let Node { cut, dimension, children: [left, right], .. } = self.nodes[usize::from(node)];
            let (group, i) = (usize::from(dimension / 8), usize::from(dimension % 8));
            let (left, right) =
                (self.bound::<0>(left, group).high.0[i], self.bound::<0>(right, group).low.0[i]);
            refuse(left <= cut && cut < right, "cuts between what is left and right of them")?;
            self.write_box(node);
        }
        // What is not in use waits to be, once each.
        let (met_nodes, met_leaves) = met.split_at(cuts);
        for (stack, met, free) in [
            (&mut self.free_nodes, met_nodes, &saved.free_nodes),
            (&mut self.free_leaves, met_leaves, &saved.free_leaves),
        ] {
            let mut seen = met.to_vec();
            stack.held = 0;
            for i in free {
                let i = usize::from(*i);
                refuse(i < seen.len() && !seen[i], "free places that are free")?;
                seen[i] = true;
                stack.push(free[stack.held]);
            }
            refuse(seen.iter().all(|seen| *seen), "every place in use or free")?;
        }
        Ok(())
    }
}
