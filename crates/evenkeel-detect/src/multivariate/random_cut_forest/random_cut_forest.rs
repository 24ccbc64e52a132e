//! Random cut forests.

use super::random_cut_forest_builder::RandomCutForestBuilder;
use super::reservoir::{Draw, Reservoir};
use super::tree::{Place, Tree, descend};
use super::vector_math::{Lanes, Sides};
use crate::multivariate::row_check::RowCheck;
use alloc::boxed::Box;
use alloc::vec;
use evenkeel_core::{Direction, Error, Prediction, Score, Stage, observed, observed_slice};
use evenkeel_stats::Generator;

/// Notices points and short patterns unlike those of late, in one metric or in many together, without a model
/// of any.
///
/// *When*: you don't know what is normal; shapes matter (through shingles), or coordinates that are ordinary
/// alone and strange together. For one well-behaved metric a forecaster is sharper.
///
/// *Method*: each of T trees holds a sample of S past points, cut at random until each is alone: a cut's
/// dimension is chosen with probability proportional to the side of the box around the points, its place
/// uniformly. A point that soon is alone is strange. Points come into a tree and leave it without a rebuild,
/// its distribution staying that of a tree made from scratch. S. Guha, N. Mishra, G. Roy, O. Schrijvers,
/// Robust random cut forest based anomaly detection on streams, ICML 2016, PMLR 48:2712-2721. The samples are
/// reservoirs in which the weight of a point falls by e^(-decay) with each later point.
///
/// The *score* is that of Amazon's library, not the paper's co-displacement: for a tree of mass M, the
/// expectation of 1 / (depth + 1) where the point is cut off, over the cuts that its insertion would draw,
/// times log2(M + 1); averaged over the trees. A point that equals a leaf of mass m at depth d there scores
/// (1 - m / 2M) / (d + log2(m + 1)). About 1 is ordinary, less where values repeat; isolated points reach 2
/// to log2(S + 1). Direction and dimension: the coordinate of the input that most of the score is due to,
/// over all rows of the shingle ([`attribution`](Self::attribution) has them all). Expected, if asked for:
/// what the trees have where the rest of the shingle is as it was.
///
/// *Shingle*: the last `shingle` rows make one point, so that a pattern of that length is a place. *Input*:
/// rows `&[f64]` of `dimensions` coordinates; for one metric [`Univariate`](crate::adapt::Univariate) makes
/// it a stage of `f64`.
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `dimensions` | \[1, 4096\] | – | coordinates of a row |
/// | `shingle` | \[1, 4096\], times `dimensions` at most 4096 | 8 | 1 for rows without order |
/// | `trees` | \[1, 1000\] | 50 | the error of the score falls with its root |
/// | `samples` | \[2, 16384\] | 256 | more see finer structure and slower |
/// | `decay` | \[0, 1\] | 0.1 / `samples` | a memory of about ten times the sample |
/// | `warm_up` | 0 or \[2, 10^5\] rows, times `dimensions` at most 2^22 | 64 | median and spread of the first rows scale each dimension, since cuts follow lengths; 0: the data are used as they are |
/// | `expectations` | | false | costs as much as the score |
/// | `seed` | any | 0 | |
///
/// Scores begin when a quarter of the sample is there. The scale stays; what was constant while warming up is
/// taken to vary by 1 % of its level (by 1 around 0). Points are held in `f32`.
///
/// *Wild values* (by the rule of `PlausibilityCheck`, for each coordinate) are scored, but no tree learns
/// them: the row is then as if they had been missing. *Missing data*: a missing coordinate is imputed: the
/// median over the trees of its value at the closest point on the other coordinates. A row without any
/// observed coordinate, or of the wrong length, moves the shingle on by an imputed row and is not scored.
/// Points of which more than half is imputed are not learned. Before the first points rows without a value
/// are skipped.
///
/// *Cost*: O(T log S) cuts and, of those, the boxes of `shingle * dimensions` sides that the point is outside
/// of. *State*: 12 T S `shingle * dimensions` + 54 T S bytes, rounded up to multiples of eight coordinates.
///
/// ```
/// use evenkeel_core::{Direction, Error, Stage};
/// use evenkeel_detect::adapt::Univariate;
/// use evenkeel_detect::multivariate::RandomCutForest;
///
/// let mut forest = Univariate(RandomCutForest::builder(1).shingle(4).trees(30).build()?);
/// let wave = |i: u32| (f64::from(i) * 0.5).sin();
/// let ordinary = (0..1000).filter_map(|i| forest.update(wave(i))).map(|score| score.value());
/// assert!(ordinary.skip(500).sum::<f64>() / 430.0 < 1.2);
/// // A value that is ordinary, at the wrong time.
/// let strange = forest.update(wave(1000) - 1.2).unwrap();
/// assert!(strange.value() > 1.5 && strange.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomCutForest {
    pub(super) settings: RandomCutForestBuilder,
    pub(super) members: Box<[Member]>,
    /// Rows of the warm-up, until there are enough; then center and inverse scale of each dimension.
    pub(super) scaling: Scaling,
    /// The last rows, oldest first.
    pub(super) shingle: Box<[Lanes]>,
    /// 1 where a coordinate of the shingle was imputed.
    pub(super) imputed: Box<[Lanes]>,
    /// How many rows of the shingle are there.
    pub(super) filled: usize,
    /// How many points were offered to the trees.
    pub(super) learned: u64,
    /// The part of the latest score that is due to each coordinate, upward and downward.
    pub(super) blame: Box<[Sides]>,
    pub(super) check: RowCheck,
    pub(super) scratch: Scratch,
}

