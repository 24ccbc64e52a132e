//! The streaming contract, for every stage of the crate.

use crate::stream::RunningMean;
use core::time::Duration;
use evenkeel_core::{At, Calibrated, Score, Stage, Timed};
use evenkeel_detect::adapt::{SmoothedScore, Standardize, Univariate, ValueAsScore};
use evenkeel_detect::calibrate::{Bet, Bonferroni, Conformal, Martingale};
use evenkeel_detect::change::{
    BernoulliBeta, Bocpd, ChangeScore, Focus, KolmogorovSmirnov, NormalGamma, PoissonGamma,
};
use evenkeel_detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel_detect::ensemble::{DefaultDetector, Tier};
use evenkeel_detect::forecast::{Innovations, Likelihood, RecursiveSparseAr, SeasonalAr, SpreadChange};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_detect::multivariate::{HalfSpaceTrees, RandomCutForest};
use evenkeel_detect::outlier::{LocalMean, SeasonalProfile};
use evenkeel_detect::pattern::{NearestShapes, SymbolSurprise};
use evenkeel_detect::{
    Adwin, Alarm, Budget, Cusum, Dspot, Monitor, RankCusum, RobustZ, Spot, Surprise, Tails,
};
use evenkeel_testing::conformance::Input;
use evenkeel_testing::{Source, conformance};

/// Always the same.
pub(crate) struct Constant;

/// The kit's values, rounded to counts.
struct Counts;

/// Whether the kit's values are large.
struct Bits;

macro_rules! discrete {
    ($name:ident, $round:expr) => {
        impl Input for $name {
            type Owned = f64;
            type Item<'a> = f64;

            fn lend(owned: &f64) -> f64 {
                *owned
            }

            fn ordinary(source: &mut Source) -> f64 {
                $round(source.value())
            }

            fn hostile(source: &mut Source) -> Vec<(String, Vec<f64>)> {
                f64::hostile(source)
            }

            fn missing(neighbor: &f64) -> Vec<f64> {
                let mut missing = f64::missing(neighbor);
                missing.extend([-1.0, 0.5, 1e17]);
                missing
            }

            fn alternatives(_: &f64) -> Vec<f64> {
                vec![0.0, 1.0, 7.0, 1e6]
            }
        }
    };
}

discrete!(Constant, |_: f64| 0.0);
discrete!(Counts, |x: f64| x.max(0.0).round());
discrete!(Bits, |x: f64| f64::from(u8::from(x > 105.0)));

/// What does not vary has no spread, and the way around it must not allocate either: an error about a spread
/// of 0 would.
#[test]
fn nothing_allocates_on_a_constant() {
    use evenkeel_testing::conformance::{Kind, Options, Subject, does_not_allocate};
    fn check<S: Subject<Constant>>(name: &str, make: impl Fn() -> S) {
        if let Err(broken) = does_not_allocate::<Constant, S>(make, &Options::new(Kind::Stage).warm_up(3000))
        {
            panic!("{name}: {broken}");
        }
    }
    check("polynomial", || {
        Surprise::new(evenkeel_detect::forecast::LocalPolynomial::builder().build().unwrap())
    });
    check("flat polynomial", || {
        Surprise::new(evenkeel_detect::forecast::LocalPolynomial::builder().degree(0).build().unwrap())
    });
    check("robust z", || RobustZ::builder().window(40).min_values(10).build().unwrap());
    check("standardize", || Standardize::builder(50).build().unwrap());
    check("likelihood", || Likelihood::new(RunningMean::new(10.0), 10).unwrap());
    check("dspot", || Dspot::builder(1e-3).calibration(500).build().unwrap());
    check("adwin", || Adwin::builder().build().unwrap());
    check("page-hinkley", || PageHinkley::builder().build().unwrap());
    check("focus", || Focus::unknown(10.0).build().unwrap());
    check("kolmogorov-smirnov", || KolmogorovSmirnov::builder().build().unwrap());
    check("symbols", || SymbolSurprise::builder().build().unwrap());
    check("shapes", || NearestShapes::builder().window(30).history(400).build().unwrap());
    check("spread", || SpreadChange::new(20).unwrap());
    check("local mean", || LocalMean::new(10).unwrap());
    check("detector", || DefaultDetector::builder().tier(Tier::Fast).build().unwrap());
    check("half-space trees", || Univariate(HalfSpaceTrees::builder(1).build().unwrap()));
    check("forest", || Univariate(RandomCutForest::builder(1).build().unwrap()));
    check("left profile", || {
        evenkeel_detect::pattern::LeftMatrixProfile::builder(16).history(200).build().unwrap()
    });
}

