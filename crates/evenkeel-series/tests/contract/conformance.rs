//! Every streaming type keeps the contract.

use core::time::Duration;
use evenkeel_core::{At, Fit};
use evenkeel_series::clean::{Hampel, Quality};
use evenkeel_series::denoise::{Butterworth, SavitzkyGolay};
use evenkeel_series::quantile::Quantile;
use evenkeel_series::rolling::{
    Decay, ExpandingMoments, RollingExtremes, TimeEwm, TimeExtremes, TimeMoments, TimeQuantile,
};
use evenkeel_series::transform::{Normalizer, QuantileNormalization};
use evenkeel_series::{Ewm, RollingMoments, RollingQuantile};
use evenkeel_testing::conformance;

conformance! {
    moments { stage: RollingMoments::builder(60).min_periods(2).build().unwrap(), input: f64, kind: stage, schema: "RollingMoments@1", golden: "../evenkeel-testing/golden/series/rolling_moments.json", tampered: survived }
    moments_of_one { stage: RollingMoments::builder(1).build().unwrap(), input: f64, kind: stage, steps: 100_000 }
    extremes { stage: RollingExtremes::builder(60).min_periods(2).build().unwrap(), input: f64, kind: stage, schema: "RollingExtremes@1", golden: "../evenkeel-testing/golden/series/rolling_extremes.json", tampered: survived }
    quantile { stage: RollingQuantile::builder(60).min_periods(2).quantile(Quantile::new(0.9).unwrap()).build().unwrap(), input: f64, kind: stage, schema: "RollingQuantile@1", golden: "../evenkeel-testing/golden/series/rolling_quantile.json", tampered: survived }
    median_of_one { stage: RollingQuantile::builder(1).build().unwrap(), input: f64, kind: stage, steps: 100_000 }
    median_of_many { stage: RollingQuantile::builder(5000).min_periods(1).build().unwrap(), input: f64, kind: stage, steps: 100_000 }
    expanding { stage: ExpandingMoments::new(2).unwrap(), input: f64, kind: stage, forgets: never, missing: ignored, schema: "ExpandingMoments@1", golden: "../evenkeel-testing/golden/series/expanding_moments.json", tampered: survived }
    time_ewm { stage: TimeEwm::new(Duration::from_secs(60)).unwrap(), input: At<f64>, kind: stage, schema: "TimeEwm@2", golden: "../evenkeel-testing/golden/series/time_ewm.json", tampered: survived }
    ewm { stage: Ewm::builder(Decay::Span(20.0)).build().unwrap(), input: f64, kind: stage, schema: "Ewm@1", golden: "../evenkeel-testing/golden/series/ewm.json", tampered: survived }
    ewm_plain { stage: Ewm::builder(Decay::Alpha(0.3)).adjust(false).ignore_missing(true).build().unwrap(), input: f64, kind: stage }
    ewm_last { stage: Ewm::builder(Decay::Alpha(1.0)).build().unwrap(), input: f64, kind: stage, steps: 100_000 }
    quality { stage: Quality::new().step(Duration::from_secs(60)).watch().unwrap(), input: At<f64>, kind: stage, schema: "QualityWatch@2", golden: "../evenkeel-testing/golden/series/quality_watch.json", tampered: survived }
    quality_learning_its_step { stage: Quality::new().stuck(2).patience(2).watch().unwrap(), input: At<f64>, kind: stage }
    hampel { stage: Hampel::new(5).filter().unwrap(), input: f64, kind: stage, schema: "HampelFilter@1", golden: "../evenkeel-testing/golden/series/hampel.json", tampered: survived }
    hampel_median { stage: Hampel::new(1).threshold(0.0).filter().unwrap(), input: f64, kind: stage, steps: 100_000 }
    normalizer { stage: Normalizer::new(100.0, 2.5).unwrap(), input: f64, kind: stage, missing: ignored, schema: "Normalizer@1", golden: "../evenkeel-testing/golden/series/normalizer.json", tampered: survived }
    savitzky_golay { stage: SavitzkyGolay::new(11, 3).filter(0).unwrap(), input: f64, kind: stage, schema: "SavitzkyGolayFilter@1", golden: "../evenkeel-testing/golden/series/savitzky_golay.json", tampered: survived }
    savitzky_golay_slope { stage: SavitzkyGolay::new(21, 2).derivative(1).step(Duration::from_millis(250)).filter(10).unwrap(), input: f64, kind: stage }
    butterworth { stage: Butterworth::low_pass(5, 0.05).filter().unwrap(), input: f64, kind: stage, schema: "ButterworthFilter@1", golden: "../evenkeel-testing/golden/series/butterworth.json", tampered: survived }
    butterworth_band { stage: Butterworth::band_pass(16, 0.01, 0.3).from_rest().filter().unwrap(), input: f64, kind: stage, forgets: 50_000, steps: 100_000 }
    time_moments { stage: TimeMoments::builder(Duration::from_secs(300), 100).min_count(2).build().unwrap(), input: At<f64>, kind: stage, schema: "TimeMoments@2", golden: "../evenkeel-testing/golden/series/time_moments.json", tampered: survived }
    time_moments_without_room { stage: TimeMoments::builder(Duration::from_secs(3600), 4).build().unwrap(), input: At<f64>, kind: stage }
    time_extremes { stage: TimeExtremes::builder(Duration::from_secs(300), 100).build().unwrap(), input: At<f64>, kind: stage, schema: "TimeExtremes@2", golden: "../evenkeel-testing/golden/series/time_extremes.json", tampered: survived }
    time_quantile { stage: TimeQuantile::builder(Duration::from_secs(300), 100).build().unwrap(), input: At<f64>, kind: stage, schema: "TimeQuantile@2", golden: "../evenkeel-testing/golden/series/time_quantile.json", tampered: survived }
    time_quantile_without_room { stage: TimeQuantile::builder(Duration::from_secs(3600), 4).build().unwrap(), input: At<f64>, kind: stage }
    quantile_normalizer { stage: QuantileNormalization::normal().knots(16).fit(&skewed()[..]).unwrap(), input: f64, kind: stage, missing: ignored, schema: "QuantileNormalizer@1", golden: "../evenkeel-testing/golden/series/quantile_normalizer.json", tampered: survived }
    quantile_normalizer_uniform { stage: QuantileNormalization::uniform().fit(&[-1e100, 1e100][..]).unwrap(), input: f64, kind: stage, missing: ignored }
}

fn skewed() -> Vec<f64> {
    (1..200).map(|i| 1000.0 / f64::from(i)).collect()
}
