use crate::stream::normal;
use evenkeel_core::{Direction, Score, Snapshot, Stage, restore};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::calibrate::Conformal;
use evenkeel_detect::chart::EwmaChart;
use evenkeel_detect::multivariate::{HalfSpaceTrees, RandomCutForest};
use evenkeel_detect::{Bank, RankCusum};
use evenkeel_stats::Generator;

/// One `u64` is drawn, in order, and is the seed: the same as if it had been given.
#[test]
fn one_number_is_the_seed() {
    let mut drawn = Generator::new(8);
    let mut rng = drawn.clone();
    let forest = RandomCutForest::builder(2).seed_from_rng(&mut rng);
    assert_eq!(forest, RandomCutForest::builder(2).seed(drawn.next_u64()));
    let trees = HalfSpaceTrees::builder(2).seed_from_rng(&mut rng);
    assert_eq!(trees, HalfSpaceTrees::builder(2).seed(drawn.next_u64()));
    let ranks = RankCusum::builder(0.001).seed_from_rng(&mut rng);
    assert_eq!(ranks, RankCusum::builder(0.001).seed(drawn.next_u64()));
    let conformal = Conformal::builder(0.01).smoothed_from_rng(&mut rng);
    assert_eq!(conformal, Conformal::builder(0.01).smoothed(drawn.next_u64()));
    let chart = EwmaChart::builder(0.0, 1.0).build().unwrap();
    let bank = Bank::builder(chart, 10).seed_from_rng(&mut rng);
    assert_eq!(bank, Bank::builder(chart, 10).seed(drawn.next_u64()));
    // Nothing more was drawn.
    assert_eq!(rng, drawn);
    // A generator behind a pointer will do.
    let object: &mut dyn rand::Rng = &mut rng;
    assert_eq!(
        RankCusum::builder(0.001).seed_from_rng(object),
        RankCusum::builder(0.001).seed(drawn.next_u64())
    );
}

/// A snapshot goes on, and a reset begins again, without the generator that the seed came from.
#[test]
fn the_seed_is_kept() {
    let mut rng = Generator::new(9);
    let builder = RandomCutForest::builder(1).trees(5).samples(32).seed_from_rng(&mut rng);
    let mut forest = Univariate(builder.build().unwrap());
    let values: Vec<f64> = normal(1).take(400).collect();
    let first: Vec<_> = values.iter().map(|x| forest.update(*x)).collect();
    let text = serde_json::to_string(&forest.snapshot()).unwrap();
    let mut again: Univariate<RandomCutForest> =
        restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    for x in normal(2).take(400) {
        assert_eq!(again.update(x), forest.update(x));
    }
    forest.reset();
    assert_eq!(values.iter().map(|x| forest.update(*x)).collect::<Vec<_>>(), first);

    let mut smoothed = Conformal::builder(0.01).smoothed_from_rng(&mut rng).build().unwrap();
    let tie = Score::new(1.0, Direction::Either).unwrap();
    let ties: Vec<_> = (0..50).map(|_| smoothed.update(tie)).collect();
    smoothed.reset();
    assert_eq!((0..50).map(|_| smoothed.update(tie)).collect::<Vec<_>>(), ties);
}
