//! Streaming anomaly detectors: they score each value, calibrate scores into p-values, and raise few alarms
//! under a stated budget.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Stage, Timed, Timestamp};
//! use evenkeel_detect::{Alarm, Dspot};
//!
//! // One value a minute; at most one false alarm a day; calm for ten minutes ends an event.
//! let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
//! let alarm = Alarm::for_budget(1.0, day, minute)?.clear_after(10 * minute).build()?;
//! let mut line = Timed(Dspot::builder(alarm.raise_at()).build()?).then(alarm);
//!
//! let mut last = None;
//! let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64;
//! for i in 0..2000 {
//!     let value = if i < 1990 { 20.0 + noise(i) } else { 35.0 };
//!     if let Some(event) = line.update(At::new(Timestamp::from_seconds(60 * i as i64), value)) {
//!         println!("{:?}: abnormal since {}, p = {:.1e}", event.kind, event.start, event.peak.value.p());
//!         last = Some(event);
//!     }
//! }
//! assert_eq!(last.unwrap().start, Timestamp::from_seconds(60 * 1990));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! Three things are kept apart. A **detector** gives a raw [`Score`](evenkeel_core::Score), on a scale of its
//! own. A **calibrator** turns scores into [p-values](evenkeel_core::Calibrated), which mean the same for
//! every detector. An **alarm** turns those into few [transitions](evenkeel_core::Transition): raised,
//! worsened, cleared. Benchmarks want the first, operators the last.
//!
//! If you know nothing about the series, take [`DefaultMonitor`], which is all three, or [`DefaultDetector`]
//! for the scores alone.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`DefaultDetector`] | the recommended ensemble, for a series of which nothing is known | 40 to 70 µs |
//! | [`Surprise`] | what a forecaster did not expect | the forecaster's |
//! | [`Likelihood`] | stretches that a forecaster finds unlikely by its whole predictive distribution | the forecaster's |
//! | [`RobustZ`] | values far from the median of those before | O(log² window) |
//! | [`SeasonalProfile`] | what is unusual for the time of the day and of the week | O(1) |
//! | [`Shewhart`] | single values far from a known level | O(1) |
//! | [`EwmaChart`] | small lasting shifts of a known level | O(1) |
//! | [`Cusum`] | a lasting shift of known size, soonest | O(1) |
//! | [`Focus`] | a lasting shift of any size, soonest | O(log t) |
//! | [`PageHinkley`] | a lasting shift away from the mean so far | O(1) |
//! | [`Adwin`] | that the mean has changed, and since when | O(log width) |
//! | [`KolmogorovSmirnov`] | that the newest values have another distribution | O(log windows) |
//! | [`Conformal`] | calibrates by ranks, whatever the distribution | O(log window) and a move |
//! | [`Martingale`] | that p-values are no longer uniform, at any time | O(1) |
//! | [`Bocpd`] | a change of distribution, and the probability of each time since | O(kept ages) |
//! | [`RandomCutForest`] | points and patterns unlike those of late, in one metric or many | O(trees log samples) |
//! | [`HalfSpaceTrees`] | values where there were few of late, in one metric or many, cheaply | O(trees depth) |
//! | [`SymbolSurprise`] | values and steps that are unusual after those before them | O(context) |
//! | `SpectralResidual` | values that stand out of their window (feature `spectral`) | O(window log window) |
//! | [`RecursiveSparseAr`] | forecasts by the values at given lags, learned value by value, for [`Surprise`] | O(lags²) |
//! | [`LocalPolynomial`] | forecasts smoothly, for [`Surprise`] | O(window) |
//! | [`LeftMatrixProfile`] | shapes that were not seen before | O(history), about 1 ns each |
//! | [`Subspace`] | rows and shapes that leave their usual subspace (streaming PCA) | O(metrics × shingle × components) |
//! | [`Mahalanobis`] | rows whose metrics are strange together | O(metrics³) |
//! | [`GroupOutlier`] | the one of a group that is not like the others | O(members) |
//! | [`CorrelationBreak`] | metrics that no longer move together | O(metrics²) |
//! | [`Deviation`] | values far from their recent past, cheapest of all | O(1) |
//! | [`Ensemble`] | what several of these find unusual together | its members' |
//! | [`SmoothedScore`] | stretches of surprise rather than single values, behind any of these | O(1) |
//! | [`RankCusum`] | calibrates under a budget, by evidence accumulated over values, whatever their distribution | O(1) |
//! | [`Spot`] | calibrates single values far into the tail, for a class of tails | O(1), 130 logarithms at a peak |
//! | [`Bonferroni`] | one budget for two calibrators: shifts that last and single spikes | theirs |
//! | [`Dspot`] | extreme values around a drifting level, calibrated | O(depth), 130 logarithms at a peak |
//! | [`Alarm`] | turns p-values into few incidents | O(1) |
//! | [`ScoreAlarm`] | turns raw scores into few incidents under a budget: [`Spot`] and [`Alarm`] in one | O(1) |
//! | [`DefaultMonitor`] | the recommended way from values to few incidents under a budget | 40 to 70 µs |
//! | [`DeviationMonitor`] | values far from their recent past, from value to transition in one; for showing | O(1) |
//! | [`Bank`] | one stage for each of many keys, with a hard cap | a look-up and the stage's own |
//! | [`Innovations`], [`Standardize`], [`ValueAsScore`], [`Univariate`] | joints: the errors of a forecaster; values in units of the first ones; a metric that is a score already; one metric for a stage of many | |
//! | [`ParetoFit`] | the exact generalized Pareto fit behind the calibrators | batch |
//!
//! # Features
//! - `std` (default): without it the crate is `no_std` with `alloc`.
//! - `serde`: snapshots of everything that has a state.
//! - `spectral`: detectors that need Fourier transforms; needs `std`.
//! - `rand`: `seed_from_rng` where a setting is a seed.
//! - `rayon`: the shards of a [`Bank`] on all threads.
//!
//! # What it is not
//! It does not hold models of series: except for two small forecasters that learn as they go, these come from
//! `evenkeel-models` or from you, through [`Forecaster`](evenkeel_core::Forecaster). Nothing here decides
//! what to do about an alarm.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod adapt;
mod alarm;
mod bank;
mod calibrate;
mod change;
mod chart;
mod ensemble;
mod forecast;
mod monitor;
mod multivariate;
mod outlier;
mod pattern;
#[cfg(feature = "rand")]
mod seed_from_rng;

