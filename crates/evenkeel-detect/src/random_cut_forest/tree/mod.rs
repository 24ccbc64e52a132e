//! One random cut tree in flat arrays.

#[cfg(test)]
mod check;
#[cfg(feature = "serde")]
mod saved;

use super::lanes::{self, Lanes, coordinate};
use alloc::boxed::Box;
use alloc::vec;
use evenkeel_stats::Generator;
#[cfg(feature = "serde")]
pub(super) use saved::Saved;

/// A node or, with this bit, a leaf.
const LEAF: u16 = 0x8000;
/// No node at all.
const NONE: u16 = u16::MAX;
/// How many leaves a tree can have at most.
pub(super) const MOST_LEAVES: usize = 1 << 14;

/// A cut. Points with a coordinate up to `cut` are on the left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    pub(super) cut: f32,
    /// The sum of the sides of its box.
    sides: f32,
    pub(super) dimension: u16,
    pub(super) children: [u16; 2],
    parent: u16,
    mass: u16,
}

const NOTHING: Node = Node { cut: 0.0, sides: 0.0, dimension: 0, children: [NONE; 2], parent: NONE, mass: 0 };

/// A binary tree of random cuts over at most `capacity` points. Equal points share a leaf.
///
/// Every box is the smallest that holds the points below, exactly: it is made of minima and maxima only. So boxes are not part of what
/// must be saved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// Groups of eight coordinates of a point.
    groups: usize,
    root: u16,
    nodes: Box<[Node]>,
    /// Of each node: the low corner, the high corner.
    boxes: Box<[Lanes]>,
    points: Box<[Lanes]>,
    leaves: Box<[Leaf]>,
    free_nodes: Stack,
    free_leaves: Stack,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Leaf {
    parent: u16,
    /// How many equal points; 0: not in use.
    mass: u16,
}

/// Indices that are not in use.
#[derive(Debug, Clone)]
struct Stack {
    items: Box<[u16]>,
    held: usize,
}

impl PartialEq for Stack {
    fn eq(&self, other: &Self) -> bool {
        self.items.len() == other.items.len() && self.held() == other.held()
    }
}

impl Stack {
    /// All of them, the first on top.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^14")]
    fn full(of: usize) -> Self {
        Self { items: (0..of).rev().map(|i| i as u16).collect(), held: of }
    }

    fn pop(&mut self) -> Option<u16> {
        self.held = self.held.checked_sub(1)?;
        Some(self.items[self.held])
    }

    fn push(&mut self, item: u16) {
        self.items[self.held] = item;
        self.held += 1;
    }

    fn held(&self) -> &[u16] {
        &self.items[..self.held]
    }
}

impl Tree {
    pub(super) fn new(capacity: usize, groups: usize) -> Self {
        let cuts = capacity.saturating_sub(1);
        Self {
            groups,
            root: NONE,
            nodes: vec![NOTHING; cuts].into(),
            boxes: vec![Lanes::default(); 2 * groups * cuts].into(),
            points: vec![Lanes::default(); groups * capacity].into(),
            leaves: vec![Leaf { parent: NONE, mass: 0 }; capacity].into(),
            free_nodes: Stack::full(cuts),
            free_leaves: Stack::full(capacity),
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.leaves.len(), self.groups);
    }

    /// How many points are in it, equal ones counted.
    pub(super) fn mass(&self) -> u16 {
        if self.root == NONE { 0 } else { self.mass_of(self.root) }
    }

    fn mass_of(&self, node: u16) -> u16 {
        if node & LEAF == 0 {
            self.nodes[usize::from(node)].mass
        } else {
            self.leaves[usize::from(node ^ LEAF)].mass
        }
    }

    fn parent_of(&self, node: u16) -> u16 {
        if node & LEAF == 0 {
            self.nodes[usize::from(node)].parent
        } else {
            self.leaves[usize::from(node ^ LEAF)].parent
        }
    }

