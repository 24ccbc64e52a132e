//! The candidates of an automatic forecast.

use super::report::AutoFamily;
use super::seasons::Seasons;
use crate::arima::{AutoArima, AutoArimaModel};
use crate::ces::{AutoCes, CesModel};
use crate::croston::{Croston, CrostonKind, CrostonModel};
use crate::decomposed::{Decomposed, DecomposedModel};
use crate::ets::{AutoEts, EtsModel};
use crate::fit::Effort;
use crate::naive::{Naive, NaiveModel};
use crate::simple_smoothing::{SimpleSmoothing, SimpleSmoothingModel};
use crate::sparse_ar::{SparseAr, SparseArModel};
use crate::sparse_ar::{dense_lags, few_lags};
use crate::theta::{Theta, ThetaKind, ThetaModel};
use crate::transformed::{Transform, Transformed};
use evenkeel_core::{Assessment, Error, Fit, Forecaster, Prediction, Stage, observed};

/// Up to so many values with a season everything is tried.
const FEW: usize = 600;
/// Below so many values the mean is a candidate of its own.
const TINY: usize = 12;
/// The longest season of exponential smoothing and its kin.
const LONGEST_SMOOTHED: usize = 24;

/// Whether most values are 0, and none is below.
fn is_intermittent(history: &[f64]) -> bool {
    let (mut zeros, mut seen) = (0, 0);
    for x in history.iter().copied().filter_map(observed) {
        if x < 0.0 {
            return false;
        }
        seen += 1;
        zeros += usize::from(x == 0.0);
    }
    2 * zeros > seen && zeros < seen
}

/// An estimator with its name.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) family: AutoFamily,
    estimator: Estimator,
}

#[derive(Debug, Clone)]
enum Estimator {
    LongLags(Transformed<SparseAr>),
    Course(Transformed<Decomposed<SparseAr>>),
    Smoothing(AutoEts),
    Theta(Theta),
    Complex(AutoCes),
    Arima(AutoArima),
    Naive(Naive),
    Intermittent(Croston),
    Level(SimpleSmoothing),
}

/// A fitted model of any kind that is chosen among.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Member {
    LongLags(Box<Transformed<SparseArModel>>),
    Course(Box<Transformed<DecomposedModel<SparseArModel>>>),
    Smoothing(Box<EtsModel>),
    Theta(Box<ThetaModel>),
    Complex(Box<CesModel>),
    Arima(Box<AutoArimaModel>),
    Naive(Box<NaiveModel>),
    Intermittent(CrostonModel),
    Level(SimpleSmoothingModel),
}

impl Candidate {
    fn new(name: impl Into<String>, family: AutoFamily, estimator: Estimator) -> Self {
        Self { name: name.into(), family, estimator }
    }