/// The ends of what counts as observed are legal input: what learned from them is saved and restored.
#[test]
fn snapshots_of_the_largest_values_are_restored() {
    use evenkeel_core::{Snapshot, restore};
    fn check<S: Stage<f64> + Snapshot + PartialEq + Clone + core::fmt::Debug>(name: &str, fresh: &S) {
        let streams: [fn(usize) -> f64; 8] = [
            |_| 1e100,
            |_| -1e100,
            |i| if i % 2 == 0 { 1e100 } else { -1e100 },
            |i| if i % 3 == 0 { -1e100 } else { 0.0 },
            |i| if i % 2 == 0 { 9.9e99 } else { 1e100 },
            |_| 5e-324,
            |i| if i % 2 == 0 { 1e-300 } else { -1e100 },
            |i| 1e100 - i as f64 * 1e97,
        ];
        for (s, stream) in streams.iter().enumerate() {
            let mut stage = fresh.clone();
            for i in 0..600 {
                stage.update(stream(i));
                if i % 37 == 0 || i == 599 {
                    let text = serde_json::to_string(&stage.snapshot()).unwrap();
                    let restored: S = restore(&mut serde_json::Deserializer::from_str(&text))
                        .unwrap_or_else(|why| panic!("{name}, stream {s} after {i}: {why}"));
                    // As text, in which a missing coordinate equals itself.
                    let again = serde_json::to_string(&restored.snapshot()).unwrap();
                    assert_eq!(again, text, "{name}, stream {s} after {i}");
                }
            }
        }
    }
    check("symbols", &SymbolSurprise::builder().warm_up(16).depth(2).memory(8).build().unwrap());
    check("half-space trees", &Univariate(HalfSpaceTrees::builder(1).build().unwrap()));
    check("half-space trees", &Univariate(HalfSpaceTrees::builder(1).window(8).trees(3).build().unwrap()));
    check(
        "forest",
        &Univariate(RandomCutForest::builder(1).trees(3).samples(16).warm_up(20).build().unwrap()),
    );
    check("polynomial", &evenkeel_detect::forecast::LocalPolynomial::builder().build().unwrap());
    check(
        "left profile",
        &evenkeel_detect::pattern::LeftMatrixProfile::builder(8).history(64).build().unwrap(),
    );
    check("shapes", &NearestShapes::builder().window(8).history(100).build().unwrap());
    check("shapes of means", &NearestShapes::builder().window(70).history(384).soften(0.0).build().unwrap());
    check("spread", &SpreadChange::new(20).unwrap());
    check("local mean", &LocalMean::new(10).unwrap());
    check(
        "autoregression",
        &RecursiveSparseAr::builder([1, 2, 3]).forgetting(0.9999).bounded(3.0).build().unwrap(),
    );
    check("detector", &DefaultDetector::builder().tier(Tier::Fast).build().unwrap());
    check("robust z", &RobustZ::builder().window(40).min_values(10).build().unwrap());
    check("standardize", &Standardize::builder(50).build().unwrap());
    check("dspot", &Dspot::builder(1e-2).calibration(100).build().unwrap());
    check("adwin", &Adwin::builder().build().unwrap());
    check("page-hinkley", &PageHinkley::builder().build().unwrap());
    check("focus", &Focus::unknown(10.0).relearn(12.0, 50).build().unwrap());
    check("kolmogorov-smirnov", &KolmogorovSmirnov::builder().recent(10).reference(20).build().unwrap());
    check("surprise", &Surprise::new(RunningMean::new(10.0)));
}

