//! Half-space trees.

use crate::multivariate::row_check::RowCheck;
use alloc::vec::Vec;
use alloc::{boxed::Box, vec};
use evenkeel_core::{Direction, Error, Score, Stage, observed, observed_slice};
#[cfg(feature = "serde")]
use evenkeel_core::{LARGEST, PlausibilityCheck};
use evenkeel_stats::Generator;

/// Notices values where there were few recently: a density estimate in a microsecond, for one metric or many.
///
/// *When*: many streams, little time, and point anomalies in a range that is known or seen at the start. It
/// has no sense of order; [`RandomCutForest`](crate::multivariate::RandomCutForest) has, is sharper, and
/// costs more.
///
/// *Method*: each tree halves a random box around the range again and again, each time in a random dimension,
/// before it has seen any data. A node counts the values of the last window that fell into it. The path of a
/// value ends where the count is at most `sparse`, and the count there times 2^depth is the density. S. C.
/// Tan, K. M. Ting, T. F. Liu, Fast anomaly detection for streaming data, IJCAI 2011, 1511-1516,
/// doi:10.5591/978-1-57735-516-8/IJCAI11-254. *Deviations*: the range may come from the first rows rather
/// than be \[0, 1\]; the default depth is 8 rather than 15, which takes 128 times less room and, with a
/// window of 250, ends at `sparse` nearly as often; the score is a logarithm.
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `dimensions` | \[1, 4096\] | – | coordinates of a row |
/// | `range` | low < high for each dimension | from the first `window` rows | |
/// | `trees` | \[1, 1000\] | 25 | as published |
/// | `depth` | \[1, 15\] | 8 | |
/// | `window` | \[2, 10^6\], times `dimensions` at most 2^22 | 250 | as published: what is normal is the last whole window |
/// | `sparse` | \[0, `window`\] | a tenth of the window | as published |
/// | `seed` | any | 0 | |
///
/// *Score*: -log2 of the mean over the trees of count / window * 2^depth: how many times less dense, in
/// powers of two, than if the window were spread evenly over a tree's box; negative where it is dense. A
/// place where no tree has a value counts as half a value in one of them. The order is that of the paper's
/// scores. No direction, no dimension. Values outside of the range count as far outside as one range at most.
/// A range from first rows stays: if the level moves out of it for good, learn anew.
///
/// *Wild values* (by the rule of `PlausibilityCheck`, for each coordinate) have no part in a range that is
/// taken from the first rows. *Missing data*: at a cut of a missing coordinate the path goes to the heavier
/// side, the left of equal ones; a row without any is skipped. *Cost*: O(trees depth), and at the end of a
/// window O(nodes) once. *State*: 16 trees 2^(depth + 1) bytes and 8 window `dimensions` while it warms up.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::adapt::Univariate;
/// use evenkeel_detect::multivariate::HalfSpaceTrees;
///
/// let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64;
/// let mut trees = Univariate(HalfSpaceTrees::builder(1).build()?);
/// trees.run((0..1000).map(|i| noise(i) + noise(i + 7))).for_each(drop);
/// assert!(trees.update(4.0).unwrap().value() > trees.update(1.0).unwrap().value() + 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HalfSpaceTrees {
    settings: HalfSpaceTreesBuilder,
    /// Low end and inverse length of each dimension.
    range: Box<[(f64, f64)]>,
    /// Rows that set the range, one after another; missing coordinates are NaN.
    rows: Box<[f64]>,
    waiting: usize,
    ready: bool,
    /// Tree after tree, each a heap of 2^(depth + 1) places of which the first is free.
    nodes: Box<[Node]>,
    /// How many rows of this window came.
    counted: usize,
    /// Whether there was a whole window.
    speaks: bool,
    scaled: Box<[f32]>,
    check: RowCheck,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    cut: f32,
    dimension: u32,
    /// The count of the last whole window.
    reference: u32,
    /// The count of this one.
    latest: u32,
}

/// Settings of [`HalfSpaceTrees`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct HalfSpaceTreesBuilder {
    dimensions: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    low: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    high: Vec<f64>,
    trees: usize,
    depth: u32,
    window: usize,
    sparse: Option<u32>,
    seed: u64,
}

impl HalfSpaceTreesBuilder {
    /// The range of each dimension, low and high. Default: that of the first window.
    pub fn range(mut self, range: &[(f64, f64)]) -> Self {
        (self.low, self.high) = range.iter().copied().unzip();
        self
    }