/// A tree and its sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) tree: Tree,
    pub(super) reservoir: Reservoir,
    pub(super) generator: Generator,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scaling {
    /// Rows of the warm-up, one after another; missing ones are NaN.
    pub(super) rows: Box<[f64]>,
    pub(super) waiting: usize,
    pub(super) center: Box<[f64]>,
    pub(super) inverse: Box<[f64]>,
    pub(super) ready: bool,
}

/// Room to work in; never part of the state.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    pub(super) signed: Box<[Lanes]>,
    pub(super) missing: Box<[Lanes]>,
    pub(super) point: Box<[Lanes]>,
    pub(super) flat: Box<[f32]>,
    pub(super) stack: Box<[u16]>,
    pub(super) closest: Box<[u16]>,
    pub(super) values: Box<[f32]>,
    pub(super) column: Box<[f64]>,
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The part of a score that is due to one coordinate; see [`RandomCutForest::attribution`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Attribution {
    /// The coordinate of the row.
    pub dimension: u32,
    /// How many rows ago; 0 is the latest.
    pub lag: u32,
    /// The part of the score that is due to its being too high.
    pub high: f64,
    /// The part of the score that is due to its being too low.
    pub low: f64,
}

/// How many trees a point walks down at once.
const TOGETHER: usize = 4;
/// Largest magnitude of a scaled coordinate: sums of as many as there may be are finite.
const LARGEST: f64 = 1e30;
/// What is nearer to 0 is 0: no two coordinates are so close that the reciprocal of their distance is beyond
/// an `f32`.
const SMALLEST: f64 = 1e-20;

impl Scaling {
    fn apply(&self, x: f64, dimension: usize) -> f32 {
        let scaled = (x - self.center[dimension]) * self.inverse[dimension];
        if scaled.abs() < SMALLEST { 0.0 } else { scaled.clamp(-LARGEST, LARGEST) as f32 }
    }

    fn undo(&self, x: f32, dimension: usize) -> f64 {
        f64::from(x) / self.inverse[dimension] + self.center[dimension]
    }

    /// Takes centers and scales from the rows that wait.
    fn learn(&mut self, column: &mut [f64]) {
        let dimensions = self.center.len();
        for d in 0..dimensions {
            let mut n = 0;
            for x in self.rows.iter().skip(d).step_by(dimensions).copied().filter_map(observed) {
                column[n] = x;
                n += 1;
            }
            let values = &mut column[..n];
            values.sort_unstable_by(f64::total_cmp);
            let quantile = |q: usize| if n == 0 { 0.0 } else { values[(n - 1) * q / 4] };
            let center = quantile(2);
            let farthest = values.iter().map(|x| (x - center).abs()).fold(0.0, f64::max);
            let sd = if farthest > 0.0 {
                let mean =
                    values.iter().map(|x| ((x - center) / farthest) * ((x - center) / farthest)).sum::<f64>()
                        / n as f64;
                farthest * libm::sqrt(mean)
            } else {
                0.0
            };
            let mut scale = ((quantile(3) - quantile(1)) / 1.349).max(0.5 * sd);
            if scale < 1e-12 * center.abs() || scale == 0.0 {
                scale = if center == 0.0 { 1.0 } else { 0.01 * center.abs() };
            }
            self.center[d] = center;
            self.inverse[d] = 1.0 / scale.max(1e-100);
        }
        self.ready = true;
    }
}

/// Coordinate `i` of a padded point.
fn slot(point: &mut [Lanes], i: usize) -> &mut f32 {
    &mut point[i / 8].0[i % 8]
}

impl RandomCutForestBuilder {
    /// The forest.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<RandomCutForest, Error> {
        self.validate()?;
        let Self { dimensions, shingle, trees, samples, warm_up, seed, .. } = self;
        let groups = (dimensions * shingle).div_ceil(8);
        let lanes = || vec![Lanes::default(); groups].into_boxed_slice();
        let members = (0..trees as u64).map(|i| Member {
            tree: Tree::new(samples, groups),
            reservoir: Reservoir::new(samples),
            generator: Generator::stream(seed, i),
        });
        Ok(RandomCutForest {
            settings: self,
            members: members.collect(),
            scaling: Scaling {
                rows: vec![0.0; warm_up * dimensions].into(),
                waiting: 0,
                center: vec![0.0; dimensions].into(),
                inverse: vec![1.0; dimensions].into(),
                ready: warm_up == 0,
            },
            shingle: lanes(),
            imputed: lanes(),
            filled: 0,
            learned: 0,
            blame: vec![Sides::default(); groups].into(),
            check: RowCheck::new(self.dimensions),
            scratch: Scratch {
                signed: lanes(),
                missing: lanes(),
                point: lanes(),
                flat: vec![0.0; 8 * groups].into(),
                stack: vec![0; samples].into(),
                closest: vec![0; trees].into(),
                values: vec![0.0; trees].into(),
                column: vec![0.0; warm_up.max(2 * dimensions)].into(),
            },
        })
    }
}

