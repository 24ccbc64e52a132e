//! One random cut tree in flat arrays.

use super::super::vector_math::{self, Lanes, Sides, coordinate};
use alloc::boxed::Box;
use alloc::vec;
use evenkeel_stats::Generator;

/// No node at all.
pub(super) const NONE: u16 = u16::MAX;
/// How many leaves a tree can have at most.
pub(in super::super) const MOST_LEAVES: usize = 1 << 14;

/// A cut: points with a coordinate up to `cut` are on the left. Or a leaf: both its children are itself, so
/// that a walk down may safely go on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    pub(super) cut: f32,
    /// The sum of the sides of its box.
    pub(super) sides: f32,
    pub(super) dimension: u16,
    pub(super) children: [u16; 2],
    pub(super) parent: u16,
}

pub(super) const NOTHING: Node =
    Node { cut: 0.0, sides: 0.0, dimension: 0, children: [NONE; 2], parent: NONE };

/// A binary tree of random cuts over at most `capacity` points. Equal points share a leaf.
///
/// Every box is the smallest that holds the points below, exactly: it is made of minima and maxima only. So
/// boxes are not part of what must be saved.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Tree {
    /// Groups of eight coordinates of a point.
    pub(super) groups: usize,
    pub(super) root: u16,
    /// How many points are in it, equal ones counted.
    pub(super) mass: u16,
    /// Nodes from here on are leaves; those before are cuts.
    pub(super) first_leaf: u16,
    pub(super) nodes: Box<[Node]>,
    /// Of each cut.
    pub(super) boxes: Box<[Sides]>,
    /// Of each leaf.
    pub(super) points: Box<[Lanes]>,
    /// How many equal points a leaf is; 0: not in use.
    pub(super) masses: Box<[u16]>,
    pub(super) free_nodes: Stack,
    pub(super) free_leaves: Stack,
}

/// Indices that are not in use.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) items: Box<[u16]>,
    pub(super) held: usize,
}

impl PartialEq for Stack {
    fn eq(&self, other: &Self) -> bool {
        self.items.len() == other.items.len() && self.held() == other.held()
    }
}

impl Stack {
    /// All of them, the first on top.
    fn full(of: usize) -> Self {
        Self { items: (0..of).rev().map(|i| i as u16).collect(), held: of }
    }

    pub(super) fn pop(&mut self) -> Option<u16> {
        self.held = self.held.checked_sub(1)?;
        Some(self.items[self.held])
    }

    pub(super) fn push(&mut self, item: u16) {
        self.items[self.held] = item;
        self.held += 1;
    }

    pub(super) fn held(&self) -> &[u16] {
        &self.items[..self.held]
    }
}

/// Where the cuts lead a point to in a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Place {
    pub(super) leaf: u16,
    /// How many cuts are above.
    pub(in super::super) depth: u16,
}

/// Where a point is inserted into a tree.
enum InsertionPoint {
    /// Above this node, by a cut of this dimension, at this place.
    Split(u16, u16, f32),
    Leaf(u16),
}

/// Walks a point down several trees of one size at once: their steps don't wait for each other. `flat` holds
/// its coordinates one after another. Not inlined, nor is [`Tree::score`]: both need all registers.
#[inline(never)]
pub(in super::super) fn descend<const K: usize>(trees: [&Tree; K], flat: &[f32]) -> [Place; K] {
    // Most points have one group: without a check for each coordinate.
    match flat.first_chunk::<8>().filter(|_| flat.len() == 8) {
        Some(flat) => walk(trees, |dimension| flat[usize::from(dimension % 8)]),
        None => walk(trees, |dimension| flat[usize::from(dimension)]),
    }
}

#[inline(always)]
fn walk<const K: usize>(trees: [&Tree; K], coordinate: impl Fn(u16) -> f32) -> [Place; K] {
    let (size, first_leaf) = (trees[0].nodes.len(), usize::from(trees[0].first_leaf));
    let nodes = trees.map(|tree| &tree.nodes[..size]);
    let mut at = trees.map(|tree| usize::from(tree.start()));
    let mut depths = [0_u32; K];
    loop {
        let mut on_the_way = 0;
        for k in 0..K {
            let is_cut = u32::from(at[k] < first_leaf);
            depths[k] += is_cut;
            on_the_way |= is_cut;
            let here = &nodes[k][at[k]];
            at[k] = usize::from(here.children[usize::from(coordinate(here.dimension) > here.cut)]);
        }
        if on_the_way == 0 {
            return core::array::from_fn(|k| Place { leaf: at[k] as u16, depth: depths[k] as u16 });
        }
    }
}