    fn set_parent(&mut self, node: u16, parent: u16) {
        if node & LEAF == 0 {
            self.nodes[usize::from(node)].parent = parent;
        } else {
            self.leaves[usize::from(node ^ LEAF)].parent = parent;
        }
    }

    pub(super) fn point(&self, leaf: u16) -> &[Lanes] {
        let start = self.groups * usize::from(leaf);
        &self.points[start..start + self.groups]
    }

    /// The smallest box around what is below: of a leaf, twice its point.
    #[inline]
    fn corners(&self, node: u16) -> (&[Lanes], &[Lanes]) {
        if node & LEAF == 0 {
            let start = 2 * self.groups * usize::from(node);
            self.boxes[start..start + 2 * self.groups].split_at(self.groups)
        } else {
            let point = self.point(node ^ LEAF);
            (point, point)
        }
    }

    /// Makes the box of a node from those of its children.
    fn write_box(&mut self, node: u16, [left, right]: [u16; 2]) {
        let (start, groups) = (2 * self.groups * usize::from(node), self.groups);
        // Source and target are one array, so groups are copied out of it.
        for i in 0..groups {
            let (low, high) = self.corners(left);
            let (mut low, mut high) = (low[i], high[i]);
            let (other_low, other_high) = self.corners(right);
            lanes::unite_one(&mut low, &mut high, &other_low[i], &other_high[i]);
            self.boxes[start + i] = low;
            self.boxes[start + groups + i] = high;
        }
        let (low, high) = self.boxes[start..start + 2 * groups].split_at(groups);
        self.nodes[usize::from(node)].sides = lanes::sides(low, high);
    }

    /// Adds a point and returns its leaf; `None` if there is no room.
    ///
    /// At each box on the way down, a cut of the box with the point is drawn. If it falls between the two, it becomes a new node here;
    /// else what is already there is as good as a fresh draw.
    pub(super) fn insert(&mut self, x: &[Lanes], generator: &mut Generator) -> Option<u16> {
        let mut node = self.root;
        if node == NONE {
            let leaf = self.new_leaf(x, NONE)?;
            self.root = leaf | LEAF;
            return Some(leaf);
        }
        loop {
            let (low, high) = self.corners(node);
            let beyond = lanes::outside(low, high, x);
            if beyond > 0.0 {
                let sides = if node & LEAF == 0 { self.nodes[usize::from(node)].sides } else { 0.0 };
                let mut at = generator.uniform() * (f64::from(sides) + f64::from(beyond));
                // Between a point and another there is no cut that does not separate.
                if at < f64::from(beyond) || node & LEAF != 0 {
                    let (dimension, cut) = separating_cut(low, high, x, &mut at);
                    return self.split(node, x, dimension, cut);
                }
            } else if node & LEAF != 0 {
                let leaf = node ^ LEAF;
                self.leaves[usize::from(leaf)].mass += 1;
                self.add_mass_above(node);
                return Some(leaf);
            }
            if beyond > 0.0 {
                let start = 2 * self.groups * usize::from(node);
                let (low, high) = self.boxes[start..start + 2 * self.groups].split_at_mut(self.groups);
                lanes::unite(low, high, x);
                self.nodes[usize::from(node)].sides = lanes::sides(low, high);
            }
            let here = self.nodes[usize::from(node)];
            node = here.children[usize::from(coordinate(x, here.dimension) > here.cut)];
        }
    }

    fn add_mass_above(&mut self, node: u16) {
        let mut above = self.parent_of(node);
        while above != NONE {
            let here = &mut self.nodes[usize::from(above)];
            here.mass += 1;
            above = here.parent;
        }
    }

    fn new_leaf(&mut self, x: &[Lanes], parent: u16) -> Option<u16> {
        let leaf = self.free_leaves.pop()?;
        let start = self.groups * usize::from(leaf);
        self.points[start..start + self.groups].copy_from_slice(x);
        self.leaves[usize::from(leaf)] = Leaf { parent, mass: 1 };
        Some(leaf)
    }