fn alarm() -> Alarm {
    let minutes = |m: u64| Duration::from_secs(60 * m);
    let builder =
        Alarm::builder(1e-3).min_duration(minutes(1)).clear_after(minutes(5)).refractory(minutes(30));
    builder.max_gap(minutes(15)).build().unwrap()
}

conformance! {
    value_as_score { stage: ValueAsScore, input: f64, kind: detector, schema: "ValueAsScore@1", golden: "../evenkeel-testing/golden/detect/value_as_score.json", tampered: survived }
    ewma_chart {
        stage: EwmaChart::builder(100.0, 10.0).build().unwrap(), input: f64, kind: detector,
        schema: "EwmaChart@1", golden: "../evenkeel-testing/golden/detect/ewma_chart.json", tampered: survived
    }
    cusum {
        stage: Cusum::builder(100.0, 10.0).build().unwrap(), input: f64, kind: detector,
        schema: "Cusum@2", golden: "../evenkeel-testing/golden/detect/cusum.json", tampered: survived
    }
    shewhart {
        stage: Shewhart::new(100.0, 10.0).unwrap(), input: f64, kind: detector,
        schema: "Shewhart@1", golden: "../evenkeel-testing/golden/detect/shewhart.json", tampered: survived
    }
    page_hinkley {
        stage: PageHinkley::builder().delta(1.0).restart_above(500.0).build().unwrap(), input: f64, kind: detector,
        schema: "PageHinkley@2", golden: "../evenkeel-testing/golden/detect/page_hinkley.json", tampered: survived
    }
    conformal {
        stage: Conformal::builder(0.01).window(100).build().unwrap(), input: Score, kind: calibrator, steps: 200_000
    }
    conformal_smoothed {
        stage: Conformal::builder(0.1).window(40).smoothed(9).build().unwrap(), input: Score, kind: stage,
        missing: ignored, steps: 200_000,
        schema: "Conformal@1<Generator@1>", golden: "../evenkeel-testing/golden/detect/conformal.json", tampered: survived
    }
    martingale {
        stage: Martingale::builder(Bet::Power(0.4)).restarting().build().unwrap(), input: Calibrated, kind: stage,
        missing: ignored, schema: "Martingale@1", golden: "../evenkeel-testing/golden/detect/martingale.json", tampered: survived
    }
    martingale_of_all_bets {
        stage: Martingale::builder(Bet::Mixture).build().unwrap(), input: Calibrated, kind: stage,
        missing: ignored, steps: 200_000
    }
    focus {
        stage: Focus::builder(100.0, 10.0).candidates(16).build().unwrap(), input: f64, kind: detector,
        schema: "Focus@2", golden: "../evenkeel-testing/golden/detect/focus.json", tampered: survived
    }
    focus_of_unknown_mean {
        stage: Focus::unknown(10.0).relearn(12.0, 50).build().unwrap(), input: f64, kind: detector
    }
    bocpd {
        stage: Bocpd::builder(NormalGamma::new(100.0, 0.01, 1.0, 100.0), 250.0).max_runs(40).build().unwrap(), input: f64, kind: detector,
        schema: "Bocpd@1<NormalGamma@1>", golden: "../evenkeel-testing/golden/detect/bocpd.json", tampered: survived, steps: 100_000
    }
    bocpd_of_counts {
        stage: Bocpd::builder(PoissonGamma::new(2.0, 0.02), 250.0).max_runs(20).scoring(ChangeScore::Surprise).build().unwrap(),
        input: Counts, kind: detector, schema: "Bocpd@1<PoissonGamma@1>", steps: 30_000
    }
    bocpd_of_bits {
        stage: Bocpd::builder(BernoulliBeta::new(0.5, 0.5), 250.0).truncation(0.0).max_runs(20).build().unwrap(),
        input: Bits, kind: detector, schema: "Bocpd@1<BernoulliBeta@1>", steps: 30_000
    }
    random_cut_forest {
        stage: Univariate(RandomCutForest::builder(1).shingle(3).trees(3).samples(16).warm_up(20).expectations(true).seed(7).build().unwrap()),
        input: f64, kind: detector, missing: recovers, schema: "Univariate@1<RandomCutForest@2>",
        golden: "../evenkeel-testing/golden/detect/random_cut_forest.json", tampered: survived, steps: 100_000
    }
    random_cut_forest_of_vectors {
        stage: RandomCutForest::builder(3).shingle(3).trees(2).samples(10).warm_up(0).decay(0.0).build().unwrap(),
        input: [f64; 3], kind: detector, missing: recovers, schema: "RandomCutForest@2", steps: 50_000
    }
    half_space_trees {
        stage: Univariate(HalfSpaceTrees::builder(1).trees(3).depth(4).window(30).build().unwrap()),
        input: f64, kind: detector, schema: "Univariate@1<HalfSpaceTrees@2>",
        golden: "../evenkeel-testing/golden/detect/half_space_trees.json", tampered: survived
    }
    half_space_trees_of_vectors {
        stage: HalfSpaceTrees::builder(3).range(&[(0.0, 200.0), (50.0, 150.0), (-1.0, 1.0)]).trees(5).depth(3).window(20).sparse(0).seed(3).build().unwrap(),
        input: [f64; 3], kind: detector, schema: "HalfSpaceTrees@2"
    }
    symbol_surprise {
        stage: SymbolSurprise::builder().warm_up(40).depth(1).memory(50).build().unwrap(),
        input: f64, kind: detector, schema: "SymbolSurprise@3",
        golden: "../evenkeel-testing/golden/detect/symbol_surprise.json", tampered: survived
    }
    adwin {
        stage: Adwin::builder().range(100.0).clock(4).build().unwrap(), input: f64, kind: detector,
        schema: "Adwin@2", golden: "../evenkeel-testing/golden/detect/adwin.json", tampered: survived
    }
    adwin_of_few_rows {
        stage: Adwin::builder().range(100.0).clock(1).rows(3).max_buckets(2).restarting().build().unwrap(),
        input: f64, kind: detector
    }
    kolmogorov_smirnov {
        stage: KolmogorovSmirnov::builder().recent(10).reference(20).build().unwrap(), input: f64, kind: detector,
        schema: "KolmogorovSmirnov@1", golden: "../evenkeel-testing/golden/detect/kolmogorov_smirnov.json", tampered: survived
    }
    kolmogorov_smirnov_of_a_fixed_reference {
        stage: KolmogorovSmirnov::builder().fixed().build().unwrap(), input: f64, kind: detector
    }
    robust_z {
        stage: RobustZ::builder().window(40).min_values(10).build().unwrap(), input: f64, kind: detector, steps: 200_000,
        schema: "RobustZ@1<RollingQuantile@1>", golden: "../evenkeel-testing/golden/detect/robust_z.json", tampered: survived
    }
    likelihood {
        stage: Likelihood::new(RunningMean::new(10.0), 10).unwrap(), input: f64, kind: detector, missing: ignored, forgets: never,
        schema: "Likelihood@1<RunningMean@1>", golden: "../evenkeel-testing/golden/detect/likelihood.json", tampered: survived
    }
    smoothed_score {
        stage: SmoothedScore::new(20).unwrap(), input: Score, kind: stage, missing: ignored,
        schema: "SmoothedScore@1", golden: "../evenkeel-testing/golden/detect/smoothed_score.json", tampered: survived
    }
    standardize {
        stage: Standardize::builder(50).build().unwrap(), input: f64, kind: stage, missing: ignored,
        schema: "Standardize@1<Normalizer@1>", golden: "../evenkeel-testing/golden/detect/standardize.json", tampered: survived
    }
    standardize_anew {
        stage: Standardize::builder(7).moments().relearning().build().unwrap(), input: f64, kind: stage, missing: ignored
    }
    seasonal_profile {
        stage: SeasonalProfile::builder().min_values(1).offset_from(evenkeel_core::Timestamp::from_seconds(1_700_000_000), 3_600).build().unwrap(),
        input: At<f64>, kind: detector,
        schema: "SeasonalProfile@2", golden: "../evenkeel-testing/golden/detect/seasonal_profile.json", tampered: survived
    }
    surprise {
        stage: Surprise::new(RunningMean::new(10.0)), input: f64, kind: detector, missing: ignored, forgets: never,
        schema: "Surprise@1<RunningMean@1>", golden: "../evenkeel-testing/golden/detect/surprise.json", tampered: survived
    }
    innovations {
        stage: Innovations::new(RunningMean::new(10.0)), input: f64, kind: stage, missing: ignored, forgets: never,
        schema: "Innovations@1<RunningMean@1>", golden: "../evenkeel-testing/golden/detect/innovations.json", tampered: survived
    }
    spot {
        stage: Spot::builder(1e-3).calibration(500).max_peaks(64).build().unwrap(), input: Score, kind: calibrator,
        schema: "Spot@4", golden: "../evenkeel-testing/golden/detect/spot.json", tampered: survived, steps: 200_000
    }
    spot_as_published {
        stage: Spot::builder(1e-3).plug_in().calibration(500).max_peaks(64).build().unwrap(), input: Score, kind: calibrator,
        steps: 200_000
    }
    rank_cusum {
        stage: RankCusum::builder(1e-3).calibration(40).window(500).relearn(400).tails(Tails::Both).build().unwrap(),
        input: Score, kind: stage, missing: ignored, steps: 200_000,
        schema: "RankCusum@2<Generator@1>", golden: "../evenkeel-testing/golden/detect/rank_cusum.json", tampered: survived
    }
    bonferroni {
        stage: Bonferroni::new(
            RankCusum::builder(5e-4).calibration(40).window(500).relearn(400).build().unwrap(),
            Spot::builder(5e-4).calibration(500).build().unwrap(),
        ),
        input: Score, kind: stage, missing: ignored, steps: 200_000,
        schema: "Bonferroni@1<RankCusum@2<Generator@1>,Spot@4>", golden: "../evenkeel-testing/golden/detect/bonferroni.json", tampered: survived
    }
    spot_of_both_tails {
        stage: Spot::builder(1e-3).calibration(500).max_peaks(64).tails(Tails::Both).build().unwrap(),
        input: Score, kind: stage, missing: ignored, steps: 200_000
    }
    dspot {
        stage: Dspot::builder(1e-3).calibration(500).max_peaks(64).tails(Tails::Both).build().unwrap(),
        input: f64, kind: stage, missing: ignored, schema: "Dspot@3<Spot@4>",
        golden: "../evenkeel-testing/golden/detect/dspot.json", tampered: survived, steps: 200_000
    }
    recursive_sparse_ar {
        stage: evenkeel_detect::forecast::RecursiveSparseAr::builder([1, 3, 12]).forgetting(0.98).build().unwrap(), input: f64, kind: forecaster,
        schema: "RecursiveSparseAr@5<RecursiveLeastSquares@2>", golden: "../evenkeel-testing/golden/detect/recursive_sparse_ar.json", tampered: survived
    }
    score_alarm {
        stage: evenkeel_detect::alarm::ScoreAlarm::builder(1.0, Duration::from_secs(6_000), Duration::from_secs(10)).calibration(500).build().unwrap(),
        input: At<Score>, kind: stage, missing: ignored, steps: 200_000,
        schema: "ScoreAlarm@1<Spot@4,Alarm@3>", golden: "../evenkeel-testing/golden/detect/score_alarm.json", tampered: survived
    }
    deviation {
        stage: evenkeel_detect::outlier::Deviation::builder().half_life(20.0).build().unwrap(), input: f64, kind: detector,
        schema: "Deviation@1<Ewm@1>", golden: "../evenkeel-testing/golden/detect/deviation.json", tampered: survived
    }
    deviation_monitor {
        stage: DeviationMonitor::builder(Duration::from_secs(10)).half_life(20.0).build().unwrap(), input: At<f64>, kind: stage,
        schema: "DeviationMonitor@1<Deviation@1<Ewm@1>,Alarm@3>", golden: "../evenkeel-testing/golden/detect/deviation_monitor.json", tampered: survived
    }
    alarm_alone {
        stage: alarm(), input: At<Calibrated>, kind: alarm,
        schema: "Alarm@3", golden: "../evenkeel-testing/golden/detect/alarm.json", tampered: survived
    }
    whole_line {
        stage: Timed(Surprise::new(RunningMean::new(10.0)).then(Spot::builder(1e-3).max_peaks(64).build().unwrap())).then(alarm()),
        input: At<f64>, kind: stage, steps: 200_000,
        schema: "Then@1<Timed@1<Then@1<Surprise@1<RunningMean@1>,Spot@4>>,Alarm@3>"
    }
}

