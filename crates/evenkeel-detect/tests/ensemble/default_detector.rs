//! The default detector.

use crate::stream::normal;
use core::f64::consts::TAU;
use evenkeel_core::{Direction, Forecaster, Prediction, Score, Snapshot, Stage, restore};
use evenkeel_detect::DefaultDetector;
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::forecast::{RecursiveSparseAr, SeasonalAr, SpreadChange};
use evenkeel_detect::multivariate::RandomCutForest;
use evenkeel_detect::outlier::LocalMean;
use evenkeel_detect::pattern::{NearestShapes, SymbolSurprise};

fn detector(tier: Tier) -> DefaultDetector {
    DefaultDetector::builder().tier(tier).build().unwrap()
}

/// Noise, with a level, a spike, a gap and a frozen stretch.
fn series() -> impl Iterator<Item = f64> {
    normal(5).take(1_800).enumerate().map(|(i, z)| match i {
        700..730 => z + 8.0,
        900 => 60.0,
        1_300..1_310 => f64::NAN,
        1_400..1_440 => 0.25,
        _ => z,
    })
}

/// The weight of a member, its last score, the mean of its scores and how many there were.
struct Member {
    weight: f64,
    usual: f64,
    scores: u32,
}

impl Member {
    fn counts(&mut self, score: f64) -> Option<f64> {
        let is_quiet = self.scores < 100;
        let before = self.usual;
        self.scores = (self.scores + 1).min(5_000);
        if before == 0.0 {
            self.usual = score;
            return (!is_quiet).then_some(if score > 0.0 { 1.0 } else { 0.0 });
        }
        let learned = if is_quiet || score < 8.0 * before { score } else { 8.0 * before };
        self.usual += (learned - before) / f64::from(self.scores);
        (!is_quiet).then(|| score / before)
    }
}

fn one<F: Forecaster>(model: &F) -> Option<Prediction> {
    let mut next = [Prediction::default()];
    model.forecast_into(&mut next).then_some(next[0])
}

/// What the documentation says it is: its figures in benchmarks are those of this composition.
fn composition(
    mut model: impl Forecaster,
    mut patterns: Option<(SymbolSurprise, NearestShapes, Univariate<RandomCutForest>)>,
    values: impl Iterator<Item = f64>,
) -> Vec<Option<(f64, Direction)>> {
    let mut spread = SpreadChange::new(20).unwrap();
    let mut sizes = SymbolSurprise::builder().depth(0).build().unwrap();
    let mut local = LocalMean::new(10).unwrap();
    let weights = [1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0];
    let mut members = weights.map(|weight| Member { weight, usual: 0.0, scores: 0 });
    let mut errors = 0;
    let of = |x: f64| {
        let error = one(&model).filter(|_| x.is_finite()).map(|p| p.standardize(x).clamp(-1e6, 1e6));
        errors += u32::from(error.is_some());
        // The first hundred are those of a model that knows nothing yet.
        let innovation = error.filter(|_| errors > 100);
        model.update(x);
        let said = [
            innovation.and_then(Score::from_deviation),
            innovation.and_then(|z| spread.update(z)),
            sizes.update(x),
            local.update(x),
            patterns.as_mut().and_then(|p| p.0.update(x)),
            patterns.as_mut().and_then(|p| p.1.update(x)),
            patterns.as_mut().and_then(|p| p.2.update(x)),
        ];
        let (mut sum, mut weight, mut most) = (0.0, 0.0, (0.0, Direction::Either));
        for (member, score) in members.iter_mut().zip(said) {
            let Some(score) = score else { continue };
            let Some(counts) = member.counts(score.value()) else { continue };
            sum += member.weight * counts;
            weight += member.weight;
            if member.weight * counts > most.0 {
                most = (member.weight * counts, score.direction());
            }
        }
        (weight > 0.0).then(|| (sum / weight, most.1))
    };
    values.map(of).collect()
}

#[test]
fn it_is_the_composition_that_it_says() {
    let plain = RecursiveSparseAr::builder([1, 2, 3]).forgetting(0.9999).bounded(3.0).build().unwrap();
    let fast = composition(plain, None, series());
    let forest = Univariate(RandomCutForest::builder(1).shingle(8).trees(20).build().unwrap());
    let patterns =
        (SymbolSurprise::builder().build().unwrap(), NearestShapes::builder().build().unwrap(), forest);
    let full = composition(SeasonalAr::new().unwrap(), Some(patterns), series());
    for (tier, expected) in [(Tier::Fast, fast), (Tier::Full, full)] {
        let mut detector = detector(tier);
        for (i, (x, expected)) in series().zip(expected).enumerate() {
            let said = detector.update(x).map(|score| (score.value(), score.direction()));
            match (said, expected) {
                (Some(said), Some(expected)) => {
                    assert!((said.0 / expected.0 - 1.0).abs() < 1e-12, "{tier:?} {i}: {said:?} {expected:?}");
                    assert_eq!(said.1, expected.1, "{tier:?} {i}");
                }
                (said, expected) => assert_eq!(said, expected, "{tier:?} {i}"),
            }
        }
        assert!(detector.contributions().all(|(_, counts)| counts.is_some()));
        let names: Vec<&str> = detector.contributions().map(|(name, _)| name).collect();
        let all = ["surprise", "spread", "sizes", "local mean", "sequences", "shapes", "density"];
        assert_eq!(names, all[..if tier == Tier::Fast { 4 } else { 7 }]);
        assert_eq!(detector.tier(), tier);
    }
}

