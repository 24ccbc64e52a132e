//! The detectors of the library, each with its defaults.

use super::baseline::{Difference, RobustDeviation, Surprisal};
use super::clocked::Clocked;
use super::warm::{Grace, Scaled, Warm};
use super::{Entry, Rows, Series, Setting};
use core::time::Duration;
use evenkeel_core::{Error, Fit, Stage};
use evenkeel_detect::adapt::{Standardize, Univariate};
use evenkeel_detect::calibrate::{Bet, Conformal, Martingale};
use evenkeel_detect::change::{Bocpd, Focus, KolmogorovSmirnov, NormalGamma};
use evenkeel_detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::forecast::{
    Innovations, Likelihood, LocalPolynomial, RecursiveSparseAr, SeasonalAr, SpreadChange,
};
use evenkeel_detect::multivariate::{
    CorrelationBreak, GroupOutlier, HalfSpaceTrees, Mahalanobis, RandomCutForest, Subspace,
};
use evenkeel_detect::outlier::{Deviation, LocalMean, SeasonalProfile, SpectralResidual};
use evenkeel_detect::pattern::{LeftMatrixProfile, NearestShapes, SymbolSurprise};
use evenkeel_detect::{Adwin, Cusum, DefaultDetector, Dspot, RankCusum, RobustZ, Spot, Surprise, Tails};
use evenkeel_models::fit::Criteria;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::state_space::StructuralModel;
use evenkeel_models::{Arima, Hmm, HmmModel, SparseAr, Structural};
use evenkeel_series::spectral::{FoundSeason, SeasonDetection, Spectral};

/// The detector that stands for `"evenkeel"`: the library's [`DefaultDetector`], which is what users get who
/// know nothing about the series. Where a microsecond is all there is, `surprise-ar` alone takes a third of
/// one, and `deviation` a fraction of that.
pub const DEFAULT: &str = "ensemble";