    /// How many trees, in \[1, 1000\]. Default 25.
    pub fn trees(mut self, trees: usize) -> Self {
        self.trees = trees;
        self
    }

    /// How often a tree halves its box, in \[1, 15\]. Default 8.
    pub fn depth(mut self, cuts: u32) -> Self {
        self.depth = cuts;
        self
    }

    /// How many rows make a window, in \[2, 10^6\]. Default 250.
    pub fn window(mut self, rows: usize) -> Self {
        self.window = rows;
        self
    }

    /// Up to which count a node is too sparse to be looked into, in \[0, `window`\]. Default: a tenth of the
    /// window.
    pub fn sparse(mut self, count: u32) -> Self {
        self.sparse = Some(count);
        self
    }

    /// The seed of the boxes and of the dimensions. Default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn validate(&self) -> Result<(), Error> {
        let Self { dimensions, trees, depth, window, .. } = *self;
        Error::require((1..=4096).contains(&dimensions), "dimensions", "in [1, 4096]", dimensions)?;
        Error::require((1..=1000).contains(&trees), "trees", "in [1, 1000]", trees)?;
        Error::require((1..=15).contains(&depth), "depth", "in [1, 15]", depth)?;
        Error::require((2..=1_000_000).contains(&window), "window", "in [2, 10^6]", window)?;
        let cells = window * dimensions;
        Error::require(cells <= 1 << 22, "window * dimensions", "at most 2^22", cells)?;
        let sparse = self.sparse.unwrap_or(0);
        Error::require(sparse as usize <= window, "sparse", "in [0, window]", sparse)?;
        let ends = self.low.len();
        let given = self.high.len() == ends && (ends == 0 || ends == dimensions);
        Error::require(given, "range", "one for each dimension", ends)?;
        for (low, high) in self.low.iter().zip(&self.high) {
            let holds = observed(*low).is_some() && observed(*high).is_some() && low < high;
            Error::require(
                holds,
                "range",
                "two numbers up to 1e100 in magnitude, low < high",
                format_args!("({low}, {high})"),
            )?;
        }
        Ok(())
    }

    fn sparse_in_force(&self) -> u32 {
        self.sparse.unwrap_or((self.window / 10) as u32)
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<HalfSpaceTrees, Error> {
        self.validate()?;
        let given = !self.low.is_empty();
        let range = if given {
            self.low
                .iter()
                .zip(&self.high)
                .map(|(low, high)| (*low, (1.0 / (high - low)).min(1e300)))
                .collect()
        } else {
            vec![(0.0, 1.0); self.dimensions].into()
        };
        let waits = if given { 0 } else { self.window * self.dimensions };
        Ok(HalfSpaceTrees {
            range,
            rows: vec![0.0; waits].into(),
            waiting: 0,
            ready: given,
            nodes: grown(&self),
            counted: 0,
            speaks: false,
            scaled: vec![0.0; self.dimensions].into(),
            check: RowCheck::new(self.dimensions),
            settings: self,
        })
    }
}

/// The cuts of all trees: they depend on the seed alone.
fn grown(settings: &HalfSpaceTreesBuilder) -> Box<[Node]> {
    let size = 2 << settings.depth;
    let mut nodes = vec![Node { cut: 0.0, dimension: 0, reference: 0, latest: 0 }; size * settings.trees];
    // The box of each node on the way to the present one.
    let mut boxes = vec![(0.0, 0.0); (settings.depth as usize + 1) * settings.dimensions];
    for (tree, index) in nodes.chunks_exact_mut(size).zip(0..) {
        let mut generator = Generator::stream(settings.seed, index);
        for side in &mut boxes[..settings.dimensions] {
            let center = generator.uniform();
            let reach = 2.0 * f64::max(center, 1.0 - center);
            *side = (center - reach, center + reach);
        }
        halve(tree, 1, &mut boxes, settings.dimensions, &mut generator);
    }
    nodes.into()
}

fn halve(
    tree: &mut [Node],
    at: usize,
    boxes: &mut [(f64, f64)],
    dimensions: usize,
    generator: &mut Generator,
) {
    // The last nodes have no children to be cut for.
    if 2 * at >= tree.len() {
        return;
    }
    let dimension = generator.uniform_below(dimensions as u64) as usize;
    let (low, high) = boxes[dimension];
    let cut = 0.5 * (low + high);
    (tree[at].cut, tree[at].dimension) = (cut as f32, dimension as u32);
    for (child, side) in [(2 * at, (low, cut)), (2 * at + 1, (cut, high))] {
        let (here, below) = boxes.split_at_mut(dimensions);
        below[..dimensions].copy_from_slice(here);
        below[dimension] = side;
        halve(tree, child, below, dimensions, generator);
    }
}