conformance! {
    left_matrix_profile {
        stage: evenkeel_detect::pattern::LeftMatrixProfile::builder(16).history(96).build().unwrap(), input: f64, kind: detector,
        missing: recovers, schema: "LeftMatrixProfile@1", golden: "../evenkeel-testing/golden/detect/left_matrix_profile.json", tampered: survived, steps: 200_000
    }
    left_matrix_profile_of_automatic_window {
        stage: evenkeel_detect::pattern::LeftMatrixProfile::automatic().history(128).learn(64).build().unwrap(), input: f64, kind: detector,
        missing: recovers, growth: 1, steps: 100_000
    }
    left_matrix_profile_pruned {
        stage: evenkeel_detect::pattern::LeftMatrixProfile::builder(16).history(300).pruned(200).build().unwrap(), input: f64, kind: detector,
        missing: recovers, schema: "LeftMatrixProfile@1", golden: "../evenkeel-testing/golden/detect/left_matrix_profile_pruned.json", tampered: survived, steps: 200_000
    }
    left_matrix_profile_in_single_precision {
        stage: evenkeel_detect::pattern::LeftMatrixProfile::builder(16).history(96).build_single().unwrap(), input: f64, kind: detector,
        missing: recovers, schema: "LeftMatrixProfile<f32>@1", golden: "../evenkeel-testing/golden/detect/left_matrix_profile_single.json",
        tampered: survived, steps: 200_000
    }
    local_polynomial {
        stage: evenkeel_detect::forecast::LocalPolynomial::builder().window(12).memory(50).build().unwrap(), input: f64, kind: forecaster,
        schema: "LocalPolynomial@2", golden: "../evenkeel-testing/golden/detect/local_polynomial.json", tampered: survived, steps: 200_000
    }
    // The running mean of the stages above remembers everything; what they add does not.
    innovations_of_a_local_polynomial {
        stage: Innovations::new(evenkeel_detect::forecast::LocalPolynomial::builder().build().unwrap()), input: f64,
        kind: stage, missing: recovers, steps: 100_000
    }
    likelihood_of_a_local_polynomial {
        stage: Likelihood::new(evenkeel_detect::forecast::LocalPolynomial::builder().build().unwrap(), 10).unwrap(), input: f64,
        kind: detector, missing: recovers, steps: 100_000
    }
    surprise_of_a_local_polynomial {
        stage: Surprise::new(evenkeel_detect::forecast::LocalPolynomial::builder().degree(3).build().unwrap()), input: f64,
        kind: detector, missing: recovers, steps: 100_000
    }
}

