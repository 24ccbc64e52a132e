//! The private tree against its definition: what no caller can see.

use super::super::vector_math::{Lanes, Sides};
use super::tree::{Tree, descend};
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_stats::{ChiSquared, Generator};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn point(coordinates: &[f32]) -> Vec<Lanes> {
    let mut point = vec![Lanes::default(); coordinates.len().div_ceil(8)];
    for (i, x) in coordinates.iter().enumerate() {
        point[i / 8].0[i % 8] = *x;
    }
    point
}

fn grown(points: &[Vec<Lanes>], generator: &mut Generator) -> (Tree, Vec<u16>) {
    let mut tree = Tree::new(points.len().max(2), points[0].len());
    let leaves = points.iter().map(|x| tree.insert(x, generator).unwrap()).collect();
    (tree, leaves)
}

/// P(counts as uneven as these), of observed against expected.
fn p_value(observed: &[f64], expected: &[f64]) -> f64 {
    let statistic: f64 = observed.iter().zip(expected).map(|(o, e)| (o - e) * (o - e) / e).sum();
    ChiSquared::new((observed.len() - 1) as f64).unwrap().upper(statistic)
}

/// Guha et al. 2016, definition 1: the dimension of the first cut is drawn in proportion to the sides of the
/// box, whatever the order in which the points came.
#[test]
fn first_cuts_follow_the_sides() {
    let sides = [1.0_f32, 2.0, 0.5, 4.0];
    let mut corners: Vec<Vec<Lanes>> = (0..4)
        .map(|d| point(&std::array::from_fn::<f32, 4, _>(|i| if i == d { sides[i] } else { 0.0 })))
        .collect();
    corners.push(point(&[0.0; 4]));
    let mut generator = Generator::new(1);
    let (mut counts, draws) = ([0.0; 4], 40_000);
    let mut lower_half = 0.0;
    for _ in 0..draws {
        generator.shuffle(&mut corners);
        let (tree, _) = grown(&corners, &mut generator);
        let (dimension, cut) = tree.first_cut().unwrap();
        counts[usize::from(dimension)] += 1.0;
        lower_half += f64::from(u8::from(cut < 0.5 * sides[usize::from(dimension)]));
    }
    let total: f32 = sides.iter().sum();
    let expected = sides.map(|side| f64::from(draws) * f64::from(side / total));
    let p = p_value(&counts, &expected);
    assert!(p > 1e-3, "{counts:?} where {expected:?} is due: p = {p}");
    let half = 0.5 * f64::from(draws);
    assert!((lower_half - half).abs() < 4.0 * (0.5 * half).sqrt(), "places are uniform: {lower_half}");
}

/// The distribution of trees does not depend on how they came about: points that came and went leave no trace
/// (Guha et al. 2016, theorems 2 and 3).
#[test]
fn a_tree_forgets_what_left_it() {
    let points: Vec<Vec<Lanes>> = [[0.0, 0.0], [1.0, 0.2], [0.3, 2.0], [3.0, 1.0], [9.0, -4.0], [0.5, 0.5]]
        .map(|x: [f32; 2]| point(&x))
        .into();
    let mut generator = Generator::new(2);
    let mut shapes: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    let draws = 30_000;
    for _ in 0..draws {
        let (tree, _) = grown(&points[..4], &mut generator);
        shapes.entry(tree.shape()).or_default()[0] += 1.0;
        // The two others come first, in between, last; and leave.
        let mut order = [0, 1, 2, 3, 4, 5];
        generator.shuffle(&mut order);
        let shuffled: Vec<_> = order.iter().map(|i| points[*i].clone()).collect();
        let (mut tree, leaves) = grown(&shuffled, &mut generator);
        for (i, leaf) in order.iter().zip(leaves) {
            if *i >= 4 {
                tree.remove(leaf);
            }
        }
        shapes.entry(tree.shape()).or_default()[1] += 1.0;
    }
    assert!(shapes.len() > 10, "{}", shapes.len());
    let (mut statistic, mut cells) = (0.0, 0.0);
    for [a, b] in shapes.values().filter(|[a, b]| a + b >= 20.0) {
        statistic += (a - b) * (a - b) / (a + b);
        cells += 1.0;
    }
    let p = ChiSquared::new(cells - 1.0).unwrap().upper(statistic);
    assert!(p > 1e-3, "statistic {statistic} over {cells} shapes: p = {p}");
}

