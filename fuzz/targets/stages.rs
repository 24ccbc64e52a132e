//! Every streaming type on hostile streams: no panic, finite outputs, and a snapshot in the middle changes
//! nothing.

#![no_main]

use core::fmt::Debug;
use core::time::Duration;
use evenkeel::detect::adapt::{SmoothedScore, Standardize, Univariate, ValueAsScore};
use evenkeel::detect::calibrate::{Bet, Conformal as Ranks, Martingale};
use evenkeel::detect::change::{BernoulliBeta, Bocpd, Focus, KolmogorovSmirnov, NormalGamma, PoissonGamma};
use evenkeel::detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel::detect::ensemble::{DefaultDetector, Tier};
use evenkeel::detect::forecast::{
    Innovations, Likelihood, LocalPolynomial, RecursiveSparseAr, SeasonalAr, SpreadChange,
};
use evenkeel::detect::multivariate::{HalfSpaceTrees, Mahalanobis, RandomCutForest, Subspace};
use evenkeel::detect::outlier::{LocalMean, SeasonalProfile, SpectralResidual};
use evenkeel::detect::pattern::{LeftMatrixProfile, NearestShapes, SymbolSurprise};
use evenkeel::detect::{Adwin, Alarm, Budget, Cusum, Dspot, Monitor, RobustZ, Spot, Surprise, Tails};
use evenkeel::models::arima::{HarmonicRegression, HarmonicRegressionModel};
use evenkeel::models::ces::{Ces, CesKind, CesModel};
use evenkeel::models::crossing_paths::CrossingPaths;
use evenkeel::models::crossing_watch::CrossingWatch;
use evenkeel::models::croston::{Croston, CrostonKind, CrostonModel};
use evenkeel::models::decomposed::{Decomposed, DecomposedModel};
use evenkeel::models::ets::EtsModel;
use evenkeel::models::hmm::{AutoregressiveGaussian, Covariance, Gaussian, GaussianMixture, Hsmm, HsmmModel};
use evenkeel::models::naive::NaiveModel;
use evenkeel::models::simple_smoothing::{SimpleSmoothing, SimpleSmoothingModel};
use evenkeel::models::sparse_ar::SparseArModel;
use evenkeel::models::state_space::StructuralModel;
use evenkeel::models::theta::{Theta, ThetaKind, ThetaModel};
use evenkeel::models::transformed::{Transform, Transformed};
use evenkeel::models::{
    Arima, ArimaModel, Auto, AutoEts, AutoModel, Backtest, Conformal, Hmm, HmmModel, Naive, SparseAr,
    Structural,
};
use evenkeel::prelude::{At, Fit, Stage, Timed, Timestamp};
use evenkeel::series::clean::{Hampel, Quality};
use evenkeel::series::denoise::{Butterworth, SavitzkyGolay};
use evenkeel::series::quantile::QuantileSketch;
use evenkeel::series::rolling::{
    Decay, ExpandingMoments, RollingExtremes, TimeEwm, TimeExtremes, TimeMoments, TimeQuantile,
};
use evenkeel::series::transform::{Normalizer, QuantileNormalization, QuantileNormalizer};
use evenkeel::series::{Ewm, RollingMoments, RollingQuantile};
use evenkeel::stats::Limit;
use evenkeel::{Snapshot, restore};
use std::sync::OnceLock;