#[test]
fn what_happens_stands_out() {
    for tier in [Tier::Fast, Tier::Full] {
        let mut detector = detector(tier);
        let scores: Vec<f64> = series().map(|x| detector.update(x).map_or(0.0, |s| s.value())).collect();
        let highest = |from: usize, to: usize| scores[from..to].iter().fold(0.0, |a: f64, b| a.max(*b));
        let usual = highest(300, 700);
        assert!(highest(700, 703) > 1.5 * usual, "{tier:?} {usual} {:?}", &scores[698..710]);
        assert!(scores[900] > 2.0 * usual, "{tier:?} {usual} {:?}", &scores[898..904]);
        assert!(highest(1_400, 1_440) > 1.2 * highest(1_000, 1_300), "{tier:?}");
        assert!(scores[1_300..1_310].iter().all(|score| *score == 0.0), "missing values have no score");
    }
}

/// Usual scores are about 1 each, so that a mean of them is.
#[test]
fn what_is_usual_is_one() {
    for tier in [Tier::Fast, Tier::Full] {
        let mut detector = detector(tier);
        let scores: Vec<f64> =
            detector.run(normal(6).take(8_000)).skip(2_000).flatten().map(|s| s.value()).collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        assert!((0.9..1.1).contains(&mean), "{tier:?}: {mean}");
    }
}

/// Units make no difference, but for rounding.
#[test]
fn units_make_no_difference() {
    for tier in [Tier::Fast, Tier::Full] {
        let run = |unit: f64| {
            let mut detector = detector(tier);
            series().map(|x| detector.update(unit * x).map_or(0.0, |s| s.value())).collect::<Vec<_>>()
        };
        // By powers of two, so that no bin is another by rounding; the ridge of the regression has a unit.
        let usual = run(1.0);
        for unit in [2.0_f64.powi(-6), 2.0_f64.powi(10)] {
            for (i, (a, b)) in usual.iter().zip(run(unit)).enumerate() {
                assert!((a - b).abs() < 0.02 * (1.0 + a), "{tier:?} {unit} {i}: {a} {b}");
            }
        }
    }
}

#[test]
fn a_season_is_found_in_the_full_tier() {
    let value = |(i, z): (usize, f64)| 10.0 * (i as f64 * TAU / 48.0).sin().powi(3) + 0.3 * z;
    let mut detector = detector(Tier::Full);
    for x in normal(7).take(3_000).enumerate().map(value) {
        detector.update(x);
    }
    assert_eq!(detector.season(), Some(48));
    let expected = detector.expected().unwrap();
    let next = value((3_000, 0.0));
    assert!((expected.mean() - next).abs() < 0.5 && expected.sd() < 0.6, "{expected:?} {next}");
    let score = detector.update(next + 3.0).unwrap();
    assert_eq!(score.expected(), Some(expected));
    assert!((detector.innovation().unwrap() - expected.standardize(next + 3.0)).abs() < 1e-12);
    detector.update(f64::NAN);
    assert_eq!(detector.innovation(), None);
}

/// The documented sizes.
#[test]
fn it_is_as_large_as_it_says() {
    for (tier, range) in [(Tier::Fast, 5_000..8_000), (Tier::Full, 1_200_000..1_500_000)] {
        let taken = allocation_counter::measure(|| {
            let mut detector = Box::new(detector(tier));
            normal(6).take(11_000).for_each(|x| {
                detector.update(x);
            });
            std::mem::forget(detector);
        });
        let bytes = taken.bytes_current;
        println!("{tier:?}: {bytes} bytes");
        assert!(range.contains(&bytes), "{tier:?}: {bytes} bytes");
    }
}

/// The snapshot of the full tier by its length and digest (FNV-1a), as it has a megabyte: its parts have
/// golden files. Another digest is another format, or are other numbers: raise the version of the schema if
/// that is meant.
#[test]
fn the_snapshot_of_the_full_tier_is_reproduced() {
    let mut detector = detector(Tier::Full);
    normal(10).take(1_500).for_each(|x| {
        detector.update(x);
    });
    let text = serde_json::to_string(&detector.snapshot()).unwrap();
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let restored: DefaultDetector = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(restored, detector);
    assert_eq!((text.len(), format!("{digest:016x}").as_str()), (1_111_648, "7c2120427bd53c9f"));
}
