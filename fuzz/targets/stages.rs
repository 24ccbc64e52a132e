//! Every streaming type on hostile streams: no panic, finite outputs, and a snapshot in the middle changes nothing.

#![no_main]

use core::fmt::Debug;
use core::time::Duration;
use evenkeel::core::{Snapshot, restore};
use evenkeel::detect::{Alarm, Cusum, Dspot, EwmaChart, Identity, Innovations, Spot, Surprise, Tails};
use evenkeel::models::{
    Arima, ArimaModel, Auto, AutoEts, AutoModel, Backtest, Ces, CesKind, Conformal, Croston, CrostonKind,
    Decomposed, EtsModel, HarmonicRegression, HarmonicRegressionModel, Naive, RecursiveSparseAr,
    SimpleSmoothing, SimpleSmoothingModel, SparseAr, Theta, ThetaKind, Transform, Transformed,
};
use evenkeel::prelude::{At, Fit, Stage, Timed, Timestamp};
use evenkeel::series::{Decay, Ewm, RollingExtremes, RollingMoments};
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

/// Runs the stream with and without a snapshot at `cut`; whatever is said must be the same and hold no NaN and no infinity.
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

libfuzzer_sys::fuzz_target!(|input: (u8, u8, Vec<(i64, f64)>)| {
    let (which, cut, stream) = input;
    let values: Vec<f64> = stream.iter().map(|(_, x)| *x).collect();
    let timed: Vec<At<f64>> = stream.iter().map(|(t, x)| At::new(Timestamp::from_nanos(*t), *x)).collect();
    let cut = usize::from(cut);
    let spot = || Spot::builder(1e-2).calibration(10).level(0.8).max_peaks(8);
    match which % 25 {
        0 => drive(EwmaChart::builder(0.0, 1.0).build().unwrap(), &values, cut),
        1 => drive(Cusum::builder(0.0, 1.0).build().unwrap(), &values, cut),
        2 => drive(Identity.then(spot().build().unwrap()), &values, cut),
        3 => drive(Identity.then(spot().tails(Tails::Both).build().unwrap()), &values, cut),
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
        12 => drive(SparseAr::new().lags([1, 3]).choose(false).fit(&history()).unwrap(), &values, cut),
        13 => drive(SparseAr::new().lags([2]).difference(4).fit(&history()).unwrap(), &values, cut),
        14 => drive(RecursiveSparseAr::builder([1, 4]).forgetting(0.95).build().unwrap(), &values, cut),
        15 => drive(
            Transformed::new(Transform::Logarithm, SimpleSmoothing::new()).fit(&history()).unwrap(),
            &values,
            cut,
        ),
        16 => drive(Decomposed::classical(5, SimpleSmoothing::new()).fit(&history()).unwrap(), &values, cut),
        17 => {
            let model =
                Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(3).origins(5), &history()).unwrap();
            drive(model.adapt(0.1).unwrap(), &values, cut);
        }
        18 => drive(ets(), &values, cut),
        19 => drive(Theta::new(ThetaKind::DynamicStandard, 1).fit(&history()).unwrap(), &values, cut),
        20 => drive(Ces::new(CesKind::None, 1).fit(&history()).unwrap(), &values, cut),
        21 => drive(Croston::new(CrostonKind::Probability).fit(&history()).unwrap(), &values, cut),
        22 => drive(Naive::drift().fit(&history()).unwrap(), &values, cut),
        23 => {
            drive(auto(), &values, cut);
            drive(waves(), &values, cut);
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
