//! The default detector.

use crate::stream::normal;
use evenkeel_core::{Score, Stage};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::ensemble::Ensemble;
use evenkeel_detect::forecast::RecursiveSparseAr;
use evenkeel_detect::multivariate::RandomCutForest;
use evenkeel_detect::pattern::LeftMatrixProfile;
use evenkeel_detect::{DefaultDetector, Surprise};

fn detector(seed: u64) -> DefaultDetector {
    DefaultDetector::builder().seed(seed).build().unwrap()
}

/// Noise, with a level, a spike, a gap and a frozen stretch.
fn series() -> impl Iterator<Item = f64> {
    normal(5).take(1_600).enumerate().map(|(i, z)| match i {
        700..730 => z + 8.0,
        900 => 60.0,
        1_300..1_310 => f64::NAN,
        1_400..1_440 => 0.25,
        _ => z,
    })
}

/// What its documentation says it is, to the bit: its figures in benchmarks are those of this composition.
#[test]
fn it_is_the_ensemble_that_it_says() {
    let forest = RandomCutForest::builder(1).shingle(8).trees(50).samples(256).seed(0).build().unwrap();
    let model = RecursiveSparseAr::builder([1, 2, 3]).forgetting(0.999).build().unwrap();
    let shapes = LeftMatrixProfile::automatic().history(10_000).learn(1_000).build().unwrap();
    let members = (Univariate(forest), Surprise::new(model), shapes);
    let mut ensemble = Ensemble::builder(members).memory(5_000).quiet(100).build().unwrap();
    let mut detector = detector(0);
    for (i, x) in series().enumerate() {
        assert_eq!(detector.update(x), ensemble.update(x), "{i}");
        assert!(detector.contributions().eq(ensemble.contributions()));
    }
    assert!(detector.contributions().all(|counts| counts.is_some()));
}

#[test]
fn what_happens_stands_out() {
    let mut detector = detector(0);
    let scores: Vec<f64> = series().map(|x| detector.update(x).map_or(0.0, |s| s.value())).collect();
    let highest = |from: usize, to: usize| scores[from..to].iter().fold(0.0, |a: f64, b| a.max(*b));
    let usual = highest(300, 700);
    assert!(highest(700, 703) > 1.5 * usual, "{usual} {:?}", &scores[698..710]);
    assert!(scores[900] > 4.0 * usual, "{usual} {:?}", &scores[898..904]);
}

#[test]
fn the_seed_makes_the_draws() {
    let run = |seed| {
        let mut detector = detector(seed);
        series().take(600).map(|x| detector.update(x)).collect::<Vec<Option<Score>>>()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

/// The documented size, after the window is known and the history full.
#[test]
fn it_is_as_large_as_it_says() {
    let taken = allocation_counter::measure(|| {
        let mut detector = detector(0);
        normal(6).take(11_000).for_each(|x| {
            detector.update(x);
        });
        std::mem::forget(detector);
    });
    let bytes = taken.bytes_current;
    println!("{bytes} bytes");
    assert!((2_500_000..3_300_000).contains(&bytes), "{bytes} bytes");
}