impl Tree {
    pub(in super::super) fn new(capacity: usize, groups: usize) -> Self {
        let cuts = capacity.saturating_sub(1);
        let leaves = (cuts..cuts + capacity).map(|i| Node { children: [i as u16; 2], ..NOTHING });
        Self {
            groups,
            root: NONE,
            mass: 0,
            first_leaf: cuts as u16,
            nodes: core::iter::repeat_n(NOTHING, cuts).chain(leaves).collect(),
            boxes: vec![Sides::default(); groups * cuts].into(),
            points: vec![Lanes::default(); groups * capacity].into(),
            masses: vec![0; capacity].into(),
            free_nodes: Stack::full(cuts),
            free_leaves: Stack::full(capacity),
        }
    }

    pub(in super::super) fn clear(&mut self) {
        *self = Self::new(self.masses.len(), self.groups);
    }

    /// How many points are in it, equal ones counted.
    pub(in super::super) fn mass(&self) -> u16 {
        self.mass
    }

    /// Where ways down begin: at a leaf that is not in use if there is nothing.
    fn start(&self) -> u16 {
        if self.root == NONE { self.first_leaf } else { self.root }
    }

    pub(in super::super) fn point(&self, leaf: u16) -> &[Lanes] {
        let start = self.groups * usize::from(leaf);
        &self.points[start..start + self.groups]
    }

    /// A group of the smallest box around what is below: of a leaf, twice its point.
    #[inline(always)]
    pub(super) fn bound<const G: usize>(&self, node: u16, group: usize) -> Sides {
        let groups = if G == 0 { self.groups } else { G };
        if node < self.first_leaf {
            self.boxes[groups * usize::from(node) + group]
        } else {
            Sides::of(self.points[groups * usize::from(node - self.first_leaf) + group])
        }
    }

    /// Makes the box of a cut from those of its children. Whether it is another than before.
    #[inline]
    pub(super) fn write_box(&mut self, cut: u16) -> bool {
        // Most points have one group: what is known to be one stays in registers.
        if self.groups == 1 { self.write_groups::<1>(cut) } else { self.write_groups::<0>(cut) }
    }

    /// The same; `G`: the number of groups, or 0 for any.
    #[inline(always)]
    fn write_groups<const G: usize>(&mut self, cut: u16) -> bool {
        let groups = if G == 0 { self.groups } else { G };
        let [left, right] = self.nodes[usize::from(cut)].children;
        let start = groups * usize::from(cut);
        let (mut changed, mut sums) = (false, Lanes::default());
        for group in 0..groups {
            let united = self.bound::<G>(left, group).united(&self.bound::<G>(right, group));
            let sides = &mut self.boxes[start + group];
            changed |= !united.equals(sides);
            united.add_lengths(&mut sums);
            *sides = united;
        }
        self.nodes[usize::from(cut)].sides = sums.total();
        changed
    }

    /// Adds a point and returns its leaf; `None` if there is no room.
    ///
    /// At each box on the way down, a cut of the box with the point is drawn. If it falls between the two, it
    /// becomes a new node here; else what is already there is as good as a fresh draw.
    pub(in super::super) fn insert(&mut self, x: &[Lanes], generator: &mut Generator) -> Option<u16> {
        let mut node = self.root;
        if node == NONE {
            let leaf = self.new_leaf(x)?;
            self.root = leaf + self.first_leaf;
            return Some(leaf);
        }
        let way = match x {
            [x] => self.widen::<1>(node, &[*x], generator),
            _ => self.widen::<0>(node, x, generator),
        };
        node = match way {
            InsertionPoint::Split(node, dimension, cut) => return self.split(node, x, dimension, cut),
            InsertionPoint::Leaf(node) => node,
        };
        let leaf = node - self.first_leaf;
        let point = self.point(leaf);
        let beyond = vector_math::distance(point, x);
        if beyond > 0.0 {
            // Between a point and another there is no cut that does not separate.
            let mut at = generator.uniform() * f64::from(beyond);
            let (dimension, cut) = separating_cut(point.iter().map(|p| Sides::of(*p)), x, &mut at);
            return self.split(node, x, dimension, cut);
        }
        self.masses[usize::from(leaf)] += 1;
        self.mass += 1;
        Some(leaf)
    }

