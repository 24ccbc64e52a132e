//! What tests look at in a tree.

use super::super::vector_math::{Lanes, coordinate};
use super::tree::{NONE, Node, Place, Tree};

impl Tree {
    pub(super) fn first_cut(&self) -> Option<(u16, f32)> {
        let node = self.nodes.get(usize::from(self.root))?;
        (self.root < self.first_leaf).then_some((node.dimension, node.cut))
    }

    fn parent_of(&self, node: u16) -> u16 {
        self.nodes[usize::from(node)].parent
    }

    pub(super) fn leaf_at(&self, place: Place) -> u16 {
        place.leaf - self.first_leaf
    }

    /// The number of cuts above a leaf.
    pub(super) fn depth(&self, leaf: u16) -> u16 {
        let (mut above, mut depth) = (self.parent_of(leaf + self.first_leaf), 0);
        while above != NONE {
            (above, depth) = (self.parent_of(above), depth + 1);
        }
        depth
    }

    /// Who is separated from whom, along which dimension.
    pub(super) fn shape(&self) -> String {
        fn describe(tree: &Tree, node: u16) -> String {
            if node >= tree.first_leaf {
                return format!("{:?}", tree.point(node - tree.first_leaf)[0].0);
            }
            let Node { children: [left, right], dimension, .. } = tree.nodes[usize::from(node)];
            format!("({} {dimension} {})", describe(tree, left), describe(tree, right))
        }
        describe(self, self.root)
    }

    /// Compares with a tree that is made from its points anew.
    pub(super) fn check(&self, sample: &[u16]) {
        for (mass, leaf) in self.masses.iter().zip(0_u16..) {
            let due = sample.iter().filter(|other| **other == leaf).count();
            assert_eq!(usize::from(*mass), due, "mass of leaf {leaf}");
            assert_eq!(self.nodes[usize::from(leaf + self.first_leaf)].children, [leaf + self.first_leaf; 2]);
        }
        assert_eq!(usize::from(self.mass), sample.len());
        if self.root == NONE {
            assert!(sample.is_empty());
            return;
        }
        assert_eq!(self.parent_of(self.root), NONE);
        let mut waiting: Vec<u16> = [self.root].into();
        let (mut cuts, mut leaves) = (0, 0);
        while let Some(node) = waiting.pop() {
            if node >= self.first_leaf {
                leaves += 1;
                continue;
            }
            cuts += 1;
            let here = self.nodes[usize::from(node)];
            let mut below: [Vec<u16>; 2] = Default::default();
            for (side, child) in here.children.into_iter().enumerate() {
                assert_eq!(self.parent_of(child), node);
                let mut stack: Vec<u16> = [child].into();
                while let Some(inner) = stack.pop() {
                    if inner < self.first_leaf {
                        stack.extend(self.nodes[usize::from(inner)].children);
                    } else {
                        below[side].push(inner - self.first_leaf);
                    }
                }
                waiting.push(child);
                for leaf in &below[side] {
                    assert_eq!(coordinate(self.point(*leaf), here.dimension) > here.cut, side == 1);
                }
            }
            let all: Vec<&[Lanes]> = below.iter().flatten().map(|leaf| self.point(*leaf)).collect();
            let mut sums = Lanes::default();
            for group in 0..self.groups {
                let sides = self.bound::<0>(node, group);
                for i in 0..8 {
                    let column = || all.iter().map(|point| point[group].0[i]);
                    assert_eq!(sides.low.0[i], column().fold(f32::INFINITY, f32::min));
                    assert_eq!(sides.high.0[i], column().fold(f32::NEG_INFINITY, f32::max));
                }
                sides.add_lengths(&mut sums);
            }
            assert_eq!(here.sides.to_bits(), sums.total().to_bits());
        }
        assert_eq!(cuts + 1, leaves);
        assert_eq!(cuts + self.free_nodes.held().len(), usize::from(self.first_leaf));
        assert_eq!(leaves + self.free_leaves.held().len(), self.masses.len());
    }
}
