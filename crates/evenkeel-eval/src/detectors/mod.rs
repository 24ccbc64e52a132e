//! The detectors that the benchmarks compare, each with its defaults.
//!
//! A detector takes rows in order and gives a raw score for each, larger = more abnormal, by what it knew before. Nothing of a file
//! beyond the present row reaches it: no minimum, maximum, length or period of the whole; history comes the same way, before the rows that
//! are scored, and only from formats that have some. What may be known beforehand is in [`Setting`]: how long a row is.
//!
//! From raw scores come three outputs, because no one can please all benchmarks ([`Output`]): as they are; smoothed, high throughout an
//! event; told once, high at its beginning only. Alarms under a budget of false ones are a fourth thing ([`alarms`]).
//!
//! ```
//! use evenkeel_eval::detectors::{self, Setting};
//!
//! let entry = detectors::by_name("difference").unwrap();
//! let values = [1.0, 2.0, 1.0, 2.0, 9.0, f64::NAN];
//! let run = detectors::run(entry, &Setting::default(), &[], &[values.to_vec()])?;
//! assert_eq!(run.scores[4], 7.0); // seven times the usual step
//! assert_eq!(run.scores[5], 7.0); // a missing row keeps the last score
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! A further detector is a further entry of [`ALL`].

mod alarms;
mod baseline;
mod clocked;
mod output;
mod run;
mod warm;

pub use alarms::{Budget, alarms};
pub use output::{Output, alert_once, smoothed};
pub use run::{Run, run};

use baseline::{Difference, RobustDeviation, Surprisal};
use clocked::Clocked;
use core::time::Duration;
use evenkeel_core::{Error, Fit, Score, Stage};
use evenkeel_detect::{
    Adwin, Bet, Bocpd, Conformal, CorrelationBreak, Cusum, Dspot, Ensemble, EwmaChart, Focus, GroupOutlier,
    HalfSpaceTrees, Innovations, KolmogorovSmirnov, LeftProfile, Likelihood, LocalPolynomial, Mahalanobis,
    Martingale, NormalGamma, PageHinkley, RandomCutForest, RankCusum, RobustZ, SeasonalProfile, Shewhart,
    SpectralResidual, Spot, Standardize, Subspace, Surprise, SymbolSurprise, Tails, Univariate,
};
use evenkeel_models::{Arima, RecursiveSparseAr, SimpleSmoothing, SparseAr};
use warm::{Grace, Scaled, Warm};

/// The detector that stands for `"evenkeel"`: what a user gets who chooses nothing and knows nothing of the series. Each single detector is
/// blind to something: a model's errors to shapes that the model can follow, densities to what is only out of order, matrix profiles to
/// noise and levels. So it is an [`Ensemble`] of one of each kind: a random cut forest, the errors of autoregression on three lags, the
/// left matrix profile. Where a microsecond is all there is, `surprise-ar` alone takes a third of one.
pub const DEFAULT: &str = "ensemble";

/// What is known before the first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Setting {
    /// How long a row is, where rows have times: who collects a metric knows how often.
    pub step: Option<Duration>,
    /// How many rows of history will come before those that are scored.
    pub history: usize,
}

impl Setting {
    /// With rows of this length.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        self.step = Some(step);
        self
    }

    /// With so many rows of history to come.
    #[must_use]
    pub fn with_history(mut self, rows: usize) -> Self {
        self.history = rows;
        self
    }

    /// How many rows a day has, if it has a whole number, from 2 to 2,000.
    fn day(&self) -> Option<usize> {
        let step = self.step.filter(|step| !step.is_zero())?.as_nanos();
        let day = Duration::from_secs(86_400).as_nanos();
        let rows = usize::try_from(day / step).ok().filter(|_| day.is_multiple_of(step))?;
        (2..=2_000).contains(&rows).then_some(rows)
    }
}

/// A detector of one series.
pub type Series = Box<dyn Stage<f64, Output = Score> + Send>;
/// A detector of rows of several.
pub type Rows = Box<dyn for<'a> Stage<&'a [f64], Output = Score> + Send>;

/// How a detector is built.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Build {
    /// For one series. On several, one is built for each, and what they say is averaged in units of what each usually says.
    Series(fn(&Setting) -> Result<Series, Error>),
    /// For rows of so many series.
    Rows(fn(&Setting, usize) -> Result<Rows, Error>),
}

/// A detector of the list.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    name: &'static str,
    build: Build,
}