conformance! {
    symbol_surprise_without_context {
        stage: SymbolSurprise::builder().warm_up(40).depth(0).memory(50).build().unwrap(),
        input: f64, kind: detector, schema: "SymbolSurprise@3",
        golden: "../evenkeel-testing/golden/detect/symbol_surprise_without_context.json", tampered: survived
    }
    spread_change {
        stage: SpreadChange::new(20).unwrap(), input: f64, kind: detector,
        schema: "SpreadChange@1", golden: "../evenkeel-testing/golden/detect/spread_change.json", tampered: survived
    }
    local_mean {
        stage: LocalMean::new(10).unwrap(), input: f64, kind: detector,
        schema: "LocalMean@1", golden: "../evenkeel-testing/golden/detect/local_mean.json", tampered: survived
    }
    nearest_shapes {
        stage: NearestShapes::builder().window(16).history(100).build().unwrap(), input: f64, kind: detector,
        missing: recovers, schema: "NearestShapes@1",
        golden: "../evenkeel-testing/golden/detect/nearest_shapes.json", tampered: survived, steps: 200_000
    }
    nearest_shapes_of_means {
        stage: NearestShapes::builder().window(96).history(200).neighbors(1).soften(0.0).build().unwrap(), input: f64,
        kind: detector, missing: recovers, schema: "NearestShapes@1", steps: 200_000
    }
    nearest_shapes_of_automatic_window {
        stage: NearestShapes::builder().history(384).build().unwrap(), input: f64, kind: detector,
        missing: recovers, growth: 1, steps: 100_000
    }
    recursive_sparse_ar_bounded {
        stage: RecursiveSparseAr::builder([1, 3, 12]).forgetting(0.98).bounded(3.0).build().unwrap(), input: f64, kind: forecaster,
        schema: "RecursiveSparseAr@5<RecursiveLeastSquares@2>", golden: "../evenkeel-testing/golden/detect/recursive_sparse_ar_bounded.json", tampered: survived
    }
    seasonal_ar {
        stage: SeasonalAr::new().unwrap(), input: f64, kind: forecaster, growth: 6, steps: 100_000,
        schema: "SeasonalAr@1<RecursiveSparseAr@5<RecursiveLeastSquares@2>>",
        golden: "../evenkeel-testing/golden/detect/seasonal_ar.json", tampered: survived
    }
}

