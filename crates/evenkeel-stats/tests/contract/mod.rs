//! The streaming contract of every stage.

mod inputs;

use core::time::Duration;
use evenkeel_core::At;
use evenkeel_stats::sequential::{
    Alternative, AsymptoticSequence, BernoulliCusum, BernoulliSequence, BernoulliTest, BernsteinSequence,
    Bets, BettingTest, HoeffdingSequence, Intersection, MixtureBernsteinSequence, MixtureSprt, Sprt,
    TwoSampleMixtureSprt,
};
use evenkeel_stats::{Limit, LimitForecast, RecursiveLeastSquares};
use inputs::{Counts, Fraction, Intervals, Pair, Regression};

evenkeel_testing::conformance! {
    sprt { stage: Sprt::new(0.4, 0.6, 0.01, 0.01).unwrap(), input: bool, kind: stage, schema: "Sprt@1", golden: "../evenkeel-testing/golden/stats/sprt.json", tampered: survived }
    bernoulli_cusum {
        stage: BernoulliCusum::new(0.05, 0.2, 1e-6).unwrap(),
        input: Counts,
        kind: stage,
        schema: "BernoulliCusum@1", golden: "../evenkeel-testing/golden/stats/bernoulli_cusum.json", tampered: survived,
    }
    limit_forecast {
        stage: LimitForecast::builder(Limit::Above(3.0), Duration::from_secs(600)).build().unwrap(),
        input: At<f64>,
        kind: stage,
        schema: "LimitForecast@1", golden: "../evenkeel-testing/golden/stats/limit_forecast.json", tampered: survived,
    }
    bernoulli_test {
        stage: BernoulliTest::new(0.3, Alternative::TwoSided).unwrap(),
        input: bool,
        kind: stage,
        schema: "BernoulliTest@1", golden: "../evenkeel-testing/golden/stats/bernoulli_test.json", tampered: survived,
        steps: 300_000,
    }
    bernoulli_sequence {
        stage: BernoulliSequence::new(0.05).unwrap(),
        input: bool,
        kind: stage,
        schema: "BernoulliSequence@1", golden: "../evenkeel-testing/golden/stats/bernoulli_sequence.json", tampered: survived,
        steps: 300_000,
    }
    grid_bets {
        stage: BettingTest::new(0.4, Alternative::TwoSided, Bets::Grid).unwrap(),
        input: Fraction,
        kind: stage,
        schema: "BettingTest@1", golden: "../evenkeel-testing/golden/stats/grid_bets.json", tampered: survived,
    }
    adaptive_bets {
        stage: BettingTest::new(0.4, Alternative::Greater, Bets::Adaptive).unwrap(),
        input: Fraction,
        kind: stage,
        schema: "BettingTest@1", golden: "../evenkeel-testing/golden/stats/adaptive_bets.json", tampered: survived,
    }
    bernstein {
        stage: BernsteinSequence::new(0.05).unwrap(),
        input: Fraction,
        kind: stage,
        schema: "BernsteinSequence@1", golden: "../evenkeel-testing/golden/stats/bernstein.json", tampered: survived,
    }
    hoeffding {
        stage: HoeffdingSequence::new(0.05).unwrap(),
        input: Fraction,
        kind: stage,
        schema: "HoeffdingSequence@1", golden: "../evenkeel-testing/golden/stats/hoeffding.json", tampered: survived,
    }
    mixture_bernstein {
        stage: MixtureBernsteinSequence::new(0.05, 10.0).unwrap(),
        input: Fraction,
        kind: stage,
        schema: "MixtureBernsteinSequence@1", golden: "../evenkeel-testing/golden/stats/mixture_bernstein.json", tampered: survived,
        steps: 100_000,
    }
    mixture_sprt {
        stage: MixtureSprt::new(100.0, 5.0, 1.0).unwrap(),
        input: f64,
        kind: stage,
        schema: "MixtureSprt@1", golden: "../evenkeel-testing/golden/stats/mixture_sprt.json", tampered: survived,
    }
    two_sample {
        stage: TwoSampleMixtureSprt::new(5.0, 1.0).unwrap(),
        input: Pair,
        kind: stage,
        schema: "TwoSampleMixtureSprt@1", golden: "../evenkeel-testing/golden/stats/two_sample.json", tampered: survived,
    }
    asymptotic {
        stage: AsymptoticSequence::new(0.05, 1000.0).unwrap(),
        input: f64,
        kind: stage,
        schema: "AsymptoticSequence@2", golden: "../evenkeel-testing/golden/stats/asymptotic.json", tampered: survived,
        // A mean of all values.
        forgets: never,
    }
    intersection {
        stage: Intersection::new(),
        input: Intervals,
        kind: stage,
        schema: "Intersection@1", golden: "../evenkeel-testing/golden/stats/intersection.json", tampered: survived,
    }
    recursive_least_squares {
        stage: RecursiveLeastSquares::builder(3).forgetting(0.99).build().unwrap(),
        input: Regression,
        kind: stage,
        schema: "RecursiveLeastSquares@2", golden: "../evenkeel-testing/golden/stats/recursive_least_squares.json", tampered: survived,
    }
}

/// Values outside of [0, 1] teach nothing, and are counted where they are observed at all.
#[test]
fn values_out_of_range_are_counted() {
    use evenkeel_core::Stage;
    let mut betting = BettingTest::new(0.4, Alternative::Less, Bets::Grid).unwrap();
    let mut bernstein = BernsteinSequence::new(0.05).unwrap();
    let mut hoeffding = HoeffdingSequence::new(0.05).unwrap();
    let mut mixture = MixtureBernsteinSequence::new(0.05, 10.0).unwrap();
    betting.update(0.3);
    bernstein.update(0.3);
    hoeffding.update(0.3);
    mixture.update(0.3);
    let before = (betting.evidence(), bernstein.interval(), hoeffding.interval(), mixture.interval());
    for x in [-1e-9, 1.000_001, 7.0, f64::NAN, f64::INFINITY] {
        assert_eq!(betting.update(x), None);
        assert_eq!(bernstein.update(x), None);
        assert_eq!(hoeffding.update(x), None);
        assert_eq!(mixture.update(x), None);
    }
    assert_eq!(before, (betting.evidence(), bernstein.interval(), hoeffding.interval(), mixture.interval()));
    for (count, refused) in [
        (betting.count(), betting.out_of_range()),
        (bernstein.count(), bernstein.out_of_range()),
        (hoeffding.count(), hoeffding.out_of_range()),
        (mixture.count(), mixture.out_of_range()),
    ] {
        assert_eq!((count, refused), (1, 3));
    }
}