/// All detectors: one that is fitted stands behind `Warm`, which waits for the rows, one that learns as it
/// goes behind `Grace`, which keeps its first scores quiet.
const LIST: &[(&str, Listed)] = &[
    // How dense it is there, what was expected, whether the shape is known.
    ("ensemble", Listed::Series(|_| Ok(Box::new(DefaultDetector::builder().build()?)))),
    // The same in its fast tier: without a season, sequences and shapes.
    ("ensemble-fast", Listed::Series(|_| Ok(Box::new(DefaultDetector::builder().tier(Tier::Fast).build()?)))),
    // What the loop shows metrics by, by default: the score behind a `DeviationMonitor`.
    ("deviation", Listed::Series(|_| Ok(Box::new(Deviation::builder().build()?)))),
    // Baselines: the step in units of the usual step; the deviation from a robust running level.
    ("difference", Listed::Series(|_| Ok(Box::new(Difference::default())))),
    ("robust-deviation", Listed::Series(|_| Ok(Box::new(RobustDeviation::default())))),
    // What autoregression on the last three rows did not expect.
    ("surprise-ar", Listed::Series(|_| Ok(Box::new(Grace::new(Surprise::new(autoregression(&[])?), 3))))),
    // The same with the season that the rows show, found as they come, and learning that is bounded.
    (
        "surprise-seasonal-ar",
        Listed::Series(|_| Ok(Box::new(Grace::new(Surprise::new(SeasonalAr::new()?), 3)))),
    ),
    // Whether its errors are larger or smaller than usual for a while.
    (
        "spread-change",
        Listed::Series(|_| {
            let spread = SpreadChange::new(20)?;
            Ok(Box::new(Grace::new(Innovations::new(SeasonalAr::new()?).then(spread), 3)))
        }),
    ),
    // Whether the last few rows are elsewhere than usual.
    ("local-mean", Listed::Series(|_| Ok(Box::new(LocalMean::new(10)?)))),
    // The same with yesterday's row, where rows make whole days.
    (
        "surprise-ar-daily",
        Listed::Series(|setting| {
            let day: Vec<usize> = setting.day().filter(|day| *day > 3).into_iter().collect();
            let memory = day.last().copied().unwrap_or(3);
            Ok(Box::new(Grace::new(Surprise::new(autoregression(&day)?), memory)))
        }),
    ),
    (
        "surprise-smoothing",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Surprise::new(SimpleSmoothing::new().fit(rows)?)))
            })))
        }),
    ),
    (
        "surprise-arima",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Surprise::new(Arima::new(1, 1, 1).fit(rows)?)))
            })))
        }),
    ),
    (
        "surprise-sparse-ar",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Surprise::new(SparseAr::new().fit(rows)?))))))
        }),
    ),
    // What one of a few regimes, each with a level and a spread, does not explain; their number by BIC.
    (
        "surprise-hmm",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Surprise::new(regimes(rows)?))))))
        }),
    ),
    (
        "likelihood-hmm",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Likelihood::new(regimes(rows)?, 10)?)))))
        }),
    ),
    // What does not continue a level that wanders; a level, a slope and a season.
    (
        "surprise-local-level",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Surprise::new(Structural::local_level().fit(rows)?)))
            })))
        }),
    ),
    (
        "likelihood-local-level",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Likelihood::new(Structural::local_level().fit(rows)?, 10)?))
            })))
        }),
    ),
    (
        "surprise-structural",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Surprise::new(structural(rows)?))))))
        }),
    ),
    (
        "likelihood-structural",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Likelihood::new(structural(rows)?, 10)?)))))
        }),
    ),
    // Control charts of what autoregression leaves.
    (
        "ewma-chart",
        Listed::Series(|_| {
            let chart = EwmaChart::builder(0.0, 1.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    (
        "cusum",
        Listed::Series(|_| {
            let chart = Cusum::builder(0.0, 1.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    (
        "shewhart",
        Listed::Series(|_| {
            let chart = Shewhart::new(0.0, 1.0)?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    // For shifts of one standard deviation; begun anew after a score that is one in many thousands.
    (
        "page-hinkley",
        Listed::Series(|_| {
            let test = PageHinkley::builder().delta(0.5).restart_above(50.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(test), 3)))
        }),
    ),
    // A level that lasts for a hundred rows is the normal one.
    (
        "focus",
        Listed::Series(|_| {
            let focus = Focus::unknown(1.0).relearn(6.0, 100).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(focus), 3)))
        }),
    ),
    // How unlikely autoregression finds the last ten rows.
    (
        "likelihood-ar",
        Listed::Series(|_| Ok(Box::new(Grace::new(Likelihood::new(autoregression(&[])?, 10)?, 3)))),
    ),
    // -ln p of surprise, by its tail and by its rank.
    (
        "surprise-ar-spot",
        Listed::Series(|_| {
            let line = Surprise::new(autoregression(&[])?).then(Spot::builder(1e-3).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    (
        "surprise-ar-conformal",
        Listed::Series(|_| {
            let line = Surprise::new(autoregression(&[])?).then(Conformal::builder(1e-3).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    // -ln p of the evidence accumulated over signed surprises.
    (
        "rank-cusum",
        Listed::Series(|_| {
            let line = Surprise::new(autoregression(&[])?)
                .then(RankCusum::builder(1e-3).tails(Tails::Both).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    // The evidence that surprises are no longer like those before.
    (
        "martingale",
        Listed::Series(|_| {
            let ranks = Conformal::builder(1e-3).smoothed(0).build()?;
            let bets = Martingale::builder(Bet::Power(0.5)).restarting().build()?;
            Ok(Box::new(Grace::new(Surprise::new(autoregression(&[])?).then(ranks).then(bets), 3)))
        }),
    ),
    // Deviations from the median of the last rows.
    ("robust-z", Listed::Series(|_| Ok(Box::new(RobustZ::builder().build()?)))),
    // Changes of the mean, in units of the first 300 rows, of which nearly all lie within three of it.
    (
        "adwin",
        Listed::Series(|_| {
            let window = Adwin::builder().range(6.0).build()?;
            Ok(Box::new(Standardize::builder(300).build()?.then(window)))
        }),
    ),
    // Changes of the distribution.
    ("kolmogorov-smirnov", Listed::Series(|_| Ok(Box::new(KolmogorovSmirnov::builder().build()?)))),
    // What is unusual for this time of the week; a row is a minute where its length is not known.
    (
        "seasonal-profile",
        Listed::Series(|setting| {
            let step = setting.step.unwrap_or(Duration::from_secs(60));
            Ok(Box::new(Clocked::new(SeasonalProfile::builder().build()?, step)))
        }),
    ),
    // What a mixture of contexts over quantized values and differences did not expect.
    ("symbol-surprise", Listed::Series(|_| Ok(Box::new(SymbolSurprise::builder().build()?)))),
    // The same without contexts: how rare values and steps of such a size are.
    ("symbol-sizes", Listed::Series(|_| Ok(Box::new(SymbolSurprise::builder().depth(0).build()?)))),
    // How easily random cuts set the last eight rows apart; how empty their place among random boxes is.
    (
        "random-cut-forest",
        Listed::Series(|_| Ok(Box::new(Univariate(RandomCutForest::builder(1).shingle(8).build()?)))),
    ),
    (
        "random-cut-forest-rows",
        Listed::Rows(|_, width| Ok(Box::new(RandomCutForest::builder(width).build()?))),
    ),
    ("half-space-trees", Listed::Series(|_| Ok(Box::new(Univariate(HalfSpaceTrees::builder(1).build()?))))),
    ("half-space-trees-rows", Listed::Rows(|_, width| Ok(Box::new(HalfSpaceTrees::builder(width).build()?)))),
    // How likely the distribution changed within the last rows.
    (
        "bocpd",
        Listed::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Bocpd::builder(NormalGamma::from_history(rows)?, 250.0).build()?))
            })))
        }),
    ),
    // The distance to the nearest shape of the last 10,000 rows, of a window found in the first 1,000; quiet
    // until those are neighbors.
    (
        "left-profile",
        Listed::Series(|_| Ok(Box::new(Grace::new(LeftMatrixProfile::automatic().build()?, 1_000)))),
    ),
    // The mean distance to the three nearest shapes of a third of a period.
    ("nearest-shapes", Listed::Series(|_| Ok(Box::new(NearestShapes::builder().build()?)))),
    // What stands out of the last 256 rows.
    ("spectral-residual", Listed::Series(|_| Ok(Box::new(SpectralResidual::builder().build()?)))),
    // What does not continue the parabola through the last 24 rows.
    (
        "surprise-polynomial",
        Listed::Series(|_| Ok(Box::new(Grace::new(Surprise::new(LocalPolynomial::builder().build()?), 24)))),
    ),
    // Shapes of 64 rows that leave the usual subspace of three components.
    (
        "subspace-shingle",
        Listed::Series(|_| Ok(Box::new(Univariate(Subspace::builder(1).shingle(64).build()?)))),
    ),
    // Rows that leave the usual subspace; rows far from the usual ones; the one metric unlike the others;
    // metrics out of step.
    ("subspace", Listed::Rows(|_, metrics| Ok(Box::new(Subspace::builder(metrics).build()?)))),
    ("mahalanobis", Listed::Rows(|_, metrics| Ok(Box::new(Mahalanobis::builder(metrics).build()?)))),
    (
        "correlation-break",
        Listed::Rows(|_, metrics| {
            // The first 300 rows are the reference, as they are for whatever is fitted once: recordings break
            // after them.
            Ok(Box::new(CorrelationBreak::builder(metrics.max(2)).reference(300).build()?))
        }),
    ),
    // The metric that is not like the others, each in units of its first 300 rows.
    (
        "group-outlier",
        Listed::Rows(|_, metrics| {
            Ok(Box::new(Scaled::new(GroupOutlier::builder(metrics.max(3)).build()?, metrics)?))
        }),
    ),
    // -ln p of extremes, from the 1,021st row on, around the mean of the last rows.
    (
        "dspot",
        Listed::Series(|_| Ok(Box::new(Dspot::builder(1e-3).tails(Tails::Both).build()?.then(Surprisal)))),
    ),
];

/// Autoregression on the last three rows and some others.
fn autoregression(lags: &[usize]) -> Result<RecursiveSparseAr, Error> {
    RecursiveSparseAr::builder([1, 2, 3].into_iter().chain(lags.iter().copied())).build()
}

/// A hidden Markov model of up to five regimes, as many as BIC wants.
fn regimes(rows: &[f64]) -> Result<HmmModel, Error> {
    Hmm::new(1).choose_states(1..=5, Criteria::bic, &[rows])
}

/// The longest season of a structural model in the list: each sample of it is a state, and an update costs
/// the square of their number.
const LONGEST_SEASON: usize = 48;

/// The basic structural model with the season that the rows show, or, where that is none or too long, a local
/// linear trend.
fn structural(rows: &[f64]) -> Result<StructuralModel, Error> {
    let found = SeasonDetection::new().fit(&mut Spectral::new(), rows)?;
    match found.first().map(FoundSeason::period).filter(|period| *period <= LONGEST_SEASON) {
        Some(period) => Structural::basic(period).fit(rows),
        None => Structural::local_linear_trend().fit(rows),
    }
}

/// How a detector of the list is built.
enum Listed {
    Series(fn(&Setting) -> Result<Series, Error>),
    Rows(fn(&Setting, usize) -> Result<Rows, Error>),
}

impl Listed {
    fn entry(&self, name: &str) -> Entry {
        match *self {
            Self::Series(build) => Entry::series(name, move |setting| Ok(build(setting)?)),
            Self::Rows(build) => Entry::rows(name, move |setting, width| Ok(build(setting, width)?)),
        }
    }
}

/// The names of all detectors of the library: `"evenkeel"`, the recommended default, which stands for
/// [`DEFAULT`], and those that `--detectors` runs, in this order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ["evenkeel"].into_iter().chain(LIST.iter().map(|(name, _)| *name))
}

/// All detectors of the library, each once, so that [`DEFAULT`] stands among them under its own name.
#[must_use]
pub fn all() -> Vec<Entry> {
    LIST.iter().map(|(name, listed)| listed.entry(name)).collect()
}

/// The detector of a name: one of [`names`], or `"evenkeel"`, the recommended default.
///
/// ```
/// use evenkeel_eval::detectors;
///
/// assert!(detectors::by_name("evenkeel").is_some());
/// assert!(detectors::names().any(|name| name == "random-cut-forest"));
/// assert!(detectors::by_name("nobody").is_none());
/// ```
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    let wanted = if name == "evenkeel" { DEFAULT } else { name };
    let (_, listed) = LIST.iter().find(|(known, _)| *known == wanted)?;
    Some(listed.entry(name))
}