    /// Walks a point down to where its insertion draws a cut that separates it, or to a leaf, and makes boxes
    /// on the way hold it.
    #[inline(always)]
    fn widen<const G: usize>(
        &mut self,
        mut node: u16,
        x: &[Lanes],
        generator: &mut Generator,
    ) -> InsertionPoint {
        let groups = if G == 0 { self.groups } else { G };
        while node < self.first_leaf {
            let start = groups * usize::from(node);
            let bounds = &mut self.boxes[start..start + groups];
            let here = &mut self.nodes[usize::from(node)];
            let beyond = vector_math::outside(bounds, x);
            if beyond > 0.0 {
                let mut at = generator.uniform() * (f64::from(here.sides) + f64::from(beyond));
                if at < f64::from(beyond) {
                    let (dimension, cut) = separating_cut(bounds.iter().copied(), x, &mut at);
                    return InsertionPoint::Split(node, dimension, cut);
                }
                here.sides = vector_math::unite(bounds, x);
            }
            node = here.children[usize::from(coordinate(x, here.dimension) > here.cut)];
        }
        InsertionPoint::Leaf(node)
    }

    fn new_leaf(&mut self, x: &[Lanes]) -> Option<u16> {
        let leaf = self.free_leaves.pop()?;
        let start = self.groups * usize::from(leaf);
        self.points[start..start + self.groups].copy_from_slice(x);
        self.masses[usize::from(leaf)] = 1;
        self.mass += 1;
        Some(leaf)
    }