// The recommended detector and monitors as they are. A value costs the full tier some microseconds, so the runs
// are shorter; its snapshots are pinned by digests, in `ensemble/default_detector.rs` and `monitor/monitor.rs`.
conformance! {
    default_detector_of_the_fast_tier {
        stage: DefaultDetector::builder().tier(Tier::Fast).build().unwrap(), input: f64, kind: detector,
        missing: recovers, steps: 100_000, forgets: never,
        schema: "DefaultDetector@2<RecursiveSparseAr@5<RecursiveLeastSquares@2>,SeasonalAr@1<RecursiveSparseAr@5<RecursiveLeastSquares@2>>,SpreadChange@1,SymbolSurprise@3,LocalMean@1,NearestShapes@1,Univariate@1<RandomCutForest@2>>",
        golden: "../evenkeel-testing/golden/detect/default_detector.json", tampered: survived
    }
    default_detector {
        stage: DefaultDetector::builder().build().unwrap(), input: f64, kind: detector,
        missing: recovers, growth: 5, steps: 20_000, forgets: never,
        schema: "DefaultDetector@2<RecursiveSparseAr@5<RecursiveLeastSquares@2>,SeasonalAr@1<RecursiveSparseAr@5<RecursiveLeastSquares@2>>,SpreadChange@1,SymbolSurprise@3,LocalMean@1,NearestShapes@1,Univariate@1<RandomCutForest@2>>"
    }
    monitor {
        stage: Monitor::builder(Budget::per_day(1.0).unwrap()).tier(Tier::Fast).build().unwrap(), input: At<f64>, kind: stage,
        missing: recovers, steps: 100_000, forgets: never,
        schema: "Monitor@2<DefaultDetector@2<RecursiveSparseAr@5<RecursiveLeastSquares@2>,SeasonalAr@1<RecursiveSparseAr@5<RecursiveLeastSquares@2>>,SpreadChange@1,SymbolSurprise@3,LocalMean@1,NearestShapes@1,Univariate@1<RandomCutForest@2>>,Pace@1,RankCusum@2<Generator@1>,Spot@4,Alarm@3,SmoothedScore@1>",
        golden: "../evenkeel-testing/golden/detect/monitor.json", tampered: survived
    }
    monitor_of_the_full_tier {
        stage: Monitor::new(Budget::per_day(1.0).unwrap()).unwrap(), input: At<f64>, kind: stage,
        missing: recovers, growth: 5, steps: 10_000, forgets: never
    }
    row_monitor {
        stage: Monitor::builder(Budget::per_day(1.0).unwrap()).tier(Tier::Fast).build_rows(3).unwrap(),
        input: At<[f64; 3]>, kind: stage, missing: recovers, steps: 50_000, forgets: never,
        schema: "RowMonitor@2<DefaultDetector@2<RecursiveSparseAr@5<RecursiveLeastSquares@2>,SeasonalAr@1<RecursiveSparseAr@5<RecursiveLeastSquares@2>>,SpreadChange@1,SymbolSurprise@3,LocalMean@1,NearestShapes@1,Univariate@1<RandomCutForest@2>>,Pace@1,RankCusum@2<Generator@1>,Spot@4,Alarm@3,SmoothedScore@1>"
    }
}