impl RandomCutForest {
    /// A forest for rows of `dimensions` coordinates.
    pub fn builder(dimensions: usize) -> RandomCutForestBuilder {
        RandomCutForestBuilder::new(dimensions)
    }

    /// How many points were offered to the trees.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.learned
    }

    /// The part of the latest score that is due to each coordinate of the shingle, oldest row first. The
    /// parts sum to the score, but for points that a tree had seen before, to which no coordinate
    /// contributes. Valid until the next update.
    pub fn attribution(&self) -> impl Iterator<Item = Attribution> + '_ {
        let (dimensions, rows) = (self.settings.dimensions, self.settings.shingle);
        (0..rows * dimensions).map(move |i| {
            let (lag, dimension) = ((rows - 1 - i / dimensions) as u32, (i % dimensions) as u32);
            let Sides { low, high } = &self.blame[i / 8];
            let (high, low) = (high.0[i % 8], low.0[i % 8]);
            Attribution { dimension, lag, high: f64::from(high), low: f64::from(low) }
        })
    }

    /// Whether the shingle is full and the trees hold enough points for a score.
    fn speaks(&self) -> bool {
        self.filled == self.settings.shingle
            && self.members[0].reservoir.kept().len() >= self.settings.samples.div_ceil(4)
    }

    /// Moves the shingle on by a row, of which NaN is missing.
    fn advance(&mut self, row: Option<&[f64]>) {
        let dimensions = self.settings.dimensions;
        let (all, kept) = (dimensions * self.settings.shingle, dimensions * (self.settings.shingle - 1));
        for i in 0..kept {
            *slot(&mut self.shingle, i) = *slot(&mut self.shingle, i + dimensions);
            *slot(&mut self.imputed, i) = *slot(&mut self.imputed, i + dimensions);
        }
        self.scratch.missing.fill(Lanes::default());
        let mut any = false;
        for (d, i) in (kept..all).enumerate() {
            let x = row.and_then(|row| observed(row[d]));
            // Until trees know better, what is missing is as it was.
            let before = if kept > 0 { *slot(&mut self.shingle, i - dimensions) } else { 0.0 };
            *slot(&mut self.shingle, i) = x.map_or(before, |x| self.scaling.apply(x, d));
            let missing = f32::from(u8::from(x.is_none()));
            *slot(&mut self.imputed, i) = missing;
            *slot(&mut self.scratch.missing, i) = missing;
            any |= x.is_none();
        }
        self.filled = (self.filled + 1).min(self.settings.shingle);
        if any && self.filled == self.settings.shingle && self.learned > 0 {
            self.scratch.point.copy_from_slice(&self.shingle);
            self.find_closest();
            for i in kept..all {
                if *slot(&mut self.imputed, i) > 0.0 {
                    *slot(&mut self.shingle, i) = self.middle(i).0;
                }
            }
        }
    }

    /// Finds each tree's closest leaf to the scratch point.
    fn find_closest(&mut self) {
        let scratch = &mut self.scratch;
        for (member, closest) in self.members.iter().zip(&mut scratch.closest) {
            let leaf = member.tree.closest(&scratch.point, &scratch.missing, &mut scratch.stack);
            *closest = leaf.unwrap_or(u16::MAX);
        }
    }

    /// The median and half the distance of the quantiles 0.16 and 0.84, over the trees, of coordinate `i` at
    /// the leaves that were found.
    fn middle(&mut self, i: usize) -> (f32, f32) {
        let scratch = &mut self.scratch;
        let mut n = 0;
        for (member, leaf) in self.members.iter().zip(&scratch.closest) {
            if *leaf != u16::MAX {
                scratch.values[n] = member.tree.point(*leaf)[i / 8].0[i % 8];
                n += 1;
            }
        }
        if n == 0 {
            return (0.0, 0.0);
        }
        let values = &mut scratch.values[..n];
        values.sort_unstable_by(f32::total_cmp);
        let at = |share: usize| values[(n - 1) * share / 100];
        (at(50), 0.5 * (at(84) - at(16)))
    }

    /// What the trees expect of the next row, given those before.
    fn expect_row(&mut self) -> bool {
        let dimensions = self.settings.dimensions;
        let all = dimensions * self.settings.shingle;
        let scratch = &mut self.scratch;
        scratch.missing.fill(Lanes::default());
        scratch.point.fill(Lanes::default());
        for i in 0..all - dimensions {
            *slot(&mut scratch.point, i) = *slot(&mut self.shingle, i + dimensions);
        }
        for i in all - dimensions..all {
            *slot(&mut scratch.missing, i) = 1.0;
        }
        self.find_closest();
        true
    }

    /// Scores the shingle and attributes the score to its coordinates.
    fn score(&mut self) -> f64 {
        self.blame.fill(Sides::default());
        let mut sum = 0.0;
        for (flat, lanes) in self.scratch.flat.chunks_exact_mut(8).zip(&self.shingle) {
            flat.copy_from_slice(&lanes.0);
        }
        let Scratch { flat, signed, .. } = &mut self.scratch;
        let mut add = |tree: &Tree, place: Place| {
            let score = tree.score(&self.shingle, place, signed, &mut self.blame);
            sum += score.map_or(0.0, f64::from);
        };
        let (together, rest) = self.members.as_chunks::<TOGETHER>();
        for members in together {
            let trees = members.each_ref().map(|member| &member.tree);
            for (tree, place) in trees.into_iter().zip(descend(trees, flat)) {
                add(tree, place);
            }
        }
        for Member { tree, .. } in rest {
            let [place] = descend([tree], flat);
            add(tree, place);
        }
        let each = libm::log2(f64::from(self.members[0].tree.mass()) + 1.0) / self.members.len() as f64;
        for Sides { low, high } in &mut self.blame {
            low.0 = low.0.map(|x| x * each as f32);
            high.0 = high.0.map(|x| x * each as f32);
        }
        sum * each
    }

    /// The dimension that most of the score is due to, and its side.
    fn culprit(&self) -> (u32, Direction) {
        let (mut culprit, mut most) = ((0, Direction::Either), 0.0);
        for d in 0..self.settings.dimensions {
            let (mut high, mut low) = (0.0, 0.0);
            for i in (d..self.settings.dimensions * self.settings.shingle).step_by(self.settings.dimensions) {
                high += self.blame[i / 8].high.0[i % 8];
                low += self.blame[i / 8].low.0[i % 8];
            }
            if high + low > most {
                most = high + low;
                let side = if high >= low { Direction::Up } else { Direction::Down };
                let dimension = d as u32;
                culprit = (dimension, side);
            }
        }
        culprit
    }

    /// Offers the shingle to every tree.
    fn learn(&mut self) {
        let decay = self.settings.decay_in_force();
        let decayed = decay * self.learned as f64;
        let growth = libm::exp(decay);
        self.learned += 1;
        for Member { tree, reservoir, generator } in &mut self.members {
            let Draw::Taken(weight) = reservoir.draw(generator, growth, decayed) else { continue };
            if let Some(leaf) = reservoir.evicted() {
                tree.remove(leaf);
            }
            if let Some(leaf) = tree.insert(&self.shingle, generator) {
                reservoir.enter(weight, leaf, decayed);
            }
        }
    }

    /// Whether enough of the shingle was observed.
    fn is_worth_learning(&self) -> bool {
        let imputed: f32 = self.imputed.iter().flat_map(|lanes| lanes.0).sum();
        let all = (self.settings.dimensions * self.settings.shingle) as f32;
        2.0 * imputed <= all
    }

    fn take(&mut self, row: &[f64], silent: bool) -> Option<Score> {
        let speaks = !silent && self.speaks();
        let expected = speaks && self.settings.expectations && self.expect_row();
        let dimensions = self.settings.dimensions;
        let latest = dimensions * (self.settings.shingle - 1);
        // Where there is one dimension, what is expected of it has to be noted before the scratch space is
        // used again.
        let only = (expected && dimensions == 1).then(|| self.prediction(0)).flatten();
        let many = expected && dimensions > 1;
        if many {
            for d in 0..dimensions {
                let (middle, spread) = self.middle(latest + d);
                self.scratch.column[2 * d] = self.scaling.undo(middle, d);
                self.scratch.column[2 * d + 1] = f64::from(spread) / self.scaling.inverse[d];
            }
        }
        self.advance(Some(row));
        let wild = !silent && self.check.any_wild();
        if self.filled < self.settings.shingle {
            if wild {
                self.take_out_wild();
            }
            return None;
        }
        let score = speaks.then(|| {
            let value = self.score();
            let (dimension, direction) = self.culprit();
            let mut score = Score::new(value, direction)?;
            if dimensions > 1 {
                score = score.with_dimension(dimension);
            }
            let d = 2 * dimension as usize;
            let expected =
                if many { Prediction::new(self.scratch.column[d], self.scratch.column[d + 1]) } else { only };
            Some(expected.map_or(score, |expected| score.with_expected(expected)))
        });
        if wild {
            self.take_out_wild();
        } else if self.is_worth_learning() {
            self.learn();
        }
        score.flatten()
    }

    fn prediction(&mut self, d: usize) -> Option<Prediction> {
        let latest = self.settings.dimensions * (self.settings.shingle - 1);
        let (middle, spread) = self.middle(latest + d);
        Prediction::new(self.scaling.undo(middle, d), f64::from(spread) / self.scaling.inverse[d])
    }
}