/// A history to fit models to, once.
fn history() -> Vec<f64> {
    (0..200_u64).map(|i| 10.0 + (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 1e6).collect()
}

fn arima() -> ArimaModel {
    static MODEL: OnceLock<ArimaModel> = OnceLock::new();
    MODEL.get_or_init(|| Arima::new(2, 1, 1).fit(&history()).expect("a plain history")).clone()
}

fn smoothing() -> SimpleSmoothingModel {
    static MODEL: OnceLock<SimpleSmoothingModel> = OnceLock::new();
    MODEL.get_or_init(|| SimpleSmoothing::new().fit(&history()).expect("a plain history")).clone()
}

/// A model that is fitted once.
macro_rules! once {
    ($name:ident, $type:ty, $estimator:expr) => {
        fn $name() -> $type {
            static MODEL: OnceLock<$type> = OnceLock::new();
            MODEL.get_or_init(|| $estimator.fit(&history()).expect("a plain history")).clone()
        }
    };
}

once!(ets, EtsModel, AutoEts::new(4));
once!(auto, AutoModel, Auto::new().seasons([12]));
once!(waves, HarmonicRegressionModel, HarmonicRegression::new([12.0]));
once!(sparse, SparseArModel, SparseAr::new().lags([1, 3]).choose(false));
once!(sparse_differenced, SparseArModel, SparseAr::new().lags([2]).difference(4));
once!(
    logarithm,
    Transformed<SimpleSmoothingModel>,
    Transformed::new(Transform::Logarithm, SimpleSmoothing::new())
);
once!(decomposed, DecomposedModel<SimpleSmoothingModel>, Decomposed::classical(5, SimpleSmoothing::new()));
once!(theta, ThetaModel, Theta::new(ThetaKind::DynamicStandard, 1));
once!(ces, CesModel, Ces::new(CesKind::None, 1));
once!(croston, CrostonModel, Croston::new(CrostonKind::Probability));
once!(drift, NaiveModel, Naive::drift());
once!(regimes, HmmModel, Hmm::new(3));
once!(mixed, HmmModel<GaussianMixture>, Hmm::new(2).emission(mixture()));
once!(switching, HmmModel<AutoregressiveGaussian>, Hmm::new(2).emission(AutoregressiveGaussian::new()));
once!(visits, HsmmModel, Hsmm::new(2, 20));
once!(trend, StructuralModel, Structural::local_linear_trend());
once!(basic, StructuralModel, Structural::basic(4));
once!(scores, QuantileNormalizer, QuantileNormalization::normal().knots(20));

fn mixture() -> GaussianMixture {
    GaussianMixture::new(2, &Gaussian::new(1, Covariance::Diagonal).expect("one coordinate"))
        .expect("two components")
}

fn conformal() -> Conformal<SimpleSmoothingModel> {
    static MODEL: OnceLock<Conformal<SimpleSmoothingModel>> = OnceLock::new();
    let fit = || {
        let model = Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(3).origins(5), &history());
        model.and_then(|model| model.adapt(0.1)).expect("a plain history")
    };
    MODEL.get_or_init(fit).clone()
}

/// Runs the stream with and without a snapshot at `cut`; whatever is said must be the same and hold no NaN
/// and no infinity.
fn drive<X: Copy, S>(mut stage: S, stream: &[X], cut: usize)
where
    S: Stage<X> + Snapshot + Clone,
    S::Output: Debug,
{
    let mut other = stage.clone();
    for (i, x) in stream.iter().enumerate() {
        if i == cut {
            let bytes = postcard::to_allocvec(&other.snapshot()).expect("a state can be written");
            other = restore(&mut postcard::Deserializer::from_bytes(&bytes))
                .expect("what was written can be read");
        }
        let (a, b) = (format!("{:?}", stage.update(*x)), format!("{:?}", other.update(*x)));
        assert_eq!(a, b);
        assert!(!a.contains("NaN") && !a.contains("inf"), "{a}");
    }
}

/// The stream again and again, for what needs many values before it says anything.
fn repeated(values: &[f64], length: usize) -> Vec<f64> {
    values.iter().copied().cycle().take(length).collect()
}

/// Two sketches of the parts, one of them through a snapshot, are one of the whole.
fn sketch(values: &[f64], cut: usize) {
    let count = |values: &[f64]| {
        let mut sketch = QuantileSketch::with_bins(0.05, 20).expect("in range");
        values.iter().for_each(|x| sketch.insert(*x));
        sketch
    };
    let (first, second) = values.split_at(cut.min(values.len()));
    let bytes = postcard::to_allocvec(&count(first).snapshot()).expect("a state can be written");
    let mut merged: QuantileSketch =
        restore(&mut postcard::Deserializer::from_bytes(&bytes)).expect("what was written can be read");
    merged.merge(&count(second)).expect("the same settings");
    assert_eq!(merged, count(values));
    assert!((0..=10).all(|i| merged.quantile(f64::from(i) / 10.0).is_none_or(f64::is_finite)));
}

