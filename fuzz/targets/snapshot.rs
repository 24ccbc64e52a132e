//! Restoring from hostile bytes and text: refused, or a stage that works.

#![no_main]

use evenkeel::detect::adapt::{SmoothedScore, Standardize, Univariate, ValueAsScore};
use evenkeel::detect::calibrate::{Conformal as Ranks, Martingale};
use evenkeel::detect::change::{Bocpd, Focus, KolmogorovSmirnov, NormalGamma};
use evenkeel::detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel::detect::ensemble::DefaultDetector;
use evenkeel::detect::feedback::{Feedback, Verdict};
use evenkeel::detect::fleet::TimeOnly;
use evenkeel::detect::forecast::{Likelihood, LocalPolynomial, RecursiveSparseAr, SeasonalAr, SpreadChange};
use evenkeel::detect::monitor::{Budget, MonitorEvent, RowMonitor, Watch};
use evenkeel::detect::multivariate::{
    CorrelationBreak, GroupOutlier, HalfSpaceTrees, Mahalanobis, RandomCutForest, Subspace,
};
use evenkeel::detect::outlier::{LocalMean, SeasonalProfile, SpectralResidual};
use evenkeel::detect::pattern::{LeftMatrixProfile, NearestShapes, SymbolSurprise};
use evenkeel::detect::{Adwin, Alarm, Bank, Cusum, Dspot, Fleet, Monitor, RobustZ, Spot, Surprise};
use evenkeel::models::arima::{AutoArimaModel, HarmonicRegressionModel};
use evenkeel::models::ces::CesModel;
use evenkeel::models::croston::CrostonModel;
use evenkeel::models::decomposed::DecomposedModel;
use evenkeel::models::ets::EtsModel;
use evenkeel::models::hmm::{
    AutoregressiveGaussian, Gaussian, GaussianMixture, HmmFilter, HsmmFilter, HsmmModel, Poisson,
};
use evenkeel::models::naive::NaiveModel;
use evenkeel::models::simple_smoothing::SimpleSmoothingModel;
use evenkeel::models::sparse_ar::SparseArModel;
use evenkeel::models::state_space::StructuralModel;
use evenkeel::models::theta::ThetaModel;
use evenkeel::models::transformed::Transformed;
use evenkeel::models::{ArimaModel, AutoModel, Conformal, Ensemble, HmmModel};
use evenkeel::prelude::{At, Stage, Timed, Timestamp};
use evenkeel::series::clean::HampelFilter;
use evenkeel::series::denoise::{ButterworthFilter, SavitzkyGolayFilter};
use evenkeel::series::quantile::QuantileSketch;
use evenkeel::series::rolling::{
    ExpandingMoments, RollingExtremes, TimeEwm, TimeExtremes, TimeMoments, TimeQuantile,
};
use evenkeel::series::transform::{Normalizer, QuantileNormalizer};
use evenkeel::series::{Ewm, QualityWatch, RollingMoments, RollingQuantile, Series};
use evenkeel::{Error, Snapshot, restore};

fn revive<X: Copy, S: Stage<X> + Snapshot>(bytes: &[u8], inputs: &[X]) {
    // The schema stands first; writing it here lets the fuzzer work on the state behind it.
    let schema = S::schema();
    let mut behind = postcard::to_allocvec(&schema).expect("a string can be written");
    behind.extend_from_slice(bytes);
    let from_binary = restore::<S, _>(&mut postcard::Deserializer::from_bytes(&behind)).ok();
    let from_text = std::str::from_utf8(bytes).ok().and_then(|text| {
        let text = format!("[{schema:?},{text}]");
        restore::<S, _>(&mut serde_json::Deserializer::from_str(&text)).ok()
    });
    for mut stage in from_binary.into_iter().chain(from_text) {
        for x in inputs {
            stage.update(*x);
        }
        stage.reset();
        for x in inputs {
            stage.update(*x);
        }
    }
}

/// Watches nothing: what is a fleet's own is what is read.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Silent;

impl Stage<At<f64>> for Silent {
    type Output = MonitorEvent;

    fn update(&mut self, _: At<f64>) -> Option<MonitorEvent> {
        None
    }

    fn reset(&mut self) {}
}

impl Watch for Silent {
    fn tick(&mut self, _: Timestamp) -> Option<MonitorEvent> {
        None
    }

    fn set_budget(&mut self, _: Budget) -> Result<(), Error> {
        Ok(())
    }
}

impl Snapshot for Silent {
    fn schema() -> String {
        "Silent@1".into()
    }
}