/// The score of a point is its expected 1 / (depth + 1) where it is cut off, over the cuts that its insertion
/// draws.
#[test]
fn scores_are_the_expectation_over_insertions() {
    let mut generator = Generator::new(3);
    let points: Vec<Vec<Lanes>> =
        (0..20).map(|_| point(&[generator.normal() as f32, generator.normal() as f32])).collect();
    let (mut tree, _) = {
        let mut tree = Tree::new(21, 1);
        let leaves: Vec<u16> = points.iter().map(|x| tree.insert(x, &mut generator).unwrap()).collect();
        (tree, leaves)
    };
    for x in [[0.1, -0.2], [2.0, 0.0], [-9.0, 9.0]].map(|x: [f32; 2]| point(&x)) {
        let mut blame = [Sides::default()];
        let [place] = descend([&tree], &x[0].0);
        let score = f64::from(tree.score(&x, place, &mut [Lanes::default()], &mut blame).unwrap());
        let blamed: f32 = blame[0].low.0.iter().chain(&blame[0].high.0).sum();
        assert!((f64::from(blamed) - score).abs() < 1e-5, "the parts sum to the score");
        let (mut sum, mut squares, draws) = (0.0, 0.0, 20_000);
        for _ in 0..draws {
            let leaf = tree.insert(&x, &mut generator).unwrap();
            // The new cut stands where the point was cut off, at its leaf's depth less one.
            let inverse = 1.0 / f64::from(tree.depth(leaf));
            (sum, squares) = (sum + inverse, squares + inverse * inverse);
            tree.remove(leaf);
        }
        let n = f64::from(draws);
        let error = ((squares / n - (sum / n) * (sum / n)) / n).sqrt();
        assert!((sum / n - score).abs() < 4.0 * error + 1e-6, "{score}, drawn {} ± {error}", sum / n);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Trees of unlike depths, one of them empty, are walked down together as they are alone.
    #[test]
    fn company_does_not_lead_astray(seed: u64, dimensions in 1_usize..20, sizes in [1_usize..30, 1..3, 0..1, 20..30]) {
        let mut generator = Generator::new(seed);
        let mut any = || -> Vec<f32> { (0..dimensions).map(|_| generator.normal() as f32).collect() };
        let points: Vec<_> = (0..30).map(|_| point(&any())).collect();
        let target = point(&any());
        let flat: Vec<f32> = target.iter().flat_map(|lanes| lanes.0).collect();
        let trees = sizes.map(|size| {
            let mut tree = Tree::new(30, target.len());
            points[..size].iter().for_each(|x| assert!(tree.insert(x, &mut generator).is_some()));
            tree
        });
        let [a, b, c, d] = &trees;
        let alone = trees.each_ref().map(|tree| descend([tree], &flat)[0]);
        prop_assert_eq!(descend([a, b, c, d], &flat), alone);
        for (tree, (size, place)) in trees.iter().zip(sizes.into_iter().zip(alone)) {
            let mut blame = vec![Sides::default(); target.len()];
            let mut scratch = vec![Lanes::default(); target.len()];
            let score = tree.score(&target, place, &mut scratch, &mut blame);
            prop_assert_eq!(score.is_some(), size > 0);
            // With nothing missing there is one way down; the other walk goes it by itself.
            let known = vec![Lanes::default(); target.len()];
            let closest = tree.closest(&target, &known, &mut [0; 30]);
            prop_assert_eq!(closest, score.map(|_| tree.leaf_at(place)));
            prop_assert!(closest.is_none_or(|leaf| tree.depth(leaf) == place.depth));
        }
    }

    /// Boxes, masses, parents and cuts are exactly those of the points that are there, after thousands of
    /// updates.
    #[test]
    fn the_arena_is_sound(seed: u64, dimensions in 1_usize..20, capacity in 2_usize..40, grid in 1_u64..30) {
        let mut generator = Generator::new(seed);
        let mut tree = Tree::new(capacity, dimensions.div_ceil(8));
        let mut sample: Vec<u16> = Vec::new();
        for step in 0..3000 {
            if sample.len() == capacity || (!sample.is_empty() && generator.bernoulli(0.4)) {
                let at = generator.uniform_below(sample.len() as u64) as usize;
                tree.remove(sample.swap_remove(at));
            } else {
                // Few places: points coincide, and touch the sides of boxes.
                let x: Vec<f32> = (0..dimensions).map(|_| generator.uniform_below(grid) as f32 - 3.0).collect();
                sample.push(tree.insert(&point(&x), &mut generator).unwrap());
            }
            prop_assert_eq!(usize::from(tree.mass()), sample.len());
            if step % 50 == 0 {
                tree.check(&sample);
            }
        }
        tree.check(&sample);
    }
}