libfuzzer_sys::fuzz_target!(|input: (u8, u8, Vec<(i64, f64)>)| {
    let (which, cut, stream) = input;
    let values: Vec<f64> = stream.iter().map(|(_, x)| *x).collect();
    let timed: Vec<At<f64>> = stream.iter().map(|(t, x)| At::new(Timestamp::from_nanos(*t), *x)).collect();
    let cut = usize::from(cut);
    let spot = || Spot::builder(1e-2).calibration(10).level(0.8).max_peaks(8);
    match which % 63 {
        0 => drive(EwmaChart::builder(0.0, 1.0).build().unwrap(), &values, cut),
        1 => drive(Cusum::builder(0.0, 1.0).build().unwrap(), &values, cut),
        2 => drive(ValueAsScore.then(spot().build().unwrap()), &values, cut),
        3 => drive(ValueAsScore.then(spot().tails(Tails::Both).build().unwrap()), &values, cut),
        4 => drive(
            Dspot::builder(1e-2).depth(3).calibration(10).level(0.8).max_peaks(8).build().unwrap(),
            &values,
            cut,
        ),
        5 => drive(arima(), &values, cut),
        6 => drive(smoothing(), &values, cut),
        7 => drive(Surprise::new(arima()), &values, cut),
        8 => drive(Innovations::new(smoothing()), &values, cut),
        9 => drive(RollingMoments::builder(5).build().unwrap(), &values, cut),
        10 => drive(RollingExtremes::builder(5).build().unwrap(), &values, cut),
        11 => drive(Ewm::builder(Decay::Alpha(0.3)).build().unwrap(), &values, cut),
        12 => drive(sparse(), &values, cut),
        13 => drive(sparse_differenced(), &values, cut),
        14 => drive(RecursiveSparseAr::builder([1, 4]).forgetting(0.95).build().unwrap(), &values, cut),
        15 => drive(logarithm(), &values, cut),
        16 => drive(decomposed(), &values, cut),
        17 => drive(conformal(), &values, cut),
        18 => drive(ets(), &values, cut),
        19 => drive(theta(), &values, cut),
        20 => drive(ces(), &values, cut),
        21 => drive(croston(), &values, cut),
        22 => drive(drift(), &values, cut),
        23 => {
            drive(auto(), &values, cut);
            drive(waves(), &values, cut);
        }
        24 => drive(Quality::new().step(Duration::from_secs(1)).watch().unwrap(), &timed, cut),
        25 => drive(Quality::new().stuck(2).patience(2).watch().unwrap(), &timed, cut),
        26 => drive(RollingQuantile::builder(5).min_periods(1).build().unwrap(), &values, cut),
        27 => drive(TimeEwm::new(Duration::from_secs(60)).unwrap(), &timed, cut),
        28 => drive(ExpandingMoments::new(1).unwrap(), &values, cut),
        29 => drive(Hampel::new(2).filter().unwrap(), &values, cut),
        30 => {
            drive(Normalizer::new(10.0, 0.5).unwrap(), &values, cut);
            drive(scores(), &values, cut);
        }
        31 => drive(SavitzkyGolay::new(7, 3).derivative(1).filter(0).unwrap(), &values, cut),
        32 => drive(SavitzkyGolay::new(9, 2).filter(4).unwrap(), &values, cut),
        33 => drive(Butterworth::low_pass(5, 0.01).filter().unwrap(), &values, cut),
        34 => drive(Butterworth::band_stop(3, 0.1, 0.3).from_rest().filter().unwrap(), &values, cut),
        35 => drive(TimeMoments::builder(Duration::from_secs(1), 6).build().unwrap(), &timed, cut),
        36 => drive(TimeExtremes::builder(Duration::from_secs(1), 6).build().unwrap(), &timed, cut),
        37 => drive(TimeQuantile::builder(Duration::from_secs(1), 6).build().unwrap(), &timed, cut),
        38 => sketch(&values, cut),
        39 => {
            drive(
                Bocpd::builder(NormalGamma::new(0.0, 0.01, 1.0, 1.0), 9.0).max_runs(9).build().unwrap(),
                &values,
                cut,
            );
            drive(
                Bocpd::builder(PoissonGamma::new(1.0, 0.1), 9.0).max_runs(9).build().unwrap(),
                &values,
                cut,
            );
            drive(Bocpd::builder(BernoulliBeta::new(1.0, 1.0), 9.0).build().unwrap(), &values, cut);
        }
        40 => {
            let forest =
                RandomCutForest::builder(1).shingle(2).trees(2).samples(6).warm_up(3).expectations(true);
            drive(Univariate(forest.build().unwrap()), &values, cut);
        }
        41 => {
            let trees = HalfSpaceTrees::builder(1).trees(2).depth(3).window(4);
            drive(Univariate(trees.build().unwrap()), &values, cut);
        }
        42 => drive(SymbolSurprise::builder().warm_up(16).depth(2).memory(8).build().unwrap(), &values, cut),
        43 => {
            drive(Focus::builder(0.0, 1.0).candidates(8).build().unwrap(), &values, cut);
            drive(Focus::unknown(1.0).candidates(8).relearn(3.0, 4).build().unwrap(), &values, cut);
        }
        44 => {
            drive(PageHinkley::builder().min_values(2).restart_above(9.0).build().unwrap(), &values, cut);
            drive(Shewhart::new(0.0, 1.0).unwrap(), &values, cut);
        }
        45 => {
            let ranks = || Ranks::builder(0.5).window(5).smoothed(3).build().unwrap();
            let power = Martingale::builder(Bet::Power(0.3)).restarting().build().unwrap();
            drive(ValueAsScore.then(ranks()).then(power), &values, cut);
            let mixture = Martingale::builder(Bet::Mixture).build().unwrap();
            drive(ValueAsScore.then(ranks()).then(mixture), &values, cut);
        }
        46 => {
            drive(Adwin::builder().clock(1).rows(3).max_buckets(2).build().unwrap(), &values, cut);
            drive(KolmogorovSmirnov::builder().recent(3).reference(4).build().unwrap(), &values, cut);
            drive(RobustZ::builder().window(6).min_values(3).build().unwrap(), &values, cut);
        }
        47 => {
            drive(Standardize::builder(3).relearning().build().unwrap(), &values, cut);
            drive(Likelihood::new(smoothing(), 3).unwrap(), &values, cut);
        }
        48 => drive(SeasonalProfile::builder().min_values(1).build().unwrap(), &timed, cut),
        49 => {
            drive(LeftMatrixProfile::builder(4).history(16).build().unwrap(), &values, cut);
            drive(LeftMatrixProfile::builder(5).history(200).pruned(20).build().unwrap(), &values, cut);
            drive(LocalPolynomial::builder().window(6).memory(10).build().unwrap(), &values, cut);
        }
        50 => drive(SpectralResidual::builder().window(16).build().unwrap(), &values, cut),
        51 => {
            let subspace = Subspace::builder(1).shingle(4).warm_up(10).build().unwrap();
            drive(Univariate(subspace), &values, cut);
            drive(Univariate(Mahalanobis::builder(1).memory(20).warm_up(12).build().unwrap()), &values, cut);
        }
        52 => {
            let levels = Shewhart::new(0.0, 1.0).unwrap();
            drive(levels.then(SmoothedScore::new(5).unwrap()), &values, cut);
            drive(SpreadChange::new(3).unwrap(), &values, cut);
            drive(LocalMean::new(3).unwrap(), &values, cut);
        }
        53 => {
            drive(regimes(), &values, cut);
            drive(regimes().filter().unwrap(), &values, cut);
        }
        54 => {
            drive(mixed(), &values, cut);
            drive(switching(), &values, cut);
        }
        55 => {
            drive(visits(), &values, cut);
            drive(visits().filter().unwrap(), &values, cut);
        }
        56 => {
            drive(trend(), &values, cut);
            drive(basic(), &values, cut);
        }
        57 => {
            let paths = CrossingPaths::new(Limit::Above(20.0), 12).paths(8);
            drive(CrossingWatch::new(smoothing(), paths).unwrap(), &values, cut);
        }
        58 => {
            let bounded = RecursiveSparseAr::builder([1, 4]).forgetting(0.95).bounded(3.0);
            drive(bounded.build().unwrap(), &values, cut);
            drive(SeasonalAr::new().unwrap(), &repeated(&values, 1_100), cut);
        }
        59 => {
            let shapes = NearestShapes::builder().window(8).history(100);
            drive(shapes.build().unwrap(), &repeated(&values, 300), cut);
            let means = NearestShapes::builder().window(64).history(200).neighbors(1).soften(0.0);
            drive(means.build().unwrap(), &repeated(&values, 300), cut);
            drive(SymbolSurprise::builder().warm_up(16).depth(0).build().unwrap(), &values, cut);
        }
        60 => {
            let detector = DefaultDetector::builder().tier(Tier::Fast);
            drive(detector.build().unwrap(), &repeated(&values, 600), cut);
        }
        61 => {
            let hour = Budget::new(1.0, Duration::from_secs(3_600)).unwrap();
            drive(Monitor::builder(hour).tier(Tier::Fast).build().unwrap(), &timed, cut);
            let rows: Vec<[f64; 2]> = values.iter().map(|x| [*x, -x]).collect();
            let rows: Vec<At<&[f64]>> =
                timed.iter().zip(&rows).map(|(at, row)| At::new(at.time, &row[..])).collect();
            drive(Monitor::builder(hour).tier(Tier::Fast).build_rows(2).unwrap(), &rows, cut);
        }
        _ => {
            let seconds = |s| Duration::from_secs(s);
            let alarm = Alarm::builder(1e-2)
                .min_duration(seconds(1))
                .clear_after(seconds(2))
                .refractory(seconds(5))
                .max_gap(seconds(9));
            let line =
                Timed(Surprise::new(arima()).then(spot().build().unwrap())).then(alarm.build().unwrap());
            drive(line, &timed, cut);
        }
    }
});