/// Fleets, feedback and what they are made of.
fn fleets(bytes: &[u8]) {
    let _ = postcard::from_bytes::<MonitorEvent>(bytes).map(|event| event.to_string());
    let _ = postcard::from_bytes::<Budget>(bytes).map(|budget| budget.to_string());
    let mut behind = postcard::to_allocvec(&Feedback::schema()).expect("a string can be written");
    behind.extend_from_slice(bytes);
    if let Ok(mut feedback) = restore::<Feedback, _>(&mut postcard::Deserializer::from_bytes(&behind)) {
        for (second, verdict) in
            [Verdict::FalseAlarm, Verdict::Confirmed, Verdict::Missed].iter().cycle().take(9).enumerate()
        {
            let changed = feedback.verdict(Timestamp::from_seconds(second as i64), *verdict);
            let _ = changed.map(|changed| changed.to_string());
        }
        assert!(feedback.budget().rate() > 0.0);
    }
    let mut behind = postcard::to_allocvec(&Fleet::<u64, Silent>::schema()).expect("a string can be written");
    behind.extend_from_slice(bytes);
    if let Ok(mut fleet) = restore::<Fleet<u64, Silent>, _>(&mut postcard::Deserializer::from_bytes(&behind))
    {
        for second in 0..50 {
            let now = Timestamp::from_seconds(second);
            fleet.update(&(second as u64), At::new(now, 1.0));
            let told = fleet.tick(now, &TimeOnly);
            let _ = told.iter().map(ToString::to_string).collect::<Vec<_>>();
        }
        let shares = fleet.share().rate() * fleet.len() as f64;
        assert!(shares <= fleet.budget().rate() * (1.0 + 1e-9));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let values = [0.0, 1.0, f64::NAN, -1e9, 1.0, 1.0];
    let timed = values.map(|x| At::new(Timestamp::from_seconds(x as i64), x));
    match which % 58 {
        0 => revive::<f64, EwmaChart>(bytes, &values),
        1 => revive::<f64, Cusum>(bytes, &values),
        2 => revive::<f64, evenkeel::Then<ValueAsScore, Spot>>(bytes, &values),
        3 => revive::<f64, Dspot>(bytes, &values),
        4 => revive::<f64, ArimaModel>(bytes, &values),
        5 => revive::<f64, SimpleSmoothingModel>(bytes, &values),
        6 => revive::<f64, RollingMoments>(bytes, &values),
        7 => revive::<f64, RollingExtremes>(bytes, &values),
        8 => revive::<f64, Ewm>(bytes, &values),
        9 => {
            let _ = postcard::from_bytes::<Series>(bytes);
            let _ = serde_json::from_slice::<Series>(bytes);
        }
        10 => revive::<f64, SparseArModel>(bytes, &values),
        11 => revive::<f64, RecursiveSparseAr>(bytes, &values),
        12 => revive::<f64, Transformed<SimpleSmoothingModel>>(bytes, &values),
        13 => revive::<f64, DecomposedModel<SimpleSmoothingModel>>(bytes, &values),
        14 => revive::<f64, Ensemble<SimpleSmoothingModel>>(bytes, &values),
        15 => revive::<f64, Conformal<SimpleSmoothingModel>>(bytes, &values),
        16 => revive::<f64, EtsModel>(bytes, &values),
        17 => revive::<f64, ThetaModel>(bytes, &values),
        18 => revive::<f64, CesModel>(bytes, &values),
        19 => revive::<f64, CrostonModel>(bytes, &values),
        20 => revive::<f64, NaiveModel>(bytes, &values),
        21 => {
            revive::<f64, AutoArimaModel>(bytes, &values);
            revive::<f64, HarmonicRegressionModel>(bytes, &values);
        }
        22 => revive::<f64, AutoModel>(bytes, &values),
        23 => revive::<f64, ButterworthFilter>(bytes, &values),
        24 => revive::<f64, SavitzkyGolayFilter>(bytes, &values),
        25 => revive::<f64, HampelFilter>(bytes, &values),
        26 => revive::<f64, RollingQuantile>(bytes, &values),
        27 => revive::<f64, ExpandingMoments>(bytes, &values),
        28 => revive::<f64, Normalizer>(bytes, &values),
        29 => revive::<f64, QuantileNormalizer>(bytes, &values),
        30 => revive::<At<f64>, TimeEwm>(bytes, &timed),
        31 => revive::<At<f64>, QualityWatch>(bytes, &timed),
        32 => revive::<At<f64>, TimeMoments>(bytes, &timed),
        33 => revive::<At<f64>, TimeExtremes>(bytes, &timed),
        34 => revive::<At<f64>, TimeQuantile>(bytes, &timed),
        35 => {
            let from_binary = postcard::from_bytes::<QuantileSketch>(bytes).ok();
            for mut sketch in from_binary.into_iter().chain(serde_json::from_slice(bytes).ok()) {
                values.iter().for_each(|x| sketch.insert(*x));
                let copy = sketch.clone();
                sketch.merge(&copy).expect("the same settings");
                assert!(sketch.quantile(0.5).is_some_and(f64::is_finite));
            }
        }
        36 => revive::<f64, Bocpd<NormalGamma>>(bytes, &values),
        37 => revive::<f64, Univariate<RandomCutForest>>(bytes, &values),
        38 => revive::<f64, Univariate<HalfSpaceTrees>>(bytes, &values),
        39 => revive::<f64, SymbolSurprise>(bytes, &values),
        40 => revive::<f64, Focus>(bytes, &values),
        41 => {
            revive::<f64, PageHinkley>(bytes, &values);
            revive::<f64, Shewhart>(bytes, &values);
        }
        42 => revive::<f64, evenkeel::Then<evenkeel::Then<ValueAsScore, Ranks>, Martingale>>(bytes, &values),
        43 => {
            let mut behind =
                postcard::to_allocvec(&Bank::<u64, EwmaChart>::schema()).expect("a string can be written");
            behind.extend_from_slice(bytes);
            let bank = restore::<Bank<u64, EwmaChart>, _>(&mut postcard::Deserializer::from_bytes(&behind));
            if let Ok(mut bank) = bank {
                let capacity = bank.capacity();
                for key in 0..200 {
                    bank.update(&key, 1.0);
                }
                assert!(bank.len() <= capacity);
            }
        }
        44 => {
            revive::<f64, Adwin>(bytes, &values);
            revive::<f64, KolmogorovSmirnov>(bytes, &values);
        }
        45 => {
            revive::<f64, RobustZ>(bytes, &values);
            revive::<f64, Standardize>(bytes, &values);
        }
        46 => {
            revive::<f64, Likelihood<SimpleSmoothingModel>>(bytes, &values);
            revive::<At<f64>, SeasonalProfile>(bytes, &timed);
        }
        47 => revive::<f64, LeftMatrixProfile>(bytes, &values),
        48 => {
            revive::<f64, LocalPolynomial>(bytes, &values);
            revive::<f64, SpectralResidual>(bytes, &values);
        }
        49 => {
            revive::<f64, Univariate<Subspace>>(bytes, &values);
            revive::<f64, Univariate<Mahalanobis>>(bytes, &values);
            revive::<f64, Univariate<GroupOutlier>>(bytes, &values);
            revive::<f64, Univariate<CorrelationBreak>>(bytes, &values);
        }
        50 => {
            revive::<f64, evenkeel::Then<Cusum, SmoothedScore>>(bytes, &values);
            revive::<f64, DefaultDetector>(bytes, &values);
        }
        51 => {
            revive::<f64, HmmModel>(bytes, &values);
            revive::<f64, HmmModel<Poisson>>(bytes, &values);
            revive::<f64, HmmFilter<Gaussian>>(bytes, &values);
        }
        52 => {
            revive::<f64, HmmModel<GaussianMixture>>(bytes, &values);
            revive::<f64, HmmModel<AutoregressiveGaussian>>(bytes, &values);
        }
        53 => {
            revive::<f64, HsmmModel>(bytes, &values);
            revive::<f64, HsmmFilter<Gaussian>>(bytes, &values);
            revive::<f64, StructuralModel>(bytes, &values);
        }
        54 => fleets(bytes),
        55 => {
            revive::<f64, SeasonalAr>(bytes, &values);
            revive::<f64, SpreadChange>(bytes, &values);
            revive::<f64, LocalMean>(bytes, &values);
            revive::<f64, NearestShapes>(bytes, &values);
        }
        56 => {
            revive::<At<f64>, Monitor>(bytes, &timed);
            let rows = timed.map(|at| At::new(at.time, &values[..2]));
            revive::<At<&[f64]>, RowMonitor>(bytes, &rows);
        }
        _ => revive::<At<f64>, evenkeel::Then<Timed<evenkeel::Then<Surprise<ArimaModel>, Spot>>, Alarm>>(
            bytes, &timed,
        ),
    }
});