    /// Puts a cut above a node, with a new leaf on its other side.
    fn split(&mut self, node: u16, x: &[Lanes], dimension: u16, cut: f32) -> Option<u16> {
        let leaf = self.new_leaf(x, NONE)?;
        let Some(new) = self.free_nodes.pop() else {
            self.leaves[usize::from(leaf)].mass = 0;
            self.free_leaves.push(leaf);
            return None;
        };
        let right = coordinate(x, dimension) > cut;
        let children = if right { [node, leaf | LEAF] } else { [leaf | LEAF, node] };
        let (parent, mass) = (self.parent_of(node), self.mass_of(node) + 1);
        self.nodes[usize::from(new)] = Node { cut, sides: 0.0, dimension, children, parent, mass };
        self.replace_child(parent, node, new);
        self.set_parent(node, new);
        self.set_parent(leaf | LEAF, new);
        self.write_box(new, children);
        self.add_mass_above(new);
        Some(leaf)
    }

    fn replace_child(&mut self, parent: u16, old: u16, new: u16) {
        if parent == NONE {
            self.root = new;
        } else {
            let children = &mut self.nodes[usize::from(parent)].children;
            children[usize::from(children[1] == old)] = new;
        }
    }

    /// Takes one of the points of a leaf out again. Its cut goes with it; boxes above shrink to what is left.
    pub(super) fn remove(&mut self, leaf: u16) {
        let Leaf { parent, mass } = self.leaves[usize::from(leaf)];
        self.leaves[usize::from(leaf)].mass = mass.saturating_sub(1);
        if mass > 1 {
            let mut above = parent;
            while above != NONE {
                let here = &mut self.nodes[usize::from(above)];
                here.mass -= 1;
                above = here.parent;
            }
            return;
        }
        self.leaves[usize::from(leaf)].parent = NONE;
        self.free_leaves.push(leaf);
        if parent == NONE {
            self.root = NONE;
            return;
        }
        let Node { children, parent: mut above, .. } = self.nodes[usize::from(parent)];
        let sibling = children[usize::from(children[0] == leaf | LEAF)];
        self.replace_child(above, parent, sibling);
        self.set_parent(sibling, above);
        self.free_nodes.push(parent);
        self.nodes[usize::from(parent)] = NOTHING;
        let start = 2 * self.groups * usize::from(parent);
        self.boxes[start..start + 2 * self.groups].fill(Lanes::default());
        let mut may_shrink = true;
        while above != NONE {
            if may_shrink {
                let (low, high) = self.corners(above);
                // Boxes are nested: a point in the inside of one is in the inside of all above.
                may_shrink = lanes::touches(low, high, self.point(leaf));
                if may_shrink {
                    self.write_box(above, self.nodes[usize::from(above)].children);
                }
            }
            let here = &mut self.nodes[usize::from(above)];
            here.mass -= 1;
            above = here.parent;
        }
    }

    /// How surprising a point is, before normalization; what each coordinate has to do with it is written to `blame`, with the side as
    /// its sign. `flat` holds the same coordinates one after another. `None` if the tree is empty.
    #[inline]
    pub(super) fn judge(&self, x: &[Lanes], flat: &[f32], blame: &mut [Lanes]) -> Option<f32> {
        if self.root == NONE {
            return None;
        }
        let (mut node, mut depth) = (self.root, 0_u16);
        while node & LEAF == 0 {
            let here = &self.nodes[usize::from(node)];
            node = here.children[usize::from(flat[usize::from(here.dimension)] > here.cut)];
            depth += 1;
        }
        let leaf = node ^ LEAF;
        let point = self.point(leaf);
        let beyond = lanes::outside(point, point, x);
        let mut score;
        if beyond > 0.0 {
            score = 1.0 / (f32::from(depth) + 1.0);
            blame.fill(Lanes::default());
            lanes::blame(point, point, x, 0.0, score / beyond, blame);
        } else {
            score = self.seen(leaf, depth);
            blame.fill(Lanes::default());
        }
        let mut above = self.leaves[usize::from(leaf)].parent;
        while above != NONE {
            depth -= 1;
            let start = 2 * self.groups * usize::from(above);
            let (low, high) = self.boxes[start..start + 2 * self.groups].split_at(self.groups);
            // Boxes are nested: what is inside of one is inside of all above.
            let beyond = lanes::outside(low, high, x);
            if beyond <= 0.0 {
                break;
            }
            let here = &self.nodes[usize::from(above)];
            let inverse = 1.0 / (here.sides + beyond);
            let (separated, unseen) = (beyond * inverse, 1.0 / (f32::from(depth) + 1.0));
            score = score * (1.0 - separated) + separated * unseen;
            lanes::blame(low, high, x, 1.0 - separated, unseen * inverse, blame);
            above = here.parent;
        }
        Some(score)
    }