    /// Puts a cut above a node, with a new leaf on its other side.
    fn split(&mut self, node: u16, x: &[Lanes], dimension: u16, cut: f32) -> Option<u16> {
        // A leaf more than cuts: where there is a leaf, there is a cut.
        if self.free_nodes.held().is_empty() || self.free_leaves.held().is_empty() {
            return None;
        }
        let (new, leaf) = (self.free_nodes.pop()?, self.new_leaf(x)?);
        let other = leaf + self.first_leaf;
        let right = coordinate(x, dimension) > cut;
        let children = if right { [node, other] } else { [other, node] };
        let parent = self.nodes[usize::from(node)].parent;
        self.nodes[usize::from(new)] = Node { cut, sides: 0.0, dimension, children, parent };
        self.replace_child(parent, node, new);
        self.nodes[usize::from(node)].parent = new;
        self.nodes[usize::from(other)].parent = new;
        self.write_box(new);
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
    pub(in super::super) fn remove(&mut self, leaf: u16) {
        let mass = &mut self.masses[usize::from(leaf)];
        let Some(less) = mass.checked_sub(1) else { return };
        *mass = less;
        self.mass -= 1;
        if less > 0 {
            return;
        }
        self.free_leaves.push(leaf);
        let node = leaf + self.first_leaf;
        let parent = core::mem::replace(&mut self.nodes[usize::from(node)].parent, NONE);
        if parent == NONE {
            self.root = NONE;
            return;
        }
        let Node { children, parent: mut above, .. } = self.nodes[usize::from(parent)];
        let sibling = children[usize::from(children[0] == node)];
        self.replace_child(above, parent, sibling);
        self.nodes[usize::from(sibling)].parent = above;
        self.free_nodes.push(parent);
        self.nodes[usize::from(parent)] = NOTHING;
        let start = self.groups * usize::from(parent);
        self.boxes[start..start + self.groups].fill(Sides::default());
        // A box that stays as it was leaves all above as they were.
        while above != NONE && self.write_box(above) {
            above = self.nodes[usize::from(above)].parent;
        }
    }

    /// How surprising a point is, before normalization, given its place; what each coordinate has to do with
    /// it is added to `blame`. `scratch` is as long as the point. `None` if the tree is empty.
    #[inline(never)]
    pub(in super::super) fn score(
        &self,
        x: &[Lanes],
        place: Place,
        scratch: &mut [Lanes],
        blame: &mut [Sides],
    ) -> Option<f32> {
        if self.mass == 0 {
            return None;
        }
        if let ([x], [blame]) = (x, &mut *blame) {
            let mut signed = [Lanes::default()];
            let score = self.climb::<1>(&[*x], place, &mut signed);
            vector_math::add_signed(&signed[0], blame);
            return Some(score);
        }
        Some(self.score_any(x, place, scratch, blame))
    }

    #[inline(never)]
    fn score_any(&self, x: &[Lanes], place: Place, scratch: &mut [Lanes], blame: &mut [Sides]) -> f32 {
        let score = self.climb::<0>(x, place, scratch);
        for (signed, blame) in scratch.iter().zip(blame) {
            vector_math::add_signed(signed, blame);
        }
        score
    }

    /// The score on the way up. The blame is written with its side as its sign: boxes are nested, so that a
    /// coordinate that is beyond several is so on one side.
    #[inline(always)]
    fn climb<const G: usize>(&self, x: &[Lanes], place: Place, blame: &mut [Lanes]) -> f32 {
        let groups = if G == 0 { self.groups } else { G };
        let Place { leaf: node, mut depth } = place;
        let leaf = usize::from(node - self.first_leaf);
        let point = &self.points[groups * leaf..groups * leaf + groups];
        let beyond = vector_math::distance(point, x);
        let mut score;
        if beyond > 0.0 {
            score = 1.0 / (f32::from(depth) + 1.0);
            vector_math::blame_point(point, x, score / beyond, blame);
        } else {
            score = self.seen(leaf, depth);
            blame.fill(Lanes::default());
        }
        let mut above = self.nodes[usize::from(node)].parent;
        while above != NONE {
            depth -= 1;
            let start = groups * usize::from(above);
            let bounds = &self.boxes[start..start + groups];
            // Boxes are nested: what is inside of one is inside of all above.
            let beyond = vector_math::outside(bounds, x);
            if beyond <= 0.0 {
                break;
            }
            let here = &self.nodes[usize::from(above)];
            let inverse = 1.0 / (here.sides + beyond);
            let (separated, unseen) = (beyond * inverse, 1.0 / (f32::from(depth) + 1.0));
            score = score * (1.0 - separated) + separated * unseen;
            vector_math::blame(bounds, x, 1.0 - separated, unseen * inverse, blame);
            above = here.parent;
        }
        score
    }

    /// The score of a point that equals a leaf's: the deeper and the heavier, the less.
    #[cold]
    fn seen(&self, leaf: usize, depth: u16) -> f32 {
        let mass = f32::from(self.masses[leaf]);
        let damping = 1.0 - 0.5 * mass / f32::from(self.mass.max(1));
        damping / (f32::from(depth) + libm::log2f(mass + 1.0))
    }

    /// The leaf whose known coordinates are closest to those of `x`, among those that the known coordinates
    /// lead to: a cut of a missing coordinate is followed on both sides. `missing` holds 1 where a coordinate
    /// is missing, 0 elsewhere.
    pub(in super::super) fn closest(&self, x: &[Lanes], missing: &[Lanes], stack: &mut [u16]) -> Option<u16> {
        if self.root == NONE {
            return None;
        }
        let (mut node, mut waiting, mut best) = (self.root, 0, (f32::INFINITY, NONE));
        loop {
            while node < self.first_leaf {
                let here = &self.nodes[usize::from(node)];
                let right = usize::from(coordinate(x, here.dimension) > here.cut);
                if coordinate(missing, here.dimension) > 0.0 && waiting < stack.len() {
                    stack[waiting] = here.children[1 - right];
                    waiting += 1;
                }
                node = here.children[right];
            }
            let mut distance = 0.0;
            let leaf = node - self.first_leaf;
            for ((a, b), missing) in self.point(leaf).iter().zip(x).zip(missing) {
                for i in 0..8 {
                    distance += (a.0[i] - b.0[i]).abs() * (1.0 - missing.0[i]);
                }
            }
            if distance < best.0 || best.1 == NONE {
                best = (distance, leaf);
            }
            if waiting == 0 {
                return Some(best.1);
            }
            waiting -= 1;
            node = stack[waiting];
        }
    }
}

/// A cut that separates a point from a box: the dimension with probability proportional to how far the point
/// is outside in it, the place uniform in between. `at` is uniform below the sum of those distances.
fn separating_cut(bounds: impl Iterator<Item = Sides>, x: &[Lanes], at: &mut f64) -> (u16, f32) {
    let mut found = (0, 0.0, 0.0);
    let mut dimension = 0;
    for (Sides { low, high }, x) in bounds.zip(x) {
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
fn between(from: f32, to: f32, at: f64) -> f32 {
    let cut = (f64::from(from) + at) as f32;
    if cut >= from && cut < to { cut } else { from }
}
