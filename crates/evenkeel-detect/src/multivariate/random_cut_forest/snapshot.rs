//! Snapshots: cuts and points are saved; parents, masses and boxes follow from them and are checked while
//! they are rebuilt.

use super::random_cut_forest::RandomCutForest;
use super::random_cut_forest_builder::RandomCutForestBuilder;
use super::tree::SavedTree;
use super::vector_math::{Lanes, Sides};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, PlausibilityCheck, observed};
use evenkeel_stats::Generator;

evenkeel_core::exact_as_is!(RandomCutForestBuilder, SavedMember);

evenkeel_core::state! {
    RandomCutForest as struct Saved("RandomCutForest@2") {
        settings: RandomCutForestBuilder,
        members: Vec<SavedMember>,
        /// Rows of the warm-up that are there, or nothing.
        rows: Vec<f64>,
        center: Vec<f64>,
        inverse: Vec<f64>,
        ready: bool,
        /// `f32`s as bits: the same in every format.
        shingle: Vec<u32>,
        imputed: Vec<bool>,
        filled: usize,
        learned: u64,
        high: Vec<u32>,
        low: Vec<u32>,
        checks: Vec<PlausibilityCheck>,
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SavedMember {
    tree: SavedTree,
    #[serde(with = "evenkeel_core::exact")]
    weights: Vec<f64>,
    leaves: Vec<u16>,
    #[serde(with = "evenkeel_core::exact")]
    bound: f64,
    generator: Generator,
}

/// The coordinates of a padded point, as bits.
pub(super) fn bits(point: &[Lanes], coordinates: usize) -> Vec<u32> {
    point.iter().flat_map(|lanes| lanes.0).take(coordinates).map(f32::to_bits).collect()
}

/// A padded point from bits, if each coordinate is 0 or between 1e-20 and 1e30 in magnitude.
pub(super) fn fill(point: &mut [Lanes], bits: &[u32]) -> Result<(), Error> {
    fill_from(point, bits, 0.99e-20)
}

/// The same for numbers that may be as small as they want if `least` is 0.
fn fill_from(point: &mut [Lanes], bits: &[u32], least: f32) -> Result<(), Error> {
    for (i, bits) in bits.iter().enumerate() {
        let x = f32::from_bits(*bits);
        let possible = x == 0.0 || (least..=1e30).contains(&x.abs());
        Error::require(possible, "coordinate", "0, or between 1e-20 and 1e30 in magnitude", x)?;
        point[i / 8].0[i % 8] = x;
    }
    Ok(())
}

impl From<&RandomCutForest> for Saved {
    fn from(forest: &RandomCutForest) -> Self {
        let coordinates = forest.settings.dimensions * forest.settings.shingle;
        let members = forest.members.iter().map(|member| SavedMember {
            tree: member.tree.save(coordinates),
            weights: member.reservoir.kept().iter().map(|(weight, _)| *weight).collect(),
            leaves: member.reservoir.kept().iter().map(|(_, leaf)| *leaf).collect(),
            bound: member.reservoir.bound(),
            generator: member.generator.clone(),
        });
        let scaling = &forest.scaling;
        let imputed = forest.imputed.iter().flat_map(|lanes| lanes.0).take(coordinates);
        let (high, low): (Vec<Lanes>, Vec<Lanes>) =
            forest.blame.iter().map(|sides| (sides.high, sides.low)).unzip();
        Self {
            settings: forest.settings,
            members: members.collect(),
            rows: scaling.rows[..scaling.waiting * forest.settings.dimensions].to_vec(),
            center: scaling.center.to_vec(),
            inverse: scaling.inverse.to_vec(),
            ready: scaling.ready,
            shingle: bits(&forest.shingle, coordinates),
            imputed: imputed.map(|x| x > 0.0).collect(),
            filled: forest.filled,
            learned: forest.learned,
            high: bits(&high, coordinates),
            low: bits(&low, coordinates),
            checks: forest.check.saved(),
        }
    }
}

impl TryFrom<Saved> for RandomCutForest {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let settings = parts.settings;
        settings.validate()?;
        let (dimensions, coordinates) = (settings.dimensions, settings.dimensions * settings.shingle);
        // What was sent must be as large as what is asked for, before room is made for it.
        let sizes = parts.members.len() == settings.trees
            && parts.members.iter().all(|member| member.tree.fits(settings.samples, coordinates))
            && [&parts.shingle, &parts.high, &parts.low].iter().all(|point| point.len() == coordinates)
            && parts.imputed.len() == coordinates
            && parts.center.len() == dimensions
            && parts.inverse.len() == dimensions
            && parts.rows.len().is_multiple_of(dimensions)
            && (parts.rows.len() / dimensions < settings.warm_up || parts.rows.is_empty());
        Error::require(sizes, "parts", "as many as the settings say", "others")?;
        let waits = parts.rows.is_empty() && parts.ready || settings.warm_up > 0 && !parts.ready;
        Error::require(waits, "rows", "those of a warm-up", "others")?;
        let scales = parts.center.iter().all(|x| observed(*x).is_some())
            && parts.inverse.iter().all(|x| (1e-120..=1e101).contains(x));
        Error::require(scales, "scale", "positive and finite", "others")?;
        Error::require(parts.filled <= settings.shingle, "filled", "at most the shingle", parts.filled)?;
        let (learned, full) = (parts.learned, parts.filled == settings.shingle && parts.ready);
        Error::require(learned == 0 || full, "learned", "0 before there is a shingle", learned)?;

        Error::require(learned <= 1 << 53, "learned", "at most 2^53", learned)?;

        let mut forest = settings.build()?;
        forest.scaling.rows[..parts.rows.len()].copy_from_slice(&parts.rows);
        forest.scaling.waiting = parts.rows.len() / dimensions;
        forest.scaling.center = Box::from(parts.center.as_slice());
        forest.scaling.inverse = Box::from(parts.inverse.as_slice());
        forest.scaling.ready = parts.ready;
        fill(&mut forest.shingle, &parts.shingle)?;
        let groups = forest.blame.len();
        let (mut high, mut low) = (vec![Lanes::default(); groups], vec![Lanes::default(); groups]);
        fill_from(&mut high, &parts.high, 0.0)?;
        fill_from(&mut low, &parts.low, 0.0)?;
        for (sides, (high, low)) in forest.blame.iter_mut().zip(high.into_iter().zip(low)) {
            *sides = Sides { low, high };
        }
        for (i, imputed) in parts.imputed.iter().enumerate() {
            forest.imputed[i / 8].0[i % 8] = f32::from(u8::from(*imputed));
        }
        (forest.filled, forest.learned) = (parts.filled, parts.learned);
        forest.check.restore(&parts.checks)?;
        let first = parts.members.first().map_or(0, |member| member.weights.len());
        Error::require(first as u64 <= learned, "weights", "no more than were learned", first)?;
        for (member, saved) in forest.members.iter_mut().zip(&parts.members) {
            let kept = saved.weights.len();
            // All samples fill at the same pace.
            Error::require(
                kept == saved.leaves.len() && kept == first,
                "weights",
                "one for each sampled point",
                kept,
            )?;
            member.tree.restore(&saved.tree, coordinates, &saved.leaves)?;
            let sample: Vec<(f64, u16)> =
                saved.weights.iter().copied().zip(saved.leaves.iter().copied()).collect();
            let is_heap = member.reservoir.restore(&sample, saved.bound);
            Error::require(is_heap, "weights", "a heap", "none")?;
            member.generator = saved.generator.clone();
        }
        Ok(forest)
    }
}
