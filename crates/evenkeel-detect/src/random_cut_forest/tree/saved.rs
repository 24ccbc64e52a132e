//! A tree as it is saved: cuts and points. The rest follows from them and is judged while it is rebuilt.

use super::{LEAF, NONE, NOTHING, Node, Tree, coordinate};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// What of a tree is saved.
#[derive(serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Saved {
    root: u16,
    /// Bits of the cut, dimension, children; of free ones, what was left there.
    nodes: Vec<(u32, u16, u16, u16)>,
    /// Bits of the coordinates of all leaves.
    points: Vec<u32>,
    free_nodes: Vec<u16>,
    free_leaves: Vec<u16>,
}

impl Saved {
    /// Whether it has the size of a tree of this capacity.
    pub(in super::super) fn fits(&self, capacity: usize, coordinates: usize) -> bool {
        self.nodes.len() == capacity - 1
            && self.points.len() == capacity * coordinates
            && self.free_nodes.len() < capacity
            && self.free_leaves.len() <= capacity
    }
}

impl Tree {
    pub(in super::super) fn save(&self, coordinates: usize) -> Saved {
        let node = |n: &Node| (n.cut.to_bits(), n.dimension, n.children[0], n.children[1]);
        let points = self.points.chunks_exact(self.groups);
        Saved {
            root: self.root,
            nodes: self.nodes.iter().map(node).collect(),
            points: points.flat_map(|point| super::super::saved::bits(point, coordinates)).collect(),
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
        saved: &Saved,
        coordinates: usize,
        leaves: &[u16],
    ) -> Result<(), Error> {
        let refuse = |holds: bool, must: &'static str| Error::require(holds, "tree", must, "something else");
        for (point, bits) in
            self.points.chunks_exact_mut(self.groups).zip(saved.points.chunks_exact(coordinates))
        {
            super::super::saved::fill(point, bits)?;
        }
        for (node, (cut, dimension, left, right)) in self.nodes.iter_mut().zip(&saved.nodes) {
            let cut = f32::from_bits(*cut);
            refuse(usize::from(*dimension) < coordinates && cut.abs() <= 1e30, "cuts of its dimensions")?;
            *node = Node { cut, dimension: *dimension, children: [*left, *right], ..NOTHING };
        }
        for leaf in leaves {
            refuse(usize::from(*leaf) < self.leaves.len(), "leaves that are there")?;
            self.leaves[usize::from(*leaf)].mass += 1;
        }
        // From the root down each used node is met once, and all leaves of the sample are.
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut met = vec![false; self.nodes.len() + self.leaves.len()];
        let mut waiting = vec![(saved.root, NONE)];
        let mut found = 0;
        while let Some((node, parent)) = waiting.pop() {
            if node == NONE {
                refuse(parent == NONE, "two children a cut")?;
                continue;
            }
            let index = usize::from(node & !LEAF);
            let is_leaf = node & LEAF != 0;
            let known = if is_leaf { index < self.leaves.len() } else { index < self.nodes.len() };
            refuse(known, "nodes that are there")?;
            let seen = &mut met[if is_leaf { self.nodes.len() + index } else { index }];
            refuse(!*seen, "no way back up")?;
            *seen = true;
            self.set_parent(node, parent);
            if is_leaf {
                refuse(self.leaves[index].mass > 0, "leaves of the sample only")?;
                found += 1;
            } else {
                order.push(node);
                waiting.extend(self.nodes[index].children.map(|child| (child, node)));
            }
        }
        let sampled = self.leaves.iter().filter(|leaf| leaf.mass > 0).count();
        refuse(found == sampled, "all leaves of the sample")?;
        for node in order.into_iter().rev() {
            let Node { cut, dimension, children, .. } = self.nodes[usize::from(node)];
            let ((_, left), (right, _)) = (self.corners(children[0]), self.corners(children[1]));
            let separates = coordinate(left, dimension) <= cut && cut < coordinate(right, dimension);
            refuse(separates, "cuts between what is left and right of them")?;
            self.nodes[usize::from(node)].mass = children.iter().map(|child| self.mass_of(*child)).sum();
            self.write_box(node, children);
        }
        self.root = saved.root;
        // What is not in use waits to be, once each.
        let (met_nodes, met_leaves) = met.split_at(self.nodes.len());
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