#[cfg(feature = "spectral")]
conformance! {
    spectral_residual {
        stage: evenkeel_detect::outlier::SpectralResidual::builder().window(32).build().unwrap(), input: f64, kind: detector,
        missing: recovers, schema: "SpectralResidual@1", golden: "../evenkeel-testing/golden/detect/spectral_residual.json", tampered: survived,
        steps: 50_000
    }
}

conformance! {
    subspace {
        stage: evenkeel_detect::multivariate::Subspace::builder(4).components(2).memory(50).warm_up(20).build().unwrap(),
        input: [f64; 4], kind: detector, schema: "Subspace@2", golden: "../evenkeel-testing/golden/detect/subspace.json", tampered: survived,
        steps: 200_000
    }
    subspace_of_shingles {
        stage: Univariate(evenkeel_detect::multivariate::Subspace::builder(1).shingle(8).warm_up(20).build().unwrap()), input: f64,
        kind: detector, missing: recovers, steps: 100_000
    }
    mahalanobis {
        stage: evenkeel_detect::multivariate::Mahalanobis::builder(3).memory(100).warm_up(30).build().unwrap(), input: [f64; 3],
        kind: detector, schema: "Mahalanobis@2", golden: "../evenkeel-testing/golden/detect/mahalanobis.json", tampered: survived, steps: 100_000
    }
    group_outlier {
        stage: evenkeel_detect::multivariate::GroupOutlier::builder(5).span(3).build().unwrap(), input: [f64; 5], kind: detector,
        schema: "GroupOutlier@2", golden: "../evenkeel-testing/golden/detect/group_outlier.json", tampered: survived, steps: 200_000
    }
    correlation_break {
        stage: evenkeel_detect::multivariate::CorrelationBreak::builder(3).reference(100).span(20).build().unwrap(), input: [f64; 3],
        kind: detector, schema: "CorrelationBreak@2", golden: "../evenkeel-testing/golden/detect/correlation_break.json", tampered: survived,
        steps: 200_000
    }
}