impl Entry {
    /// A detector under a name.
    #[must_use]
    pub const fn new(name: &'static str, build: Build) -> Self {
        Self { name, build }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How it is built.
    #[must_use]
    pub fn build(&self) -> Build {
        self.build
    }
}

/// All detectors: one that is fitted stands behind `Warm`, which waits for the rows, one that learns as it goes behind `Grace`,
/// which keeps its first scores quiet.
pub const ALL: &[Entry] = &[
    // How dense it is there, what was expected, whether the shape is known.
    Entry::new(
        "ensemble",
        Build::Series(|_| {
            let forest = Univariate(RandomCutForest::builder(1).shingle(8).build()?);
            let members = (forest, Surprise::new(autoregression(&[])?), LeftProfile::automatic().build()?);
            Ok(Box::new(Ensemble::builder(members).build()?))
        }),
    ),
    // Baselines: the step in units of the usual step; the deviation from a robust running level.
    Entry::new("difference", Build::Series(|_| Ok(Box::new(Difference::default())))),
    Entry::new("robust-deviation", Build::Series(|_| Ok(Box::new(RobustDeviation::default())))),
    // What autoregression on the last three rows did not expect.
    Entry::new(
        "surprise-ar",
        Build::Series(|_| Ok(Box::new(Grace::new(Surprise::new(autoregression(&[])?), 3)))),
    ),
    // The same with yesterday's row, where rows make whole days.
    Entry::new(
        "surprise-ar-daily",
        Build::Series(|setting| {
            let day: Vec<usize> = setting.day().filter(|day| *day > 3).into_iter().collect();
            let memory = day.last().copied().unwrap_or(3);
            Ok(Box::new(Grace::new(Surprise::new(autoregression(&day)?), memory)))
        }),
    ),
    Entry::new(
        "surprise-smoothing",
        Build::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Surprise::new(SimpleSmoothing::new().fit(rows)?)))
            })))
        }),
    ),
    Entry::new(
        "surprise-arima",
        Build::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Surprise::new(Arima::new(1, 1, 1).fit(rows)?)))
            })))
        }),
    ),
    Entry::new(
        "surprise-sparse-ar",
        Build::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| Ok(Box::new(Surprise::new(SparseAr::new().fit(rows)?))))))
        }),
    ),
    // Control charts of what autoregression leaves.
    Entry::new(
        "ewma-chart",
        Build::Series(|_| {
            let chart = EwmaChart::builder(0.0, 1.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    Entry::new(
        "cusum",
        Build::Series(|_| {
            let chart = Cusum::builder(0.0, 1.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    Entry::new(
        "shewhart",
        Build::Series(|_| {
            let chart = Shewhart::builder(0.0, 1.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(chart), 3)))
        }),
    ),
    // For shifts of one standard deviation; begun anew after a score that is one in many thousands.
    Entry::new(
        "page-hinkley",
        Build::Series(|_| {
            let test = PageHinkley::builder().delta(0.5).restart_above(50.0).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(test), 3)))
        }),
    ),
    // A level that lasts for a hundred rows is the normal one.
    Entry::new(
        "focus",
        Build::Series(|_| {
            let focus = Focus::unknown(1.0).relearn(6.0, 100).build()?;
            Ok(Box::new(Grace::new(Innovations::new(autoregression(&[])?).then(focus), 3)))
        }),
    ),
    // How unlikely autoregression finds the last ten rows.
    Entry::new(
        "likelihood-ar",
        Build::Series(|_| Ok(Box::new(Grace::new(Likelihood::new(autoregression(&[])?, 10)?, 3)))),
    ),
    // -ln p of surprise, by its tail and by its rank.
    Entry::new(
        "surprise-ar-spot",
        Build::Series(|_| {
            let line = Surprise::new(autoregression(&[])?).then(Spot::builder(1e-3).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    Entry::new(
        "surprise-ar-conformal",
        Build::Series(|_| {
            let line = Surprise::new(autoregression(&[])?).then(Conformal::builder(1e-3).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    // -ln p of the evidence accumulated over signed surprises.
    Entry::new(
        "rank-cusum",
        Build::Series(|_| {
            let line = Surprise::new(autoregression(&[])?)
                .then(RankCusum::builder(1e-3).tails(Tails::Both).build()?);
            Ok(Box::new(Grace::new(line.then(Surprisal), 3)))
        }),
    ),
    // The evidence that surprises are no longer like those before.
    Entry::new(
        "martingale",
        Build::Series(|_| {
            let ranks = Conformal::builder(1e-3).smoothed(0).build()?;
            let bets = Martingale::builder(Bet::Power(0.5)).restarting().build()?;
            Ok(Box::new(Grace::new(Surprise::new(autoregression(&[])?).then(ranks).then(bets), 3)))
        }),
    ),
    // Deviations from the median of the last rows.
    Entry::new("robust-z", Build::Series(|_| Ok(Box::new(RobustZ::builder().build()?)))),
    // Changes of the mean, in units of the first 300 rows, of which nearly all lie within three of it.
    Entry::new(
        "adwin",
        Build::Series(|_| {
            let window = Adwin::builder().range(6.0).build()?;
            Ok(Box::new(Standardize::builder(300).build()?.then(window)))
        }),
    ),
    // Changes of the distribution.
    Entry::new("kolmogorov-smirnov", Build::Series(|_| Ok(Box::new(KolmogorovSmirnov::builder().build()?)))),
    // What is unusual for this time of the week; a row is a minute where nobody knows.
    Entry::new(
        "seasonal-profile",
        Build::Series(|setting| {
            let step = setting.step.unwrap_or(Duration::from_secs(60));
            Ok(Box::new(Clocked::new(SeasonalProfile::builder().build()?, step)))
        }),
    ),
    // What a mixture of contexts over quantized values and differences did not expect.
    Entry::new("symbol-surprise", Build::Series(|_| Ok(Box::new(SymbolSurprise::builder().build()?)))),
    // How easily random cuts set the last eight rows apart; how empty their place among random boxes is.
    Entry::new(
        "random-cut-forest",
        Build::Series(|_| Ok(Box::new(Univariate(RandomCutForest::builder(1).shingle(8).build()?)))),
    ),
    Entry::new(
        "random-cut-forest-rows",
        Build::Rows(|_, width| Ok(Box::new(RandomCutForest::builder(width).build()?))),
    ),
    Entry::new(
        "half-space-trees",
        Build::Series(|_| Ok(Box::new(Univariate(HalfSpaceTrees::builder(1).build()?)))),
    ),
    Entry::new(
        "half-space-trees-rows",
        Build::Rows(|_, width| Ok(Box::new(HalfSpaceTrees::builder(width).build()?))),
    ),
    // How likely the law changed within the last rows.
    Entry::new(
        "bocpd",
        Build::Series(|setting| {
            Ok(Box::new(Warm::new(setting, |rows| {
                Ok(Box::new(Bocpd::builder(NormalGamma::from_history(rows)?, 250.0).build()?))
            })))
        }),
    ),
    // The distance to the nearest shape of the last 10,000 rows, of a window found in the first 1,000; quiet until those are neighbors.
    Entry::new(
        "left-profile",
        Build::Series(|_| Ok(Box::new(Grace::new(LeftProfile::automatic().build()?, 1_000)))),
    ),
    // What stands out of the last 256 rows.
    Entry::new("spectral-residual", Build::Series(|_| Ok(Box::new(SpectralResidual::builder().build()?)))),
    // What does not continue the parabola through the last 24 rows.
    Entry::new(
        "surprise-polynomial",
        Build::Series(|_| Ok(Box::new(Grace::new(Surprise::new(LocalPolynomial::builder().build()?), 24)))),
    ),
    // Shapes of 64 rows that leave the usual subspace of three components.
    Entry::new(
        "subspace-shingle",
        Build::Series(|_| Ok(Box::new(Univariate(Subspace::builder(1).shingle(64).build()?)))),
    ),
    // Rows that leave the usual subspace; rows far from the usual ones; the one metric unlike the others; metrics out of step.
    Entry::new("subspace", Build::Rows(|_, metrics| Ok(Box::new(Subspace::builder(metrics).build()?)))),
    Entry::new("mahalanobis", Build::Rows(|_, metrics| Ok(Box::new(Mahalanobis::builder(metrics).build()?)))),
    Entry::new(
        "correlation-break",
        Build::Rows(|_, metrics| {
            // The first 300 rows are the reference, as they are for whatever is fitted once: recordings break after them.
            Ok(Box::new(CorrelationBreak::builder(metrics.max(2)).reference(300).build()?))
        }),
    ),
    // The metric that is not like the others, each in units of its first 300 rows.
    Entry::new(
        "group-outlier",
        Build::Rows(|_, metrics| {
            Ok(Box::new(Scaled::new(GroupOutlier::builder(metrics.max(3)).build()?, metrics)?))
        }),
    ),
    // -ln p of extremes, from the 1,021st row on, around the mean of the last rows.
    Entry::new(
        "dspot",
        Build::Series(|_| Ok(Box::new(Dspot::builder(1e-3).tails(Tails::Both).build()?.then(Surprisal)))),
    ),
];

/// Autoregression on the last three rows and some others.
fn autoregression(lags: &[usize]) -> Result<RecursiveSparseAr, Error> {
    RecursiveSparseAr::builder([1, 2, 3].into_iter().chain(lags.iter().copied())).build()
}

/// The detector of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}