    /// The score of a point that equals a leaf's: the deeper and the heavier, the less.
    #[cold]
    fn seen(&self, leaf: u16, depth: u16) -> f32 {
        let mass = f32::from(self.leaves[usize::from(leaf)].mass);
        let damping = 1.0 - 0.5 * mass / f32::from(self.mass().max(1));
        damping / (f32::from(depth) + libm::log2f(mass + 1.0))
    }

    /// The leaf whose known coordinates are closest to those of `x`, among those that the known coordinates lead to: a cut of a missing
    /// coordinate is followed on both sides. `missing` holds 1 where a coordinate is missing, 0 elsewhere.
    pub(super) fn closest(&self, x: &[Lanes], missing: &[Lanes], stack: &mut [u16]) -> Option<u16> {
        if self.root == NONE {
            return None;
        }
        let (mut node, mut waiting, mut best) = (self.root, 0, (f32::INFINITY, NONE));
        loop {
            while node & LEAF == 0 {
                let here = &self.nodes[usize::from(node)];
                let right = usize::from(coordinate(x, here.dimension) > here.cut);
                if coordinate(missing, here.dimension) > 0.0 && waiting < stack.len() {
                    stack[waiting] = here.children[1 - right];
                    waiting += 1;
                }
                node = here.children[right];
            }
            let mut distance = 0.0;
            for ((a, b), missing) in self.point(node ^ LEAF).iter().zip(x).zip(missing) {
                for i in 0..8 {
                    distance += (a.0[i] - b.0[i]).abs() * (1.0 - missing.0[i]);
                }
            }
            if distance < best.0 || best.1 == NONE {
                best = (distance, node ^ LEAF);
            }
            if waiting == 0 {
                return Some(best.1);
            }
            waiting -= 1;
            node = stack[waiting];
        }
    }
}

/// A cut that separates a point from a box: the dimension with probability proportional to how far the point is outside in it, the place
/// uniform in between. `at` is uniform below the sum of those distances.
fn separating_cut(low: &[Lanes], high: &[Lanes], x: &[Lanes], at: &mut f64) -> (u16, f32) {
    let mut found = (0, 0.0, 0.0);
    let mut dimension = 0;
    for ((low, high), x) in low.iter().zip(high).zip(x) {
        for i in 0..8 {
            let (from, to) =
                if x.0[i] > high.0[i] { (high.0[i], x.0[i]) } else { (x.0[i], low.0[i].max(x.0[i])) };
            let length = f64::from(to) - f64::from(from);
            if length > 0.0 {
                found = (dimension, from, to);
                if *at < length {
                    return (dimension, between(from, to, *at));
                }
                *at -= length;
            }
            dimension += 1;
        }
    }
    // Rounding left something over: the last possible place.
    let (dimension, from, _) = found;
    (dimension, from)
}

/// A place in [from, to).
#[expect(clippy::cast_possible_truncation, reason = "between two floats of this size")]
fn between(from: f32, to: f32, at: f64) -> f32 {
    let cut = (f64::from(from) + at) as f32;
    if cut >= from && cut < to { cut } else { from }
}
