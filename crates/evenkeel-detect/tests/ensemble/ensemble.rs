use crate::stream::{RunningMean, normal, uniform};
use evenkeel_core::{Direction, Error, Score, Stage, observed};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::chart::Shewhart;
use evenkeel_detect::ensemble::Ensemble;
use evenkeel_detect::{RobustZ, Surprise};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// A detector that takes each value for its score, except those a modulus away from a remainder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sometimes {
    every: u32,
    at: u32,
}

impl Sometimes {
    fn new(every: u32) -> Self {
        Self { every, at: 0 }
    }
}

impl Stage<f64> for Sometimes {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        self.at += 1;
        observed(x).filter(|_| self.at.is_multiple_of(self.every)).and_then(Score::from_deviation)
    }

    fn reset(&mut self) {
        self.at = 0;
    }
}

proptest! {
    /// The definition, by two passes over all scores: each in units of the mean up to it, within a memory
    /// that is never full.
    #[test]
    fn it_is_the_definition(
        values in prop::collection::vec(prop_oneof![8 => -9.0..9.0, 1 => Just(0.0), 1 => Just(f64::NAN)], 1..120), quiet in 0..9_u32,
    ) {
        let builder = Ensemble::builder((ValueAsScore, Sometimes::new(3))).memory(1_000).quiet(quiet);
        let mut ensemble = builder.build().unwrap();
        // What came, and what was learned of it.
        let mut came = [0, 0];
        let mut learned: [Vec<f64>; 2] = [vec![], vec![]];
        for (i, x) in values.iter().enumerate() {
            let score = ensemble.update(*x);
            let mut counts = [None; 2];
            for member in 0..2 {
                let value = if member == 0 { x.max(0.0) } else { x.abs() };
                if x.is_nan() || (member == 1 && (i + 1) % 3 != 0) {
                    continue;
                }
                came[member] += 1;
                if came[member] <= quiet {
                    continue;
                }
                let (n, sum) = (learned[member].len() as f64, learned[member].iter().sum::<f64>());
                let mean = (sum + value) / (n + 1.0);
                counts[member] = Some(if mean > 0.0 { value / mean } else { 0.0 });
                learned[member].push(if sum > 0.0 { value.min(10.0 * sum / n) } else { value });
            }
            for (a, b) in ensemble.contributions().zip(counts) {
                prop_assert_eq!(a.is_some(), b.is_some());
                prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-9);
            }
            let speakers: Vec<f64> = counts.into_iter().flatten().collect();
            let mean = speakers.iter().sum::<f64>() / speakers.len() as f64;
            prop_assert_eq!(score.is_some(), !speakers.is_empty());
            prop_assert!(score.is_none_or(|score| (score.value() - mean).abs() < 1e-9));
        }
    }

    /// Units of the members do not matter, nor how large their scores are.
    #[test]
    fn the_scale_of_a_member_does_not_matter(seed: u64, exponent in -200..200_i32) {
        let scale = 2_f64.powi(exponent);
        let mut plain = Ensemble::builder((ValueAsScore, RobustZ::builder().window(20).min_values(5).build().unwrap())).build().unwrap();
        let mut scaled = plain.clone();
        for x in uniform(seed).take(200) {
            prop_assert_eq!(plain.update(x).map(|s| s.value()), scaled.update(scale * x).map(|s| s.value()));
        }
    }
}

/// What a thousand zeros never said counts a lot, and not infinitely; and is then known.
#[test]
fn the_first_score_that_is_not_zero_counts_as_many_as_came_before() {
    let mut ensemble = Ensemble::builder((ValueAsScore, ValueAsScore)).memory(2_000).build().unwrap();
    assert!(ensemble.run([0.0; 100]).all(|score| score.is_none()));
    assert!(ensemble.run([0.0; 999]).all(|score| score.unwrap().value() == 0.0));
    assert_eq!(ensemble.update(1e-30).unwrap().value(), 1_000.0);
    assert!((ensemble.update(1e-30).unwrap().value() - 1_001.0 / 2.0).abs() < 1e-9);
    ensemble.reset();
    ensemble.run([0.0; 10_000]).for_each(drop);
    // Not more than the memory.
    assert_eq!(ensemble.update(1e99).unwrap().value(), 2_001.0);
}

/// After one enormous score what is ten times as large as usual still counts about ten.
#[test]
fn an_enormous_score_makes_nobody_deaf() {
    let mut ensemble = Ensemble::builder((ValueAsScore, ValueAsScore)).build().unwrap();
    ensemble.run(uniform(5).take(2_000)).for_each(drop);
    assert!(ensemble.update(1e9).unwrap().value() > 1_900.0);
    let after = ensemble.update(5.0).unwrap().value();
    assert!((9.0..10.5).contains(&after), "{after}");
}

/// Two views of which each sees one fault only: together they see both, and say who it was and what was
/// expected.
#[test]
fn whoever_counts_most_gives_the_direction() {
    let level = Shewhart::new(0.0, 1.0).unwrap();
    let model = Surprise::new(RunningMean::new(1.0));
    let mut ensemble = Ensemble::builder((ValueAsScore, level, model)).quiet(10).build().unwrap();
    ensemble.run(normal(3).take(500).map(f64::abs)).for_each(drop);
    let score = ensemble.update(-9.0).unwrap();
    assert_eq!(score.direction(), Direction::Down);
    let counts: Vec<f64> = ensemble.contributions().flatten().collect();
    assert_eq!(counts[0], 0.0, "a score below 0 counts as none");
    assert!(counts[1] > 5.0 && counts[2] > 5.0, "{counts:?}");
    assert!((score.value() - counts.iter().sum::<f64>() / 3.0).abs() < 1e-12);
    // The identity expects nothing; the chart behind it does.
    let score = ensemble.update(20.0).unwrap();
    assert_eq!(score.direction(), Direction::Up);
    assert_eq!(score.expected().unwrap().mean(), 0.0);
}

#[test]
fn settings_out_of_range_are_named() {
    let build =
        |memory, quiet| Ensemble::builder((ValueAsScore, ValueAsScore)).memory(memory).quiet(quiet).build();
    for (memory, quiet, name) in [(0, 0, "memory"), (1_000_000_001, 0, "memory"), (1, 1_000_000_001, "quiet")]
    {
        let refused = build(memory, quiet).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: named, .. } if named == name), "{refused}");
    }
}

/// A state that no stream leads to is refused.
#[test]
fn impossible_states_are_refused() {
    let mut ensemble = Ensemble::builder((ValueAsScore, ValueAsScore)).quiet(2).build().unwrap();
    ensemble.run([1.0, 2.0, 3.0]).for_each(drop);
    let sound = serde_json::to_value(&ensemble).unwrap();
    assert_eq!(
        serde_json::from_value::<Ensemble<(ValueAsScore, ValueAsScore)>>(sound.clone()).unwrap(),
        ensemble
    );
    for (part, wrong) in [("usual", -1.0), ("scores", 5_001.0), ("waited", 3.0), ("counts", -2.0)] {
        let mut broken = sound.clone();
        broken[part][0] =
            if part == "usual" || part == "counts" { wrong.into() } else { (wrong as u32).into() };
        assert!(serde_json::from_value::<Ensemble<(ValueAsScore, ValueAsScore)>>(broken).is_err(), "{part}");
    }
    let mut broken = sound;
    broken["usual"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<Ensemble<(ValueAsScore, ValueAsScore)>>(broken).is_err());
}