impl HalfSpaceTrees {
    /// Trees for rows of `dimensions` coordinates.
    pub fn builder(dimensions: usize) -> HalfSpaceTreesBuilder {
        HalfSpaceTreesBuilder {
            dimensions,
            low: Vec::new(),
            high: Vec::new(),
            trees: 25,
            depth: 8,
            window: 250,
            sparse: None,
            seed: 0,
        }
    }

    /// The range in force, low and high of each dimension, once there is one.
    #[must_use]
    pub fn range(&self) -> impl ExactSizeIterator<Item = (f64, f64)> + '_ {
        let known = if self.ready { &*self.range } else { &[] };
        known.iter().map(|(low, inverse)| (*low, low + 1.0 / inverse))
    }

    /// Takes the range from the rows that wait.
    fn find_range(&mut self) {
        let dimensions = self.settings.dimensions;
        for (d, range) in self.range.iter_mut().enumerate() {
            let column = || self.rows.iter().skip(d).step_by(dimensions).copied().filter_map(observed);
            let low = column().fold(f64::INFINITY, f64::min);
            let high = column().fold(f64::NEG_INFINITY, f64::max);
            // What was constant may vary by a hundredth of its level, and what never came by one around 0.
            let room = f64::max(1e-9 * f64::max(low.abs(), high.abs()), 1e-100);
            *range = if low > high {
                (-0.5, 1.0)
            } else if high - low > room {
                (low, 1.0 / (high - low))
            } else {
                let reach = if low == 0.0 { 1.0 } else { 0.01 * low.abs() };
                (low - 0.5 * reach, 1.0 / reach.max(1e-100))
            };
        }
        self.ready = true;
    }

    /// Scores and counts a row.
    fn take(&mut self, row: &[f64], silent: bool) -> Option<f64> {
        for ((scaled, x), (low, inverse)) in self.scaled.iter_mut().zip(row).zip(&self.range) {
            let at = observed(*x).map_or(f32::NAN, |x| ((x - low) * inverse).clamp(-1.0, 2.0) as f32);
            *scaled = at;
        }
        let (size, sparse) = (2 << self.settings.depth, self.settings.sparse_in_force());
        let mut density = 0_u64;
        for tree in self.nodes.chunks_exact_mut(size) {
            let (mut at, mut scale, mut found) = (1, 0, None);
            loop {
                let Node { cut, dimension, reference, .. } = tree[at];
                tree[at].latest += 1;
                let last = 2 * at >= size;
                if found.is_none() && (reference <= sparse || last) {
                    found = Some(u64::from(reference) << scale);
                }
                if last {
                    break;
                }
                let x = self.scaled[dimension as usize];
                let right =
                    if x.is_nan() { tree[2 * at + 1].reference > tree[2 * at].reference } else { x >= cut };
                at = 2 * at + usize::from(right);
                scale += 1;
            }
            density += found.unwrap_or(0);
        }
        self.scaled.fill(0.0);
        self.counted += 1;
        let speaks = self.speaks && !silent;
        if self.counted == self.settings.window {
            for node in &mut self.nodes {
                (node.reference, node.latest) = (node.latest, 0);
            }
            (self.counted, self.speaks) = (0, true);
        }
        let all = (self.settings.window * self.settings.trees) as f64;
        speaks.then(|| libm::log2(all) - libm::log2((density as f64).max(0.5)))
    }
}

impl Stage<&[f64]> for HalfSpaceTrees {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let dimensions = self.settings.dimensions;
        let row = observed_slice(row, dimensions)?;
        if row.iter().all(|x| observed(*x).is_none()) {
            return None;
        }
        // A range that was given is not taken from the first rows.
        if self.settings.low.is_empty() && self.check.starts_over(row) {
            self.forget();
        }
        if self.ready {
            return Score::new(self.take(row, false)?, Direction::Either);
        }
        let start = self.waiting * dimensions;
        for (d, (place, x)) in self.rows[start..start + dimensions].iter_mut().zip(row).enumerate() {
            *place = if self.check.is_wild(d) { f64::NAN } else { *x };
        }
        self.waiting += 1;
        if self.waiting == self.settings.window {
            self.find_range();
            let rows = core::mem::take(&mut self.rows);
            for row in rows.chunks_exact(dimensions) {
                self.take(row, true);
            }
            self.rows = rows;
            self.rows.fill(0.0);
            self.waiting = 0;
        }
        None
    }

    fn reset(&mut self) {
        self.forget();
        self.check.reset();
    }
}