impl Stage<&[f64]> for RandomCutForest {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let dimensions = self.settings.dimensions;
        let row = observed_slice(row, dimensions).filter(|row| row.iter().any(|x| observed(*x).is_some()));
        let Some(row) = row else {
            if self.learned > 0 {
                self.advance(None);
            }
            return None;
        };
        if self.check.starts_over(row) {
            self.forget();
        }
        if self.scaling.ready {
            return self.take(row, false);
        }
        let start = self.scaling.waiting * dimensions;
        for (d, (place, x)) in self.scaling.rows[start..start + dimensions].iter_mut().zip(row).enumerate() {
            *place = if self.check.is_wild(d) { f64::NAN } else { *x };
        }
        self.scaling.waiting += 1;
        if self.scaling.waiting == self.settings.warm_up {
            self.scaling.learn(&mut self.scratch.column);
            let rows = core::mem::take(&mut self.scaling.rows);
            for row in rows.chunks_exact(dimensions) {
                self.take(row, true);
            }
            self.scaling.rows = rows;
            self.scaling.rows.fill(0.0);
            self.scaling.waiting = 0;
        }
        None
    }

    fn reset(&mut self) {
        self.forget();
        self.check.reset();
    }
}

impl RandomCutForest {
    /// Wild coordinates of the last row are as they were in the row before, and count as imputed.
    #[cold]
    fn take_out_wild(&mut self) {
        let dimensions = self.settings.dimensions;
        let start = dimensions * (self.settings.shingle - 1);
        for d in (0..dimensions).filter(|d| self.check.is_wild(*d)) {
            let before = if start > 0 { *slot(&mut self.shingle, start + d - dimensions) } else { 0.0 };
            *slot(&mut self.shingle, start + d) = before;
            *slot(&mut self.imputed, start + d) = 1.0;
        }
    }

    fn forget(&mut self) {
        for (member, i) in self.members.iter_mut().zip(0..) {
            member.tree.clear();
            member.reservoir.clear();
            member.generator = Generator::stream(self.settings.seed, i);
        }
        let scaling = &mut self.scaling;
        scaling.rows.fill(0.0);
        scaling.waiting = 0;
        scaling.center.fill(0.0);
        scaling.inverse.fill(1.0);
        scaling.ready = self.settings.warm_up == 0;
        self.shingle.fill(Lanes::default());
        self.imputed.fill(Lanes::default());
        self.blame.fill(Sides::default());
        (self.filled, self.learned) = (0, 0);
    }
}