    /// What suits a history with these seasons, the base first.
    pub(super) fn all(history: &[f64], seasons: &Seasons, effort: Effort) -> Vec<Self> {
        let mut all = Vec::new();
        let (base, longest) = (seasons.base, seasons.longest());
        let around_longest = (longest.saturating_sub(1)..=longest + 1).filter(|_| longest > base);
        for transform in Transform::ALL.into_iter().filter(|t| t.fits(history)) {
            let scale = match transform {
                Transform::SquareRoot => ", square roots",
                Transform::Logarithm => ", logarithms",
                Transform::None => "",
            };
            let mut add = |what: &str, ar: SparseAr| {
                let estimator = Estimator::LongLags(Transformed::new(transform, ar));
                all.push(Self::new(format!("{what}{scale}"), AutoFamily::LongLags, estimator));
            };
            let dense = || {
                SparseAr::new().lags(dense_lags(base).into_iter().chain(around_longest.clone())).choose(false)
            };
            if base > 1 {
                add("few long lags", SparseAr::new().lags(few_lags(base)).choose(false));
            }
            add("long lags", dense());
            add(&format!("long lags of differences over {base}"), dense().difference(base));
            if longest > base {
                add(&format!("long lags of differences over {longest}"), dense().difference(longest));
            }
            if longest > 1 {
                let lags = (1..=5).chain((1..=3).flat_map(|k| (k * base).saturating_sub(2)..=k * base + 2));
                let rest = SparseAr::new().lags(lags.filter(|lag| *lag > 0)).choose(false);
                let course = Transformed::new(transform, Decomposed::classical(longest, rest));
                let name = format!("course of {longest} and lags of the rest{scale}");
                all.push(Self::new(name, AutoFamily::LongLags, Estimator::Course(course)));
            }
        }
        // Where long lags have enough to learn from, these cost most and tell least.
        if base == 1 || history.len() <= FEW || effort == Effort::Thorough {
            let period = if base <= LONGEST_SMOOTHED { base } else { 1 };
            let mut add = |name: &str, estimator| {
                all.push(Self::new(name, AutoFamily::Smoothing, estimator));
            };
            // A mean is what AICc is too strict to leave of few values, and what nothing else is of four.
            if history.len() < TINY {
                add("mean", Estimator::Naive(Naive::mean()));
            }
            add("exponential smoothing", Estimator::Smoothing(AutoEts::new(period)));
            add("theta", Estimator::Theta(Theta::new(ThetaKind::DynamicOptimized, period)));
            if base > 1 {
                add("the last season again", Estimator::Naive(Naive::seasonal(base)));
            }
            // Searches that cost as much as all others together, and with long seasons far more.
            if effort == Effort::Thorough {
                add("complex smoothing", Estimator::Complex(AutoCes::new(period)));
            }
            if period == 1 || effort == Effort::Thorough {
                let arima = AutoArima::new().period(period).effort(Effort::Fast);
                add("ARIMA", Estimator::Arima(arima));
            }
        }
        if is_intermittent(history) {
            let mut add = |name: &str, kind| {
                let croston = Estimator::Intermittent(Croston::new(kind));
                all.push(Self::new(name, AutoFamily::Smoothing, croston));
            };
            add("intermittent demand, Syntetos-Boylan", CrostonKind::Approximate);
            add("intermittent demand, Teunter-Syntetos-Babai", CrostonKind::Probability);
        }
        all.push(Self::new("level", AutoFamily::Fallback, Estimator::Level(SimpleSmoothing::new())));
        all
    }

    pub(super) fn fit(&self, history: &[f64]) -> Result<Member, Error> {
        Ok(match &self.estimator {
            Estimator::LongLags(e) => Member::LongLags(Box::new(e.fit(history)?)),
            Estimator::Course(e) => Member::Course(Box::new(e.fit(history)?)),
            Estimator::Smoothing(e) => Member::Smoothing(Box::new(e.fit(history)?)),
            Estimator::Theta(e) => Member::Theta(Box::new(e.fit(history)?)),
            Estimator::Complex(e) => Member::Complex(Box::new(e.fit(history)?)),
            Estimator::Arima(e) => Member::Arima(Box::new(e.fit(history)?)),
            Estimator::Naive(e) => Member::Naive(Box::new(e.fit(history)?)),
            Estimator::Intermittent(e) => Member::Intermittent(e.fit(history)?),
            Estimator::Level(e) => Member::Level(e.fit(history)?),
        })
    }
}

/// The member, whatever it is.
macro_rules! each {
    ($self:expr, $member:ident => $body:expr) => {
        match $self {
            Self::LongLags($member) => $body,
            Self::Course($member) => $body,
            Self::Smoothing($member) => $body,
            Self::Theta($member) => $body,
            Self::Complex($member) => $body,
            Self::Arima($member) => $body,
            Self::Naive($member) => $body,
            Self::Intermittent($member) => $body,
            Self::Level($member) => $body,
        }
    };
}

impl Stage<f64> for Member {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        each!(self, member => member.update(x))
    }

    fn reset(&mut self) {
        each!(self, member => member.reset());
    }
}

impl Forecaster for Member {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        each!(self, member => member.forecast_into(out))
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        each!(self, member => member.assess(x))
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Member {
    fn schema() -> String {
        let parts = [
            Transformed::<SparseArModel>::schema(),
            Transformed::<DecomposedModel<SparseArModel>>::schema(),
            EtsModel::schema(),
            ThetaModel::schema(),
            CesModel::schema(),
            AutoArimaModel::schema(),
            NaiveModel::schema(),
            CrostonModel::schema(),
            SimpleSmoothingModel::schema(),
        ];
        format!("Member@1<{}>", parts.join(","))
    }
}