impl HalfSpaceTrees {
    fn forget(&mut self) {
        for node in &mut self.nodes {
            (node.reference, node.latest) = (0, 0);
        }
        self.rows.fill(0.0);
        (self.waiting, self.counted, self.speaks) = (0, 0, false);
        if self.settings.low.is_empty() {
            self.range.fill((0.0, 1.0));
            self.ready = false;
        }
        self.scaled.fill(0.0);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(HalfSpaceTreesBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    HalfSpaceTrees as struct Saved("HalfSpaceTrees@2") {
        settings: HalfSpaceTreesBuilder,
        low: Vec<f64>,
        inverse: Vec<f64>,
        rows: Vec<f64>,
        ready: bool,
        /// The two counts of each node; cuts follow from the seed.
        reference: Vec<u32>,
        latest: Vec<u32>,
        counted: usize,
        speaks: bool,
        checks: Vec<PlausibilityCheck>,
    }
}

#[cfg(feature = "serde")]
impl From<&HalfSpaceTrees> for Saved {
    fn from(t: &HalfSpaceTrees) -> Self {
        Self {
            settings: t.settings.clone(),
            low: t.range.iter().map(|(low, _)| *low).collect(),
            inverse: t.range.iter().map(|(_, inverse)| *inverse).collect(),
            rows: t.rows[..t.waiting * t.settings.dimensions].to_vec(),
            ready: t.ready,
            reference: t.nodes.iter().map(|node| node.reference).collect(),
            latest: t.nodes.iter().map(|node| node.latest).collect(),
            counted: t.counted,
            speaks: t.speaks,
            checks: t.check.saved(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for HalfSpaceTrees {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let settings = parts.settings;
        settings.validate()?;
        let (dimensions, given) = (settings.dimensions, !settings.low.is_empty());
        let nodes = settings.trees * (2 << settings.depth);
        // What was sent must be as large as what is asked for, before room is made for it.
        let sizes = parts.low.len() == dimensions
            && parts.inverse.len() == dimensions
            && parts.reference.len() == nodes
            && parts.latest.len() == nodes
            && parts.rows.len().is_multiple_of(dimensions)
            && parts.rows.len() < settings.window * dimensions;
        Error::require(sizes, "parts", "as many as the settings say", "others")?;
        let waits = parts.rows.is_empty() || !parts.ready;
        Error::require(waits && (parts.ready || !given), "rows", "those of a warm-up", "others")?;
        // A range around a constant begins somewhat below it.
        let range = parts.low.iter().all(|x| x.abs() <= 1.01 * LARGEST)
            && parts.inverse.iter().all(|x| (1e-101..=1e300).contains(x));
        Error::require(range, "range", "positive and finite", "others")?;
        let counted = parts.counted;
        Error::require(counted < settings.window, "counted", "less than the window", counted)?;
        let window = settings.window;
        let size = 2 << settings.depth;
        let counts = |counts: &[u32], all: usize| {
            counts.chunks_exact(size).all(|tree| {
                tree[0] == 0
                    && tree[1] as usize == all
                    && (1..size / 2)
                        .all(|i| u64::from(tree[i]) == u64::from(tree[2 * i]) + u64::from(tree[2 * i + 1]))
            })
        };
        let sound =
            counts(&parts.latest, counted) && counts(&parts.reference, if parts.speaks { window } else { 0 });
        Error::require(sound, "counts", "those of the children, summed", "others")?;
        let mut trees = settings.build()?;
        trees.range = parts.low.into_iter().zip(parts.inverse).collect();
        trees.rows[..parts.rows.len()].copy_from_slice(&parts.rows);
        trees.waiting = parts.rows.len() / dimensions;
        for ((node, reference), latest) in trees.nodes.iter_mut().zip(parts.reference).zip(parts.latest) {
            (node.reference, node.latest) = (reference, latest);
        }
        (trees.ready, trees.counted, trees.speaks) = (parts.ready, counted, parts.speaks);
        trees.check.restore(&parts.checks)?;
        Ok(trees)
    }
}