pub use adapt::{SmoothedScore, Standardize, StandardizeBuilder, Univariate, ValueAsScore};
pub use alarm::{Alarm, AlarmBuilder, ScoreAlarm, ScoreAlarmBuilder};
pub use bank::{Bank, BankBuilder};
pub use calibrate::{
    Bet, Bonferroni, Conformal, ConformalBuilder, Dspot, DspotBuilder, Martingale, MartingaleBuilder,
    ParetoFit, RankCusum, RankCusumBuilder, Spot, SpotBuilder, Tails,
};
pub use change::{
    Adwin, AdwinBuilder, BernoulliBeta, Bocpd, BocpdBuilder, ChangeScore, Conjugate, Focus, FocusBuilder,
    FocusChange, KolmogorovSmirnov, KolmogorovSmirnovBuilder, NormalGamma, PoissonGamma,
};
pub use chart::{
    Cusum, CusumBuilder, EwmaChart, EwmaChartBuilder, PageHinkley, PageHinkleyBuilder, Shewhart,
};
pub use ensemble::{Count, DefaultDetector, DefaultDetectorBuilder, Ensemble, EnsembleBuilder, Members};
pub use forecast::{
    Innovations, Likelihood, LocalPolynomial, LocalPolynomialBuilder, RecursiveSparseAr,
    RecursiveSparseArBuilder, Surprise,
};
pub use monitor::{DefaultMonitor, DefaultMonitorBuilder, DeviationMonitor, DeviationMonitorBuilder};
pub use multivariate::{
    Attribution, CorrelationBreak, CorrelationBreakBuilder, GroupOutlier, GroupOutlierBuilder,
    HalfSpaceTrees, HalfSpaceTreesBuilder, Mahalanobis, MahalanobisBuilder, RandomCutForest,
    RandomCutForestBuilder, Subspace, SubspaceBuilder,
};
pub use outlier::{
    Cycle, Deviation, DeviationBuilder, RobustZ, RobustZBuilder, SeasonalProfile, SeasonalProfileBuilder,
};
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub use outlier::{Saliency, SpectralResidual, SpectralResidualBuilder};
pub use pattern::{LeftMatrixProfile, LeftMatrixProfileBuilder, SymbolSurprise, SymbolSurpriseBuilder};

// The promises on all public types, held at compile time.
evenkeel_core::assert_shared!(
    Adwin,
    AdwinBuilder,
    Alarm,
    AlarmBuilder,
    Bank<u64, EwmaChart>,
    BankBuilder<EwmaChart>,
    Bocpd<NormalGamma>,
    BocpdBuilder<PoissonGamma>,
    BernoulliBeta,
    ChangeScore,
    Bonferroni<RankCusum, Spot>,
    Cusum,
    CusumBuilder,
    Ensemble<(EwmaChart, Cusum)>,
    EnsembleBuilder<(EwmaChart, Cusum)>,
    EwmaChart,
    EwmaChartBuilder,
    DefaultDetector,
    DefaultDetectorBuilder,
    DefaultMonitor,
    DefaultMonitorBuilder,
    Deviation,
    DeviationBuilder,
    DeviationMonitor,
    DeviationMonitorBuilder,
    Dspot,
    DspotBuilder,
    ParetoFit,
    Bet,
    Conformal,
    ConformalBuilder,
    KolmogorovSmirnov,
    KolmogorovSmirnovBuilder,
    Likelihood<()>,
    Martingale,
    MartingaleBuilder,
    PageHinkley,
    PageHinkleyBuilder,
    RankCusum,
    RankCusumBuilder,
    RecursiveSparseAr,
    RecursiveSparseArBuilder,
    RobustZ,
    RobustZBuilder,
    Cycle,
    ScoreAlarm,
    ScoreAlarmBuilder,
    SeasonalProfile,
    SeasonalProfileBuilder,
    Shewhart,
    SmoothedScore,
    Focus,
    FocusBuilder,
    FocusChange,
    LeftMatrixProfile,
    LeftMatrixProfileBuilder,
    LocalPolynomial,
    LocalPolynomialBuilder,
    Subspace,
    SubspaceBuilder,
    Mahalanobis,
    MahalanobisBuilder,
    GroupOutlier,
    GroupOutlierBuilder,
    CorrelationBreak,
    CorrelationBreakBuilder,
    Spot,
    SpotBuilder,
    Attribution,
    HalfSpaceTrees,
    HalfSpaceTreesBuilder,
    SymbolSurprise,
    SymbolSurpriseBuilder,
    RandomCutForest,
    RandomCutForestBuilder,
    Univariate<RandomCutForest>,
    ValueAsScore,
    Innovations<()>,
    Standardize,
    StandardizeBuilder,
    Surprise<()>,
);
#[cfg(feature = "spectral")]
evenkeel_core::assert_shared!(Saliency, SpectralResidual, SpectralResidualBuilder);
